"""Checks: one failing state a file, found by scanning this package."""
