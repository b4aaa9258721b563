"""The columns of the tables of passengers: modes, their worth to travellers, services of long journeys, credits."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.errors import DataError
from transport_sim.tables.csv_tables import LARGEST, between, filled, one_of
from transport_sim.tables.operation_table import OperationTable
from transport_sim.tables.traffic import TOUR_PURPOSES

if TYPE_CHECKING:
    from pandera.pandas import Column

LOCAL_MODES = ("walk", "cycle", "bus", "taxi", "car", "motorcycle", "park_and_ride")
"""Modes of journeys within the region. Who parks and rides has no base share: the mode comes with a policy."""
STATED_MODES = LOCAL_MODES[:-1]
LONG_MODES = ("coach", "coach_rail", "rail", "air", "air_rail", "car")
"""Modes of long journeys; with two words the first leg is by coach or rail, the main one by the other."""
LOCAL_NESTS = {
    "active": ("walk", "cycle"),
    "shared": ("bus", "taxi"),
    "by_car": ("car", "park_and_ride"),
    "two_wheels": ("motorcycle",),
}
LONG_NESTS = {"ground": ("coach", "coach_rail", "rail"), "flight": ("air", "air_rail"), "own_car": ("car",)}
LOCAL_AREAS = ("core", "county")
LONG = "long"
"""Purpose under which the parameters of long journeys stand."""
PARAMETERS = {
    "time_per_h": (0.001, 100.0),
    "value_of_time_cny_per_h": (0.1, 10_000.0),
    "walk_time_ratio": (0.0, 20.0),
    "wait_time_ratio": (0.0, 20.0),
    "transfer_min": (0.0, 120.0),
    "nest_ratio": (0.05, 1.0),
    "speed_kmh": (0.5, 500.0),
    "cost_cny_per_km": (0.0, 1_000.0),
    "cost_cny": (0.0, 10_000.0),
    "free_km": (0.0, 1_000.0),
    "persons_per_vehicle": (0.1, 1_000.0),
    "car_days_share": (0.01, 1.0),
    "uses_per_space_day": (0.1, 10.0),
    "service_day_h": (1.0, 24.0),
    "longest_wait_h": (0.0, 24.0),
    "co2e_g_per_pkm": (0.0, 10_000.0),
    "detour_ratio": (1.0, 5.0),
    "distance_ratio": (0.05, 2.0),
    "longest_walk_km": (0.05, 20.0),
}
"""What the model reads, with the smallest and largest value that it can work with."""


def passenger_shares() -> "dict[str, Column]":
    """Return the columns of the shares of modes among the journeys of a purpose that begin in a kind of area.

    Those of car and motorcycle are the shares of the table `trip_rates`.
    """
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    return {
        "purpose": pa.Column(str, one_of(TOUR_PURPOSES)),
        "area": pa.Column(str, one_of(LOCAL_AREAS)),
        "mode": pa.Column(str, one_of(STATED_MODES)),
        "share": pa.Column(float, between(0, 1)),
    }


def passenger_parameters() -> "dict[str, Column]":
    """Return the columns of what time, money and the modes are to travellers, by purpose and mode or nest.

    The row for the purpose and subject counts, else that for `all` subjects, else that for `all` purposes.
    """
    import pandera.pandas as pa  # noqa: PLC0415

    subjects = ("all", *dict.fromkeys((*STATED_MODES, *LONG_MODES, *LOCAL_NESTS, *LONG_NESTS)))
    return {
        "parameter": pa.Column(str, one_of(tuple(PARAMETERS))),
        "purpose": pa.Column(str, one_of(("all", *TOUR_PURPOSES, LONG))),
        "subject": pa.Column(str, one_of(subjects)),
        "value": pa.Column(float, between(0, LARGEST)),
        "low": pa.Column(float, between(0, LARGEST), nullable=True),
        "high": pa.Column(float, between(0, LARGEST), nullable=True),
        "unit": pa.Column(str, filled()),
    }


def passenger_services() -> "dict[str, Column]":
    """Return the columns of how one gets from one place to another by a mode, both ways alike.

    `time_h` is from the first to the last vehicle without changing, `access_h` to the first and from the last one,
    `transfer_wait_h` the time between two of them.
    """
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "from_place": pa.Column(str, filled()),
        "to_place": pa.Column(str, filled()),
        "mode": pa.Column(str, one_of(LONG_MODES)),
        "from_year": pa.Column(int, between(1900, 2100)),
        "to_year": pa.Column(int, between(1900, 2100)),
        "time_h": pa.Column(float, between(0.05, 200)),
        "access_h": pa.Column(float, between(0, 24)),
        "transfer_wait_h": pa.Column(float, between(0, 48)),
        "fare_cny": pa.Column(float, between(0, 1e5)),
        "departures_per_day": pa.Column(float, between(0, 10_000)),
        "distance_km": pa.Column(float, between(1, 20_000)),
        "note": pa.Column(str),
    }


def long_trips() -> "dict[str, Column]":
    """Return the columns of the journeys of the base year on a relation, both ways together, by mode."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "from_place": pa.Column(str, filled()),
        "to_place": pa.Column(str, filled()),
        "mode": pa.Column(str, one_of(LONG_MODES)),
        "trips_per_year": pa.Column(float, between(0, LARGEST)),
        "note": pa.Column(str),
    }


