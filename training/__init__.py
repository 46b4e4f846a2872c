"""Trains, measures and exports the reader that qa/ ships. Never imported at run time."""
