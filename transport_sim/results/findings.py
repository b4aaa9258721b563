"""What the figures of a comparison say: frames for tables and charts, and sentences written by rule."""

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from transport_sim.results.comparison import compare_indicators
from transport_sim.results.indicators import MODES
from transport_sim.results.wording import Wording, number
from transport_sim.units import G_PER_KG

if TYPE_CHECKING:
    from transport_sim.inputs import Inputs
    from transport_sim.run import Comparison, Result

CO2 = "co2e_wtw_t"
SIDE = (
    "freight_tonnes_road",
    "freight_tonnes_rail",
    "freight_tonnes_waterway",
    "nox_t",
    "pm2_5_t",
    "cost_cny",
    "mean_door_to_door_h",
)
"""Indicators that the findings mention beside CO2e where they moved."""

TRACTOR = "tractor_trailer"


class Cell(NamedTuple):
    """One scenario's value of one indicator in one year, from the comparison table."""

    mean: float
    low: float
    high: float
    difference: float
    difference_low: float
    difference_high: float
    better: float

    @property
    def base(self) -> float:
        """The baseline's mean."""
        return self.mean - self.difference

    @property
    def share(self) -> float:
        """Difference over the baseline's mean. [-]."""
        return self.difference / self.base if self.base else float("nan")

    @property
    def sure(self) -> bool:
        """Tell whether the interval of the difference excludes zero."""
        return self.difference_low > 0.0 or self.difference_high < 0.0


def cell(table: pd.DataFrame, scenario: str, year: int, indicator: str) -> Cell | None:
    """Look up one row of a comparison table; None if the scenario has no such indicator."""
    row = table[(table["scenario"] == scenario) & (table["year"] == year) & (table["indicator"] == indicator)]
    return Cell(*map(float, row.iloc[0, 4:].to_numpy())) if len(row) else None


def title(result: "Result", words: Wording) -> str:
    """Return a scenario's title in the language."""
    return result.scenario.title_zh if words.language == "zh" else result.scenario.title_en


def titles(comparison: "Comparison", words: Wording) -> dict[str, str]:
    """Return every scenario's title, by name."""
    return {r.scenario.name: title(r, words) for r in comparison.results}


def last_year(comparison: "Comparison") -> int:
    """Return the year that the report looks at first."""
    return int(comparison.baseline.scenario.years[-1])


def acts(comparison: "Comparison", year: int) -> bool:
    """Tell whether any package gives other figures than the baseline in a year."""
    part = comparison.table[comparison.table["year"] == year]
    return bool((part["difference"] != 0.0).any())


def headlines(comparison: "Comparison", words: Wording) -> list[tuple[str, str]]:
    """Write the findings of the last year: for each package the main sentence and what else moved."""
    year, named = last_year(comparison), titles(comparison, words)
    found = []
    for result in comparison.results[1:]:
        row = cell(comparison.table, result.scenario.name, year, CO2)
        if row is None:
            continue
        package = words.quoted(named[result.scenario.name])
        found.append(
            (_headline(row, package, year, comparison, words), _side(comparison, result.scenario.name, year, words))
        )
    if not found:
        row = cell(comparison.table, comparison.baseline.scenario.name, year, CO2)
        amount = words.show(CO2, row.mean, unit=True) if row else ""
        found.append(
            (
                words("find.alone", baseline=words.quoted(title(comparison.baseline, words)), year=year, amount=amount),
                "",
            )
        )
    return found


def _headline(row: Cell, package: str, year: int, comparison: "Comparison", words: Wording) -> str:
    count = comparison.baseline.scenario.replications
    common = {
        "package": package,
        "year": year,
        "count": count,
        "share": words.percent(row.share),
        "signed": words.show(CO2, row.difference, signed=True, unit=True),
        "amount": words.show(CO2, abs(row.difference), unit=True),
        "interval": words.interval(CO2, row.difference_low, row.difference_high, signed=True, unit=True),
        "better": words.percent(row.better, 0, signed=False),
    }
    if row.difference == 0.0 and row.difference_low == row.difference_high == 0.0:
        return words("find.none", **common)
    if count < 2:
        return words("find.single", **common)
    if row.sure:
        return words("find.cut" if row.difference < 0 else "find.rise", **common)
    same_sign = words("find.unsure_same_sign", **common) if row.better in (0.0, 1.0) else ""
    return words("find.unsure", **common) + same_sign


