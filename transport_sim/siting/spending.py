"""How much may be opened: a number of sites, a budget, or both."""

import numpy as np
from scipy import sparse

from transport_sim.errors import SitingError
from transport_sim.randomness import BoolArray, FloatArray


def check_spending(existing: BoolArray, sites: int | None, budget_cny: float | None) -> None:
    """Check what a model was allowed to open.

    Raises
    ------
    SitingError
        Neither a number of sites nor a budget; more sites than candidates, fewer than exist; a budget that is NaN.
    """
    if sites is None and budget_cny is None:
        raise SitingError("say how much may be opened: sites, budget_cny or both")
    if sites is not None:
        if sites != int(sites) or sites < 1:
            raise SitingError(f"sites must be a whole number of at least 1, got {sites}")
        if sites > len(existing):
            raise SitingError(f"sites is {sites}, but there are only {len(existing)} candidates")
        if sites < existing.sum():
            raise SitingError(f"sites is {sites}, but {existing.sum()} exist already and stay open; they count")
    if budget_cny is not None and not budget_cny >= 0:
        raise SitingError(f"budget_cny must be 0 or more, got {budget_cny}")


def spending_rows(
    new_cost_cny: FloatArray, sites: int | None, budget_cny: float | None
) -> tuple[sparse.csr_array, FloatArray]:
    """Return rows over the variables "candidate is open" and what each may come to at most."""
    rows, most = [], []
    if sites is not None:
        rows.append(np.ones(len(new_cost_cny)))
        most.append(float(sites))
    if budget_cny is not None and np.isfinite(budget_cny):
        rows.append(new_cost_cny)
        most.append(float(budget_cny))
    return sparse.csr_array(np.array(rows).reshape(len(rows), len(new_cost_cny))), np.array(most)
