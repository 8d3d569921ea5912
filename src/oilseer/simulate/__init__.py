"""The simulated market: a known truth behind raw rows, for the demo workspace and for tests."""
