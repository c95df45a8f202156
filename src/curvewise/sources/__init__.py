"""Where runs come from: the only code that talks to the outside."""
