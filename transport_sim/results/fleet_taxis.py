"""What taxis did: every shift with its fares and its charging, every hour with its passengers."""

import numpy as np
import pandas as pd

from transport_sim.randomness import FloatArray, IntArray
from transport_sim.simulation.taxi import TaxiRecords
from transport_sim.simulation.taxi_plan import TaxiPlan
from transport_sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR

HOURS = int(HOURS_PER_DAY)


def taxi_tables(plan: TaxiPlan, records: TaxiRecords) -> dict[str, pd.DataFrame]:
    """Tell what taxis did.

    Income lost to charging is the working time that it took, in each hour times what the taxis on the street earned
    in an hour of work then; what is charged in a break or after the shift costs none.

    Parameters
    ----------
    plan, records
        Of the run, which has ended.

    Returns
    -------
    `taxi_shifts` and `taxi_hours`, as `results.fleet_schemas` describes them.
    """
    visits = _working_time(records)
    hours = _hours(plan, records, visits)
    return {"taxi_shifts": _shifts(plan, records, visits, hours), "taxi_hours": hours}


def _working_time(records: TaxiRecords) -> pd.DataFrame:
    """Return each visit to a station with the working time that it took, `from_s` to `to_s`."""
    columns = ["vehicle", "shift", "left_s", "free_until_s", "ready_s", "back_s", "energy_kwh"]
    rows = [(v.vehicle, v.shift, v.left_s, v.free_until_s, v.ready_s, v.back_s, v.energy_kwh) for v in records.visits]
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.astype({name: "int64" if name in columns[:2] else "float64" for name in columns})
    frame["to_s"] = frame["back_s"]
    frame["from_s"] = np.minimum(np.maximum(frame["left_s"], frame["free_until_s"]), frame["to_s"])
    return frame


def _hours(plan: TaxiPlan, records: TaxiRecords, visits: pd.DataFrame) -> pd.DataFrame:
    books, asked = records.books, plan.requests.at_s
    count = int(np.ceil(plan.rules.horizon_s / SECONDS_PER_HOUR))
    hour = (asked // SECONDS_PER_HOUR).astype(np.int64)
    served = books.taxi >= 0
    wait_s = np.where(served, books.pickup_s - asked, 0.0)
    requests, met = np.bincount(hour, minlength=count), np.bincount(hour[served], minlength=count)
    fares = np.bincount(hour, books.fare_cny, count)
    began = ~np.isnan(books.began_s)
    duty_h = _hours_within(books.began_s[began], books.ended_s[began], count)
    charging_h = _hours_within(visits["from_s"].to_numpy(), visits["to_s"].to_numpy(), count)
    return pd.DataFrame(
        {
            "day": np.arange(count) // HOURS,
            "hour": np.arange(count) % HOURS,
            "requests_count": requests,
            "served_count": met,
            "lost_count": requests - met,
            "pickup_wait_s": np.bincount(hour, wait_s, count) / np.maximum(met, 1),
            "income_cny": fares,
            "duty_h": np.maximum(duty_h, 0.0),  # differences of sums round
            "charging_h": np.maximum(charging_h, 0.0),
        }
    )


def _shifts(plan: TaxiPlan, records: TaxiRecords, visits: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    books, taxi = records.books, np.repeat(np.arange(len(plan.technology)), np.diff(plan.shifts.first))
    shift, count = visits["shift"].to_numpy(np.int64), len(taxi)
    worked_h = (hours["duty_h"] - hours["charging_h"]).to_numpy()
    rate = np.divide(hours["income_cny"].to_numpy(), worked_h, out=np.zeros(len(hours)), where=worked_h > 0.0)
    lost_cny = _integral(rate, visits["to_s"].to_numpy()) - _integral(rate, visits["from_s"].to_numpy())
    frame = pd.DataFrame(
        {
            "vehicle": plan.first_vehicle + taxi,
            "technology": np.array(plan.technology, dtype=object)[taxi],
            "shift": np.array(plan.shift_names, dtype=object),
            "start_s": books.began_s,
            "end_s": books.ended_s,
            "rides_count": books.rides,
            "income_cny": books.income_cny,
            "occupied_km": books.occupied_km,
            "pickup_km": books.pickup_km,
            "cruise_km": books.cruise_km,
            "charge_km": books.charge_km,
            "driven_kwh": books.kwh,
            "charged_kwh": _added(shift, visits["energy_kwh"], count),
            "charges_count": np.bincount(shift[visits["energy_kwh"].to_numpy() > 0.0], minlength=count),
            "charging_s": _added(shift, visits["ready_s"] - visits["left_s"], count),
            "charging_at_work_s": _added(shift, visits["to_s"] - visits["from_s"], count),
            "income_lost_cny": _added(shift, lost_cny, count),
            "stranded_s": books.stranded_s,
        }
    )
    return frame[frame["start_s"].notna()].astype({"technology": "str", "shift": "str"}).reset_index(drop=True)


def _added(group: IntArray, value: "pd.Series[float] | FloatArray", count: int) -> FloatArray:
    return np.bincount(group, np.asarray(value, dtype=np.float64), count).astype(np.float64)


def _integral(rate_per_h: FloatArray, until_s: FloatArray) -> FloatArray:
    """Return the integral from 0 of a rate that is constant within each hour, and 0 after the last one."""
    edges_s = np.arange(len(rate_per_h) + 1) * SECONDS_PER_HOUR
    return np.asarray(np.interp(until_s, edges_s, np.concatenate([[0.0], np.cumsum(rate_per_h)])))


def _hours_within(from_s: FloatArray, to_s: FloatArray, count: int) -> FloatArray:
    """Return the sum of the lengths of stretches of time within each hour. [h]."""
    edges_s = np.arange(count + 1, dtype=np.float64) * SECONDS_PER_HOUR
    # time before an edge, added up over all stretches: sum of max(edge - from, 0) less that of max(edge - to, 0)
    before_s = _time_since(from_s, edges_s) - _time_since(to_s, edges_s)
    return np.asarray(np.diff(before_s) / SECONDS_PER_HOUR)


def _time_since(moments_s: FloatArray, edges_s: FloatArray) -> FloatArray:
    """Return for each edge the sum of the times since the moments before it. [s]."""
    ordered = np.sort(moments_s)
    passed = np.searchsorted(ordered, edges_s)
    total = np.concatenate([[0.0], np.cumsum(ordered)])
    return np.asarray(passed * edges_s - total[passed])
