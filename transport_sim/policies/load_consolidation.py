"""Fuller trucks and fewer empty ones."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.measures import TruckUse
from transport_sim.policies.base import FreightPolicy
from transport_sim.tables.freight import TRUCK_CLASSES


class LoadConsolidation(FreightPolicy):
    """Shared warehouses, freight on a timetable and shared rural vans fill trucks and their ways back (统仓统配)."""

    identity_fields: ClassVar[tuple[str, ...]] = ("commodities", "origins", "destinations")
    opinion_items: ClassVar[tuple[int, ...]] = (17,)

    kind: Literal["load_consolidation"] = "load_consolidation"
    empty_ratio: float = Field(default=1.0, ge=0, le=1)
    """Trucks that return empty, relative to what was."""
    load_ratio: float = Field(default=1.0, ge=1, le=3)
    """Load of a loaded truck, relative to what was; never over its capacity."""
    backhaul_share: float = Field(default=0.0, ge=0, le=1)
    """Share of the trucks that would return empty which look for a return load, of any goods; a larger one stays."""
    backhaul_window_h: float = Field(default=12.0, gt=0, le=720)
    """How long they wait for it at most, where nothing longer is stated; assumed, no source found."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Use the trucks better; ratios of 1 and nobody who looks for a return load change nothing."""
        better = inputs.with_measure(TruckUse(self.freight, self.empty_ratio, self.load_ratio, self.kind))
        better = inputs if self.empty_ratio == self.load_ratio == 1.0 else better
        return self._with_return_loads(better) if self.backhaul_share else better

    def _with_return_loads(self, inputs: Inputs) -> Inputs:
        """Raise share and patience in the table of truck operations, with rows for the classes that have none."""
        table = inputs.table("truck_operations")
        nothing = dict.fromkeys(table.columns, 0.0) | {"source": "scenario", "confidence": "memory"}
        nothing["note"] = "added by policy load_consolidation"
        missing = [nothing | {"vehicle_class": c} for c in TRUCK_CLASSES if c not in set(table["vehicle_class"])]
        after = (
            pd.concat([table, pd.DataFrame(missing, columns=table.columns)], ignore_index=True) if missing else table
        )
        raised = {
            column: after[column].clip(lower=least)
            for column, least in (
                ("backhaul_share", self.backhaul_share),
                ("backhaul_window_h", self.backhaul_window_h),
            )
        }
        return inputs.with_table("truck_operations", after.assign(**raised))
