"""Sources: places where runs lie, one kind a module; each lists the runs of a place and opens one."""
