"""A charge as stations see it: pieces of energy, each taken at one power."""

from transport_sim.units import SECONDS_PER_HOUR

Pieces = tuple[tuple[float, float], ...]
"""Parts of a charge within which the battery takes constant power: energy [kWh] and largest power [kW] there."""


def charging_time_s(pieces: Pieces, plug_kw: float) -> float:
    """Return how long a charge takes at a plug that has all the power to itself.

    Parameters
    ----------
    pieces
        As `energy.battery.charge_pieces` returns them.
    plug_kw
        Largest power of the plug at the battery, positive. [kW]

    Returns
    -------
    Time. [s]
    """
    return sum(kwh / min(kw, plug_kw) for kwh, kw in pieces) * SECONDS_PER_HOUR
