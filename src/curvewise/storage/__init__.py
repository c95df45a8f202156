"""Storage: files and folders of this machine."""

from curvewise.storage.files import read_file as read_file
from curvewise.storage.files import write_file as write_file

__all__ = ["read_file", "write_file"]
