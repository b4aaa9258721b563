"""More and faster buses: further lines, shorter headways, lanes of their own."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.policies.base import LAST_YEAR, Policy

LEAST_HEADWAY_MIN = 0.5
"""What the table of headways allows at least. [min]"""


class NewBusLine(BaseModel):
    """A line that does not exist yet; both ways, every day."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    line: str = Field(min_length=1)
    """Its name in tables; none of those that exist."""
    stops: tuple[str, ...] = Field(min_length=2)
    """Stops of the table of bus stops that fix its way, from one end to the other."""
    depot: str = Field(min_length=1)
    """Depot of its buses."""
    headway_min: float = Field(ge=LEAST_HEADWAY_MIN, le=240)
    """Time between two buses. [min]"""
    first_hour: float = Field(default=6.0, ge=0, le=24)
    """First departure from both ends. [h]"""
    last_hour: float = Field(default=22.0, ge=0, le=30)
    """No departures from this hour on. [h]"""
    charging: Literal["overnight", "opportunity", "swap"] = "overnight"
    """How its electric buses charge."""

    @model_validator(mode="after")
    def _hours(self) -> "NewBusLine":
        if self.first_hour >= self.last_hour:
            raise ValueError("last_hour must come after first_hour")
        return self


class BusNetwork(Policy):
    """Bus lines run more often, on lanes of their own, or where none ran before."""

    opinion_items: ClassVar[tuple[int, ...]] = (16,)

    kind: Literal["bus_network"] = "bus_network"
    lines: tuple[str, ...] = ()
    """Lines that frequency and lanes concern; all unless stated."""
    frequency_ratio: float = Field(default=1.0, gt=0, le=10)
    """Multiplies the departures of these lines. [-]"""
    bus_lane_time_ratio: float = Field(default=1.0, ge=0.3, le=1)
    """Multiplies the driving time of these lines, the halts apart; below 1 on lanes of their own. [-]"""
    new_lines: tuple[NewBusLine, ...] = ()
    """Lines that are added, with layover, halts and speeds like the usual line of the table."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Change headways and times of lines, and add rows for new ones."""
        services, headways = inputs.operations["bus_services"], inputs.operations["bus_headways"]
        if services.empty:
            raise PolicyError("the scenario has no bus lines; add fleets/bus_services.csv to its data folder")
        known = services["line"].tolist()
        inputs.check_known("bus line", list(self.lines), known)
        concerned = set(self.lines or known)
        if self.bus_lane_time_ratio != 1.0:
            services = services.copy()
            services.loc[services["line"].isin(concerned), "time_ratio"] *= self.bus_lane_time_ratio
        if self.frequency_ratio != 1.0:
            headways = headways.copy()
            headways.loc[headways["line"].isin(concerned), "headway_min"] /= self.frequency_ratio
            least = float(headways["headway_min"].min())
            if least < LEAST_HEADWAY_MIN:
                raise PolicyError(f"a headway of {least:.2g} min is shorter than the {LEAST_HEADWAY_MIN:g} min allowed")
        if self.new_lines:
            self._check_new(inputs, known)
            services = pd.concat([services, self._services(services)], ignore_index=True)
            headways = pd.concat([headways, self._headways()], ignore_index=True)
        return inputs.with_table("bus_services", services).with_table("bus_headways", headways)

    def _check_new(self, inputs: Inputs, known: list[str]) -> None:
        stops, depots = (inputs.operations[t][c].tolist() for t, c in (("bus_stops", "stop"), ("depots", "depot")))
        names = [new.line for new in self.new_lines]
        for number, new in enumerate(self.new_lines):
            inputs.check_known("bus stop", list(new.stops), stops)
            inputs.check_known("depot", [new.depot], depots)
            if new.line in known or new.line in names[:number]:
                raise PolicyError(f"a bus line {new.line!r} is there already")
            if any(a == b for a, b in zip(new.stops, new.stops[1:], strict=False)):
                raise PolicyError(f"bus line {new.line!r} names the same stop twice in a row")

    def _services(self, services: pd.DataFrame) -> pd.DataFrame:
        usual = ["layover_min", "most_late_min", "stop_distance_km", "dwell_s", "time_spread_ratio"]
        rows = pd.DataFrame(
            {
                "line": [new.line for new in self.new_lines],
                "name": [new.line for new in self.new_lines],
                "stops": [";".join(new.stops) for new in self.new_lines],
                "depot": [new.depot for new in self.new_lines],
                "charging": [new.charging for new in self.new_lines],
                "time_ratio": 1.0,
                "scheduled_speed_kmh": np.nan,
                "from_year": self.from_year,
                "to_year": LAST_YEAR,
                "note": "added by policy bus_network",
                "source": "scenario",
                "confidence": "memory",
            }
        )
        medians = {column: float(services[column].median()) for column in usual}
        return rows.assign(**medians)[services.columns]

    def _headways(self) -> pd.DataFrame:
        rows = [(n.line, "daily", n.first_hour, n.last_hour, n.headway_min) for n in self.new_lines]
        frame = pd.DataFrame(rows, columns=["line", "days", "from_hour", "to_hour", "headway_min"])
        return frame.assign(note="added by policy bus_network", source="scenario", confidence="memory")
