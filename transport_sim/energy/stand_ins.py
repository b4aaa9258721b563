"""Declared stand-ins: which vehicle's curve is used for one that no source describes, and by what factor."""

from typing import NamedTuple

from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors

_TABLE = "road_stand_ins"


class RoadKey(NamedTuple):
    """What a curve of a road vehicle is looked up by."""

    vehicle_class: str
    technology: str
    emission_standard: str


def stand_in(factors: Factors, key: RoadKey, quantity: str) -> tuple[RoadKey, float]:
    """Follow the chain of `road_stand_ins.csv` to a vehicle that has a curve of its own.

    Parameters
    ----------
    factors
        The factor tables.
    key
        The vehicle asked for.
    quantity
        energy, nox, pm, co, hc, ch4 or n2o.

    Returns
    -------
    The vehicle whose curve is to be used and the product of the ratios on the way; the vehicle itself and 1 where
    nothing stands in. A run must report the rows that it used (`stand_in_rows`).

    Raises
    ------
    FactorError
        The rows lead in a circle.
    """
    ratio, passed = 1.0, [key]
    while True:
        row = _row(factors, key, quantity)
        if row is None:
            return key, ratio
        ratio *= row[1]
        key = row[0]
        if key in passed:
            raise FactorError(f"{_TABLE}.csv: {quantity} of {', '.join(passed[0])} leads back to {', '.join(key)}")
        passed.append(key)


def stand_in_rows(factors: Factors, key: RoadKey, quantity: str) -> list[dict[str, object]]:
    """List the rows of `road_stand_ins.csv` behind a value, in the order in which they are applied; for reports.

    Takes the arguments of `stand_in` and raises as it does.
    """
    rows: list[dict[str, object]] = []
    last, _ = stand_in(factors, key, quantity)
    while key != last:
        rows.append(factors.trace(_TABLE, quantity=f"{quantity}_ratio", **key._asdict()))
        following = _row(factors, key, quantity)
        if following is None:  # pragma: no cover  # `stand_in` found it
            break
        key = following[0]
    return rows


def _row(factors: Factors, key: RoadKey, quantity: str) -> tuple[RoadKey, float] | None:
    name = f"{quantity}_ratio"
    if not factors.has(_TABLE, quantity=name, **key._asdict()):
        return None
    (row,) = factors.dated_rows(_TABLE, quantity=name, **key._asdict())
    extra = row.extra
    return RoadKey(extra["from_class"], extra["from_technology"], extra["from_standard"]), row.numbers["value"]
