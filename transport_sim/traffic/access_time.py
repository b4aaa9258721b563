"""When a closed link opens: the one reading of the `Access` arrays, for kernel, router and simpy reference alike."""

from typing import NamedTuple

import numba as nb

from transport_sim.traffic.model import BoolArray, FloatArray, IntArray


class Rules(NamedTuple):
    """The arrays of `Access`."""

    link_pointers: IntArray
    link_rules: IntArray
    rule_group: BoolArray
    window_pointers: IntArray
    window_start_s: FloatArray
    window_end_s: FloatArray


@nb.njit(cache=True)
def earliest_entry(  # noqa: PLR0917 - compiled code takes no keywords
    link: int,
    group: int,
    time_s: float,
    link_pointers: IntArray,
    link_rules: IntArray,
    rule_group: BoolArray,
    window_pointers: IntArray,
    window_start_s: FloatArray,
    window_end_s: FloatArray,
) -> float:
    """Find the first moment from `time_s` on at which no rule closes a link to a vehicle group.

    Parameters
    ----------
    link
        Position of the link. [-]
    group
        Vehicle group. [-]
    time_s
        When the vehicle is there. [s]
    link_pointers, link_rules, rule_group, window_pointers, window_start_s, window_end_s
        The arrays of `Access`; windows of a rule ascend and are apart.

    Returns
    -------
    `time_s` itself if the link is open, infinite if it stays closed for ever. [s]
    """
    time = time_s
    again = True
    while again:  # the end of one rule's window may lie in another's
        again = False
        for place in range(link_pointers[link], link_pointers[link + 1]):
            rule = link_rules[place]
            if not rule_group[rule, group]:
                continue
            for window in range(window_pointers[rule], window_pointers[rule + 1]):
                if window_start_s[window] > time:
                    break
                if time < window_end_s[window]:
                    time = window_end_s[window]
                    again = True
    return time


@nb.njit(cache=True, nogil=True)
def next_entry(link: int, group: int, time_s: float, rules: Rules) -> float:
    """Return `earliest_entry` for arrays that travel together. [s]."""
    entry_s: float = earliest_entry(
        link,
        group,
        time_s,
        rules.link_pointers,
        rules.link_rules,
        rules.rule_group,
        rules.window_pointers,
        rules.window_start_s,
        rules.window_end_s,
    )
    return entry_s
