"""The calibration with the delays that its own base year shows, and the scenario in which it is kept."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.choice.estimation import Estimate, estimate
from transport_sim.feedback import updated_waits
from transport_sim.freight import FreightYear
from transport_sim.inputs import Inputs
from transport_sim.randomness import text_id

if TYPE_CHECKING:
    from transport_sim.config import Scenario


@dataclass(frozen=True)
class Calibrated:
    """An estimate that agrees with the simulated delays."""

    estimate: Estimate
    waits: pd.DataFrame
    """The table `service_waits` on which it rests."""
    gaps: tuple[float, ...]
    """Of each simulation: share of all tonnes that would change mode under the delays that it showed. [-]"""


def calibrate_with_delays(base: Inputs, scenario: "Scenario", *, rounds: int) -> Calibrated:
    """Simulate the base year, take its delays over, calibrate again until they agree, and then estimate.

    Parameters
    ----------
    base
        Inputs of the base year without policies.
    scenario
        Whose duration, seed and tolerance hold.
    rounds
        Simulations at most; with 0 the delays of the table `service_waits` are believed. [-]

    Raises
    ------
    DataError
        If the targets cannot be met.
    """
    base = base.at_base_year()
    gaps: list[float] = []
    for n in range(1, rounds + 1):
        year = FreightYear(
            base,
            base,
            duration_days=scenario.duration_days,
            seed=text_id(f"{scenario.seed}:0"),
            calendar_start_day=scenario.calendar_start_day,
        )
        shown = year.settled(rounds=1, tolerance=0.0)
        gaps.append(float(shown.rounds["gap_ratio"].iloc[-1]))
        measured = year.measured(shown.outcome)
        base = base.with_table("service_waits", updated_waits(base, year.skims, measured, weight=1.0 / n))
        if gaps[-1] <= scenario.wait_tolerance_ratio:
            break
    return Calibrated(estimate(base), base.operations["service_waits"], tuple(gaps))


def overlay_text(scenario: "Scenario", found: Estimate, file: Path, output: Path) -> str:
    """Write the scenario that extends `file` with what was estimated."""
    extended = os.path.relpath(file.resolve(), output.resolve().parent).replace(os.sep, "/")
    errors = found.table.set_index("parameter")["standard_error"]
    lines = [
        f"# Estimated with `transport-sim calibrate {file.name}`; the fit stands in {output.stem}_fit.csv.",
        "# A run still shifts the constants until its own base year comes out; with these values by next to nothing.",
        f"extends: {extended}",
        f"name: {scenario.name}_calibrated",
        "parameters:",
    ]
    kept = {name: value for name, value in scenario.parameters.items() if name not in found.parameters}
    lines += [f"  {name}: {value!r}" for name, value in kept.items()]
    for name, value in found.parameters.items():
        scale = name.startswith("logit_scale")
        error = value * errors["logit_scale_ratio"] / found.table.set_index("parameter")["value"]["logit_scale_ratio"]
        lines.append(f"  {name}: {value!r}  # standard error {error if scale else errors[name]:.2g}")
    return "\n".join(lines) + "\n"
