"""Go through the bytes of a `.pbf` block in compiled code. Every read is checked against the end of its message.

The format is Protocol Buffers [1]_ with the messages of OpenStreetMap [2]_. A message is a row of fields; each begins
with a key, which is the number of the field times eight plus its wire type: 0 for a number, 2 for bytes.

References
----------
.. [1] https://protobuf.dev/programming-guides/encoding/
.. [2] https://wiki.openstreetmap.org/wiki/PBF_Format
"""

import numba as nb
import numpy as np
import numpy.typing as npt

from transport_sim.network.model import IntArray

Bytes = npt.NDArray[np.uint8]
Int16Array = npt.NDArray[np.int16]
Int32Array = npt.NDArray[np.int32]

NUMBER, BYTES = 0, 2
"""Wire types that OpenStreetMap uses."""
ID, KEYS, VALUES = 1, 2, 3
"""Fields of every element; dense nodes have their ids in the first."""
LISTS = 8
"""The first of the fields 8 to 10: references, coordinates, roles or members, by the kind of element."""
FIELDS = 11
NODE, DENSE, WAY, RELATION = 1, 2, 3, 4
"""Fields of a group of elements, one for each kind."""
WIRES = np.full((5, FIELDS), -1, dtype=np.int64)
"""Wire type of the fields that are read, by kind of element and number; -1 for those that are not."""
WIRES[NODE, [ID, KEYS, VALUES, 8, 9]] = NUMBER, BYTES, BYTES, NUMBER, NUMBER
WIRES[DENSE, [ID, 8, 9, 10]] = BYTES
WIRES[WAY, [ID, KEYS, VALUES, 8]] = NUMBER, BYTES, BYTES, BYTES
WIRES[RELATION, [ID, KEYS, VALUES, 8, 9, 10]] = NUMBER, BYTES, BYTES, BYTES, BYTES, BYTES


