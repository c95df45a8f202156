"""Checkpoints that are not needed any longer, found and deleted."""
