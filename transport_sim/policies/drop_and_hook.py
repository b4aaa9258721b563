"""Trailers that are loaded while their tractor drives on."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from transport_sim.conditions import TRUCKS
from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy


class DropAndHook(Policy):
    """Tractors leave trailers for loading and take a ready one (甩挂): loading time no longer holds the tractor."""

    identity_fields: ClassVar[tuple[str, ...]] = ("vehicle_classes",)
    opinion_items: ClassVar[tuple[int, ...]] = (14,)

    kind: Literal["drop_and_hook"] = "drop_and_hook"
    drop_hook_share: float = Field(ge=0, le=1)
    """Share of the trips of these classes that drop and hook afterwards; a larger one stays as it is."""
    coupling_min: float = Field(default=15.0, ge=0, le=240)
    """Time to leave one trailer and couple another, where nothing is stated; assumed, no source found."""
    vehicle_classes: tuple[Literal["truck_light", "truck_medium", "truck_heavy", "tractor_trailer"], ...] = (
        "tractor_trailer",
    )
    """Classes of trucks concerned; tractors with trailers unless stated."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Raise the share in the table of truck operations, with a row of their own for classes without one."""
        before = inputs.table("truck_operations")
        after = before.copy()
        known = set(before["vehicle_class"])
        less = after["vehicle_class"].isin(self.vehicle_classes) & (after["drop_hook_share"] < self.drop_hook_share)
        after.loc[less, "drop_hook_share"] = self.drop_hook_share
        after.loc[less & (after["coupling_min"] == 0), "coupling_min"] = self.coupling_min
        nothing = dict.fromkeys(before.columns, 0.0)
        added = [
            {**nothing, **self._row(name)} for name in TRUCKS if name in self.vehicle_classes and name not in known
        ]
        if self.drop_hook_share == 0 or not (less.any() or added):
            return inputs
        return inputs.with_table("truck_operations", pd.concat([after, pd.DataFrame(added)], ignore_index=True))

    def _row(self, vehicle_class: str) -> dict[str, object]:
        return {
            "vehicle_class": vehicle_class,
            "drop_hook_share": self.drop_hook_share,
            "coupling_min": self.coupling_min,
            "backhaul_share": 0.0,
            "backhaul_window_h": 0.0,
            "note": "added by policy drop_and_hook",
            "source": "scenario",
            "confidence": "memory",
        }
