"""What every optional table of a data folder states of itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from pandera.pandas import Column

RowCheck = Callable[[pd.DataFrame], "pd.Series[bool]"]


@dataclass(frozen=True)
class OperationTable:
    """One table: its columns besides source and confidence, what names a row, and what its cells owe each other."""

    columns: "Callable[[], dict[str, Column]]"
    """Built on first use, because pandera takes a second."""
    key: tuple[str, ...]
    """Columns that name a row; no two rows may agree in them. Policies' changes are compared by them."""
    row_checks: Mapping[str, RowCheck] = field(default_factory=dict)
    """Message and rule."""
    folder: Literal["operations", "fleets"] = "operations"
    """Folder of the data folder in which it is looked for."""
