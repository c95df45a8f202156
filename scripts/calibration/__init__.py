"""What the thresholds and the fitted models rest on: one module a topic, each with ``calibrate``."""
