"""The multinomial logit."""

import numpy as np

from transport_sim.randomness import FloatArray


def probabilities(utility: FloatArray) -> FloatArray:
    """Calculate choice probabilities over the first axis.

    Parameters
    ----------
    utility
        Systematic utility, shape (alternatives, ...); -inf closes an alternative. [-]

    Returns
    -------
    Probabilities of the same shape; all zero where no alternative is open. [-]

    References
    ----------
    .. [1] McFadden, "Conditional logit analysis of qualitative choice behavior", 1974.
    """
    top = utility.max(axis=0)
    weight = np.exp(utility - np.where(np.isfinite(top), top, 0.0))
    total = weight.sum(axis=0)
    return np.asarray(np.divide(weight, total, out=np.zeros_like(weight), where=total > 0))
