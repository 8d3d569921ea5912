"""Oilseer: probabilistic soybean oil forecasts, their drivers, and cover decisions."""

__version__ = "0.1.0"
