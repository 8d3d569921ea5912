"""Typed, our units, one clock: raw rows made ready for features."""
