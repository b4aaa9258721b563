"""Records that lie well in memory."""

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]

LINE = 64
"""Bytes that memory hands over at a time: records begin there, what every event needs is in the first. [-]"""


def aligned(count: int, dtype: "np.dtype[np.void]") -> Records:
    """Return records of zeros that begin where a line of memory begins."""
    space = np.empty(count * dtype.itemsize + LINE, dtype=np.uint8)
    space[:] = 0
    start = -space.ctypes.data % LINE
    return space[start : start + count * dtype.itemsize].view(dtype)
