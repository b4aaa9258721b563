"""What queues make of a design: drivers drawn from the demand by hour, and how long they wait."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import poisson

from transport_sim.randomness import BoolArray, FloatArray, IntArray, gumbel, stable_ids, text_id, uniform
from transport_sim.simulation.charging import PlugPlan, StationPlan
from transport_sim.simulation.charging_drivers import ChargingRequest, simulate_charging
from transport_sim.siting.case import SitingCase
from transport_sim.siting.design import Design
from transport_sim.units import SECONDS_PER_HOUR

SECONDS_PER_MINUTE = 60.0
OPTIONS = 3
"""Stations that a driver considers. Assumption. [-]"""
TASTE_MINUTES = 1.0
"""Scale of what else than the drive counts for a driver (Gumbel). Assumption. [min]"""
SPREAD_RATIO = 0.4
"""A charge lies between this much below and above the group's mean, evenly. Assumption. [-]"""


@dataclass(frozen=True)
class ServiceLevel:
    """What drivers are promised."""

    share: float = 0.95
    """Share of drivers who wait no longer. [-]"""
    wait_minutes: float = 10.0
    """The wait that is meant, from when they would have reached their first station. [min]"""


@dataclass(frozen=True, eq=False)
class Drivers:
    """Everybody who needs a plug on one day: the same whatever is built."""

    identity: IntArray
    point: IntArray
    """Row of `SitingCase.points`."""
    start_s: FloatArray
    kwh: FloatArray


@dataclass(frozen=True, eq=False)
class QueueResult:
    """One day of queues."""

    drivers: int
    """Drivers who need a plug. [-]"""
    visits: pd.DataFrame
    """One row for each driver: point, site (-1: none in reach), wait_minutes, refusals, kwh."""

    def within(self, level: ServiceLevel) -> BoolArray:
        """Return which drivers were served within the promised wait."""
        return np.asarray(self.visits["wait_minutes"] <= level.wait_minutes + 1e-9)

    def summary(self, level: ServiceLevel) -> dict[str, float]:
        """Return what counts of a day: shares of the drivers, waits of those served."""
        served = self.visits["site"] >= 0
        waits = self.visits.loc[served, "wait_minutes"]
        good = self.within(level)
        return {
            "drivers_count": float(self.drivers),
            "served_share": float(served.mean()) if self.drivers else 1.0,
            "within_share": float(good.mean()) if self.drivers else 1.0,
            "within_share_of_served": float(good[served.to_numpy()].mean()) if served.any() else 0.0,
            "mean_wait_minutes": float(waits.mean()) if len(waits) else 0.0,
            "wait_p95_minutes": float(waits.quantile(0.95)) if len(waits) else 0.0,
            "energy_kwh": float(self.visits["kwh"].sum()),
        }


def drawn_drivers(case: SitingCase, *, seed: int, replication: int) -> Drivers:
    """Draw the drivers of one day: Poisson counts by point and hour, even within the hour.

    Parameters
    ----------
    case
        The year's task.
    seed
        Seed of all draws. [-]
    replication
        Which day. [-]
    """
    expected = case.hourly_kwh / case.session_kwh[:, None]
    frame = case.points.frame
    point_id = np.array([text_id(f"{p}:{g}") for p, g in zip(frame["point"], frame["group"], strict=True)])
    cell = stable_ids(point_id[:, None], np.arange(24)[None, :], replication)
    count = poisson.ppf(uniform(cell, seed=seed, stream="charging_drivers"), expected).astype(np.int64)
    total = int(count.sum())
    position = np.repeat(np.arange(count.size), count.ravel())
    number = np.arange(total) - np.repeat(np.cumsum(count.ravel()) - count.ravel(), count.ravel())
    identity = stable_ids(cell.ravel()[position], number)
    hour = position % 24
    start_s = (hour + uniform(identity, seed=seed, stream="charging_moment")) * SECONDS_PER_HOUR
    point = position // 24
    spread = 1.0 + SPREAD_RATIO * (2.0 * uniform(identity, seed=seed, stream="charging_energy") - 1.0)
    return Drivers(identity, point, start_s, case.session_kwh[point] * spread)


def simulated_day(case: SitingCase, design: Design, drivers: Drivers, *, seed: int, level: ServiceLevel) -> QueueResult:
    """Let the drivers of one day queue at the stations of a design.

    Parameters
    ----------
    case
        The year's task.
    design
        Sites and plugs.
    drivers
        From `drawn_drivers`, the same for every design that is compared.
    seed
        Seed of the drivers' tastes. [-]
    level
        A driver who expects to wait longer than `wait_minutes` goes on to his next station, if there is one.
    """
    places = np.flatnonzero(design.open & (design.plugs > 0))
    order, minutes = _preferences(case, places, drivers, seed)
    between = case.between_minutes[np.ix_(places, places)]
    stations = [
        StationPlan(str(place), (PlugPlan("dc", float(case.plug_kw[place]), int(design.plugs[place])),))
        for place in places.tolist()
    ]
    power = case.session_kw[drivers.point]
    requests = []
    for row in range(len(drivers.point)):
        options = [int(o) for o in order[row] if o >= 0]
        onward = [0.0, *(between[a, b] for a, b in pairwise(options))]
        requests.append(
            ChargingRequest(
                vehicle=row,
                start_s=float(drivers.start_s[row]),
                options=tuple(options),
                drive_s=tuple(float(minutes[row, o]) * SECONDS_PER_MINUTE for o in options),
                onward_s=tuple(float(m) * SECONDS_PER_MINUTE for m in onward),
                pieces=((float(drivers.kwh[row]), float(power[row])),),
                kind="dc",
                patience_s=level.wait_minutes * SECONDS_PER_MINUTE,
            )
        )
    visits = simulate_charging(stations, requests)
    site = np.array([v.station for v in visits], dtype=np.int64)
    frame = pd.DataFrame(
        {
            "point": drivers.point,
            "site": np.where(site >= 0, places[site] if len(places) else -1, -1),
            "first": np.where(order[:, 0] >= 0, places[order[:, 0]] if len(places) else -1, -1),
            "wait_minutes": np.array([v.wait_s for v in visits], dtype=float) / SECONDS_PER_MINUTE,
            "refusals": np.array([v.refusals for v in visits], dtype=np.int64),
            "kwh": np.array([v.energy_kwh for v in visits], dtype=float),
        }
    )
    return QueueResult(len(requests), frame)


def _preferences(case: SitingCase, places: IntArray, drivers: Drivers, seed: int) -> tuple[IntArray, FloatArray]:
    """Return the stations that each driver considers, best first (-1: no more), and his minutes to all stations."""
    count = len(drivers.point)
    if not len(places) or not count:
        return np.full((count, OPTIONS), -1, dtype=np.int64), np.zeros((count, len(places)))
    minutes = case.points.minutes[np.ix_(drivers.point, places)]
    near = case.points.near[np.ix_(drivers.point, places)]
    names = np.array([text_id(str(name)) for name in case.candidates.index[places]])
    taste = gumbel(stable_ids(drivers.identity[:, None], names[None, :]), seed=seed, stream="charging_taste")
    score = np.where(near, minutes - TASTE_MINUTES * taste, np.inf)
    best = np.argsort(score, axis=1, kind="stable")[:, :OPTIONS]
    usable = np.isfinite(np.take_along_axis(score, best, axis=1))
    order = np.where(usable, best, -1)
    missing = OPTIONS - order.shape[1]
    return np.pad(order, ((0, 0), (0, max(missing, 0))), constant_values=-1), minutes
