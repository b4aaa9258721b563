"""Files of a siting: tables for GIS and Excel, pictures, a page, and the policy that a scenario can include."""

import os
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xlsxwriter
from ruamel.yaml import YAML

from transport_sim.errors import SitingError
from transport_sim.results.provenance import manifest
from transport_sim.results.storage import output_folder, sha256_of, write_json
from transport_sim.siting.filters import EXISTING
from transport_sim.siting.frames import SITE_COLUMNS, meter_kw, reasons
from transport_sim.siting.page import page
from transport_sim.siting.pictures import pareto_plot, siting_map
from transport_sim.siting.site import SitingResult
from transport_sim.siting.wording import LANGUAGES, Language, heading, kind_name, reason, text
from transport_sim.tables.siting import FLEETS_OF_GROUP

if TYPE_CHECKING:
    import geopandas

GEOGRAPHIC = {"geojson": "GeoJSON", "gpkg": "GPKG"}
HIDDEN = ["seen_value", "limit_value", "beside", "nearest_kwh"]
"""Columns from which the reason was made."""
COUNTS = ("rank", "from_year", "plugs_count")


def write_siting(result: SitingResult, target: Path, *, language: str = "en", overwrite: bool = False) -> None:
    """Write everything into a folder that appears whole or not at all.

    Parameters
    ----------
    result
        From `site`.
    target
        The folder.
    language
        Language of headings, reasons, pictures and page, `en` or `zh`. Names of fields in GIS files are those of the
        library in either.
    overwrite
        Whether earlier results may be replaced.

    Raises
    ------
    SitingError, OutputError
        An unknown language, or a folder that may not be written.
    """
    if language not in LANGUAGES:
        raise SitingError(f"no language {language!r}; there is {' and '.join(LANGUAGES)}")
    lang: Language = language
    described = {**manifest([result.prepared]), "siting": _described(result), "fleets_sha256": _tables_sha256(result)}
    with output_folder(target, "siting", overwrite=overwrite) as folder:
        places, sites = _candidates(result, lang), _sites(result, lang)
        for name, frame in (("candidates", places), ("sites", sites)):
            _write_geographic(frame, folder, name)
            headed = _headed(frame, lang)
            headed.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
            _write_workbook(folder / f"{name}.xlsx", _sheets(result, name, headed, lang))
        siting_map(result, folder / "map.png", lang)
        pareto_plot(result, folder / "pareto.png", lang)
        (folder / "charging_build_out.yaml").write_text(build_out_text(result, target), encoding="utf-8")
        (folder / "siting.html").write_text(page(result, sites, lang), encoding="utf-8")
        write_json(folder / "manifest.json", described)


def _described(result: SitingResult) -> dict[str, object]:
    asked = result.settings
    return {
        "method": asked.method,
        "sites": asked.sites,
        "budget_cny": asked.budget_cny,
        "phases": list(asked.phases),
        "areas": list(asked.areas),
        "rural_cover_share": asked.rural_cover_share,
        "service_share": asked.loop.level.share,
        "wait_minutes": asked.loop.level.wait_minutes,
        "rounds": asked.loop.rounds,
        "replications": asked.loop.replications,
    }


def _tables_sha256(result: SitingResult) -> dict[str, str]:
    """Return the checksum of each file of the folder `fleets`."""
    return {path.name: sha256_of(path) for path in sorted((result.scenario.data / "fleets").glob("*.csv"))}


def _candidates(result: SitingResult, language: Language) -> "geopandas.GeoDataFrame":
    frame = result.candidates.copy()
    frame["reason"] = reasons(frame, language)
    return _tidied(frame.drop(columns=HIDDEN, errors="ignore"))


def _sites(result: SitingResult, language: Language) -> "geopandas.GeoDataFrame":
    frame = result.sites.copy()
    rows = zip(frame["year"], frame["nearest_kwh"], frame["kind"], strict=True)
    frame["reason"] = [
        reason(EXISTING if kind == EXISTING else "chosen", language, year=year, kwh=kwh) for year, kwh, kind in rows
    ]
    return _tidied(frame[[*SITE_COLUMNS, "geometry"]])


def _tidied(frame: "geopandas.GeoDataFrame") -> "geopandas.GeoDataFrame":
    """Round what nobody reads to the last digit; whole numbers with gaps stay whole numbers."""
    tidy = frame.copy()
    for column in tidy.select_dtypes("float"):
        tidy[column] = tidy[column].round(6 if column in ("lon", "lat") else 3)
        if column in COUNTS:
            tidy[column] = tidy[column].astype("Int64")
    return tidy


def _write_geographic(frame: "geopandas.GeoDataFrame", folder: Path, name: str) -> None:
    """Write GeoJSON and GeoPackage."""
    for ending, driver in GEOGRAPHIC.items():
        frame.to_file(folder / f"{name}.{ending}", driver=driver, layer=name, engine="pyogrio")


