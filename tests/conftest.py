"""Makes the helpers beside it importable by every test: `from windows import make_window`."""
