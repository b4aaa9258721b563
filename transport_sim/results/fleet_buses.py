"""What buses did, as tables: blocks day by day, service by line, and how many buses each depot needs."""

from collections import Counter

import pandas as pd

from transport_sim.results.fleet_schemas import FLEET_TABLES
from transport_sim.simulation.bus_plan import BusPlan
from transport_sim.simulation.bus_records import BusRecords
from transport_sim.units import SECONDS_PER_HOUR


def bus_tables(plan: BusPlan, records: BusRecords) -> dict[str, pd.DataFrame]:
    """Lay out the records of the buses.

    Parameters
    ----------
    plan
        What they were to do.
    records
        What they did; complete.

    Returns
    -------
    The tables `bus_blocks`, `bus_lines_service` and `bus_depots`.
    """
    return {
        "bus_blocks": _blocks(plan, records),
        "bus_lines_service": _lines(plan, records),
        "bus_depots": pd.DataFrame(
            [
                (n.depot, n.least_count, n.blocks_count, n.needed_count, n.buses_count, n.lacking_count, n.lacking_kwh)
                for n in plan.needs
            ],
            columns=list(FLEET_TABLES["bus_depots"]),
        ),
    }


def _blocks(plan: BusPlan, records: BusRecords) -> pd.DataFrame:
    rows = [
        (
            b.day,
            b.vehicle,
            b.technology,
            plan.depots[plan.depot_of_place[b.depot]],
            b.runs_count,
            b.runs_count - b.lost_energy_count - b.lost_late_count,
            b.lost_energy_count,
            b.lost_late_count,
            b.missing_kwh,
            b.late_count,
            b.late_s,
            b.service_km,
            b.empty_km,
            b.driven_kwh,
            b.charged_kwh,
            b.charges_count,
            b.least_soc,
            b.out_s,
        )
        for b in sorted(records.blocks, key=lambda b: (b.day, b.vehicle))
    ]
    return pd.DataFrame(rows, columns=list(FLEET_TABLES["bus_blocks"]))


def _lines(plan: BusPlan, records: BusRecords) -> pd.DataFrame:
    lost = Counter((run.line, run.reason) for run in records.lost)
    rows = [
        (
            name,
            tally.runs_count,
            tally.served_count,
            lost[number, "energy"],
            lost[number, "late"],
            lost[number, "no_bus"],
            tally.served_count / tally.runs_count if tally.runs_count else 1.0,
            tally.late_count,
            tally.late_s / tally.served_count if tally.served_count else 0.0,
            tally.service_km,
            tally.driven_kwh,
            tally.service_km / tally.run_s * SECONDS_PER_HOUR if tally.run_s else 0.0,
        )
        for number, (name, tally) in enumerate(zip(plan.lines, records.lines, strict=True))
    ]
    return pd.DataFrame(rows, columns=list(FLEET_TABLES["bus_lines_service"]))
