"""Makes what qa/ ships: weights and calibration of the reader. Never imported at run time."""
