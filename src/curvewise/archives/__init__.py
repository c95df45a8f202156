"""Archives: a job, with all that belongs to it, in a folder."""
