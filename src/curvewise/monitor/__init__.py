"""Watching a training as it goes: what is logged becomes a diagnosis, and a change of it is told."""
