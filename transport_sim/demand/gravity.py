"""The doubly constrained gravity model."""

import numpy as np

from transport_sim.errors import DataError
from transport_sim.randomness import FloatArray


def distribute(
    origin_t: FloatArray,
    destination_t: FloatArray,
    deterrence: FloatArray,
    *,
    tolerance: float = 1e-9,
    most: int = 2000,
) -> FloatArray:
    """Distribute tonnes so that rows and columns meet their totals.

    Parameters
    ----------
    origin_t, destination_t
        Tonnes leaving and reaching each zone, shape (n,), equal sums. [t]
    deterrence
        Weight of each pair, shape (n, n), zero where no flow is allowed. [-]
    tolerance
        Largest relative error of a row or column total. [-]

    Returns
    -------
    Flows, shape (n, n). [t]

    Raises
    ------
    DataError
        If the totals cannot be met, for example because a zone's every destination is closed.

    References
    ----------
    .. [1] Wilson, "A statistical theory of spatial distribution models", Transportation Research 1, 1967.
    .. [2] Furness, "Time function iteration", Traffic Engineering and Control 7, 1965.
    """
    total = float(origin_t.sum())
    if total == 0.0:
        return np.zeros_like(deterrence)
    if not np.isclose(total, destination_t.sum(), rtol=1e-9):
        raise DataError(f"gravity model: {total:g} t leave but {destination_t.sum():g} t arrive")
    column_factor = np.ones(len(destination_t))
    gap = np.inf
    with np.errstate(over="ignore", invalid="ignore"):  # the factors of a zone that is cut off grow without limit
        for _ in range(most):
            row_factor = _ratio(origin_t, deterrence @ column_factor)
            column_factor = _ratio(destination_t, row_factor @ deterrence)
            flow = row_factor[:, None] * deterrence * column_factor
            gap = np.abs(flow.sum(axis=1) - origin_t).max() / total
            if gap < tolerance:
                return flow
            if not np.isfinite(gap):
                break
    raise DataError(f"gravity model: the totals of the zones cannot all be met (gap {gap:.2g}); is a zone cut off?")


def _ratio(wanted: FloatArray, have: FloatArray) -> FloatArray:
    return np.divide(wanted, have, out=np.zeros_like(wanted), where=have > 0)
