"""Storage: files and folders of this machine."""

from curvewise.storage.files import write_file as write_file

__all__ = ["write_file"]
