"""Walk-forward, scores, combination and calibration."""
