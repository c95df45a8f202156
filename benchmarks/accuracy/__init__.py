"""Accuracy on runs with known truth: what the judgements are worth."""