def _side(comparison: "Comparison", scenario: str, year: int, words: Wording) -> str:
    rows = {name: cell(comparison.table, scenario, year, name) for name in SIDE}
    sure = {name: row for name, row in rows.items() if row and row.sure}
    if comparison.baseline.scenario.replications < 2 or not any(r and r.difference for r in rows.values()):
        return ""
    if not sure:
        return words("find.side_none")
    items = [
        words(
            "find.side_item",
            label=words.label(name),
            signed=words.show(name, row.difference, signed=True, unit=True),
            share=words.percent(row.share),
        )
        for name, row in sure.items()
    ]
    return words("find.side", items=words("comma").join(items))


def further(comparison: "Comparison", words: Wording) -> list[str]:
    """Write what holds across the packages: growth without them, the best of them, and what the intervals hold."""
    year, table = last_year(comparison), comparison.table
    base, years = comparison.baseline.scenario.name, comparison.baseline.scenario.years
    found = []
    first, last = cell(table, base, years[0], CO2), cell(table, base, year, CO2)
    if len(years) > 1 and first and last:
        found.append(
            words(
                "find.growth",
                first=words.show(CO2, first.mean, unit=True),
                year0=years[0],
                year1=year,
                last=words.show(CO2, last.mean, unit=True),
                share=words.percent(last.mean / first.mean - 1.0),
            )
        )
    ranked = sorted(
        (
            (row.difference, r.scenario.name)
            for r in comparison.results[1:]
            if (row := cell(table, r.scenario.name, year, CO2))
        ),
    )
    if len(ranked) > 1 and ranked[0][0] < 0.0 and comparison.baseline.scenario.replications > 1:
        values = pd.concat([r.indicators for r in comparison.results], ignore_index=True)
        values = values[(values["indicator"] == CO2) & (values["year"] == year)]
        pair = cell(compare_indicators(values, ranked[0][1]), ranked[1][1], year, CO2)
        named = titles(comparison, words)
        key = "find.best" if pair and pair.sure else "find.best_unsure"
        found.append(words(key, best=words.quoted(named[ranked[0][1]]), second=words.quoted(named[ranked[1][1]])))
    found.append(interval_note(comparison, words))
    return found


def interval_note(comparison: "Comparison", words: Wording) -> str:
    """Say what the intervals contain and what they do not."""
    scenario = comparison.baseline.scenario
    if scenario.replications < 2:
        return words("find.interval_none")
    drawn = words("find.interval_parameters") if scenario.parameter_uncertainty else ""
    return words("find.interval", parameters=drawn, count=scenario.replications)


def mode_amounts(comparison: "Comparison", year: int, prefix: str, kinds: tuple[str, ...] = MODES) -> pd.DataFrame:
    """Return the rows `<prefix>_<mode>` of the comparison table: scenario, mode, mean, difference and its interval."""
    names = {f"{prefix}_{mode}": mode for mode in kinds}
    table = comparison.table
    rows = table[(table["year"] == year) & table["indicator"].isin(list(names))]
    columns = ["scenario", "mode", "mean", "difference", "difference_ci_low", "difference_ci_high"]
    return rows.assign(mode=rows["indicator"].map(names))[columns].reset_index(drop=True)


def leg_sums(comparison: "Comparison", year: int) -> pd.DataFrame:
    """Add up the legs of a year by scenario, replication, mode, vehicle class, `loaded` and `door`.

    `door` is true where a leg leads from zone to zone, without a terminal at either end. Columns `co2e_wtw_kg`,
    `activity_tkm`, `vkm` and `diesel_kg`, of the simulated period. The legs are read once, one scenario at a time:
    they are millions.
    """
    amounts = ["co2e_wtw_kg", "activity_tkm", "vkm", "diesel_kg"]
    columns = ["mode", "vehicle_class", "loaded", "from_place", "to_place", *amounts]
    keys = ["scenario", "replication", "mode", "vehicle_class", "loaded", "door"]
    parts = []
    for result in comparison.results:
        legs = result.tables.read("legs", columns=columns, year=year)
        zones = set(result.prepared.base.zones["zone"])
        legs["door"] = legs["from_place"].isin(zones) & legs["to_place"].isin(zones)
        parts.append(legs.groupby(keys)[amounts].sum().reset_index())
    return pd.concat(parts, ignore_index=True)


