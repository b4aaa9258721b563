"""What vehicles on tours, private cars and vessels did, as tables."""

import numpy as np
import pandas as pd

from transport_sim.results.fleet_schemas import FLEET_TABLES
from transport_sim.simulation.tour_plan import TourPlan
from transport_sim.simulation.tours import TourRecords
from transport_sim.units import HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR


def tour_tables(plan: TourPlan, records: TourRecords) -> dict[str, pd.DataFrame]:
    """Lay out the records of tours, private cars and vessels.

    Parameters
    ----------
    plan
        What they were to do.
    records
        What they did; complete.

    Returns
    -------
    The tables `tours`, `private_charging` and `vessel_trips`, each in the order of vehicles and time.
    """
    return {
        "tours": _tours(plan, records),
        "private_charging": _private(plan, records),
        "vessel_trips": _vessels(plan, records),
    }


def _tours(plan: TourPlan, records: TourRecords) -> pd.DataFrame:
    rows = []
    for t in sorted(records.tours, key=lambda t: (t.vehicle, t.day, t.tour)):
        fleet = plan.fleets[t.group]
        fuel = fleet.supply == "fill"
        late_s = max(t.start_s - t.depart_s, 0.0)
        times = t.depart_s, late_s, t.end_s - t.start_s
        energy = (0.0, t.energy) if fuel else (t.energy, 0.0)
        missing = (0.0, t.missing) if fuel else (t.missing, 0.0)
        names = fleet.fleet, fleet.technology, t.vehicle, t.day, t.tour, t.stops
        rows.append((*names, *times, t.km, *energy, t.charges, t.waited_s, t.served, *missing))
    return pd.DataFrame(rows, columns=list(FLEET_TABLES["tours"]))


def _private(plan: TourPlan, records: TourRecords) -> pd.DataFrame:
    """Count events by place, day and hour; without a station they count where they began."""
    hours = int(HOURS_PER_DAY)
    rows: list[tuple[str, int, int, int, int, float, float, float]] = []
    if plan.home_kwh is not None and plan.home_events is not None:
        for day, hour in np.ndindex(*plan.home_kwh.shape):
            events, kwh = int(plan.home_events[day, hour]), float(plan.home_kwh[day, hour])
            rows.append(("home", day, hour, events, 0, kwh, 0.0, 0.0))
    if plan.private is not None:
        frame = pd.DataFrame(records.private, columns=["vehicle", "at_s", "kwh", "station", "waited_s", "tries"])
        served = frame["station"] != ""
        hour = (frame["at_s"] // SECONDS_PER_HOUR).astype(np.int64)
        sums = pd.DataFrame(
            {
                "events": 1,
                "unserved": ~served,
                "kwh": frame["kwh"].where(served, 0.0),
                "missing": frame["kwh"].where(~served, 0.0),
                "waited_s": frame["waited_s"],
            }
        ).groupby(hour)
        found = sums.sum().reindex(np.arange(plan.days * hours), fill_value=0).to_numpy(np.float64)
        for at, (events, unserved, kwh, missing, waited_s) in enumerate(found.tolist()):
            mean_s = waited_s / max(events - unserved, 1.0)
            rows.append(("public", at // hours, at % hours, int(events), int(unserved), kwh, missing, mean_s))
    return pd.DataFrame(rows, columns=list(FLEET_TABLES["private_charging"]))


def _vessels(plan: TourPlan, records: TourRecords) -> pd.DataFrame:
    rows = []
    for v in sorted(records.voyages, key=lambda v: (v.vessel, v.trip)):
        group = plan.vessel_groups[v.group]
        names = group.route, group.technology, v.vessel, int(v.depart_s // SECONDS_PER_DAY), v.trip
        times = v.depart_s, max(v.start_s - v.depart_s, 0.0), v.end_s - v.start_s
        energy = v.energy_kwh, v.charged_kwh, v.hotel_shore_kwh, v.hotel_engine_kwh
        rows.append((*names, *times, v.km, *energy, v.charges, v.waited_s, v.served, v.missing_kwh))
    return pd.DataFrame(rows, columns=list(FLEET_TABLES["vessel_trips"]))
