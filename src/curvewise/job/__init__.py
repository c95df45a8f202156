"""Jobs on a service: list them, follow one."""