def intensities(sums: pd.DataFrame) -> pd.DataFrame:
    """Return WTW CO2e per t-km by scenario and vehicle class: scenario, mode, vehicle_class, loaded_way, g_per_tkm.

    Rows with `loaded_way` count the loaded trips of trucks alone, the others all of them.
    """
    loaded = sums[(sums["mode"] == "road") & sums["loaded"]]
    parts = []
    for frame, loaded_way in ((sums, False), (loaded, True)):
        keys = ["scenario", "mode", "vehicle_class"]
        total = frame.groupby(keys)[["co2e_wtw_kg", "activity_tkm"]].sum().reset_index()
        total["g_per_tkm"] = G_PER_KG * total["co2e_wtw_kg"] / total["activity_tkm"]
        parts.append(total.assign(loaded_way=loaded_way))
    return pd.concat(parts, ignore_index=True)[["scenario", "mode", "vehicle_class", "loaded_way", "g_per_tkm"]]


def vessel_sentences(rates: pd.DataFrame, words: Wording) -> list[str]:
    """Compare every vessel class with the tractor-trailer, loaded and on the round trip."""
    at = rates.groupby(["vehicle_class", "loaded_way"])["g_per_tkm"].mean()
    vessels = sorted(
        {c for m, c in zip(rates["mode"], rates["vehicle_class"], strict=True) if m == "waterway"},
        key=lambda c: -at[c, False],
    )
    if not vessels or (TRACTOR, True) not in at.index:
        return [words("vessel.none")]
    truck = words.name("class", TRACTOR)
    loaded, around = float(at[TRACTOR, True]), float(at[TRACTOR, False])
    found = [
        words(
            "vessel.more" if at[c, False] > loaded else "vessel.less",
            vessel=words.name("class", c),
            truck=truck,
            a=number(at[c, False], 1),
            b=number(loaded, 1),
        )
        for c in vessels
    ]
    gap = " " if words.language == "en" else ""
    groups = (
        ("vessel.below_round", [c for c in vessels if at[c, False] < around]),
        ("vessel.above_round", [c for c in vessels if at[c, False] >= around]),
    )
    rest = [
        words(k, vessels=words.listed([words.name("class", c) for c in members])) for k, members in groups if members
    ]
    return [*found, gap.join([words("vessel.round", truck=truck, a=number(around, 1)), *rest])]


class OreCheck(NamedTuple):
    """Cost of imported ore to the steel works: the model's beside the reported."""

    from_zone: str
    to_zone: str
    rail_cny_per_t: float
    water_cny_per_t: float


OBSERVED_ORE_CNY_PER_T = (210.0, 150.0)
"""All the way by rail, and by vessel to Wanzhou and rail: sources S12 and S13 of the data folder's source_codes.csv."""


def ore_check(base: "Inputs", words: Wording) -> OreCheck | None:
    """Price imported ore to the steel works at the base year; None where the region has no such flow."""
    from transport_sim.choice.chains import RAIL_SIDING, RAIL_WATER, ROAD_RAIL_ROAD, build_skims  # noqa: PLC0415
    from transport_sim.choice.freight_mode import chain_costs  # noqa: PLC0415
    from transport_sim.choice.supernetwork import build_chains  # noqa: PLC0415

    flows = base.known_flows
    flows = flows[(flows["commodity"] == "ore_steel") & (flows["origin"] == "sea_ports")]
    flows = flows[(flows["from_year"] <= base.year) & (flows["to_year"] >= base.year)]
    if flows.empty:
        return None
    zones, good = list(base.zones["zone"]), list(base.commodities["commodity"]).index("ore_steel")
    start, end = (zones.index(str(flows.iloc[0][side])) for side in ("origin", "destination"))
    skims = build_skims(base)
    chains = build_chains(base, skims)
    money = chain_costs(base, skims, chains).money_cny_per_t[:, good, start, end]
    open_to = [bool(c.feasible[start, end]) for c in chains]
    rail = [float(money[k]) for k in (RAIL_SIDING, ROAD_RAIL_ROAD) if open_to[k]]
    if not rail or not open_to[RAIL_WATER]:
        return None
    names = base.zones["name_zh" if words.language == "zh" else "name_en"]
    return OreCheck(str(names.iloc[start]), str(names.iloc[end]), min(rail), float(money[RAIL_WATER]))
