"""How travellers choose a mode: a nested logit that starts from known shares and moves with utilities.

The shares of the base are known, the constants that would explain them are not needed: only what changes counts. So a
model without changes gives the known shares back to the last bit, and nothing that is left out of the utilities
matters as long as it does not change.

References
----------
.. [1] McFadden, "Modelling the choice of residential location", 1978 (nested logit).
.. [2] Koppelman, "Predicting transit ridership in response to transit service changes", Journal of Transportation
   Engineering 109(4), 1983 (incremental logit).
.. [3] Daly, Fox, Patruni, Milthorpe, "Pivoting in travel demand models", Australasian Transport Research Forum, 2012.
"""

import numpy as np
import numpy.typing as npt

from transport_sim.choice.logit import Nests, nested_probabilities
from transport_sim.errors import DataError
from transport_sim.randomness import FloatArray, IntArray

TOLERANCE = 1e-10
"""Largest error of a fitted share, relative to it. [-]"""
MOST_STEPS = 2_000


def implied_utility(base: FloatArray, nests: Nests) -> FloatArray:
    """Return utilities of which the nested logit makes given shares: ratio ln P + (1 - ratio) ln P(nest).

    Parameters
    ----------
    base
        Shares, shape (modes, ...), which add up to 1 over the first axis. [-]
    nests
        Nests of the modes.

    Returns
    -------
    Same shape; -inf where the share is zero. [-]
    """
    ratio = nests.ratio[nests.of].reshape(-1, *([1] * (base.ndim - 1)))
    total = np.stack([base[nests.of == n].sum(axis=0) for n in range(len(nests.ratio))])[nests.of]
    with np.errstate(divide="ignore"):
        # a nest without shares would give -inf for what has no share anyway
        return np.asarray(ratio * np.log(base) + (1.0 - ratio) * np.log(np.where(total > 0.0, total, 1.0)))


def pivoted(base: FloatArray, change: FloatArray, nests: Nests, like: npt.ArrayLike | None = None) -> FloatArray:
    """Calculate the shares after utilities have changed.

    Within a nest n of ratio r, with Q = P / P(n): Q' = Q exp(dV / r) / sum Q exp(dV / r); the nest as a whole changes
    by r ln sum Q exp(dV / r). A mode without a base share has no such start. It borrows the one of a mode of its own
    nest, as if it had that mode's constant: `change` is then its utility less that of the other mode in the base.
    Without a mode to borrow from it stays at zero.

    Parameters
    ----------
    base
        Shares, shape (modes, ...), which add up to 1 over the first axis. [-]
    change
        Change of utility, same shape; -inf closes a mode. [-]
    nests
        Nests of the modes.
    like
        For each mode the position of the one that it borrows from if it has no share, else -1; shape (modes,).

    Returns
    -------
    Shares of the same shape; where nothing changes they are those of the base, bit by bit. [-]

    Raises
    ------
    ValueError
        If a mode borrows from another nest.
    """
    start = implied_utility(base, nests)
    lenders = np.full(len(base), -1) if like is None else np.asarray(like, dtype=np.int64)
    for mode, lender in enumerate(lenders.tolist()):
        if lender < 0:
            continue
        if nests.of[lender] != nests.of[mode]:
            raise ValueError(f"mode {mode} and mode {lender}, from which it borrows, are in different nests")
        start[mode] = np.where(base[mode] > 0.0, start[mode], start[lender])
    found = nested_probabilities(start + change, nests)
    same = np.all((change == 0.0) & (base > 0.0) | np.isneginf(start + change) & (base == 0.0), axis=0)
    return np.where(same, base, found)


def fitted_constants(utility: FloatArray, weight: FloatArray, shares: FloatArray, nests: Nests) -> FloatArray:
    """Find the constants of the modes with which the shares of all journeys together come out.

    Parameters
    ----------
    utility
        Utility of each mode for each kind of journey, shape (modes, journeys). [-]
    weight
        How many journeys there are of each kind, shape (journeys,). [any unit]
    shares
        Shares of all of them, shape (modes,); a mode without a share gets -inf. [-]
    nests
        Nests of the modes.

    Returns
    -------
    Shape (modes,). [-]

    Raises
    ------
    DataError
        If there are none, because a mode with a share is open to nobody.
    """
    used = shares > 0.0
    constants = np.where(used, 0.0, -np.inf)
    step = nests.ratio[nests.of[used]]
    for _ in range(MOST_STEPS):
        model = nested_probabilities(utility + constants[:, None], nests) @ weight / weight.sum()
        if np.any(model[used] <= 0.0):
            raise DataError("passenger_shares: a mode with a share is open to no journey")
        error = shares[used] / model[used]
        if np.abs(error - 1.0).max() < TOLERANCE:
            return constants
        constants[used] += step * np.log(error)
    raise DataError("passenger_shares: the constants of the modes did not settle")


def positions(names: tuple[str, ...], of: dict[str, str]) -> IntArray:
    """Return the place of each mode's partner among the names, -1 for modes without one."""
    return np.array([names.index(of[name]) if name in of else -1 for name in names], dtype=np.int64)
