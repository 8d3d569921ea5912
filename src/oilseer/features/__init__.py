"""Point-in-time features, one file a family; a row holds what was known at its cutoff."""
