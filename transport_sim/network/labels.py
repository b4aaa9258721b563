"""Labels of a map: which language and font, and where a label hides no other."""

from dataclasses import dataclass
from typing import Literal

import matplotlib.patheffects as effects
from matplotlib import font_manager
from matplotlib.axes import Axes

Lang = Literal["en", "zh"]
CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
)
PAPER, INK = "#fbf9f4", "#26323a"


@dataclass(frozen=True)
class Look:
    """Language and font of the labels."""

    lang: Lang
    font: str | None

    @classmethod
    def choose(cls, lang: Lang) -> "Look":
        """Return the look for a language; Chinese needs a Chinese font and gives way to English without one."""
        font = next((name for name in CJK_FONTS if name in font_manager.get_font_names()), None)
        return cls("zh", font) if lang == "zh" and font else cls("en", None)

    @property
    def legend_font(self) -> font_manager.FontProperties:
        """The legend's font."""
        return font_manager.FontProperties(family=self.font, size=7.5)

    def text(self, name: str, english: str) -> str:
        """Return a node's label without its remark in brackets."""
        return (name if self.lang == "zh" or not english else english).split(" (")[0].split("（")[0].split(" / ")[-1]


class Labels:
    """Places labels beside points, where they hide no label placed before; the less important ones may drop out."""

    def __init__(self, axes: Axes, font: str | None) -> None:
        self.axes, self.font = axes, font
        self.taken: list[tuple[float, float, float, float]] = []

    def reserve(self, lon: float, lat: float, radius: float) -> None:
        """Keep labels off a marker; `radius` in points."""
        x, y = self.axes.transData.transform((lon, lat))
        self.taken.append((x - radius, y - radius, x + radius, y + radius))

    def place(
        self, lon: float, lat: float, text: str, *, size: float, colour: str = INK, bold: bool = False, gap: float = 5
    ) -> bool:
        """Try eight places around the point; return whether one was free."""
        room = self.axes.get_window_extent().extents
        note = self.axes.annotate(
            text,
            (lon, lat),
            (0, 0),
            textcoords="offset points",
            fontsize=size,
            color=colour,
            zorder=25,
            fontfamily=self.font,
            fontweight="bold" if bold else "normal",
            path_effects=[effects.withStroke(linewidth=2.2, foreground=PAPER, alpha=0.9)],
        )
        for dx, dy, across, up in (
            (1, 0, "left", "center"),
            (-1, 0, "right", "center"),
            (0, 1, "center", "bottom"),
            (0, -1, "center", "top"),
            (0.8, 0.8, "left", "bottom"),
            (-0.8, 0.8, "right", "bottom"),
            (0.8, -0.8, "left", "top"),
            (-0.8, -0.8, "right", "top"),
        ):
            note.set(position=(dx * gap, dy * gap), ha=across, va=up)
            box = note.get_window_extent()
            edges = (box.x0, box.y0, box.x1, box.y1)
            if not _inside(edges, room):
                continue
            if not any(edges[0] < b[2] and b[0] < edges[2] and edges[1] < b[3] and b[1] < edges[3] for b in self.taken):
                self.taken.append(edges)
                return True
        note.remove()
        return False


def _inside(edges: tuple[float, float, float, float], room: tuple[float, float, float, float]) -> bool:
    """Tell whether a box lies within another."""
    return edges[0] >= room[0] and edges[1] >= room[1] and edges[2] <= room[2] and edges[3] <= room[3]
