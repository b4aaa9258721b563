"""What the schema of a result table states of each column."""

from typing import NamedTuple


class Field(NamedTuple):
    """One column: its type and meaning."""

    kind: str
    meaning: str
