"""Diagnoses: one file each, which explains the findings of checks in one story."""
