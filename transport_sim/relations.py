"""Which freight a measure concerns: goods x relations between zones.

What a field leaves empty does not narrow the condition, as in `transport_sim.conditions`.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict

from transport_sim.errors import PolicyError, did_you_mean

BoolArray = npt.NDArray[np.bool_]


class Freight(BaseModel):
    """Some goods between some zones."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    commodities: tuple[str, ...] = ()
    """Names from the commodities table; all of them unless stated."""
    origins: tuple[str, ...] = ()
    """Zones at one end; all of them unless stated."""
    destinations: tuple[str, ...] = ()
    """Zones at the other end; all of them unless stated."""
    both_ways: bool = True
    """Whether goods from the destinations to the origins are meant, too."""

    def __str__(self) -> str:
        """Write it for the table of changes."""
        goods = ", ".join(sorted(self.commodities)) or "all goods"
        ends = (", ".join(sorted(ends)) or "anywhere" for ends in (self.origins, self.destinations))
        return f"{goods}, {(' - ' if self.both_ways else ' to ').join(ends)}"

    def mask(self, commodities: pd.DataFrame, zones: pd.DataFrame) -> BoolArray:
        """Tell which goods and pairs of zones are meant, shape (commodities, zones, zones).

        Raises
        ------
        PolicyError
            For a name that is in neither table, with the nearest one.
        """
        goods = _positions("commodity", self.commodities, commodities["commodity"])
        first, last = (_positions("zone", ends, zones["zone"]) for ends in (self.origins, self.destinations))
        pairs = first[:, None] & last
        if self.both_ways:
            pairs = pairs | pairs.T
        return np.asarray(goods[:, None, None] & pairs)


def _positions(what: str, names: tuple[str, ...], known: "pd.Series[str]") -> BoolArray:
    for name in names:
        if name not in set(known):
            raise PolicyError(f"no {what} {name!r}{did_you_mean(name, known)}")
    return np.asarray(known.isin(names)) if names else np.ones(len(known), dtype=bool)
