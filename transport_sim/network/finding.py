"""What a check of a network finds, in words and on the map."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from transport_sim.network.export import link_lines
from transport_sim.network.geometry import great_circle_km
from transport_sim.network.model import Network

Severity = Literal["error", "warning", "info"]
Shapes = npt.NDArray[np.object_]
SHOWN_ROWS = 5


@dataclass(frozen=True, eq=False)
class Finding:
    """One check with all that it found; no rows means passed."""

    check: str
    severity: Severity
    rows: Sequence[str]
    """Each finding in words."""
    shapes: Shapes
    """Where each finding lies, in the same order; empty if the check has no place."""

    @property
    def summary(self) -> str:
        """The first findings, and how many more there are."""
        more = f"; and {len(self.rows) - SHOWN_ROWS} more" if len(self.rows) > SHOWN_ROWS else ""
        return "; ".join(self.rows[:SHOWN_ROWS]) + more


@dataclass(frozen=True, eq=False)
class Places:
    """Names and shapes of a network's nodes and links, made once for all checks."""

    network: Network

    @cached_property
    def points(self) -> pd.Series:
        """Point of each node."""
        nodes = self.network.nodes
        return pd.Series(shapely.points(nodes["lon"], nodes["lat"]), index=nodes.index)

    @cached_property
    def lines(self) -> pd.Series:
        """Line of each link in its direction of travel; empty where its text isn't a line."""
        lines = link_lines(self.network, on_invalid="ignore")
        no_line = shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING
        lines[no_line] = shapely.LineString()
        return pd.Series(lines, index=self.network.links.index)

    @cached_property
    def line_km(self) -> npt.NDArray[np.float64]:
        """Length of each link's line on the globe. [km]."""
        points, owner = shapely.get_coordinates(self.lines.to_numpy(), return_index=True)
        same = owner[1:] == owner[:-1]
        steps = great_circle_km(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
        sums = np.bincount(owner[1:][same], steps[same], minlength=len(self.lines))
        return sums.astype(np.float64)

    @cached_property
    def straight_km(self) -> npt.NDArray[np.float64]:
        """Great circle between the ends of each link. [km]."""
        nodes, links = self.network.nodes[["lon", "lat"]], self.network.links
        a, b = nodes.loc[links["from_node"]].to_numpy(float), nodes.loc[links["to_node"]].to_numpy(float)
        return great_circle_km(a[:, 0], a[:, 1], b[:, 0], b[:, 1])

    def of_links(self, check: str, severity: Severity, found: pd.Series, notes: Iterable[str] | None = None) -> Finding:
        """Return what a check found about links: where `found` is true, with a note on each of those."""
        ids = found.index[found.to_numpy(dtype=bool)]
        rows = [f"link {link}" for link in ids]
        if notes is not None:
            rows = [f"{row}: {note}" for row, note in zip(rows, notes, strict=True)]
        return Finding(check, severity, rows, self.lines.loc[ids].to_numpy())

    def of_nodes(self, check: str, severity: Severity, ids: Iterable[int]) -> Finding:
        """Return what a check found about nodes."""
        nodes = list(ids)
        return Finding(check, severity, self.network.node_names.loc[nodes].tolist(), self.points.loc[nodes].to_numpy())

    def of_parts(self, check: str, severity: Severity, parts: Sequence[npt.NDArray[np.int64]]) -> Finding:
        """Return what a check found about groups of nodes."""
        rows = [f"{self.network.node_names[int(part[0])]} ({len(part)} nodes)" for part in parts]
        shapes = [shapely.multipoints(self.points.loc[part.tolist()].tolist()) for part in parts]
        return Finding(check, severity, rows, np.array(shapes, dtype=object))
