"""Comparison: several reports side by side, and which run to take."""
