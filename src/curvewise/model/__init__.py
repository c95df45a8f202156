"""The nouns: Run, Series, Checkpoint, Finding, Selection, Report, and the metric catalogue."""
