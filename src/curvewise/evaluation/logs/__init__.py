"""Logs: results that evaluation harnesses have written."""
