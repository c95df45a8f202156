"""Bytes to tables and JSON values: the base of every file format."""