def _headed(frame: "geopandas.GeoDataFrame", language: Language) -> pd.DataFrame:
    """Return a table without geometry, with headings and kinds in the language."""
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table["kind"] = [kind_name(kind, language) for kind in table["kind"]]
    if "accepted" in table:
        words = {"en": ("no", "yes"), "zh": ("否", "是")}[language]
        table["accepted"] = [words[int(value)] for value in table["accepted"]]
    return table.rename(columns={column: heading(column, language) for column in table.columns})


def _sheets(
    result: SitingResult, name: str, headed: pd.DataFrame, language: Language
) -> list[tuple[str, pd.DataFrame]]:
    """Return the sheets of a workbook: the list; for sites also the loops, the rounds and the budgets."""
    sheets = [(text(f"sheet_{name}", language), headed)]
    if name == "sites":
        others = {"comparison": result.comparison, "history": result.history, "pareto": result.pareto}
        for key, frame in others.items():
            table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
            if "measure" in table:
                table["measure"] = [heading(measure, language) for measure in table["measure"]]
            table = table.rename(columns={column: heading(column, language) for column in table.columns})
            sheets.append((text(f"sheet_{key}", language), table))
    return sheets


def _write_workbook(path: Path, sheets: list[tuple[str, pd.DataFrame]]) -> None:
    """Write frames as sheets with a frozen bold header, filters and fitting widths."""
    with xlsxwriter.Workbook(str(path), {"nan_inf_to_errors": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#eef1f4", "text_wrap": True, "valign": "top", "bottom": 1})
        number = book.add_format({"num_format": "#,##0.##"})
        for name, table in sheets:
            sheet = book.add_worksheet(name[:31])
            sheet.write_row(0, 0, list(table.columns), head)
            for place, column in enumerate(table.columns):
                for row, value in enumerate(table[column].tolist(), start=1):
                    if pd.isna(value):
                        continue
                    if isinstance(value, bool) or not isinstance(value, int | float):
                        sheet.write_string(row, place, str(value))
                    elif np.isfinite(value):
                        sheet.write_number(row, place, value, number)
                longest = max((len(str(v)) for v in table[column].head(100)), default=6)
                sheet.set_column(place, place, min(max(10, longest + 1 if table[column].dtype == object else 13), 50))
            sheet.freeze_panes(1, 2)
            if len(table):
                sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


def build_out_text(result: SitingResult, target: Path) -> str:
    """Return a scenario that extends the given one by the new stations: one policy `charging_build_out` a phase."""
    scenario = result.scenario
    lines = [
        f"# Sited with transport-sim site ({result.settings.method}); see siting.html beside this file.",
        "# Plugs that are added where a station stands are a station of their own, with the year behind its name.",
    ]
    content: dict[str, object] = {}
    if scenario.source_files:
        first = Path(scenario.source_files[0])
        content["extends"] = os.path.relpath(first.resolve(), target.resolve()).replace(os.sep, "/")
        content["name"] = f"{scenario.name}_charging"
        content["title_en"] = f"{scenario.title_en}, chargers built"
        content["title_zh"] = f"{scenario.title_zh}（建充电站）"
    content["policies"] = [
        {"kind": "charging_build_out", "from_year": phase.year, "sites": _built(result, number)}
        for number, phase in enumerate(result.phases)
    ]
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    buffer = StringIO()
    yaml.dump(content, buffer)
    return "\n".join(lines) + "\n" + buffer.getvalue()


def _built(result: SitingResult, number: int) -> list[dict[str, object]]:
    """Return what one phase builds: stations with their new plugs."""
    phase = result.phases[number]
    case, design = phase.case, phase.loop.closed_loop
    found: list[dict[str, object]] = []
    new = np.where(design.open, design.plugs - case.existing_plugs, 0)
    rated = meter_kw(case)
    for place in np.flatnonzero(new > 0).tolist():
        row = case.candidates.iloc[place]
        identity = str(case.candidates.index[place])
        later = bool(case.existing[place])
        power_kw = float(rated[place])
        found.append(
            {
                "station": f"site_{identity}_{phase.year}" if later else f"site_{identity}",
                "name": str(row["name"]),
                "lon": round(float(row["lon"]), 6),
                "lat": round(float(row["lat"]), 6),
                "users": _fleets(case.users[place]),
                "feeder_kw": float(new[place]) * power_kw,
                "plugs": [{"kind": case.plug_kind[place], "power_kw": power_kw, "plugs_count": int(new[place])}],
                "tariff": case.tariff[place],
            }
        )
    return found


def _fleets(groups: str) -> str:
    """Return the fleets of groups, joined as the table of stations does."""
    if groups == "all":
        return groups
    return ";".join(dict.fromkeys(fleet for group in groups.split(";") for fleet in FLEETS_OF_GROUP[group]))
