"""Evaluate the speed curves of the EMEP/EEA guidebook, for heavy vehicles between grid points of load and gradient.

One family of curves belongs to a (vehicle class, emission standard, quantity), one single curve to a light vehicle
or gas bus: energy and every pollutant share this evaluator. Each curve is
EF = (a v^2 + b v + c + d/v) / (e v^2 + f v + g) * (1 - RF).
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.errors import FactorError
from transport_sim.factors.model import FactorRow, Factors
from transport_sim.factors.schema import COEFFICIENT_COLUMNS, TABLES

MAX_POLE_DISTORTION = 0.5
"""Largest accepted distortion of a curve by a pole. [-]"""
ZERO_MARGIN_KMH = 0.5
"""Distance kept from a zero of a curve. [km/h]"""
_GRID_TABLE = "road_emep"
_SINGLE_TABLE = "road_curves"
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Curves:
    """Compiled curves side by side, without the speeds at which they are unusable (see `curve_family`)."""

    coefficients: FloatArray
    """a to g, the first four times (1 - RF), shape (7, n_curves)."""
    min_speed_kmh: FloatArray
    """Lower end of each curve, shape (n_curves,). [km/h]"""
    max_speed_kmh: FloatArray
    """Upper end of each curve. [km/h]"""
    holes_kmh: FloatArray
    """Unusable speeds inside the curves: (lower end, upper end), NaN where unused; shape (n_holes, 2, n_curves)."""

    def at(self, curve: int | np.ndarray[tuple[int, ...], np.dtype[np.intp]], speed_kmh: FloatArray) -> FloatArray:
        """Evaluate the given curve of each element at the nearest speed where that curve is usable."""
        v = np.clip(speed_kmh, self.min_speed_kmh[curve], self.max_speed_kmh[curve])
        for low, high in self.holes_kmh:
            below, above = low[curve], high[curve]
            v = np.where((v > below) & (v < above), np.where(v - below <= above - v, below, above), v)
        a, b, c, d, e, f, g = (coefficient[curve] for coefficient in self.coefficients)
        return np.asarray(((a * v + b) * v + c + d / v) / ((e * v + f) * v + g))


@dataclass(frozen=True, eq=False)
class CurveFamily:
    """The compiled curves of one vehicle class, emission standard and quantity, one for each load and gradient."""

    load_ratio: FloatArray
    """Levels of load, shape (n_load,). [-]"""
    gradient_ratio: FloatArray
    """Levels of gradient, shape (n_gradient,). [-]"""
    curves: Curves
    """The curves, gradient by gradient within each load, n_load * n_gradient of them."""

    def evaluate(self, speed_kmh: ArrayLike, load_ratio: ArrayLike, gradient_ratio: ArrayLike) -> FloatArray:
        """Interpolate bilinearly in load and gradient between curves taken at the given speed.

        Parameters
        ----------
        speed_kmh
            Mean speed, not negative; moved into the validity of each curve. [km/h]
        load_ratio
            Payload over payload capacity, 0 to 1. [-]
        gradient_ratio
            Rise over run, -0.06 to 0.06. [-]

        Returns
        -------
        Energy or emission in the unit of the family, finite and positive, of the broadcast shape.

        Raises
        ------
        FactorError
            An argument outside its bounds or missing.
        """
        speed = checked("speed_kmh", speed_kmh)
        load = checked("load_ratio", load_ratio, low=self.load_ratio[0], high=self.load_ratio[-1])
        gradient = checked(
            "gradient_ratio",
            gradient_ratio,
            low=self.gradient_ratio[0] - _ROUNDING,
            high=self.gradient_ratio[-1] + _ROUNDING,
        )
        low_load, load_share = _bracket(self.load_ratio, load)
        low_gradient, gradient_share = _bracket(self.gradient_ratio, gradient)
        corner = low_load * self.gradient_ratio.size + low_gradient
        row = self.gradient_ratio.size
        empty = (1.0 - gradient_share) * self.curves.at(corner, speed) + gradient_share * self.curves.at(
            corner + 1, speed
        )
        laden = (1.0 - gradient_share) * self.curves.at(corner + row, speed) + gradient_share * self.curves.at(
            corner + row + 1, speed
        )
        return np.asarray((1.0 - load_share) * empty + load_share * laden)


def curve_family(factors: Factors, vehicle_class: str, emission_standard: str, quantity: str) -> CurveFamily:
    """Compile the curves of one vehicle class, emission standard and quantity; kept for the next call.

    Unusable speeds
        A few published curves have a pole p inside their speed range, next to a zero n, or fall to zero. Near such a
        pair the curve is a smooth one times (v - n) / (v - p), so it is off by |p - n| / |v - p|. Speeds where that
        exceeds `MAX_POLE_DISTORTION`, and speeds where the curve is not positive or within `ZERO_MARGIN_KMH` of a zero
        inside the range, are not used: the curve is taken at the nearest usable speed instead.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class, emission_standard, quantity
        Keys of `road_emep.csv`.

    Returns
    -------
    The compiled curves.

    Raises
    ------
    FactorError
        Unknown keys, naming the nearest, or a curve that is usable nowhere.

    References
    ----------
    .. [1] EMEP/EEA air pollutant emission inventory guidebook, 1.A.3.b.i-iv Road transport, annex of hot emission
       factors.
    """
    key = (vehicle_class, emission_standard, quantity)
    return factors.compiled(("curve_family", key), lambda read: _family(read, *key))


def _family(factors: Factors, vehicle_class: str, emission_standard: str, quantity: str) -> CurveFamily:
    loads, gradients = (np.array(TABLES[_GRID_TABLE].grid[level]) for level in ("load_ratio", "gradient_ratio"))
    rows = []
    for load in loads:
        for gradient in gradients:
            (row,) = factors.dated_rows(
                _GRID_TABLE,
                vehicle_class=vehicle_class,
                emission_standard=emission_standard,
                quantity=quantity,
                load_ratio=float(load),
                gradient_ratio=float(gradient),
            )
            rows.append(row)
    return CurveFamily(loads, gradients, _compile(rows))


def speed_curve(factors: Factors, vehicle_class: str, technology: str, emission_standard: str, quantity: str) -> Curves:
    """Compile the one curve of a light vehicle or gas bus; kept for the next call.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class, technology, emission_standard, quantity
        Keys of `road_curves.csv`.

    Returns
    -------
    The compiled curve, to be evaluated with `at(0, speed_kmh)`; unusable speeds as in `curve_family`.

    Raises
    ------
    FactorError
        Unknown keys, naming the nearest, or a curve that is usable nowhere.

    References
    ----------
    .. [1] EMEP/EEA air pollutant emission inventory guidebook, 1.A.3.b.i-iv Road transport, annex of hot emission
       factors.
    """
    keys = {"vehicle_class": vehicle_class, "technology": technology, "emission_standard": emission_standard}

    def build(read: Factors) -> Curves:
        return _compile(read.dated_rows(_SINGLE_TABLE, quantity=quantity, **keys)[-1:])

    return factors.compiled(("speed_curve", quantity, *keys.values()), build)


def _compile(rows: Sequence[FactorRow]) -> Curves:
    """Put the curves of the rows side by side."""
    columns, lows, highs, holes = [], [], [], []
    for row in rows:
        coefficients = np.array([row.numbers[name] for name in COEFFICIENT_COLUMNS])
        usable = _usable_speeds(coefficients, row.numbers["min_speed_kmh"], row.numbers["max_speed_kmh"])
        if not usable:
            raise FactorError(f"{row.file}:{row.line}: the curve is nowhere positive between its speed limits")
        coefficients[:4] *= 1.0 - row.numbers["reduction_ratio"]
        columns.append(coefficients)
        lows.append(usable[0][0])
        highs.append(usable[-1][1])
        holes.append([(before[1], after[0]) for before, after in itertools.pairwise(usable)])
    padded = np.full((max(len(found) for found in holes), 2, len(holes)), np.nan)
    for curve, found in enumerate(holes):
        for number, hole in enumerate(found):
            padded[number, :, curve] = hole
    return Curves(np.array(columns).T.copy(), np.array(lows), np.array(highs), padded)


def _bracket(
    levels: FloatArray, numbers: FloatArray
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.intp]], FloatArray]:
    """Find the level below each number and the share of the way to the next one."""
    low = np.clip(np.searchsorted(levels, numbers, side="right") - 1, 0, levels.size - 2)
    share = (numbers - levels[low]) / (levels[low + 1] - levels[low])
    return low, np.clip(share, 0.0, 1.0)


def _usable_speeds(coefficients: FloatArray, low_kmh: float, high_kmh: float) -> list[tuple[float, float]]:
    """Return the closed intervals of speed where a curve is usable, ascending; see `curve_family`."""
    zeros = _real_roots(coefficients[:4])
    poles = _real_roots(coefficients[4:])
    unusable = []
    for pole in poles[(poles >= low_kmh) & (poles <= high_kmh)]:
        separation = np.abs(zeros - pole).min() if zeros.size else np.inf
        reach = separation / MAX_POLE_DISTORTION
        unusable.append((pole - reach, pole + reach))
    cuts = np.unique(np.concatenate([[low_kmh, high_kmh], zeros, poles]))
    cuts = cuts[(cuts >= low_kmh) & (cuts <= high_kmh)]
    for start, end in itertools.pairwise(cuts):
        middle = (start + end) / 2.0
        if not _curve(coefficients, middle) > 0.0:
            unusable.append((start - ZERO_MARGIN_KMH, end + ZERO_MARGIN_KMH))
    usable, start = [], low_kmh
    for bad_start, bad_end in sorted(unusable):
        if bad_start > start:
            usable.append((start, min(bad_start, high_kmh)))
        start = max(start, bad_end)
    if start < high_kmh:
        usable.append((start, high_kmh))
    return usable


def _curve(coefficients: FloatArray, v: float) -> float:
    a, b, c, d, e, f, g = coefficients
    return float((a * v * v + b * v + c + d / v) / (e * v * v + f * v + g))


def _real_roots(polynomial: FloatArray) -> FloatArray:
    roots = np.roots(polynomial)
    return np.sort(roots[np.abs(roots.imag) < _ROUNDING].real)
