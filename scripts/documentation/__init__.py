"""Pages of the documentation that are written from the code; each module yields paths and contents."""

GENERATED = "<!-- Written by scripts/generate_docs.py from the code; edit the docstring instead. -->"
