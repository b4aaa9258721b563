"""Power grids after the last published year: a scenario's path of decarbonisation."""

from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors, GridFactor, grid_factor
from transport_sim.factors.schema import TABLES

FROZEN = "frozen"
"""The path on which the last published factor holds for ever."""
_YEARS = TABLES["grid_paths"].grid["path_year"]


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
    published = grid_factor(factors, region, year)
    if not factors.has("grid_paths", quantity="grid_ratio", grid_path=grid_path, path_year=_YEARS[0]):
        factors.value("grid_paths", quantity="grid_ratio", grid_path=grid_path, path_year=_YEARS[0])
    if not published.fallback:
        return published
    start, end = (_path_ratio(factors, grid_path, y) for y in (published.year_used, year))
    if start <= 0.0:
        year_used = published.year_used
        raise FactorError(f"grid_paths.csv: the path {grid_path!r} must be above 0 in {year_used}, got {start:g}")
    return published._replace(value=published.value * end / start)


def _path_ratio(factors: Factors, grid_path: str, year: int) -> float:
    """Return the path's ratio in a year, that of its first year before; FactorError after its last."""
    if year > _YEARS[-1]:
        raise FactorError(f"grid_paths.csv: the path {grid_path!r} ends in {_YEARS[-1]:.0f}, not in {year}")
    after = next(y for y in _YEARS if y >= year)
    before = max((y for y in _YEARS if y <= year), default=after)
    low, high = (
        factors.value("grid_paths", quantity="grid_ratio", grid_path=grid_path, path_year=y) for y in (before, after)
    )
    return low if before == after else low + (high - low) * (year - before) / (after - before)