def credit_factors() -> "dict[str, Column]":
    """Return the columns of a method's emissions of the journey that is taken for granted, and of the credited one."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "method": pa.Column(str, filled()),
        "mode": pa.Column(str, one_of(STATED_MODES)),
        "baseline_kg_per_pkm": pa.Column(float, between(0, 10)),
        "mode_kg_per_pkm": pa.Column(float, between(0, 10)),
        "note": pa.Column(str),
    }


def _whole(d: pd.DataFrame) -> "pd.Series[bool]":
    return (d.groupby(["purpose", "area"])["share"].transform("sum") - 1.0).abs() < 1e-9


def _limit(d: pd.DataFrame, end: int) -> "pd.Series[float]":
    return d["parameter"].map({name: bounds[end] for name, bounds in PARAMETERS.items()})


PASSENGER_TABLES: dict[str, OperationTable] = {
    "passenger_shares": OperationTable(
        passenger_shares,
        ("purpose", "area", "mode"),
        {"the shares of the modes of a purpose and area must add up to 1": _whole},
        folder="fleets",
    ),
    "passenger_parameters": OperationTable(
        passenger_parameters,
        ("parameter", "purpose", "subject"),
        {
            "low lies above value": lambda d: ~(d["low"] > d["value"]),
            "high lies below value": lambda d: ~(d["high"] < d["value"]),
            "value is smaller than the model can work with": lambda d: d["value"] >= _limit(d, 0),
            "value is larger than the model can work with": lambda d: d["value"] <= _limit(d, 1),
        },
        folder="fleets",
    ),
    "passenger_services": OperationTable(
        passenger_services,
        ("from_place", "to_place", "mode", "from_year"),
        {
            "to_year lies before from_year": lambda d: d["from_year"] <= d["to_year"],
            "a service needs at least one departure a day; only cars leave at any time": lambda d: (
                (d["mode"] == "car") | (d["departures_per_day"] > 0)
            ),
        },
        folder="fleets",
    ),
    "long_trips": OperationTable(long_trips, ("from_place", "to_place", "mode"), folder="fleets"),
    "credit_factors": OperationTable(credit_factors, ("method", "mode"), folder="fleets"),
}


@dataclass(frozen=True, eq=False)
class PassengerParameters:
    """Look-up of `passenger_parameters`: the row for the purpose and subject, else for all subjects, then purposes."""

    values: dict[tuple[str, str, str], float]

    @classmethod
    def of(cls, table: pd.DataFrame) -> "PassengerParameters":
        """Index the table."""
        keys = zip(table["parameter"], table["purpose"], table["subject"], strict=True)
        return cls(dict(zip(keys, table["value"].tolist(), strict=True)))

    def get(self, parameter: str, *, purpose: str = "all", subject: str = "all") -> float:
        """Return a number; its unit is in the name of the parameter.

        Parameters
        ----------
        parameter
            One of `PARAMETERS`.
        purpose, subject
            What it is asked for: the purpose of the journey, and a mode or nest.

        Raises
        ------
        DataError
            If no row fits.
        """
        for key in ((purpose, subject), (purpose, "all"), ("all", subject), ("all", "all")):
            if (parameter, *key) in self.values:
                return self.values[parameter, *key]
        raise DataError(f"passenger_parameters.csv: no row for {parameter}, purpose {purpose}, subject {subject}")
