"""An older warehouse's exported tables: found out by their values, loaded where sound, reconciled row by row."""
