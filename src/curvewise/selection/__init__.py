"""Selectors: rules that choose among checkpoints, found by scanning this package."""
