"""Trains, measures and exports the networks that ship. Never imported at run time."""
