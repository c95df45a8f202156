"""File formats: one file each, found by scanning this package."""
