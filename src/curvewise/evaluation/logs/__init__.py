"""Logs of evaluation harnesses, read where they lie."""
