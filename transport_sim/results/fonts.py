"""A font that can write Chinese, found by looking into the fonts and not only at their names."""

from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from matplotlib import font_manager

PREFERRED = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Noto Sans CJK JP",
)
"""Families in order of taste; any other family with the glyphs comes after them."""

FALLBACK = "DejaVu Sans"
"""Carried by matplotlib; has every Latin sign of the report."""

PLACEHOLDER = "Last Resort"
"""A font of matplotlib that has a box for every character there is."""

BUNDLED = ("mplfonts", "fonts/NotoSansCJKsc-Regular.otf")
"""Package and file that `pip install transport-sim[zh]` brings."""


def chinese_font(texts: Iterable[str]) -> str | None:
    """Find a font family that has every Chinese character of the texts.

    Parameters
    ----------
    texts
        What will be written.

    Returns
    -------
    Name of a family that matplotlib knows: of the system, else of the package mplfonts; None if there is none.
    """
    wanted = frozenset(c for text in texts for c in text if ord(c) >= 0x2E80)
    return _search(wanted)


@cache
def _search(wanted: frozenset[str]) -> str | None:
    found = _listed(wanted)
    if found is None and _refresh():
        found = _listed(wanted)
    return found or _bundled(wanted)


def _listed(wanted: frozenset[str]) -> str | None:
    """Look through the fonts that matplotlib knows."""
    rank = {name: i for i, name in enumerate(PREFERRED)}
    regular = [
        e
        for e in font_manager.fontManager.ttflist
        if e.style == "normal" and str(e.weight) in ("400", "normal") and not e.name.startswith(PLACEHOLDER)
    ]
    for entry in sorted(regular, key=lambda e: (rank.get(e.name, len(rank)), e.name)):
        if _has(entry.fname, wanted):
            return entry.name
    return None


def _refresh() -> bool:
    """Add the system fonts that were installed after matplotlib wrote its list; tell whether there are any."""
    known = {e.fname for e in font_manager.fontManager.ttflist}
    new = sorted(set(font_manager.findSystemFonts()) - known)
    for path in new:
        try:
            font_manager.fontManager.addfont(path)
        except Exception:  # noqa: BLE001, S112 - matplotlib reads no bitmap fonts; that is no concern here
            continue
    return bool(new)


def _bundled(wanted: frozenset[str]) -> str | None:
    """Look for the font of the optional package, and make it known to matplotlib."""
    spec = find_spec(BUNDLED[0])
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / BUNDLED[1]
        if path.is_file() and wanted <= _characters(str(path), 0):
            font_manager.fontManager.addfont(str(path))
            return str(font_manager.FontProperties(fname=str(path)).get_name())
    return None


def _has(path: str, wanted: frozenset[str]) -> bool:
    """Tell whether a font file has every character; of a collection, any face will do: they share their glyphs."""
    try:
        return wanted <= _characters(path, 0)
    except Exception:  # noqa: BLE001 - a font that is gone or broken is passed over, whatever is wrong with it
        return False


@cache
def _characters(path: str, face: int) -> frozenset[str]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # noqa: PLC0415 - only needed for Chinese

    with TTFont(path, fontNumber=face, lazy=True) as font:
        return frozenset(chr(code) for code in font.getBestCmap() or ())
