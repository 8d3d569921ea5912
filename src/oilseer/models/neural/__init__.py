"""Networks on top of the GARCH-scaled past: one way to read, learn, forecast and be kept for all of them."""
