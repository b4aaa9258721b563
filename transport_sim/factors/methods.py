"""What a factor set answers: purposes, the methods that can answer each, and the factors that each method reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from transport_sim.factors.schema import TABLES

PURPOSES: dict[str, str] = {
    "fuel_ttw": "CO2 of burning a fuel",
    "fuel_wtt": "greenhouse gases of making and bringing a fuel",
    "grid": "CO2 of electricity at the user's meter",
    "gwp": "warming potentials of gases",
    "road_energy": "energy of road vehicles",
    "road_pollutants": "exhaust pollutants of road vehicles",
    "road_ghg": "CH4 and N2O of road vehicles",
    "rail": "traction energy of trains",
    "vessels": "fuel of vessels",
    "vessel_physics": "work of hull and engine of a vessel, beside the account",
    "engine_pollutants": "exhaust pollutants of locomotives and vessels",
    "hubs": "energy of transshipment",
    "coal_equivalent": "energy in coal equivalents",
}
"""Everything that a factor set must have a method for, with what it answers."""


DEFAULT_SET = "cn_emep_glec"
FACTOR_SETS = (DEFAULT_SET, "china_official", "emep_copert", "glec_v3")
"""Names of the package's factor sets; `sets.csv` declares them, and a test holds the two together."""


@dataclass(frozen=True)
class Method:
    """One way to answer a purpose."""

    meaning: str
    reads: Mapping[str, tuple[str, ...]]
    """Table to the quantities that the method reads; all of the table where none is named."""


_FUEL_MASS = ("ncv_mj_per_kg", "ncv_mj_per_nm3", "density_kg_per_nm3")
_PER_KG = tuple(f"{name}_g_per_kg" for name in ("nox", "pm2_5", "pm10", "co", "hc"))
_CURVES = ("road_emep", "road_curves")
_STAND_INS = ("nox_ratio", "pm_ratio", "co_ratio", "hc_ratio")
_POLLUTANTS = ("nox_g_per_km", "pm_g_per_km", "co_g_per_km", "hc_g_per_km")

METHODS: dict[str, dict[str, Method]] = {
    "fuel_ttw": {
        "carbon_content": Method(
            "calorific value x carbon content x oxidation rate x 44/12",
            {"fuels": (*_FUEL_MASS, "carbon_content_tc_per_tj", "oxidation_ratio")},
        ),
        "ipcc_default": Method(
            "calorific value x CO2 per energy, all carbon oxidised",
            {"fuels": ("ipcc_ncv_mj_per_kg", "ipcc_co2_g_per_mj")},
        ),
        "published_co2e": Method("published CO2e per mass of fuel", {"fuels": ("glec_co2e_ttw_kg_per_kg",)}),
    },
    "fuel_wtt": {
        "wtw_less_ttw": Method(
            "published WTW less published TTW per mass of fuel",
            {"fuels": ("glec_co2e_ttw_kg_per_kg", "glec_co2e_wtw_kg_per_kg", "co2e_wtt_kg_per_kg")},
        ),
    },
    "grid": {
        "generation_with_losses": Method(
            "mean of generation, divided by what the grid lets through",
            {"electricity": ("grid_kgco2_per_kwh", "transmission_loss_ratio")},
        ),
        "generation": Method("mean of generation per kWh used", {"electricity": ("grid_kgco2_per_kwh",)}),
    },
    "gwp": {"gwp100": Method("warming over 100 years", {"gwp": ("gwp100",)})},
    "road_energy": {
        "emep_curves": Method(
            "functions of speed, load and gradient",
            dict.fromkeys(_CURVES, ("energy_mj_per_km",)) | {"road_stand_ins": ("energy_ratio",)},
        ),
        "class_intensity": Method(
            "published CO2e per tonne-kilometre of the class, turned back into fuel",
            {
                "road_glec": (),
                "fuels": ("glec_co2e_ttw_kg_per_kg", "ncv_mj_per_kg"),
                "road_stand_ins": ("energy_ratio",),
            },
        ),
    },
    "road_pollutants": {
        "emep_curves": Method(
            "functions of speed, load and gradient",
            dict.fromkeys(_CURVES, _POLLUTANTS) | {"road_stand_ins": _STAND_INS},
        ),
        "mee_2014": Method(
            "base factors times corrections of the ministry's guideline; functions for China VI, which it lacks",
            {"china_road": (), "china_corrections": ()}
            | dict.fromkeys(_CURVES, _POLLUTANTS)
            | {"road_stand_ins": _STAND_INS},
        ),
    },
    "road_ghg": {
        "per_km": Method(
            "grammes per kilometre of the class", {"road_ghg": (), "road_stand_ins": ("ch4_ratio", "n2o_ratio")}
        ),
        "in_fuel": Method("none of its own: the CO2e per mass of fuel holds them", {}),
    },
    "rail": {
        "gross_tkm": Method(
            "energy per gross tonne-kilometre",
            {"rail": tuple(q for q in TABLES["rail"].quantities if q not in _PER_KG)},
        ),
    },
    "vessels": {
        "class_intensity": Method(
            "published CO2e per tonne-kilometre of the class, turned back into fuel",
            {
                "vessels": tuple(q for q in TABLES["vessels"].quantities if q not in _PER_KG),
                "fuels": ("glec_co2e_ttw_kg_per_kg",),
                "vessel_engines": (),
                "engine_load": (),
                "vessel_propulsion": ("battery_drive_ratio", "battery_charging_ratio"),
            },
        ),
    },
    "vessel_physics": {
        "hull_resistance": Method(
            "resistance of the hull in the depth of the water, engine by year and load",
            {"vessel_propulsion": (), "vessel_engines": (), "engine_load": ()},
        ),
    },
    "engine_pollutants": {
        "emep_and_testbed": Method(
            "grammes per kg of fuel: EMEP/EEA for locomotives, testbed means for vessels",
            {"rail": _PER_KG, "vessels": _PER_KG},
        ),
        "nonroad_guideline": Method("grammes per kg of fuel of the national guideline", {"nonroad_2014": ()}),
    },
    "hubs": {
        "diesel_equivalent": Method(
            "published CO2e per tonne, turned back into diesel",
            {"hubs": (), "fuels": ("glec_co2e_wtw_kg_per_kg",)},
        ),
    },
    "coal_equivalent": {
        "calorific": Method("calorific coal equivalents", {"fuels": ("tce_per_t",), "electricity": ("tce_per_kwh",)}),
    },
}
"""Purpose to the methods that can answer it."""

