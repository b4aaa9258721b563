"""One row of a factor table, one row of the fall-back table."""

import re
from dataclasses import dataclass

Key = str | float

STAND_IN_COLUMNS = ("fallback",)
"""Text columns of a table that name what stands in for the row's keys."""


@dataclass(frozen=True)
class FactorRow:
    """One row of a factor table, with the place where it stands."""

    file: str
    line: int
    keys: dict[str, Key]
    numbers: dict[str, float]
    unit: str
    valid_from: int | None
    """First calendar year, included; None is unbounded."""
    valid_to: int | None
    """Last calendar year, included; None is unbounded."""
    source_id: str
    confidence: str
    note: str
    extra: dict[str, str]

    def is_valid_in(self, year: int) -> bool:
        """Tell whether the row holds in a calendar year."""
        return (self.valid_from is None or self.valid_from <= year) and (self.valid_to is None or year <= self.valid_to)

    @property
    def validity(self) -> str:
        """The years of the row, for messages."""
        if self.valid_from is not None and self.valid_from == self.valid_to:
            return str(self.valid_from)
        return f"{self.valid_from or '...'}-{self.valid_to or '...'}"

    @property
    def name(self) -> str:
        """The keys as one text."""
        return ", ".join(f"{name}={value}" for name, value in self.keys.items())

    @property
    def stand_in(self) -> str:
        """What the row itself says to stand in for its keys; empty if the publication has these keys."""
        named = [self.extra[name] for name in STAND_IN_COLUMNS if self.extra.get(name)]
        origin = [text for name, text in self.extra.items() if name.startswith("from_")]
        return ", ".join([*named, *([" ".join(origin)] if origin else [])])


@dataclass(frozen=True)
class Fallback:
    """One declared fall-back: which value of a key column stands in where a table has no row for the one wanted."""

    file: str
    line: int
    table: str
    quantity: str
    """The quantity that it is for; `any` for all of the table."""
    key: str
    """Key column of the table, or `year`."""
    wanted: str
    """Value without a row of its own; for years `after 2023`."""
    used: str
    """Value that stands in."""
    source_id: str
    confidence: str
    note: str

    @property
    def text(self) -> str:
        """The fall-back in a few words."""
        return f"{self.key} {self.wanted} -> {self.used}"

    def answers(self, table: str, key: str, wanted: Key | None, quantity: Key) -> bool:
        """Tell whether it is for this look-up."""
        if (self.table, self.key) != (table, key) or self.quantity not in ("any", quantity):
            return False
        if key != "year":
            return self.wanted == wanted
        later = re.fullmatch(r"after (\d{4})", self.wanted)
        return isinstance(wanted, int) and later is not None and wanted > int(later[1])
