"""A binary heap of (key, item) in two arrays, compiled; the smallest key leaves first, of equal keys the smaller item.

The order is total, so a search that uses the heap gives the same answer on every machine.
"""

import numba as nb
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@nb.njit(cache=True)
def push(keys: FloatArray, items: IntArray, size: int, key: float, item: int) -> int:
    """Add an item; return the new size. The arrays must have room for it."""
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if keys[above] < key or (keys[above] == key and items[above] <= item):
            break
        keys[place], items[place] = keys[above], items[above]
        place = above
    keys[place], items[place] = key, item
    return size + 1


@nb.njit(cache=True)
def pop(keys: FloatArray, items: IntArray, size: int) -> int:
    """Remove the first item, which stood at place 0; return the new size."""
    size -= 1
    key, item = keys[size], items[size]
    place, below = 0, 1
    while below < size:
        right = below + 1
        if right < size and (keys[right] < keys[below] or (keys[right] == keys[below] and items[right] < items[below])):
            below = right
        if key < keys[below] or (key == keys[below] and item <= items[below]):
            break
        keys[place], items[place] = keys[below], items[below]
        place, below = below, 2 * below + 1
    keys[place], items[place] = key, item
    return size
