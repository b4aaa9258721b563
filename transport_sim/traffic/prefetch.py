"""Ask for memory before the traffic kernel needs it, so that it does not wait for one line after the other.

On a large network nearly every record that an event touches has left the cache since the last event there. One after
the other, link, vehicle, next link and path, each of them would cost the whole way to memory.
"""

from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

from transport_sim.traffic.calendar import PLACES, Calendar
from transport_sim.traffic.memory import LINE
from transport_sim.traffic.model import FloatArray


def _prefetch(_typing: Any, array: Any, place: Any, offset: Any) -> Any:  # noqa: ANN401 - numba types, not values
    """Fetch the line `offset` bytes after the start of `array[place]`; any place will do, it changes no result."""

    def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
        view = context.make_array(array)(context, builder, values[0])
        stride = builder.extract_value(view.strides, 0)
        index = context.cast(builder, values[1], place, types.intp)
        skip = context.cast(builder, values[2], offset, types.intp)
        start = builder.ptrtoint(view.data, stride.type)
        address = builder.add(start, builder.add(builder.mul(index, stride), skip))
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        # to be written (1), in the cache nearest to the processor (3), data (1)
        builder.call(function, [builder.inttoptr(address, byte), word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, place, offset), generate


prefetch: Any = intrinsic(_prefetch)


@nb.njit(cache=True, inline="always")  # called for each bucket: a call counts the users of every array
def fetch_ahead(  # noqa: PLR0917 - compiled code takes no keywords
    calendar: Calendar,
    links: Any,  # noqa: ANN401
    vehicles: Any,  # noqa: ANN401
    path_links: npt.NDArray[np.int32],
    free_s: FloatArray,
    cells: Any,  # noqa: ANN401
    bin_s: float,
) -> None:
    """Fetch what the events of the next buckets touch; each step reads what the one before has fetched."""
    ring, open_bucket = len(calendar.buckets) - 1, calendar.state[0]
    prefetch(calendar.places, ((open_bucket + 3) & ring) * PLACES, 0)
    # two buckets ahead: links and the vehicles at their heads
    slot = (open_bucket + 2) & ring
    for place in range(slot * PLACES, slot * PLACES + calendar.buckets[slot].count):
        event = calendar.places[place].event
        if event < len(links):
            prefetch(links, event, 0)
            prefetch(links, event, LINE)
            prefetch(vehicles, calendar.places[place].key, 0)
    # one bucket ahead: where these vehicles go
    slot = (open_bucket + 1) & ring
    for place in range(slot * PLACES, slot * PLACES + calendar.buckets[slot].count):
        number = max(calendar.places[place].key, 0)  # below 0 for a link that lets somebody in: any vehicle will do
        prefetch(links, vehicles[number].next, 0)
        prefetch(free_s, vehicles[number].next, 0)
        prefetch(path_links, vehicles[number].at + 2, 0)
        prefetch(vehicles, vehicles[number].behind, 0)
        entered = int(vehicles[number].enter / bin_s)
        prefetch(cells, entered, calendar.places[place].event * cells.strides[1])
    # now: who drives ahead of them there
    for place in range(calendar.state[1]):
        number = max(calendar.heap[place].key, 0)
        prefetch(vehicles, links[max(vehicles[number].next, 0)].tail, 0)
