"""Results that commands print, each with the formats that it can be written in: one module a result."""
