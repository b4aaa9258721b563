"""Reader of the TNTP text format, in which test problems of traffic assignment are published [1]_.

A file has `<NAME> value` lines up to `<END OF METADATA>`, then rows of numbers; `~` starts a comment (and the line of
column names), `;` ends a row. Units differ from problem to problem and are not part of the format.

References
----------
.. [1] Transportation Networks for Research Core Team, "Transportation Networks for Research",
   https://github.com/bstabler/TransportationNetworks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from transport_sim.errors import NetworkError

LINK_COLUMNS = (
    *("from_node", "to_node", "capacity", "length", "free_flow_time", "b", "power"),
    *("speed", "toll", "link_type"),
)
LINK_COLUMNS_NEEDED = 7
"""Columns that every row of a network file has; speed, toll and link type may be missing. [-]"""
SHOWN = 5
"""Problems of a file that a message lists. [-]"""
_TAG = re.compile(r"\s*<([^>]+)>(.*)")
_ORIGIN = re.compile(r"\s*origin\s+(\S+)\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class TntpNetwork:
    """A `*_net.tntp` file."""

    name: str
    zone_count: int
    """Zones are the nodes 1 to `zone_count`. [-]"""
    node_count: int
    """Nodes are numbered 1 to `node_count`. [-]"""
    first_through_node: int
    """Lowest node that a path may pass through; it may begin or end at a lower one. [-]"""
    links: pd.DataFrame
    """One row per link: `LINK_COLUMNS`, in the file's units; speed, toll and link type are 0 if missing."""
    toll_factor: float
    """Worth of one unit of toll. [unit of time / unit of toll]"""
    distance_factor: float
    """Worth of one unit of length. [unit of time / unit of length]"""


def read_network(path: Path) -> TntpNetwork:
    """Read a `*_net.tntp` file.

    Raises
    ------
    NetworkError
        If the file can't be read or breaks the format; the message names the lines.
    """
    tags, rows = _lines(path)
    problems: list[str] = []
    counts = {
        name: _count(tags, name, problems)
        for name in ("NUMBER OF ZONES", "NUMBER OF NODES", "FIRST THRU NODE", "NUMBER OF LINKS")
    }
    table: list[list[float]] = []
    for line, text in rows:
        words = text.replace(";", " ").split()
        if not words or not _is_number(words[0]):  # a header without its `~`
            if words and table:
                problems.append(f"line {line}: not a number: {words[0]!r}")
            continue
        table.append(_link(line, words, counts["NUMBER OF NODES"], problems))
    if len(table) != counts["NUMBER OF LINKS"]:
        problems.append(f"<NUMBER OF LINKS> says {counts['NUMBER OF LINKS']}, there are {len(table)}")
    if counts["NUMBER OF ZONES"] > counts["NUMBER OF NODES"]:
        problems.append(f"{counts['NUMBER OF ZONES']} zones but only {counts['NUMBER OF NODES']} nodes")
    factors = [_factor(tags, name, problems) for name in ("TOLL FACTOR", "DISTANCE FACTOR")]
    _refuse(path, problems)
    links = pd.DataFrame(np.array(table).reshape(-1, len(LINK_COLUMNS)), columns=list(LINK_COLUMNS))
    links = links.astype(dict.fromkeys(("from_node", "to_node"), "int64"))
    return TntpNetwork(
        path.name.removesuffix(".tntp").removesuffix("_net"),
        counts["NUMBER OF ZONES"],
        counts["NUMBER OF NODES"],
        counts["FIRST THRU NODE"],
        links,
        *factors,
    )


def read_trips(path: Path) -> pd.DataFrame:
    """Read a `*_trips.tntp` file.

    Returns
    -------
    DataFrame
        Columns origin, destination and flow, one row per pair of the file, zeros too, in its order.

    Raises
    ------
    NetworkError
        If the file can't be read or breaks the format, if a pair is there twice or a flow is negative.
    """
    tags, rows = _lines(path)
    problems: list[str] = []
    zones = _count(tags, "NUMBER OF ZONES", problems)
    origin, table = 0, {}
    for line, text in rows:
        rest = text
        if match := _ORIGIN.fullmatch(text):
            origin, rest = _zone(line, match[1], zones, problems), match[2]
        for entry in rest.split(";"):
            if not entry.strip():
                continue
            words = entry.replace(":", " : ").split()
            if len(words) != 3 or words[1] != ":" or not _is_number(words[2]):
                problems.append(f"line {line}: expected 'destination : flow;', got {entry.strip()!r}")
                continue
            if not origin:
                problems.append(f"line {line}: a flow before the first 'Origin'")
                continue
            pair, flow = (origin, _zone(line, words[0], zones, problems)), float(words[2])
            if flow < 0 or pair in table:
                what = "is there twice" if pair in table else f"has the negative flow {flow:g}"
                problems.append(f"line {line}: the pair {pair[0]} to {pair[1]} {what}")
            table[pair] = flow
    _refuse(path, problems)
    keys = np.array(list(table), dtype=np.int64).reshape(-1, 2)
    return pd.DataFrame({"origin": keys[:, 0], "destination": keys[:, 1], "flow": [*table.values()]}).astype(
        {"flow": float}
    )


