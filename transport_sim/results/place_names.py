"""What facilities are called in reports: terminals, zones and stretches of track by their names."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from transport_sim.network.model import Network
from transport_sim.results.wording import Wording

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PlaceNames:
    """Names of the places of one network in one language."""

    network: Network
    zones: "pd.DataFrame"
    words: Wording

    @cached_property
    def _named(self) -> dict[str, str]:
        """Name by code of a node or zone."""
        nodes, chinese = self.network.nodes, self.words.language == "zh"
        named = dict(zip(nodes["ref"], nodes["name" if chinese else "name_en"], strict=True))
        zones = self.zones
        return named | dict(zip(zones["zone"], zones["name_zh" if chinese else "name_en"], strict=True))

    def place(self, code: str) -> str:
        """Return the name of a node or zone; its code where it has none."""
        return str(self._named.get(code) or code)

    def facility(self, name: str, kind: str) -> str:
        """Return what a facility is called: its place and its kind.

        Parameters
        ----------
        name
            Of the result table `facilities`, such as `lock:W_QJ_NANYANGTAN` or `section:2000000006>`.
        kind
            Of the same row.
        """
        what, _, code = name.partition(":")
        place = self._stretch(code.rstrip("<>")) if kind == "section" else self.place(code)
        named = self.words.name("kind", what)
        named = named if named != what else self.words.name("kind", kind)
        return self.words("queue.at", place=place, kind=named[:1].lower() + named[1:])

    def _stretch(self, way: str) -> str:
        """Name a stretch of track by its ends."""
        links = self.network.links
        own = links[links["way_id"] == int(way)] if way.isdigit() else links.iloc[:0]
        if own.empty:
            return self.words("queue.way", way=way)
        names = self.network.nodes.loc[list(own.iloc[0][["from_node", "to_node"]]), "ref"]
        one, other = (self.place(str(ref)) for ref in names)
        return self.words("queue.between", one=one, other=other)
