"""The validation loss that a run can honestly be judged by."""
