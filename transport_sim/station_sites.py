"""Places for new stations, as scenarios and the siting command state them."""

from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from transport_sim.inputs import Inputs
from transport_sim.tables.fleet_stock import FleetName

LAST_YEAR = 2100
SCENARIO = {"source": "scenario", "confidence": "memory"}
"""Provenance of rows that a policy adds."""


def _words(users: Any) -> Any:  # noqa: ANN401 - whatever the scenario says
    if isinstance(users, str):
        return tuple(users.split(";"))
    return tuple(users) if isinstance(users, list) else users


User = Literal["all"] | FleetName
Users = Annotated[tuple[User, ...], BeforeValidator(_words)]
"""Fleets, or all; a text joined by `;`, as in the table of stations, will do."""


class StationSite(BaseModel):
    """A place for a station; a station of this name that is there already is enlarged."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    station: str = Field(pattern=r"\S")
    """Its name in tables; that of a station that is there to enlarge it."""
    name: str = ""
    """Its name for people."""
    lon: float = Field(ge=-180, le=180)
    """Longitude (WGS 84). [degrees]"""
    lat: float = Field(ge=-90, le=90)
    """Latitude (WGS 84). [degrees]"""
    users: Users = Field(default=("all",), min_length=1)
    """Fleets that may use it."""
    feeder_kw: float | None = Field(default=None, ge=1, le=1e6)
    """Rating of its transformer; never short of power unless stated. [kW]"""
    tariff: str = Field(pattern=r"\S")
    """Tariff of the table of tariffs."""


def with_sites(inputs: Inputs, sites: tuple[StationSite, ...], *, kind: str, from_year: int, policy: str) -> Inputs:
    """Return the inputs with a row of the table of stations for each site; see `StationSite` about those that exist.

    Raises
    ------
    PolicyError
        For a tariff or kind that does not fit.
    """
    before = inputs.operations["stations"]
    inputs.check_known("tariff", [site.tariff for site in sites], inputs.operations["tariffs"]["tariff"].tolist())
    after = before.copy()
    added: list[dict[str, object]] = []
    for site in sites:
        old = after["station"] == site.station
        if old.any():
            inputs.check_known(f"{kind} station", [site.station], after.loc[after["kind"] == kind, "station"].tolist())
            # nan stays: a station that is never short of power is not made so by a transformer
            own = after.loc[old, "feeder_kw"]
            after.loc[old, "feeder_kw"] = own.clip(lower=site.feeder_kw or 0.0)
            after.loc[old, "to_year"] = LAST_YEAR
            continue
        row = {
            "station": site.station,
            "name": site.name or site.station,
            "kind": kind,
            "lon": site.lon,
            "lat": site.lat,
            "users": ";".join(site.users),
            "feeder_kw": float("nan") if site.feeder_kw is None else site.feeder_kw,
            "open_hour": 0.0,
            "close_hour": 24.0,
            "tariff": site.tariff,
            "from_year": from_year,
            "to_year": LAST_YEAR,
            "note": f"added by policy {policy}",
            **SCENARIO,
        }
        added.append(row)
    after = appended(after, added)
    return inputs if after.equals(before) else inputs.with_table("stations", after)


def appended(table: pd.DataFrame, rows: list[dict[str, object]]) -> pd.DataFrame:
    """Return a table with further rows, of the same types."""
    if not rows:
        return table
    return pd.concat([table, pd.DataFrame(rows)], ignore_index=True)[table.columns].astype(table.dtypes.to_dict())
