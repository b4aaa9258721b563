"""The plan of the buses as lists, and charges cut short: what their processes reckon with."""

from transport_sim.charge import Pieces
from transport_sim.simulation.bus_plan import BusPlan, BusRuns
from transport_sim.units import SECONDS_PER_HOUR


class Tables:
    """The plan's arrays as lists, which Python reads faster one by one."""

    def __init__(self, plan: BusPlan) -> None:
        self.plan = plan
        ways = plan.ways
        self.pattern_s, self.pattern_kwh, self.pattern_km = (
            table.tolist() for table in (ways.pattern_s, ways.pattern_kwh, ways.pattern_km)
        )
        self.dead_s, self.dead_kwh, self.dead_km = (
            table.tolist() for table in (ways.dead_s, ways.dead_kwh, ways.dead_km)
        )
        self.runs = [Runs(runs) for runs in plan.kinds]
        self.spread = [factors.tolist() for factors in plan.spread]


class Runs:
    """The runs of one kind of day as lists."""

    __slots__ = ("end_station", "from_place", "line", "most_late_s", "pattern", "start_s", "to_place")

    def __init__(self, runs: BusRuns) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(runs, name).tolist())

    line: list[int]
    pattern: list[int]
    from_place: list[int]
    to_place: list[int]
    start_s: list[float]
    most_late_s: list[float]
    end_station: list[int]


def pieces_within(pieces: Pieces, plug_kw: float, time_s: float) -> Pieces:
    """Cut a charge short after some time at a plug.

    Parameters
    ----------
    pieces
        Energy [kWh] and largest power [kW] of each piece.
    plug_kw
        Largest power of the plug, positive. [kW]
    time_s
        Time at the plug. [s]

    Returns
    -------
    The pieces that fit, the last one cut.
    """
    left_h, kept = time_s / SECONDS_PER_HOUR, []
    for kwh, kw in pieces:
        needs_h = kwh / min(kw, plug_kw)
        if needs_h >= left_h:
            if left_h > 0.0:
                kept.append((left_h * min(kw, plug_kw), kw))
            break
        kept.append((kwh, kw))
        left_h -= needs_h
    return tuple(kept)
