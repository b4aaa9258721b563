"""Dazhou with hardly any room, trucks or gates at its terminals: long queues, but everything arrives and the audit holds."""

from dataclasses import replace

import numpy as np

from transport_sim import run
from transport_sim.config import load_scenario
from transport_sim.paths import embedded


def test_scarce_terminals_queue_but_never_deadlock():
    """A twentieth of the storage and the trucks, one gate each, appointments everywhere; `simulate_year` audits it."""
    scenario = load_scenario(embedded("scenarios/dazhou") / "baseline.yaml")
    small = {"duration_days": 1, "annual_factor": 365.0, "years": (2022,), "replications": 1}
    prepared = run.prepare(scenario.model_copy(update=small | {"parameter_uncertainty": False}))
    (task,) = run._tasks([prepared])
    table = task.inputs.operations["terminal_operations"].copy()
    for column in ("storage_out_t", "storage_in_t"):
        table[column] = np.where(table[column] > 0, np.maximum(table[column] / 20.0, 100.0), 0.0)
    for column, least in (("drayage_trucks_count", 3), ("gates_count", 1)):
        table[column] = np.where(table[column] > 0, np.maximum(table[column] // 20, least), 0)
    some = table["gates_count"] > 0
    table.loc[some, "slot_min"], table.loc[some, "slot_trucks_count"] = 30.0, 6
    scarce = replace(task.inputs, operations=task.inputs.operations.with_table("terminal_operations", table))
    tables, usual = (run.simulate_year(replace(task, inputs=i)) for i in (scarce, task.inputs))
    assert tables["audit"]["holds"].all()
    assert tables["shipments"]["delivered_s"].notna().all()
    waits = [t["facilities"].groupby("kind")["wait_h"].sum() for t in (tables, usual)]
    for kind in ("storage", "drayage", "appointment"):
        assert waits[0][kind] > waits[1].get(kind, 0.0), kind
    use = tables["facilities"].set_index("facility")
    full = use[(use["kind"] == "storage") & (use["most_in_use_count"] >= 0.99 * use["capacity_count"])]
    assert len(full) > 3, "storages must fill, or the test shows nothing"
