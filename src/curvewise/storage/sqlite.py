"""SQLite: databases of other programs, opened to read and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from curvewise.errors import InputError

if TYPE_CHECKING:
    from sqlite3 import Connection

SIGNATURE = b"SQLite format 3\0"


@contextmanager
def opened(path: str) -> Iterator[Connection]:
    """Open a database that another program may be writing, and close it; an error of it is the user's."""
    import sqlite3  # costs 5 ms, which few commands need

    address = f"{Path(path).resolve().as_uri()}?mode=ro"
    try:
        try:
            connection = _connected(address)
        except sqlite3.OperationalError:  # its journal may not be written beside it
            connection = _connected(f"{address}&immutable=1")
        with closing(connection):
            yield connection
    except sqlite3.Error as error:
        raise InputError(
            f"the database cannot be read: {error}",
            hint="if it was copied while it was written, copy it again, with its files -wal and -shm",
            file=path,
        ) from error


def _connected(address: str) -> Connection:
    import sqlite3

    connection = sqlite3.connect(address, uri=True)
    try:
        connection.text_factory = _text
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def tables(path: str) -> dict[str, frozenset[str]]:
    """Return the columns of each table; nothing when this is no database, or one that cannot be read."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - every file is looked at
            if file.read(len(SIGNATURE)) != SIGNATURE:
                return {}
        with opened(path) as database:
            found = database.execute(
                "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c "
                "WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%'"
            ).fetchall()
    except (OSError, ValueError, InputError):
        return {}
    columns: dict[str, set[str]] = {}
    for table, column in found:
        columns.setdefault(table, set()).add(column)
    return {table: frozenset(names) for table, names in columns.items()}
