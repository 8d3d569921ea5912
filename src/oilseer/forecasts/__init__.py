"""Today's forecasts and the price paths drawn from them."""
