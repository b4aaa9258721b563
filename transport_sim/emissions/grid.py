"""Power grids after the last published year: a scenario's path of decarbonisation."""

import numpy as np

from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors, GridFactor, grid_factor

FROZEN = "frozen"
"""The path on which the last published factor holds for ever."""


def grid_factor_on_path(factors: Factors, region: str, year: int, *, grid_path: str = FROZEN) -> GridFactor:
    """Look up the CO2 factor of a grid, carried on along a path after the last published year.

    Factor = last published factor x ratio of the path in the year / ratio in the last published year; between the years
    of `grid_paths.csv` the ratio is linear. Paths are assumptions: the result says that it is a fall-back, and a run
    must report it. A published year keeps its published factor on every path.

    Parameters
    ----------
    factors
        The factor tables.
    region
        Row key of `electricity.csv`, such as `sichuan`, `chongqing` or `china`.
    year
        Calendar year of the power use.
    grid_path
        Key of `grid_paths.csv`.

    Returns
    -------
    The factor, the year whose published factor it starts from and whether that is a fall-back. [kgCO2/kWh]

    Raises
    ------
    FactorError
        Unknown region or path, a year before the first published one or after the last of the path.

    References
    ----------
    .. [1] Ministry of Ecology and Environment and National Bureau of Statistics, notices on the CO2 emission factors of
       electricity 2021, 2022 and 2023.
    """
    ratio = _path_ratio(factors, grid_path, float(year))
    published = grid_factor(factors, region, year)
    if not published.fallback:
        return published
    start = _path_ratio(factors, grid_path, float(published.year_used))
    return published._replace(value=published.value * ratio / start)


def _path_ratio(factors: Factors, grid_path: str, year: float) -> float:
    """Return the path's ratio in a year, 1 before its first; FactorError after its last."""
    rows = [row for row in factors.rows("grid_paths", quantity="grid_ratio") if row.keys["grid_path"] == grid_path]
    if not rows:
        known = sorted({str(row.keys["grid_path"]) for row in factors.rows("grid_paths")})
        raise FactorError(f"grid_paths.csv: no grid path {grid_path!r}; known: {', '.join(known)}")
    points = sorted((float(row.keys["path_year"]), row.numbers["value"]) for row in rows)
    if year > points[-1][0]:
        raise FactorError(f"grid_paths.csv: the path {grid_path!r} ends in {points[-1][0]:.0f}, not in {year:.0f}")
    return float(np.interp(year, [x for x, _ in points], [y for _, y in points]))
