"""Rivers through the year: depth, current and closed days of every reach by month.

Months count from 0 here, as rows of arrays; a run without dates uses the mean year, which is what the map states.
"""

import numpy as np
import pandas as pd

from transport_sim.availability import Window
from transport_sim.network.model import Network
from transport_sim.network.routing import shortest_paths
from transport_sim.randomness import FloatArray, IntArray, text_id, uniform
from transport_sim.units import DAYS_PER_YEAR, SECONDS_PER_DAY

MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of the months; 29 February is left out, as in every year of this model."""
MONTHS = len(MONTH_DAYS)
MONTH_OF_DAY: tuple[int, ...] = tuple(month for month, days in enumerate(MONTH_DAYS) for _ in range(days))
"""Month, from 0, of each day of the year, from 0."""
VELOCITY_EXPONENT = 0.34
"""Current grows with discharge to this power: mean of the at-a-station exponents of Leopold and Maddock 1953."""


def month_at(calendar_start_day: int, time_s: float) -> int:
    """Return the month, from 0, of a time of the simulation."""
    return MONTH_OF_DAY[int(calendar_start_day + time_s // SECONDS_PER_DAY) % int(DAYS_PER_YEAR)]


def link_gauges(network: Network, hydrology: pd.DataFrame) -> "pd.Series[str]":
    """Name the gauge of each waterway link: the nearest of its own river along the water; "" where there is none."""
    links = network.mode_links("waterway")
    found = pd.Series("", index=links.index, dtype=object)
    rivers = hydrology.drop_duplicates("gauge").set_index("gauge")["river"]
    rivers = rivers[rivers.index.isin(list(network.nodes_by_name))]
    if rivers.empty or links.empty:
        return found
    nodes = np.unique(links[["from_node", "to_node"]].to_numpy())
    paths = shortest_paths(
        network,
        modes=("waterway",),
        sources=np.array([network.nodes_by_name[g] for g in rivers.index]),
        targets=nodes,
        weight="length_km",
    )
    km = pd.DataFrame(paths.cost, index=rivers.index, columns=nodes)
    for river, own in links.groupby("name"):
        gauges = rivers.index[rivers == river]
        if len(gauges):
            # the link's two ends count alike, so both directions of a reach have the same gauge
            away = km.loc[gauges, own["from_node"]].to_numpy() + km.loc[gauges, own["to_node"]].to_numpy()
            found[own.index] = np.where(np.isfinite(away.min(axis=0)), gauges.to_numpy()[away.argmin(axis=0)], "")
    return found


def _by_month(hydrology: pd.DataFrame, column: str) -> pd.DataFrame:
    return hydrology.pivot_table(index="gauge", columns="month", values=column).astype(float)


def monthly_depth_m(network: Network, hydrology: pd.DataFrame) -> FloatArray:
    """Return the depth of every link of the network in each month.

    A gauge tells the season: at its lowest month a link has the depth at low water that the map states, and over the
    year the stated mean. So works that deepen a reach act in every month, and the mean of the months is the map's.

    Parameters
    ----------
    network
        The network of the year.
    hydrology
        The table of operations; links of a river without a gauge keep their mean depth.

    Returns
    -------
    Shape (12, links), links in table order; infinite where the map states no depth. [m]
    """
    links = network.links
    mean = links["depth_mean_m"].fillna(links["depth_m"]).fillna(np.inf).to_numpy(float)
    low = np.minimum(links["depth_m"].fillna(np.inf).to_numpy(float), mean)
    depth = np.tile(mean, (MONTHS, 1))
    level = _by_month(hydrology, "depth_m")
    position = links.index.get_indexer
    for gauge, own in _groups(network, hydrology):
        at, curve = position(own), level.loc[gauge].to_numpy()
        spread = curve.mean() - curve.min()
        if spread > 0.0:
            known = at[np.isfinite(mean[at])]
            season = (curve - curve.min()) / spread
            depth[:, known] = low[known] + (mean[known] - low[known]) * season[:, None]
    return depth


def monthly_current_ratio(network: Network, hydrology: pd.DataFrame) -> FloatArray:
    """Return the current of each link in each month over its mean; 1 where no gauge tells.

    Returns
    -------
    Shape (12, links), with a mean of 1 over the months. [-]

    References
    ----------
    .. [1] Leopold, Maddock, "The hydraulic geometry of stream channels", USGS Professional Paper 252, 1953.
    """
    ratio = np.ones((MONTHS, len(network.links)))
    flow = _by_month(hydrology, "discharge_m3s")
    for gauge, own in _groups(network, hydrology):
        speed = flow.loc[gauge].to_numpy() ** VELOCITY_EXPONENT
        ratio[:, network.links.index.get_indexer(own)] = (speed / speed.mean())[:, None]
    return ratio


def _groups(network: Network, hydrology: pd.DataFrame) -> list[tuple[str, "pd.Index[int]"]]:
    gauges = link_gauges(network, hydrology)
    return [(str(gauge), own.index) for gauge, own in gauges[gauges != ""].groupby(gauges)]


def closed_days(hydrology: pd.DataFrame, *, seed: int) -> dict[str, tuple[tuple[int, int], ...]]:
    """Draw on which days of the year each gauge's reaches are closed by high or low water.

    The days of a month lie together. Where in the month is drawn for the month, not the gauge: a flood meets a whole
    basin.

    Returns
    -------
    By gauge, first day and day after the last, from 0.
    """
    begin = np.concatenate([[0], np.cumsum(MONTH_DAYS)])
    place = uniform([text_id(f"month:{m}") for m in range(MONTHS)], seed=seed, stream="river_closure")
    found: dict[str, list[tuple[int, int]]] = {}
    for gauge, month, days in zip(hydrology["gauge"], hydrology["month"], hydrology["closure_days"], strict=True):
        if days:
            first = int(begin[month - 1] + int(place[month - 1] * (MONTH_DAYS[month - 1] - days + 1)))
            found.setdefault(str(gauge), []).append((first, first + int(days)))
    return {gauge: tuple(sorted(days)) for gauge, days in found.items()}


def day_windows(days: tuple[tuple[int, int], ...], calendar_start_day: int, years: int) -> list[Window]:
    """Turn days of the year into closed windows of the simulated time, repeated for so many years. [s]."""
    shifts = [year * int(DAYS_PER_YEAR) - calendar_start_day for year in range(years)]
    return [
        Window((first + shift) * SECONDS_PER_DAY, (end + shift) * SECONDS_PER_DAY, 0.0)
        for shift in shifts
        for first, end in days
        if end + shift > 0
    ]


def dry_months(open_months: IntArray) -> tuple[tuple[int, int], ...]:
    """Return the days of the months that are not open, from the mask of months. [-]."""
    begin = np.concatenate([[0], np.cumsum(MONTH_DAYS)])
    return tuple((int(begin[m]), int(begin[m + 1])) for m in range(MONTHS) if not open_months[m])


def hydrology_problems(hydrology: pd.DataFrame, network: Network) -> list[str]:
    """Say what is wrong with the table: gauges that the map does not know, rivers without name, missing months."""
    problems = []
    known = set(network.known_names("waterway"))
    rivers = set(network.mode_links("waterway")["name"]) - {""}
    lines = {gauge: line for line, gauge in reversed(list(enumerate(hydrology["gauge"], 2)))}
    for gauge, own in hydrology.groupby("gauge", sort=False):
        line = f"line {lines[gauge]}  gauge {gauge!r}:"
        if gauge not in known:
            problems.append(f"{line} no waterway node of this name is on the map")
        if set(own["river"]) - rivers:
            problems.append(f"{line} no waterway of the map is called {min(own['river'])!r}")
        missing = sorted(set(range(1, MONTHS + 1)) - set(own["month"]))
        if missing or len(set(own["river"])) > 1:
            what = f"months are missing: {', '.join(map(str, missing))}" if missing else "several rivers are named"
            problems.append(f"{line} {what}; a gauge needs 12 months of one river")
    return problems
