"""From forecasts to how much to cover, and what such decisions would have saved."""
