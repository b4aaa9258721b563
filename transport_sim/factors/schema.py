"""What each factor table may contain: its key columns, its quantities and the one unit of each.

Every table is a CSV file with the columns *keys + values + COMMON_COLUMNS*, one factor a row:

- keys: the look-up, always with `quantity`, whose name carries the unit;
- values: one column `value`, or the coefficients of a curve;
- `unit`: spelled out once more, so that a row is readable alone;
- `valid_from`, `valid_to`: first and last calendar year, both included; empty means unbounded;
- `source_id`: a row of `sources.csv`;
- `confidence`: H primary text seen, M secondary copy, L weak or derived, memory = an assumption without a source;
- `note`: free text.
"""

from dataclasses import dataclass, field

COMMON_COLUMNS = ("unit", "valid_from", "valid_to", "source_id", "confidence", "note")
SOURCE_COLUMNS = ("source_id", "title", "edition", "table_or_page", "address", "licence")
SET_COLUMNS = ("factor_set", "purpose", "method", "stands_in", "note")
FALLBACK_COLUMNS = ("table", "quantity", "key", "wanted", "used", "source_id", "confidence", "note")
CONFIDENCE_LEVELS = ("H", "M", "L", "memory")
ASSUMPTION_LEVELS = ("L", "memory")

COEFFICIENT_COLUMNS = ("coef_a", "coef_b", "coef_c", "coef_d", "coef_e", "coef_f", "coef_g")
CURVE_COLUMNS = ("min_speed_kmh", "max_speed_kmh", *COEFFICIENT_COLUMNS, "reduction_ratio")


@dataclass(frozen=True)
class TableSpec:
    """The closed description of one factor table."""

    keys: tuple[str, ...]
    """Key columns, in the order of a look-up; `quantity` is one of them."""
    quantities: dict[str, str]
    """Quantity to its only unit."""
    values: tuple[str, ...] = ("value",)
    """Number columns."""
    extra: tuple[str, ...] = ()
    """Text columns beside the common ones."""
    grid: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """Numeric key columns and the levels that must be complete for every other key."""

    bounds: tuple[str, ...] = ()
    """Quantities that are the lower and upper bound of each class; together they must leave no gap."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in no required order."""
        return (*self.keys, *self.values, *COMMON_COLUMNS, *self.extra)


_CURVE_QUANTITIES = {
    "energy_mj_per_km": "MJ/km",
    "nox_g_per_km": "g/km",
    "pm_g_per_km": "g/km",
    "co_g_per_km": "g/km",
    "hc_g_per_km": "g/km",
}
_POLLUTANTS_PER_KG = {f"{name}_g_per_kg": "g/kg" for name in ("nox", "pm2_5", "pm10", "co", "hc")}
_RAIL_TERMS = (("constant", ""), ("linear", "/(km/h)"), ("quadratic", "/(km/h)2"))