@nb.njit(cache=True)
def varint(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """Return a number of 64 bits and where it ends."""
    value, shift = np.uint64(0), np.uint64(0)
    while at < end:
        byte = np.uint64(data[at])
        at += 1
        value |= (byte & np.uint64(127)) << shift
        if byte < np.uint64(128):
            return np.int64(value), at  # type: ignore[return-value] # compiled, both are 64 bits
        shift += np.uint64(7)
        if shift > np.uint64(63):
            raise ValueError("a number of the file is too long")
    raise ValueError("a number goes past the end of its message")


@nb.njit(cache=True)
def field(data: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return the key of a field and where its bytes start and end; instead of the start the number, if it is one."""
    key, at = varint(data, at, end)
    if key < 8:
        raise ValueError("a field has no number")
    wire = key & 7
    if wire == NUMBER:
        value, at = varint(data, at, end)
        return key, value, at
    if wire == BYTES:
        length, at = varint(data, at, end)
    elif wire == 1:
        length = 8
    elif wire == 5:
        length = 4
    else:
        raise ValueError("a field is of no known type")
    if length < 0 or length > end - at:
        raise ValueError("a length goes past the end of its message")
    return key, at, at + length


@nb.njit(cache=True)
def layout(data: Bytes) -> tuple[IntArray, Int32Array, IntArray, IntArray]:
    """Return what a block states about all its elements, and kind, start and end of each.

    The first is start and end of the texts, granularity of the coordinates and their offsets, latitude first.
    """
    head = np.array([0, 0, 100, 0, 0])
    kinds, starts, stops = [np.int32(0)], [0], [0]
    at = 0
    while at < len(data):
        key, a, b = field(data, at, len(data))
        at = b
        if key == (1 << 3 | BYTES):
            head[0], head[1] = a, b
        elif key == (17 << 3 | NUMBER):
            head[2] = a
        elif key == (19 << 3 | NUMBER):
            head[3] = a
        elif key == (20 << 3 | NUMBER):
            head[4] = a
        elif key == (2 << 3 | BYTES):
            inner = a
            while inner < b:
                part, c, d = field(data, inner, b)
                inner = d
                if part & 7 == BYTES and NODE <= part >> 3 <= RELATION:
                    kinds.append(np.int32(part >> 3))
                    starts.append(c)
                    stops.append(d)
    return head, np.array(kinds)[1:], np.array(starts)[1:], np.array(stops)[1:]


@nb.njit(cache=True)
def texts(data: Bytes, start: int, stop: int) -> tuple[Bytes, int]:
    """Return the texts of a block, each followed by a zero, and how many they are."""
    joined = np.empty(stop - start, dtype=np.uint8)
    length = count = 0
    at = start
    while at < stop:
        key, a, b = field(data, at, stop)
        at = b
        if key == (1 << 3 | BYTES):
            for position in range(a, b):
                joined[length] = data[position]
                length += 1
            joined[length] = 0  # key and length took two bytes at least, so there is room
            length += 1
            count += 1
    return joined[:length], count


@nb.njit(cache=True)
def spans(data: Bytes, at: int, end: int, wires: IntArray, found: IntArray) -> None:
    """Note where each field of an element starts and ends; -1 where it has none."""
    found[:] = -1
    while at < end:
        key, a, b = field(data, at, end)
        at = b
        number = key >> 3
        if number < FIELDS and wires[number] >= 0:
            if key & 7 != wires[number] or found[number, 1] >= 0:
                raise ValueError("a field of an element has not the form that OpenStreetMap gives it")
            found[number, 0], found[number, 1] = a, b


@nb.njit(cache=True)
def choose(  # noqa: PLR0917 - compiled functions take arguments by place
    data: Bytes, starts: IntArray, stops: IntArray, wires: IntArray, words: Int16Array, wants: Bytes, every: int
) -> tuple[IntArray, Bytes, IntArray, IntArray, Int32Array, Int32Array]:
    """Pick the elements with a tag that is wanted, or every one.

    `words` holds the number of each text as a key and as a value, `wants` the bits that a pair of them means. Returned
    are id and bits of the elements, the spans of their fields 8 to 10, where the tags of each start and end, and keys
    and values by their place among the texts.
    """
    ids, bits = np.empty(len(starts), dtype=np.int64), np.empty(len(starts), dtype=np.uint8)
    lists = np.empty((len(starts), FIELDS - LISTS, 2), dtype=np.int64)
    ends = np.zeros(len(starts) + 1, dtype=np.int64)
    keys, values = np.empty(len(data), dtype=np.int32), np.empty(len(data), dtype=np.int32)
    found = np.empty((FIELDS, 2), dtype=np.int64)
    count = 0
    for element in range(len(starts)):
        spans(data, starts[element], stops[element], wires, found)
        if found[ID, 1] < 0:
            raise ValueError("an element has no id")
        tag, meaning = ends[count], np.uint8(0)
        at, other = found[KEYS, 0], found[VALUES, 0]
        while at < found[KEYS, 1] and other < found[VALUES, 1]:
            key, at = varint(data, at, found[KEYS, 1])
            value, other = varint(data, other, found[VALUES, 1])
            if not (0 <= key < len(words) and 0 <= value < len(words)):
                raise ValueError("a tag names a text that is not there")
            meaning |= wants[words[key, 0], words[value, 1]]
            keys[tag], values[tag] = key, value
            tag += 1
        if at < found[KEYS, 1] or other < found[VALUES, 1]:
            raise ValueError("an element has not as many keys as values")
        if meaning or every:
            ids[count], bits[count] = found[ID, 0], meaning
            lists[count] = found[LISTS:]
            count += 1
            ends[count] = tag
    total = ends[count]
    return ids[:count], bits[:count], lists[:count], ends[: count + 1], keys[:total].copy(), values[:total].copy()


@nb.njit(cache=True)
def choose_dense(
    data: Bytes, start: int, stop: int, words: Int16Array, wants: Bytes
) -> tuple[IntArray, Bytes, IntArray, Int32Array, Int32Array, int]:
    """Pick the dense nodes with a tag that is wanted, as `choose` does; return their places and the number of all.

    Each node has its tags, keys and values in turn, and a zero behind them.
    """
    size = stop - start
    places, bits = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.uint8)
    ends = np.zeros(size + 1, dtype=np.int64)
    keys, values = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    count = node = 0
    at, tag, meaning = start, 0, np.uint8(0)
    while at < stop:
        key, at = varint(data, at, stop)
        if key == 0:
            if meaning:
                places[count], bits[count] = node, meaning
                count += 1
                ends[count] = tag
            node += 1
            tag, meaning = ends[count], np.uint8(0)
            continue
        value, at = varint(data, at, stop)
        if not (0 <= key < len(words) and 0 <= value < len(words)):
            raise ValueError("a tag names a text that is not there")
        meaning |= wants[words[key, 0], words[value, 1]]
        keys[tag], values[tag] = key, value
        tag += 1
    if tag > ends[count]:
        raise ValueError("the tags of a node have no end")
    total = ends[count]
    return places[:count], bits[:count], ends[: count + 1], keys[:total].copy(), values[:total].copy(), node


@nb.njit(cache=True)
def numbers(data: Bytes, starts: IntArray, stops: IntArray, signed: int, steps: int) -> tuple[IntArray, IntArray]:
    """Return the numbers in lists, one list after the other, and where each list starts and ends.

    Signed ones alternate between the signs, and steps are to be added up.
    """
    size = 0
    for part in range(len(starts)):
        size += max(stops[part] - starts[part], 0)
    found, ends = np.empty(size, dtype=np.int64), np.zeros(len(starts) + 1, dtype=np.int64)
    count = 0
    for part in range(len(starts)):
        at, total = starts[part], 0
        while at < stops[part]:
            value, at = varint(data, at, stops[part])
            if signed:
                value = ((value >> 1) & 0x7FFFFFFFFFFFFFFF) ^ -(value & 1)
            total = total + value if steps else value
            found[count] = total
            count += 1
        ends[part + 1] = count
    return found[:count].copy(), ends
