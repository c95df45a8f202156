"""From bytes to tables and JSON values: what every file format builds on."""
