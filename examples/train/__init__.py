"""Small models that really train, with numpy alone; `examples/make.py` writes their runs to files."""
