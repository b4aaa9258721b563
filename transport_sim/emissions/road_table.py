"""Road energy and emissions of many link and time bins at once: a table by speed and gradient, read by compiled code.

The functions of `energy.road` and `emissions.road` are evaluated once on a grid for every vehicle group; rows are then
interpolated between the grid points. Nothing is calculated here that those functions do not say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray

from transport_sim.emissions.road import POLLUTANTS, road_emissions_g_per_km
from transport_sim.energy.arguments import FloatArray
from transport_sim.energy.electric import electric_energy_kwh_per_km
from transport_sim.energy.road import BATTERY_ELECTRIC, road_energy_mj_per_km
from transport_sim.energy.road_load import MAX_SPEED_KMH
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors
from transport_sim.units import MJ_PER_KWH

ENERGY = "energy_mj"
TABLE_QUANTITIES = (ENERGY, *(f"{pollutant}_g" for pollutant in POLLUTANTS))
"""What a table can hold, per vehicle-km: energy of the fuel or from the battery [MJ] and exhaust [g]."""
MAX_TABLE_GRADIENT_RATIO = 0.06
"""Steepest gradient of a table. [-]"""
_SLOW_KMH = 16
_SLOW_STEPS = 4
SPEEDS = np.concatenate(
    [np.arange(0, _SLOW_KMH * _SLOW_STEPS) / _SLOW_STEPS, np.arange(_SLOW_KMH, MAX_SPEED_KMH + 1.0)]
)
"""Speeds of a table: 0.25 km/h apart below 16, then 1. [km/h]"""
_GRADIENT_STEPS = 24
GRADIENTS = np.linspace(-MAX_TABLE_GRADIENT_RATIO, MAX_TABLE_GRADIENT_RATIO, _GRADIENT_STEPS + 1)
"""Gradients of a table, as many down as up. [-]"""
_CHUNK_ROWS = 8_192


class RoadGroup(NamedTuple):
    """Vehicles that share one table."""

    vehicle_class: str
    technology: str
    emission_standard: str
    load_ratio: float = 0.5
    """Payload over payload capacity. [-]"""


@dataclass(frozen=True, eq=False)
class RoadTable:
    """Energy and emissions per vehicle-km of some vehicle groups on a grid of gradient and speed."""

    groups: tuple[RoadGroup, ...]
    """The groups; their positions are the codes of the rows."""
    quantities: tuple[str, ...]
    """The columns of every result, from `TABLE_QUANTITIES`."""
    values: NDArray[np.float32]
    """Shape (n_groups, n_gradients, n_speeds, n_quantities). [MJ/km or g/km]"""

    def rates(
        self,
        group: NDArray[np.integer],
        speed_kmh: NDArray[np.floating],
        flow_veh_h: NDArray[np.floating],
        gradient_ratio: NDArray[np.floating],
        *,
        out: NDArray[np.floating] | None = None,
    ) -> NDArray[np.floating]:
        """Calculate flow times energy or emission per km of every row.

        Parameters
        ----------
        group
            Code of the vehicle group, shape (n,).
        speed_kmh
            Mean speed, shape (n,), 0 to 140. [km/h]
        flow_veh_h
            Flow, or any other weight of the row, shape (n,), not negative. [veh/h]
        gradient_ratio
            Rise over run, shape (n,), -0.06 to 0.06. [-]
        out
            Array of shape (n, n_quantities) to write into; a new one of double precision if left out.

        Returns
        -------
        Shape (n, n_quantities). [MJ or g per km and h]

        Raises
        ------
        FactorError
            Rows with an unknown code or an argument outside its bounds or missing, or arrays of unequal length.
        """
        n = group.shape[0]
        if out is None:
            out = np.empty((n, len(self.quantities)))
        lengths = {len(column) for column in (group, speed_kmh, flow_veh_h, gradient_ratio, out)}
        if lengths != {n} or out.shape != (n, len(self.quantities)):
            raise FactorError(f"the columns must be of one length, and out of {len(self.quantities)} columns")
        wrong = _interpolate(self.values, group, speed_kmh, flow_veh_h, gradient_ratio, out)
        if wrong >= 0:
            raise FactorError(
                f"row {wrong}: group must be 0 to {len(self.groups) - 1}, speed_kmh 0 to {MAX_SPEED_KMH:g}, flow_veh_h "
                f"finite and not negative, gradient_ratio within {MAX_TABLE_GRADIENT_RATIO:g}; got {group[wrong]}, "
                f"{speed_kmh[wrong]:g}, {flow_veh_h[wrong]:g}, {gradient_ratio[wrong]:g}"
            )
        return out

    def chunks(
        self,
        group: NDArray[np.integer],
        speed_kmh: NDArray[np.floating],
        flow_veh_h: NDArray[np.floating],
        gradient_ratio: NDArray[np.floating],
    ) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Yield the results of `rates` chunk by chunk, so that memory does not grow with the number of rows.

        Each array yielded is overwritten by the next and has single precision, as the table; add up in double.
        Arguments and errors are those of `rates`, with the row counted within the chunk.
        """
        buffer = np.empty((min(_CHUNK_ROWS, len(group)), len(self.quantities)), dtype=np.float32)
        for start in range(0, len(group), _CHUNK_ROWS):
            rows = slice(start, min(start + _CHUNK_ROWS, len(group)))
            columns = (group[rows], speed_kmh[rows], flow_veh_h[rows], gradient_ratio[rows])
            out = buffer[: rows.stop - rows.start]
            self.rates(*columns, out=out)
            yield rows, out


