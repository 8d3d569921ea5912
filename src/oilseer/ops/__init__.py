"""Gates, runs and health."""
