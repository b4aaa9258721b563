"""The domain check that every energy and emission formula shares."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transport_sim.errors import FactorError

FloatArray = NDArray[np.float64]


def checked(name: str, numbers: ArrayLike, *, low: float = 0.0, high: float = np.inf) -> FloatArray:
    """Return the argument as floats if all of them lie in a closed interval.

    Parameters
    ----------
    name
        Name of the argument, for the message.
    numbers
        Scalar or array.
    low, high
        Bounds, included; infinity itself is never accepted.

    Raises
    ------
    FactorError
        A number outside the bounds, infinite or missing; the message names the first five.
    """
    array = np.asarray(numbers, dtype=np.float64)
    good = np.isfinite(array) & (array >= low) & (array <= high)
    if not good.all():
        bad = array[~good]
        shown = ", ".join(f"{number:g}" for number in bad[:5])
        bounds = f"at least {low:g}" if high == np.inf else f"between {low:g} and {high:g}"
        raise FactorError(f"{name} must be finite and {bounds}; first {min(5, bad.size)} of {bad.size} wrong: {shown}")
    return array