def road_table(
    factors: Factors, groups: Sequence[RoadGroup], *, quantities: Sequence[str] = TABLE_QUANTITIES
) -> RoadTable:
    """Evaluate the road functions on a grid: every 1 km/h (0.25 km/h below 16) and 0.5 % of gradient.

    The error, measured by the value on a flat road at the same speed, is below 5 % (fuel-cell trucks: 10 %), and below
    1 % in at least 94 of 100 places; tests compare every vehicle with the functions. Exceptions are the few speeds
    where a curve jumps over a stretch in which it is unusable (`curve_family`): there the table runs from one side to
    the other within one step.

    Parameters
    ----------
    factors
        The factor tables.
    groups
        Vehicle groups; of battery-electric ones the energy is that from the battery.
    quantities
        Some of `TABLE_QUANTITIES`.

    Returns
    -------
    The table.

    Raises
    ------
    FactorError
        Unknown quantities or keys of a group.
    """
    unknown = [name for name in quantities if name not in TABLE_QUANTITIES]
    if unknown:
        raise FactorError(f"no quantity {unknown[0]!r}; known: {', '.join(TABLE_QUANTITIES)}")
    values = np.empty((len(groups), GRADIENTS.size, SPEEDS.size, len(quantities)), dtype=np.float32)
    for number, group in enumerate(groups):
        for column, quantity in enumerate(quantities):
            values[number, :, :, column] = exact_rate(factors, group, quantity, SPEEDS, GRADIENTS[:, None])
    return RoadTable(tuple(groups), tuple(quantities), values)


def exact_rate(
    factors: Factors, group: RoadGroup, quantity: str, speed_kmh: FloatArray, gradient_ratio: FloatArray
) -> FloatArray:
    """Calculate what a table approximates, with the functions themselves.

    Parameters
    ----------
    factors
        The factor tables.
    group
        The vehicle group.
    quantity
        One of `TABLE_QUANTITIES`.
    speed_kmh, gradient_ratio
        Mean speed and rise over run, broadcast. [km/h and -]

    Returns
    -------
    Energy or emission, of the broadcast shape. [MJ/km or g/km]

    Raises
    ------
    FactorError
        Unknown keys, or an argument outside its bounds or missing.
    """
    driving: dict[str, ArrayLike] = {
        "speed_kmh": speed_kmh,
        "load_ratio": group.load_ratio,
        "gradient_ratio": gradient_ratio,
    }
    vehicle_class, technology, standard, _ = group
    if quantity == ENERGY and technology == BATTERY_ELECTRIC:
        return electric_energy_kwh_per_km(factors, vehicle_class=vehicle_class, **driving) * MJ_PER_KWH
    if quantity == ENERGY:
        return road_energy_mj_per_km(
            factors, vehicle_class=vehicle_class, technology=technology, emission_standard=standard, **driving
        )
    return road_emissions_g_per_km(
        factors,
        pollutant=next(name for name in POLLUTANTS if quantity == f"{name}_g"),
        vehicle_class=vehicle_class,
        technology=technology,
        emission_standard=standard,
        **driving,
    )


@nb.njit(cache=True, inline="always")
def speed_place(speed_kmh: float) -> float:
    """Return where a speed lies among `SPEEDS`: position of the one before plus share of the way to the next."""
    return speed_kmh * _SLOW_STEPS if speed_kmh < _SLOW_KMH else speed_kmh + _SLOW_KMH * (_SLOW_STEPS - 1)


@nb.njit(cache=True, error_model="numpy")
def _interpolate(  # noqa: PLR0917  # compiled code takes no keyword-only arguments
    values: NDArray[np.float32],
    group: NDArray[np.integer],
    speed: NDArray[np.floating],
    flow: NDArray[np.floating],
    gradient: NDArray[np.floating],
    out: NDArray[np.floating],
) -> int:
    """Interpolate bilinearly into `out`; return the first row outside the table, or -1.

    The table is read by unsigned positions in one row of numbers: signed ones would cost a test each.
    """
    n_groups, n_gradients, n_speeds, n_quantities = values.shape
    table = values.reshape(-1)
    width = np.uint64(n_quantities)
    gradient_step = np.uint64(n_speeds) * width
    group_step = np.uint64(n_gradients) * gradient_step
    last_speed, last_gradient = np.uint64(n_speeds - 2), np.uint64(n_gradients - 2)
    per_gradient = (n_gradients - 1) / (2.0 * MAX_TABLE_GRADIENT_RATIO)
    # a gradient of 0.06 may come as a number of single precision
    most = n_gradients - 1 + 1e-5
    wrong = -1
    for row in range(group.size):
        v = float(speed[row])
        g = (float(gradient[row]) + MAX_TABLE_GRADIENT_RATIO) * per_gradient
        weight = float(flow[row])
        code = int(group[row])
        inside = (v >= 0.0) & (v <= MAX_SPEED_KMH) & (g >= -1e-5) & (g <= most)
        if not (inside & (weight >= 0.0) & (weight < np.inf) & (code >= 0) & (code < n_groups)):
            if wrong < 0:
                wrong = row
            continue
        s = speed_place(v)
        g = max(g, 0.0)
        i = min(np.uint64(s), last_speed)
        j = min(np.uint64(g), last_gradient)
        a = s - i
        b = g - j
        low, high = weight * (1.0 - b), weight * b
        low_slow, low_fast = low * (1.0 - a), low * a
        high_slow, high_fast = high * (1.0 - a), high * a
        flat = np.uint64(code) * group_step + j * gradient_step + i * width
        steep = flat + gradient_step
        for q in range(n_quantities):
            out[row, q] = (
                low_slow * table[flat + np.uint64(q)]
                + low_fast * table[flat + width + np.uint64(q)]
                + high_slow * table[steep + np.uint64(q)]
                + high_fast * table[steep + width + np.uint64(q)]
            )
    return wrong
