"""A charge as stations see it: pieces of energy, each taken at one power."""

from bisect import bisect_right
from dataclasses import dataclass

from transport_sim.units import SECONDS_PER_HOUR

Pieces = tuple[tuple[float, float], ...]
"""Parts of a charge within which the battery takes constant power: energy [kWh] and largest power [kW] there."""


@dataclass(frozen=True, slots=True)
class PieceTable:
    """What a battery takes at which state of charge, ready for processes that know no physics."""

    capacity_kwh: float
    """Usable capacity, positive. [kWh]"""
    edges_soc: tuple[float, ...]
    """Ascending from 0 to 1, one more than the steps. [-]"""
    power_kw: tuple[float, ...]
    """Largest power within each step, positive. [kW]"""

    def between(self, soc: float, target_soc: float) -> Pieces:
        """Divide a charge into pieces of constant power; together they are the difference in charge, unrounded.

        Parameters
        ----------
        soc, target_soc
            State of charge before and after, 0 to 1; a target below the present state charges nothing. [-]

        Returns
        -------
        Energy at the battery [kWh] and the largest power there [kW] of each piece, in order.
        """
        if soc >= target_soc:
            return ()
        edges, step = self.edges_soc, bisect_right(self.edges_soc, soc) - 1
        pieces, low = [], soc
        while low < target_soc:
            high = min(edges[step + 1], target_soc)
            pieces.append(((high - low) * self.capacity_kwh, self.power_kw[step]))
            low, step = high, step + 1
        return tuple(pieces)


def charging_time_s(pieces: Pieces, plug_kw: float) -> float:
    """Return how long a charge takes at a plug that has all the power to itself.

    Parameters
    ----------
    pieces
        As `PieceTable.between` returns them.
    plug_kw
        Largest power of the plug at the battery, positive. [kW]

    Returns
    -------
    Time. [s]
    """
    hours = 0.0
    for kwh, kw in pieces:
        hours += kwh / (kw if kw < plug_kw else plug_kw)  # noqa: FURB136 - half of the time of min()
    return hours * SECONDS_PER_HOUR
