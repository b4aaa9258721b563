"""The nested logit, with the multinomial logit as the case in which every nest ratio is 1."""

from dataclasses import dataclass

import numpy as np

from transport_sim.randomness import FloatArray, IntArray, gumbel, uniform


@dataclass(frozen=True)
class Nests:
    """Which nest each alternative belongs to, and how alike the alternatives of a nest are."""

    of: IntArray
    """Nest of each alternative, shape (alternatives,)."""
    ratio: FloatArray
    """Scale within each nest over the scale between nests, 0 < ratio <= 1; 1 is the multinomial logit. [-]"""


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


def logsum(utility: FloatArray, ratio: float = 1.0) -> FloatArray:
    """Calculate the expected largest utility of a nest over the first axis: ratio ln sum exp(V / ratio).

    Parameters
    ----------
    utility
        Systematic utility, shape (alternatives, ...); -inf closes an alternative. [-]
    ratio
        Scale of the nest. [-]

    Returns
    -------
    Shape (...); -inf where no alternative is open. Euler's constant is left out. [-]
    """
    top = utility.max(axis=0)
    level = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(level + ratio * np.log(np.exp((utility - level) / ratio).sum(axis=0)))


def nest_values(utility: FloatArray, nests: Nests) -> FloatArray:
    """Calculate the logsum of each nest, shape (nests, ...). [-]."""
    return np.stack([logsum(utility[nests.of == n], ratio) for n, ratio in enumerate(nests.ratio.tolist())])


def nested_probabilities(utility: FloatArray, nests: Nests) -> FloatArray:
    """Calculate choice probabilities of the nested logit over the first axis.

    Parameters
    ----------
    utility
        Systematic utility, shape (alternatives, ...); -inf closes an alternative. [-]
    nests
        Nests of the alternatives.

    Returns
    -------
    Probabilities of the same shape; all zero where no alternative is open. [-]

    References
    ----------
    .. [1] McFadden, "Modelling the choice of residential location", 1978.
    """
    among = probabilities(nest_values(utility, nests))
    found = np.empty_like(utility)
    for n, ratio in enumerate(nests.ratio.tolist()):
        inside = nests.of == n
        found[inside] = probabilities(utility[inside] / ratio) * among[n]
    return found


def nested_noise(ids: IntArray, nests: Nests, names: tuple[str, ...], *, seed: int, stream: str) -> FloatArray:
    """Draw the random utilities of a nested logit, addressed by id, so that the largest utility is the choice.

    Within a nest the draws share a common part: ratio (ln S + G) with independent Gumbel G and one positive stable S
    of index `ratio` in the nest is again Gumbel, and its joint distribution is that of the nested logit. So a better
    alternative wins choices from the others and never moves anybody between them.

    Parameters
    ----------
    ids
        Identities, shape (choices,).
    nests
        Nests of the alternatives.
    names
        Name of each alternative, which addresses its draw.
    seed, stream
        Seed of the replication, and what is drawn.

    Returns
    -------
    Shape (alternatives, choices). [-]

    References
    ----------
    .. [1] Kanter, "Stable densities under change of scale and total variation inequalities", 1975.
    .. [2] Cardell, "Variance components structures for the extreme-value and logistic distributions", 1997.
    """
    own = np.stack([gumbel(ids, seed=seed, stream=f"{stream}:{name}") for name in names])
    for n, ratio in enumerate(nests.ratio.tolist()):
        if ratio < 1.0:
            angle = np.pi * uniform(ids, seed=seed, stream=f"{stream}:nest{n}:angle")
            waiting = -np.log(uniform(ids, seed=seed, stream=f"{stream}:nest{n}:time"))
            log_stable = (
                np.log(np.sin(ratio * angle))
                - np.log(np.sin(angle)) / ratio
                + (1.0 - ratio) / ratio * (np.log(np.sin((1.0 - ratio) * angle)) - np.log(waiting))
            )
            own[nests.of == n] = ratio * (own[nests.of == n] + log_stable)
    return own
