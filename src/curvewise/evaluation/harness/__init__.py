"""Harnesses: what runs the real task with a model, and stores what it measured."""
