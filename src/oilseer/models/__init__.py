"""The pure model zoo: no database, files, clock or environment."""
