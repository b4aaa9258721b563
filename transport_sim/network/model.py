"""A network as checked tables: nodes, directed links, turns, facilities."""

import difflib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa

from transport_sim.errors import NetworkError

Mode = Literal["road", "rail", "waterway", "transfer"]
Status = Literal["open", "construction", "proposed", "closing"]
MODES: tuple[Mode, ...] = get_args(Mode)
STATUSES: tuple[Status, ...] = get_args(Status)
VEHICLE_CLASSES = (
    *("car", "taxi", "bus", "motorcycle"),
    *("truck_light", "truck_medium", "truck_heavy", "tractor_trailer"),
)
"""Groups of road vehicles that access rules, turns and routing know; the order is that of `access_closed`."""
KIND_COLUMNS = ("vehicle_class", "technology", "emission_standard")
"""What makes one kind of road vehicle: simulated traffic is told apart by it where energy and exhaust are asked for."""
SYNTHETIC = "synthetic"
"""`confidence` of what no map shows: `network.synthesis` made it up."""
LOCK_COLUMNS = ["lock_length_m", "lock_width_m", "lock_depth_m", "lock_lift_m", "lock_cycle_min"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def _positive(*, nullable: bool = True) -> pa.Column:
    return pa.Column(float, pa.Check.gt(0), nullable=nullable)


def _text() -> pa.Column:
    return pa.Column(str)


def _are_classes(column: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which texts list vehicle classes, joined by `;`."""
    known = set(VEHICLE_CLASSES)
    return column.isin([text for text in column.unique() if not text or set(text.split(";")) <= known])


def _year() -> pa.Column:
    return pa.Column("Int64", pa.Check.in_range(1800, 2200), nullable=True)


NODE_SCHEMA = pa.DataFrameSchema(
    {
        "ref": _text(),
        "name": _text(),
        "name_en": _text(),
        "lon": pa.Column(float, pa.Check.in_range(-180, 180)),
        "lat": pa.Column(float, pa.Check.in_range(-90, 90)),
        "mode": pa.Column(str, pa.Check.isin(["road", "rail", "waterway"])),
        "kind": _text(),
        "tracks_count": pa.Column("Int64", pa.Check.gt(0), nullable=True),
        **{column: _positive() for column in LOCK_COLUMNS},
        "county": _text(),
        "handles": _text(),
        "status": pa.Column(str, pa.Check.isin(STATUSES)),
        "open_year": _year(),
        "confidence": _text(),
        "source": _text(),
    },
    index=pa.Index("int64", name="node_id", unique=True),
    strict=True,
    ordered=True,
)
"""Nodes by `node_id`. Texts are empty when unknown, numbers are null; `kind` is that of the map's tables."""

LINK_SCHEMA = pa.DataFrameSchema(
    {
        "from_node": pa.Column("int64"),
        "to_node": pa.Column("int64"),
        "way_id": pa.Column("int64"),
        "mode": pa.Column(str, pa.Check.isin(MODES)),
        "link_class": _text(),
        "name": _text(),
        "ref": _text(),
        "length_km": _positive(nullable=False),
        "free_speed_kmh": _positive(nullable=False),
        "free_speed_source": pa.Column(str, pa.Check.isin(["tag", "default"])),
        "lanes_count": pa.Column("Int64", pa.Check.gt(0), nullable=True),
        "toll": pa.Column(bool),
        "gradient_ratio": pa.Column(float, pa.Check.in_range(0, 0.3), nullable=True),
        "gradient_max_ratio": pa.Column(float, pa.Check.in_range(0, 0.3), nullable=True),
        "tunnel_share": pa.Column(float, pa.Check.in_range(0, 1), nullable=True),
        "electrified": pa.Column(bool),
        "tracks_count": pa.Column("Int64", pa.Check.gt(0), nullable=True),
        "navigation_class": pa.Column(str, pa.Check.isin(["", "I", "II", "III", "IV", "V", "VI", "VII"])),
        "depth_m": _positive(),
        "depth_mean_m": _positive(),
        "width_m": _positive(),
        "current_ms": pa.Column(float, pa.Check.in_range(-5, 5), nullable=True),
        "status": pa.Column(str, pa.Check.isin(STATUSES)),
        "open_year": _year(),
        "usage": _text(),
        "service": _text(),
        "gauge_mm": pa.Column("Int64", pa.Check.gt(0), nullable=True),
        "preferred_direction": pa.Column(str, pa.Check.isin(["", "with", "against", "both"])),
        "capacity_pcu_h": _positive(),
        "access_closed": pa.Column(str, pa.Check(_are_classes, name="vehicle_classes")),
        "conditional": _text(),
        "max_weight_t": _positive(),
        "max_height_m": _positive(),
        "bridge": pa.Column(bool),
        "tunnel": pa.Column(bool),
        "confidence": _text(),
        "source": _text(),
        "geometry_wkt": _text(),
    },
    index=pa.Index("int64", name="link_id", unique=True),
    strict=True,
    ordered=True,
)
"""Directed links by `link_id`.

`lanes_count` is per direction, `gradient_ratio` the mean absolute slope, `gradient_max_ratio` a railway's
ruling slope, `depth_m` the depth at low water, `current_ms` positive when one travels with the river.
`capacity_pcu_h` is that of the direction, for roads. `access_closed` lists the `VEHICLE_CLASSES` that may not use the
link, joined by `;`; `conditional` holds what depends on the hour, the load or the purpose of the trip, in the normal
form of `network.conditional`. `preferred_direction` of a track is `with` or `against` this directed link.
`geometry_wkt` is empty for a straight line.
"""

TURN_SCHEMA = pa.DataFrameSchema(
    {
        "from_link": pa.Column("int64"),
        "via_node": pa.Column("int64"),
        "to_link": pa.Column("int64"),
        "kind": pa.Column(str, pa.Check.isin(["no", "only"])),
        "vehicle_classes": pa.Column(str, pa.Check(_are_classes, name="vehicle_classes")),
    },
    index=pa.Index("int64", name="turn_id", unique=True),
    strict=True,
    ordered=True,
)
"""Turns that are forbidden (`no`), or the only ones allowed out of `from_link` at `via_node` (`only`).

`vehicle_classes` lists whom the turn concerns, joined by `;`; empty means everybody, trains included: a train does not
turn back at a node without a station, and each such reversal is a row of kind `no`.
"""

FACILITY_SCHEMA = pa.DataFrameSchema(
    {
        "kind": _text(),
        "name": _text(),
        "name_en": _text(),
        "lon": pa.Column(float, pa.Check.in_range(-180, 180)),
        "lat": pa.Column(float, pa.Check.in_range(-90, 90)),
        "node_id": pa.Column("Int64", nullable=True),
        "snap_km": pa.Column(float, pa.Check.ge(0), nullable=True),
        "osm_id": _text(),
    },
    index=pa.Index("int64", name="facility_id", unique=True),
    strict=True,
    ordered=True,
)
"""Places that serve traffic, each with the nearest node of its mode (null if none is near) and the distance to it.

`osm_id` is `node/17`, `way/17` or `relation/17` (a multipolygon); `facility_id` is that number times two, plus one for
a way, plus 10^15 for a relation.
"""

UNREAD_SCHEMA = pa.DataFrameSchema(
    {
        "key": _text(),
        "value": _text(),
        "ways_count": pa.Column("int64", pa.Check.gt(0)),
    },
    strict=True,
    ordered=True,
)
"""Tag values that were not understood, and on how many ways they stand."""


def empty_table(schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Return a table of this schema without rows."""
    frame = pd.DataFrame({name: [] for name in schema.columns}, index=pd.Index([], dtype="int64"))
    return as_schema(frame, schema)


def as_schema(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Return the table with the types that the schema names; what is missing becomes empty text, no, or null."""
    columns = {}
    for name, column in schema.columns.items():
        kind, values = str(column.dtype), frame[name]
        if kind == "Int64":
            columns[name] = pd.to_numeric(values).astype("Float64").round().astype("Int64")
        elif kind.startswith("str"):
            columns[name] = values.astype(object).where(values.notna(), "").astype("str")
        elif kind == "bool":
            columns[name] = values.where(values.notna(), other=False).astype(bool)
        else:
            columns[name] = values.astype(kind)
    typed = pd.DataFrame(columns, index=frame.index.astype("int64"))
    if schema.index is not None:
        typed.index.name = schema.index.name
    return typed


def _checked(frame: pd.DataFrame, schema: pa.DataFrameSchema, what: str) -> pd.DataFrame:
    """Validate a table; say which columns and rows are wrong."""
    try:
        return schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        lines = [
            f"  {row.column}: {row.check}, got {row.failure_case!r} (row {row.index})"
            for row in cases.head(5).itertuples()
        ]
        head = f"{what}: {len(cases)} problems (first {len(lines)} shown)"
        raise NetworkError("\n".join([head, *lines])) from error


TABLE_SCHEMAS = {
    "nodes": NODE_SCHEMA,
    "links": LINK_SCHEMA,
    "turns": TURN_SCHEMA,
    "facilities": FACILITY_SCHEMA,
    "unread_tags": UNREAD_SCHEMA,
}
"""Schema of each table of a `Network`, by the name of its field."""


@dataclass(frozen=True, eq=False)
class Network:
    """A multimodal network; tables are validated on creation and must not be edited in place."""

    name: str
    nodes: pd.DataFrame
    links: pd.DataFrame
    sha256: dict[str, str] = field(default_factory=dict)
    """Hash of every file that the network was read from, by file name."""
    turns: pd.DataFrame = field(default_factory=lambda: empty_table(TURN_SCHEMA))
    facilities: pd.DataFrame = field(default_factory=lambda: empty_table(FACILITY_SCHEMA))
    unread_tags: pd.DataFrame = field(default_factory=lambda: empty_table(UNREAD_SCHEMA))
    """What the map says and nobody understood, for `validate`."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """Where the network comes from: source file, its hash and date, the area, counts, the source of elevation."""

    def __post_init__(self) -> None:
        for table, schema in TABLE_SCHEMAS.items():
            frame = _checked(getattr(self, table), schema, f"{table} of network '{self.name}'")
            object.__setattr__(self, table, frame)
        ends = pd.concat([self.links["from_node"], self.links["to_node"]])
        missing = ends[~ends.isin(self.nodes.index)]
        if len(missing):
            rows = ", ".join(str(link) for link in missing.index[:5])
            head = f"links of network '{self.name}': {len(missing)} ends name no node"
            raise NetworkError(f"{head} (first: link {rows})")

    @property
    def synthetic_share(self) -> float:
        """Share of the length of all roads that is made up and stands in for a survey. [-]."""
        roads = self.links[self.links["mode"] == "road"]
        made_up = roads.loc[roads["confidence"] == SYNTHETIC, "length_km"].sum()
        return float(made_up / roads["length_km"].sum()) if made_up else 0.0

    def at_year(self, year: int) -> "Network":
        """Return the network as it stands in `year`.

        Parameters
        ----------
        year
            Calendar year; what opens in this year counts as there.

        Returns
        -------
        Network
            With the links that are open or closing (a terminal's own years say when it ends), and those under
            construction whose opening year has come. Links with status `proposed`, and those under construction
            with no known year, are left out: only a scenario opens them. An open link whose known opening year
            lies ahead is left out too. Nodes that lose all their links go; a lock that isn't built yet loses
            its chamber. Turns between links that aren't there go, and a facility whose node is gone has none.
        """
        links, nodes = self.links, self.nodes
        there = links["open_year"].le(year)
        kept = (links["status"].isin(["open", "closing"]) & (there | links["open_year"].isna()).fillna(value=True)) | (
            links["status"].eq("construction") & there.fillna(value=False)
        )
        links = links[kept.astype(bool)]
        used = set(links["from_node"]) | set(links["to_node"])
        was_used = set(self.links["from_node"]) | set(self.links["to_node"])
        nodes = nodes[nodes.index.isin(used) | ~nodes.index.isin(was_used)].copy()
        future = nodes["status"].isin(["construction", "proposed"]) & ~nodes["open_year"].le(year).fillna(value=False)
        future |= nodes["status"].eq("proposed")
        nodes.loc[future.astype(bool), LOCK_COLUMNS] = np.nan
        turns = self.turns[self.turns["from_link"].isin(links.index) & self.turns["to_link"].isin(links.index)]
        facilities = self.facilities
        if len(facilities):
            gone = ~facilities["node_id"].isin(nodes.index)
            facilities = facilities.assign(
                node_id=facilities["node_id"].mask(gone), snap_km=facilities["snap_km"].mask(gone)
            )
        return replace(self, nodes=nodes, links=links, turns=turns, facilities=facilities)

    @cached_property
    def node_names(self) -> "pd.Series[str]":
        """Name of each node: its `ref` if no other node has the same, else its id."""
        refs = self.nodes["ref"]
        unique = refs.ne("") & ~refs.duplicated(keep=False)
        return refs.where(unique, self.nodes.index.astype(str))

    @cached_property
    def nodes_by_name(self) -> dict[str, int]:
        """Node of each name that tables and policies may use: its id, and its `ref` if no other node has the same."""
        ids = [int(node) for node in self.nodes.index]
        return {str(node): node for node in ids} | dict(zip(self.node_names.tolist(), ids, strict=True))

    def known_names(self, mode: str) -> list[str]:
        """Return the names of the nodes of one mode, refs first."""
        nodes = self.nodes.index[self.nodes["mode"] == mode]
        refs = self.node_names.loc[nodes]
        return [*refs, *sorted({str(node) for node in nodes} - set(refs))]

    def node_by_ref(self, ref: str) -> int:
        """Return the id of the node with this name; raise `NetworkError` naming similar ones if there is none."""
        if ref in self.nodes_by_name:
            return self.nodes_by_name[ref]
        same = int((self.nodes["ref"] == ref).sum())
        if same and ref:
            raise NetworkError(f"network '{self.name}': {same} nodes have the ref '{ref}'; name the node by its id")
        near = difflib.get_close_matches(ref, self.node_names.tolist(), n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(repr(item) for item in near)}?" if near else ""
        raise NetworkError(f"network '{self.name}' has no node with the ref '{ref}'{hint}")

    def mode_links(self, mode: Mode) -> pd.DataFrame:
        """Return the links of one mode, in table order."""
        if mode not in MODES:
            raise NetworkError(f"no mode '{mode}'; the modes are {', '.join(MODES)}")
        return self.links[self.links["mode"] == mode]
