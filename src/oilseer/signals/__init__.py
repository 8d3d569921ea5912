"""Market states and scores that people and the ensemble read: regimes, the Big 8, signal rules."""
