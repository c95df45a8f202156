"""Output formats: each renders reports, found by scanning this package."""
