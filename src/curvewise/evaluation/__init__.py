"""Evaluation: candidates on the real task, and the decision between them."""
