"""Numerics on arrays; they know nothing of runs."""
