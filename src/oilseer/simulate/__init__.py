"""A simulated market with a known truth, delivered through the same raw tables as real data."""
