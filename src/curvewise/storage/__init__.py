"""Storage: files and folders of this machine."""
