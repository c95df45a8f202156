"""Drawing: one chart and one rule for axes, for terminals, pictures and notebooks."""
