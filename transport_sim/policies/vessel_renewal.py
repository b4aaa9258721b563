"""New vessels for old."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field, model_validator

from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy, Year
from transport_sim.tables.freight import NAVIGATION_CLASSES, shares_at_year

Class = Literal["I", "II", "III", "IV", "V", "VI"]


class VesselRenewal(Policy):
    """Standard vessels with another drive take over a share of the work of a waterway's vessels; old ones retire."""

    identity_fields: ClassVar[tuple[str, ...]] = ("technology", "navigation_classes")
    opinion_items: ClassVar[tuple[int, ...]] = (15, 17)

    kind: Literal["vessel_renewal"] = "vessel_renewal"
    technology: Literal["diesel", "lng", "methanol", "battery_electric"]
    """Drive of the new vessels."""
    share: float = Field(ge=0, le=1)
    """Share of the work of the classes' vessels that they do in the end."""
    until_year: Year
    """Year in which it is reached; it grows evenly from the year before the policy begins."""
    navigation_classes: tuple[Class, ...] = ("III", "IV", "V", "VI")
    """Classes of the waterways whose vessels are renewed; those of the Qu and Zhou rivers unless stated."""
    least_engine_year: int | None = Field(default=None, ge=1950, le=2060)
    """Mean year of construction of the engines that are left, where older ones are scrapped; as it is unless stated."""

    @model_validator(mode="after")
    def _in_order(self) -> "VesselRenewal":
        if self.until_year < self.from_year:
            raise ValueError(f"until_year {self.until_year} lies before from_year {self.from_year}")
        return self

    def apply(self, inputs: Inputs) -> Inputs:
        """Put the new vessels into the stock, the other technologies shrinking in proportion; raise engine years."""
        if self.share > 0.0:
            stock = inputs.table("vessel_stock")
            others = stock[~stock["navigation_class"].isin(self.navigation_classes)]
            renewed = [
                row for name in NAVIGATION_CLASSES if name in self.navigation_classes for row in self._rows(stock, name)
            ]
            inputs = inputs.with_table("vessel_stock", pd.concat([others, pd.DataFrame(renewed)], ignore_index=True))
        if self.least_engine_year is not None:
            types = inputs.table("vessel_types").copy()
            if not set(self.navigation_classes) & set(types["navigation_class"]):
                raise PolicyError("vessel_types has no row for these classes, so no engine has a year; add them")
            older = types["navigation_class"].isin(self.navigation_classes) & (
                types["engine_year"] < self.least_engine_year
            )
            types.loc[older, "engine_year"] = self.least_engine_year
            inputs = inputs.with_table("vessel_types", types) if older.any() else inputs
        return inputs

    def _rows(self, stock: pd.DataFrame, name: str) -> list[dict[str, object]]:
        """Return the stock of one class: as it was until the year before, then with the growing share."""
        own = stock[stock["navigation_class"] == name]
        before, end = self.from_year - 1, self.until_year
        years = sorted({before, end, *own["year"].tolist()})
        rows = []
        for year in years:
            share = self.share * min(max((year - before) / (end - before), 0.0), 1.0)
            was = _shares(own, year)
            mixed = {technology: part * (1.0 - share) for technology, part in was.items()}
            mixed[self.technology] = mixed.get(self.technology, 0.0) + share
            for technology in sorted(mixed):
                row = {"navigation_class": name, "technology": technology, "year": year, "share": mixed[technology]}
                rows.append({**row, "note": "by policy vessel_renewal", "source": "scenario", "confidence": "memory"})
        return rows


def _shares(own: pd.DataFrame, year: int) -> dict[str, float]:
    return dict(shares_at_year(own, ["technology"], year)) if len(own) else {"diesel": 1.0}