def read_flows(path: Path) -> pd.DataFrame:
    """Read a `*_flow.tntp` file, the best-known answer of a problem.

    Returns
    -------
    DataFrame
        Columns from_node, to_node, volume and cost, one row per link, in the order of the file.
    """
    table = _numbers(path, ("from_node", "to_node", "volume", "cost"))
    return table.astype({"from_node": "int64", "to_node": "int64"})


def read_nodes(path: Path) -> pd.DataFrame:
    """Read a `*_node.tntp` file.

    Returns
    -------
    DataFrame
        Columns node, x and y, in the file's coordinates.
    """
    return _numbers(path, ("node", "x", "y")).astype({"node": "int64"})


def _numbers(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read rows of numbers below an optional line of names; further columns are left out."""
    problems: list[str] = []
    table: list[list[float]] = []
    for line, text in _lines(path)[1]:
        words = text.replace(";", " ").replace(":", " ").split()
        if not words or (not table and not _is_number(words[0])):
            continue
        if len(words) < len(columns) or not all(map(_is_number, words[: len(columns)])):
            problems.append(f"line {line}: expected the numbers {', '.join(columns)}, got {text.strip()!r}")
            continue
        table.append([float(word) for word in words[: len(columns)]])
    if not table and not problems:
        problems.append(f"there is no row with {', '.join(columns)}")
    _refuse(path, problems)
    return pd.DataFrame(table, columns=list(columns))


def _lines(path: Path) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Return the values of the metadata by name, and the other lines with their numbers and without comments."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise NetworkError(f"{path}: cannot be read: {error.strerror}") from error
    tags, rows = {}, []
    for line, content in enumerate(text.splitlines(), start=1):
        if match := _TAG.match(content):
            tags[" ".join(match[1].upper().split())] = match[2].strip()
        elif plain := content.split("~", 1)[0].strip():
            rows.append((line, plain))
    return tags, rows


def _link(line: int, words: list[str], node_count: int, problems: list[str]) -> list[float]:
    """Return the numbers of one row of a network file; note what is wrong with it."""
    given = words[: len(LINK_COLUMNS)]
    empty = [0.0] * len(LINK_COLUMNS)
    wrong = [word for word in given if not _is_number(word)]
    if len(given) < LINK_COLUMNS_NEEDED or wrong:
        what = f"not a number: {wrong[0]!r}" if wrong else f"{LINK_COLUMNS_NEEDED} numbers needed, got {len(given)}"
        problems.append(f"line {line}: {what}")
        return empty
    values = [float(word) for word in given]
    row = values + empty[len(values) :]
    named = dict(zip(LINK_COLUMNS, row, strict=True))
    problems.extend(f"line {line}: {problem}" for problem in _faults(named, node_count))
    return row


def _faults(link: dict[str, float], node_count: int) -> Iterator[str]:
    """Say what no link may be."""
    for end in ("from_node", "to_node"):
        if node_count and not (link[end].is_integer() and 1 <= link[end] <= node_count):
            yield f"{end} must be a node from 1 to {node_count}, got {link[end]:g}"
    for column in ("free_flow_time", "b", "power", "length"):
        if not 0 <= link[column] < np.inf:
            yield f"{column} must not be negative, got {link[column]:g}"
    if link["b"] > 0 and not link["capacity"] > 0:
        yield f"capacity must be above 0 where b is, got {link['capacity']:g}"


def _count(tags: dict[str, str], name: str, problems: list[str]) -> int:
    """Return a whole number of the metadata, 0 with a note if it is missing or none."""
    words = tags.get(name, "").split()
    if not words or not words[0].isdecimal():
        problems.append(f"<{name}> must be a whole number, got {words[0]!r}" if words else f"<{name}> is missing")
        return 0
    return int(words[0])


def _factor(tags: dict[str, str], name: str, problems: list[str]) -> float:
    """Return a factor of the metadata, 0 if it isn't there."""
    words = tags.get(name, "").split() or ["0"]
    if not _is_number(words[0]):
        problems.append(f"<{name}> must be a number, got {words[0]!r}")
        return 0.0
    return float(words[0])


def _zone(line: int, word: str, zone_count: int, problems: list[str]) -> int:
    """Return a zone's number; note if there is no such zone."""
    if not word.isdecimal() or (zone_count and not 1 <= int(word) <= zone_count):
        problems.append(f"line {line}: a zone is a number from 1 to {zone_count}, got {word!r}")
        return -line  # unlike every other, so that no pair is there twice
    return int(word)


def _is_number(word: str) -> bool:
    try:
        return not np.isnan(float(word))
    except ValueError:
        return False


def _refuse(path: Path, problems: list[str]) -> None:
    """Raise one error with everything that is wrong with a file."""
    if problems:
        shown = f", first {SHOWN} shown" if len(problems) > SHOWN else ""
        head = f"{path}: {len(problems)} problem{'s' if len(problems) > 1 else ''}{shown}"
        raise NetworkError("\n  ".join([head, *problems[:SHOWN]]))
