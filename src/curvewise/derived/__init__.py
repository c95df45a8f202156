"""Quantities that can be compared honestly, derived from a run's raw metrics."""
