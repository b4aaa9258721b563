"""The page `siting.html`: map, front, list, and an honest sentence on the closed loop."""

import html

import geopandas

from transport_sim.siting.site import PhaseResult, SitingResult
from transport_sim.siting.wording import Language, heading, kind_name, text

LISTED = ["rank", "name", "kind", "year", "plugs_count", "new_plugs_count", "power_kw", "cost_cny", "demand_kwh"]
LISTED += ["mean_wait_minutes", "within_share", "population_persons"]
DIGITS = {"mean_wait_minutes": 1, "within_share": 3}
STYLE = """
body{font:16px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#22303c;max-width:1100px;
margin:2rem auto;padding:0 1rem}
img{max-width:100%}table{border-collapse:collapse;font-size:13px;width:100%}
th,td{padding:.25rem .5rem;border-bottom:1px solid #e1e5e8;text-align:left}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.quiet{color:#66727d}
"""


def page(result: SitingResult, sites: geopandas.GeoDataFrame, language: Language) -> str:
    """Return the page as HTML; its pictures lie beside it."""
    title = result.scenario.title_zh if language == "zh" else result.scenario.title_en
    parts = [
        f"<h1>{html.escape(text('title', language, name=title))}</h1>",
        f"<p class='quiet'>{html.escape(text('note', language))}{_made_up(result, language)}</p>",
        *(f"<p>{html.escape(sentence(phase, result, language))}</p>" for phase in result.phases),
        f"<h2>{html.escape(text('map', language))}</h2><img src='map.png' alt='{html.escape(text('map', language))}'>",
        f"<h2>{html.escape(text('pareto', language))}</h2>",
        f"<img src='pareto.png' style='max-width:680px' alt='{html.escape(text('pareto', language))}'>",
        f"<h2>{html.escape(text('list', language))}</h2>",
        _table(sites, language),
        f"<h2>{html.escape(text('history', language))}</h2>",
        _history(result, language),
        *(f"<p class='quiet'>{html.escape(_proof(phase, language))}</p>" for phase in result.phases),
    ]
    head = f"<meta charset='utf-8'><title>{html.escape(title)}</title><style>{STYLE}</style>"
    return (
        f"<!doctype html><html lang='{language}'><head>{head}</head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def sentence(phase: PhaseResult, result: SitingResult, language: Language) -> str:
    """Say how the closed loop did against the open loop, and whether the service level is met."""
    rows = phase.loop.comparison.set_index("measure").to_dict("index")
    level = result.settings.loop.level
    share, plugs, wait = (rows[name] for name in ("within_share", "plugs_count", "mean_wait_minutes"))
    compared = text(
        phase.loop.verdict,
        language,
        year=phase.year,
        share=share["closed_loop"],
        open_share=share["open_loop"],
        low=share["low"],
        high=share["high"],
        days=int(share["replications"]),
        plugs=plugs["closed_loop"],
        open_plugs=plugs["open_loop"],
        mean=wait["closed_loop"],
        open_mean=wait["open_loop"],
        wait=level.wait_minutes,
    )
    found = share["closed_loop"] / max(rows["served_share"]["closed_loop"], 1e-12)
    key = "level_met" if found >= level.share else "level_missed"
    gap = "" if language == "zh" else " "
    return compared + gap + text(key, language, level=level.share, wait=level.wait_minutes, found=found)


def _made_up(result: SitingResult, language: Language) -> str:
    traffic = result.prepared.inputs[result.settings.phases[-1]].traffic
    if traffic is None or not traffic.network.synthetic_share:
        return ""
    return " " + html.escape(text("made_up", language, share=traffic.network.synthetic_share))


def _proof(phase: PhaseResult, language: Language) -> str:
    design = phase.loop.closed_loop
    return text(
        "proof",
        language,
        year=phase.year,
        method=design.method,
        status=design.status,
        objective=design.objective,
        bound=design.bound,
        gap=design.gap_ratio,
    )


def _table(sites: geopandas.GeoDataFrame, language: Language) -> str:
    table = sites[LISTED].assign(kind=[kind_name(kind, language) for kind in sites["kind"]])
    return _rows(table.sort_values(["year", "rank"]).to_dict("records"), LISTED, language)


def _history(result: SitingResult, language: Language) -> str:
    columns = ["year", "round", "within_share", "served_share", "mean_wait_minutes", "plugs_count", "sites_count"]
    columns += ["cost_cny", "kept"]
    return _rows(result.history[columns].to_dict("records"), columns, language)


def _rows(records: list[dict[str, object]], columns: list[str], language: Language) -> str:
    heads = "".join(f"<th>{html.escape(heading(column, language))}</th>" for column in columns)
    lines = ["<tr>" + "".join(_cell(column, record[column]) for column in columns) + "</tr>" for record in records]
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _cell(column: str, value: object) -> str:
    if isinstance(value, bool):
        return f"<td>{'✓' if value else ''}</td>"
    if isinstance(value, int | float):
        digits = DIGITS.get(column, 3 if column.endswith("share") else 0)
        shown = "–" if value != value else (str(value) if column == "year" else f"{value:,.{digits}f}")  # noqa: PLR0124
        return f"<td class='n'>{shown}</td>"
    return f"<td>{html.escape(str(value))}</td>"
