"""Draws that are addressed by (seed, stream, id), never consumed from a sequence.

The same id draws the same number whatever else is simulated, so that two scenarios
differ by the policy and not by the dice. The mixing function is the finaliser of
SplitMix64, applied twice.

References
----------
.. [1] Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
"""

import hashlib

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _mix(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        state = state + _GOLDEN
        state = (state ^ (state >> np.uint64(30))) * _MIX_1
        state = (state ^ (state >> np.uint64(27))) * _MIX_2
        return state ^ (state >> np.uint64(31))


def _key(seed: int, stream: str) -> np.uint64:
    digest = hashlib.blake2b(f"{seed}\x1f{stream}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def uniform(ids: npt.ArrayLike, *, seed: int, stream: str) -> FloatArray:
    """Draw one number in the open interval (0, 1) for each id.

    Parameters
    ----------
    ids
        Integer identities, any shape. [-]
    seed
        Seed of the replication. [-]
    stream
        Name of what is drawn, for example ``"mode_choice:road"``. [-]

    Returns
    -------
    Numbers of the same shape as `ids`, 52 random bits each. [-]
    """
    state = _mix(_mix(np.asarray(ids, dtype=np.int64).astype(np.uint64) ^ _key(seed, stream)))
    return ((state >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def gumbel(ids: npt.ArrayLike, *, seed: int, stream: str) -> FloatArray:
    """Draw one standard Gumbel number (location 0, scale 1) for each id. [-]."""
    return -np.log(-np.log(uniform(ids, seed=seed, stream=stream)))


def triangular(low: npt.ArrayLike, mode: npt.ArrayLike, high: npt.ArrayLike, draw: npt.ArrayLike) -> FloatArray:
    """Map uniform draws to a triangular distribution; a width of zero gives `mode`. [unit of `mode`]."""
    low, mode, high, draw = (np.asarray(x, dtype=np.float64) for x in (low, mode, high, draw))
    width = np.where(high > low, high - low, 1.0)
    split = (mode - low) / width
    rising = low + np.sqrt(draw * width * (mode - low))
    falling = high - np.sqrt((1.0 - draw) * width * (high - mode))
    return np.where(high > low, np.where(draw < split, rising, falling), mode)


def stable_ids(*parts: npt.ArrayLike) -> IntArray:
    """Combine integer columns into one id per row that does not depend on the other rows. [-]."""
    state = np.zeros(np.broadcast_shapes(*(np.shape(p) for p in parts)), dtype=np.uint64)
    for part in parts:
        state = _mix(state ^ _mix(np.asarray(part, dtype=np.int64).astype(np.uint64)))
    return (state >> np.uint64(1)).astype(np.int64)


def text_id(text: str) -> int:
    """Return the id of a name, the same on every machine. [-]."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "little")