BOUNDARIES: dict[tuple[str, str], str] = {
    ("fuels", "carbon_content_tc_per_tj"): "TTW",
    ("fuels", "oxidation_ratio"): "TTW",
    ("fuels", "ipcc_co2_g_per_mj"): "TTW",
    ("fuels", "glec_co2e_ttw_kg_per_kg"): "TTW",
    ("fuels", "glec_co2e_wtw_kg_per_kg"): "WTW",
    ("fuels", "co2e_wtt_kg_per_kg"): "WTT",
    ("electricity", "grid_kgco2_per_kwh"): "WTT",
    ("electricity", "transmission_loss_ratio"): "WTT",
    ("road_glec", "glec_co2e_ttw_g_per_tkm"): "TTW",
    ("road_glec", "glec_co2e_wtt_g_per_tkm"): "WTT",
    ("vessels", "glec_co2e_ttw_g_per_tkm"): "TTW",
    ("vessels", "glec_co2e_wtt_g_per_tkm"): "WTT",
    ("hubs", "glec_co2e_wtw_kg_per_t"): "WTW",
    ("hubs", "glec_co2e_wtw_kg_per_container"): "WTW",
}


def boundary(table: str, quantity: str) -> str:
    """Return the life-cycle stage of a quantity: TTW, WTT or WTW; a dash for what is no emission.

    Energy and exhaust are tank to wheel.
    """
    if (table, quantity) in BOUNDARIES:
        return BOUNDARIES[table, quantity]
    exhaust = (
        "energy_mj_",
        "nox_",
        "pm_",
        "pm2_5_",
        "pm10_",
        "co_",
        "hc_",
        "ch4_",
        "n2o_",
        "electric_kwh",
        "diesel_kg",
    )
    return "TTW" if quantity.startswith(exhaust) else "-"


def readable(purposes: dict[str, str]) -> dict[str, frozenset[str] | None]:
    """Return what the methods of a set may read: table to quantities, None for all of the table.

    Tables that no method names (masses of vehicles, speeds of roads) describe the world and not a way to account for
    it; they are open to every set.

    Parameters
    ----------
    purposes
        Purpose to method.
    """
    open_to: dict[str, frozenset[str] | None] = {}
    for purpose, name in purposes.items():
        for table, quantities in METHODS[purpose][name].reads.items():
            before = open_to.get(table, frozenset())
            open_to[table] = None if before is None or not quantities else before | frozenset(quantities)
    return open_to


def governed() -> frozenset[str]:
    """Return the tables that some method names."""
    return frozenset(table for methods in METHODS.values() for method in methods.values() for table in method.reads)
