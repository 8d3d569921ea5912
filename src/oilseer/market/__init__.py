"""Facts of the market: sessions, contracts, rolls, units."""