TABLES: dict[str, TableSpec] = {
    "fuels": TableSpec(
        keys=("energy_carrier", "quantity"),
        quantities={
            "ncv_mj_per_kg": "MJ/kg",
            "ncv_mj_per_nm3": "MJ/Nm3",
            "density_kg_per_l": "kg/L",
            "density_kg_per_nm3": "kg/Nm3",
            "carbon_content_tc_per_tj": "tC/TJ",
            "oxidation_ratio": "1",
            "glec_co2e_ttw_kg_per_kg": "kgCO2e/kg",
            "glec_co2e_wtw_kg_per_kg": "kgCO2e/kg",
            "co2e_wtt_kg_per_kg": "kgCO2e/kg",
            "ipcc_ncv_mj_per_kg": "MJ/kg",
            "ipcc_co2_g_per_mj": "gCO2/MJ",
            "tce_per_t": "tce/t",
        },
    ),
    "electricity": TableSpec(
        keys=("region", "quantity"),
        quantities={
            "grid_kgco2_per_kwh": "kgCO2/kWh",
            "transmission_loss_ratio": "1",
            "tce_per_kwh": "tce/kWh",
        },
    ),
    "gwp": TableSpec(keys=("gwp_set", "gas", "quantity"), quantities={"gwp100": "kgCO2e/kg"}),
    "road_ghg": TableSpec(
        keys=("vehicle_class", "technology", "emission_standard", "quantity"),
        quantities={"ch4_mg_per_km": "mg/km", "n2o_mg_per_km": "mg/km"},
    ),
    "road_emep": TableSpec(
        keys=("vehicle_class", "emission_standard", "quantity", "load_ratio", "gradient_ratio"),
        quantities=_CURVE_QUANTITIES,
        values=CURVE_COLUMNS,
        extra=("fallback",),
        grid={"load_ratio": (0.0, 0.5, 1.0), "gradient_ratio": (-0.06, -0.04, -0.02, 0.0, 0.02, 0.04, 0.06)},
    ),
    "road_curves": TableSpec(
        keys=("vehicle_class", "technology", "emission_standard", "quantity"),
        quantities=_CURVE_QUANTITIES,
        values=CURVE_COLUMNS,
        extra=("fallback",),
    ),
    "road_glec": TableSpec(
        keys=("vehicle_class", "quantity"),
        quantities={"glec_co2e_wtt_g_per_tkm": "gCO2e/(t km)", "glec_co2e_ttw_g_per_tkm": "gCO2e/(t km)"},
        extra=("fallback",),
    ),
    "china_road": TableSpec(
        keys=("vehicle_class", "technology", "emission_standard", "quantity"),
        quantities={f"{name}_g_per_km": "g/km" for name in ("co", "hc", "nox", "pm2_5", "pm10")},
        extra=("guideline_class",),
    ),
    "china_corrections": TableSpec(
        keys=("correction", "technology", "vehicle_group", "emission_standard", "quantity", "band"),
        quantities={f"{name}_ratio": "1" for name in ("co", "hc", "nox", "pm2_5", "pm10")},
    ),
    "road_wear": TableSpec(
        keys=("wear", "vehicle_group", "quantity"),
        quantities={
            "tsp_g_per_km": "g/km",
            "car_multiple_ratio": "1",
            "load_constant_ratio": "1",
            "load_slope_ratio": "1",
            "speed_slope_h_per_km": "h/km",
            "speed_constant_ratio": "1",
            "speed_min_ratio": "1",
            "speed_max_ratio": "1",
            "pm10_share_ratio": "1",
            "pm2_5_share_ratio": "1",
            "recuperating_ratio": "1",
        },
    ),
    "cold_start": TableSpec(
        keys=("vehicle_group", "technology", "quantity", "band"),
        quantities={f"{name}_ratio": "1" for name in ("energy", "nox", "pm", "co", "hc")},
        values=("coef_speed", "coef_temperature", "coef_constant"),
    ),
    "cold_share": TableSpec(
        keys=("emission_standard", "quantity"),
        quantities={
            "cold_share_constant_ratio": "1",
            "cold_share_trip_per_km": "1/km",
            "cold_share_temperature_per_k": "1/K",
            "cold_share_both_per_km_k": "1/(km K)",
            **{f"{name}_reduction_ratio": "1" for name in ("co", "nox", "hc")},
        },
    ),
    "evaporation": TableSpec(
        keys=("technology", "quantity"), quantities={"driving_g_per_h": "g/h", "parking_g_per_day": "g/d"}
    ),
    "idling": TableSpec(keys=("vehicle_class", "technology", "quantity"), quantities={"idle_mj_per_h": "MJ/h"}),
    "road_stand_ins": TableSpec(
        keys=("vehicle_class", "technology", "emission_standard", "quantity"),
        quantities={f"{name}_ratio": "1" for name in ("energy", "nox", "pm", "co", "hc", "ch4", "n2o")},
        extra=("from_class", "from_technology", "from_standard"),
    ),
    "road_vehicles": TableSpec(
        keys=("vehicle_class", "quantity"),
        quantities={
            "empty_t": "t",
            "axles_count": "1",
            "payload_t": "t",
            "drag_area_m2": "m2",
            "rolling_ratio": "1",
            "rotating_mass_ratio": "1",
            "dynamics_ratio": "1",
            "battery_t": "t",
            "auxiliary_kw": "kW",
            "heating_kw_per_k": "kW/K",
            "cooling_kw_per_k": "kW/K",
        },
    ),
    "road_technologies": TableSpec(
        keys=("technology", "quantity"),
        quantities={
            "marginal_efficiency_ratio": "1",
            "least_descent_ratio": "1",
            "drive_efficiency_ratio": "1",
            "recuperation_ratio": "1",
            "charging_efficiency_ratio": "1",
            "battery_efficiency_ratio": "1",
            "charge_knee_soc": "1",
            "charge_rest_ratio": "1",
            "fuel_cell_efficiency_ratio": "1",
            "electric_km_ratio": "1",
            "comfort_low_c": "degC",
            "comfort_high_c": "degC",
        },
    ),
    "driving_cycle": TableSpec(
        keys=("phase", "quantity"),
        quantities={
            "mean_speed_kmh": "km/h",
            "positive_acceleration_m_per_s2": "m/s2",
            "deceleration_distance_ratio": "1",
            "drag_speed_ratio": "1",
        },
    ),
    "rail": TableSpec(
        keys=("traction", "quantity"),
        quantities={
            "electric_kwh_per_gross_tkm": "kWh/(gross t km)",
            "diesel_kg_per_gross_tkm": "kg/(gross t km)",
            "wagon_net_t": "t",
            "wagon_tare_t": "t",
            "gross_per_net_ratio": "1",
            **_POLLUTANTS_PER_KG,
        },
    ),
    "vessels": TableSpec(
        keys=("vessel_class", "quantity"),
        quantities={
            "payload_min_t": "t",
            "payload_max_t": "t",
            "glec_co2e_wtt_g_per_tkm": "gCO2e/(t km)",
            "glec_co2e_ttw_g_per_tkm": "gCO2e/(t km)",
            **_POLLUTANTS_PER_KG,
        },
        bounds=("payload_min_t", "payload_max_t"),
    ),
    "trains": TableSpec(
        keys=("rolling_stock", "quantity"),
        quantities={
            **{f"resistance_{term}_n_per_kn": f"N/kN{per}" for term, per in _RAIL_TERMS},
            "rotating_mass_ratio": "1",
            "locomotive_t": "t",
            "recuperation_ratio": "1",
            "train_t": "t",
            "speed_kmh": "km/h",
            "stops_per_100_km": "1/(100 km)",
            "gradient_ratio": "1",
            "empty_ratio": "1",
            "shunting_kg_per_h": "kg/h",
            "shunting_min_per_wagon": "min",
        },
    ),
    "vessel_hulls": TableSpec(
        keys=("vessel", "quantity"),
        quantities={
            "length_m": "m",
            "beam_m": "m",
            "draught_m": "m",
            "empty_draught_m": "m",
            "block_ratio": "1",
            "payload_t": "t",
            "installed_kw": "kW",
            "propellers_count": "1",
            "propeller_diameter_m": "m",
        },
    ),
    "vessel_propulsion": TableSpec(
        keys=("vessel", "quantity"),
        quantities={
            "appendage_area_ratio": "1",
            "appendage_form_ratio": "1",
            "transom_area_ratio": "1",
            "open_water_ratio": "1",
            "relative_rotative_ratio": "1",
            "shaft_ratio": "1",
            "gear_ratio": "1",
            "hotel_power_ratio": "1",
            "lock_power_ratio": "1",
            "battery_drive_ratio": "1",
            "battery_charging_ratio": "1",
        },
    ),
    "vessel_engines": TableSpec(  # the years are those in which the engine was built
        keys=("engine", "quantity"),
        quantities={
            "brake_efficiency_ratio": "1",
            **{f"{name}_g_per_kwh": "g/kWh" for name in ("fuel", "nox", "pm10", "ch4")},
        },
        extra=("engine_stage",),
    ),
    "engine_load": TableSpec(
        keys=("engine_stage", "quantity", "engine_load_ratio"),
        quantities={"fuel_ratio": "1", "pm10_ratio": "1", "nox_ratio": "1"},
        grid={"engine_load_ratio": tuple(round(0.05 * step, 2) for step in range(1, 21))},
    ),
    "karpov": TableSpec(
        keys=("quantity", "depth_per_draught_ratio", "depth_froude_ratio"),
        quantities={"karpov_alpha_ratio": "1"},
        grid={
            "depth_per_draught_ratio": (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0),
            "depth_froude_ratio": tuple(round(0.05 * step, 2) for step in range(19)),
        },
    ),
    "water": TableSpec(
        keys=("water", "quantity"),
        quantities={"density_kg_per_m3": "kg/m3", "viscosity_m2_per_s": "m2/s"},
    ),
    "grid_paths": TableSpec(
        keys=("grid_path", "quantity", "path_year"),
        quantities={"grid_ratio": "1"},
        grid={"path_year": (2023.0, 2025.0, 2030.0, 2035.0, 2040.0, 2050.0, 2060.0)},
    ),
    "nonroad_2014": TableSpec(keys=("engine", "quantity"), quantities=_POLLUTANTS_PER_KG),
    "hubs": TableSpec(
        keys=("hub_type", "quantity"),
        quantities={
            "glec_co2e_wtw_kg_per_t": "kgCO2e/t",
            "glec_co2e_wtw_kg_per_container": "kgCO2e/container",
            "diesel_share_ratio": "1",
            "reefer_kw": "kW",
        },
    ),
    "truck_classes": TableSpec(keys=("vehicle_class", "quantity"), quantities={"gross_t": "t", "payload_t": "t"}),
    "traffic": TableSpec(
        keys=("item", "quantity"),
        quantities={
            "pcu_per_vehicle": "pcu",
            "top_speed_kmh": "km/h",
            "jam_spacing_m": "m",
            "wave_speed_kmh": "km/h",
            "green_share_ratio": "1",
        },
    ),
    "truck_speeds": TableSpec(keys=("highway_class", "quantity"), quantities={"cruise_speed_kmh": "km/h"}),
}
