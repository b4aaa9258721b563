"""The year by month: what each mode carries, and where its vehicles and goods wait."""

import numpy as np
import pandas as pd

from transport_sim.choice.chains import Skims

OF_KIND = {
    "loading_bay": "road",
    "gate": "road",
    "drayage": "road",
    "appointment": "road",
    "track": "rail",
    "section": "rail",
    "berth": "waterway",
    "lock": "waterway",
}
"""Mode whose vehicles wait at each kind of facility; cranes and storages belong to their terminal."""


def monthly(
    skims: Skims, *, legs: pd.DataFrame, shipments: pd.DataFrame, facilities: pd.DataFrame, waits: pd.DataFrame
) -> pd.DataFrame:
    """Condense a run by mode and month; in a sample of the mean year the month is 0.

    Parameters
    ----------
    skims
        Of the run.
    legs, shipments, facilities
        Its result tables.
    waits
        By facility and month: visits_count, wait_h.

    Returns
    -------
    The result table `monthly`.
    """
    loaded = legs[legs["loaded"]].groupby(["mode", "month"])
    found = loaded[["activity_tkm", "vehicle_count", "payload_t"]].sum()
    found["mean_payload_t"] = found.pop("payload_t") / found["vehicle_count"]
    found["co2e_wtw_kg"] = legs.groupby(["mode", "month"])["co2e_wtw_kg"].sum()
    tonnes = shipments.groupby(["main_mode", "month"])["tonnes_t"].sum().rename_axis(["mode", "month"])
    modes = _modes(skims, facilities)
    waited = (
        waits.assign(mode=waits["facility"].map(modes)).groupby(["mode", "month"])[["visits_count", "wait_h"]].sum()
    )
    table = pd.concat([tonnes, found, waited], axis=1).fillna(0.0).sort_index()
    return (
        table.astype({"vehicle_count": "int64", "visits_count": "int64"}).rename_axis(["mode", "month"]).reset_index()
    )


def _modes(skims: Skims, facilities: pd.DataFrame) -> dict[str, str]:
    """Return the mode that each facility belongs to."""
    stations, ports = set(skims.rail_terminals["terminal"]), set(skims.ports["terminal"])
    terminal = facilities["facility"].str.partition(":")[2]
    at_terminal = np.where(terminal.isin(stations), "rail", np.where(terminal.isin(ports), "waterway", "road"))
    mode = facilities["kind"].map(OF_KIND)
    return dict(zip(facilities["facility"], np.where(mode.notna(), mode, at_terminal), strict=True))
