"""The written schemas of the result tables of fleets and stations; `results.schemas` joins them to the others."""

from transport_sim.results.fields import Field

FLEET_TABLES: dict[str, dict[str, Field]] = {
    "charging_sessions": {
        "station": Field("str", "station"),
        "kind": Field("str", "plug kind that the vehicle needs; swap, lng and hydrogen likewise"),
        "fleet": Field("str", "fleet of the vehicle"),
        "vehicle": Field("int64", "number of the vehicle in the run"),
        "arrive_s": Field("float64", "arrival after the start of the run [s]"),
        "wait_s": Field("float64", "wait for a plug, bay or dispenser; not charging [s]"),
        "duration_s": Field("float64", "time at the plug, bay or dispenser [s]"),
        "energy_kwh": Field("float64", "energy at the battery; 0 for fuels [kWh]"),
        "fuel_kg": Field("float64", "fuel; 0 for charging and swaps [kg]"),
        "served": Field("bool", "false if the vehicle went away without"),
    },
    "station_hours": {
        "station": Field("str", "station"),
        "day": Field("int64", "day of the run, from 0"),
        "hour": Field("int64", "hour of the day, 0 to 23"),
        "energy_kwh": Field("float64", "electricity at the meter [kWh]"),
        "mean_kw": Field("float64", "mean power at the meter [kW]"),
        "peak_kw": Field("float64", "largest power at the meter at any moment of the hour [kW]"),
        "arrivals_count": Field("int64", "vehicles that came"),
        "balks_count": Field("int64", "of these, went away without service"),
        "wait_s": Field("float64", "mean wait of those that came in the hour and were served [s]"),
        "cost_cny": Field("float64", "electricity by the tariff, without service fees [CNY]"),
    },
    "station_use": {
        "station": Field("str", "station"),
        "kind": Field("str", "charging, swap, lng, hydrogen or shore_power"),
        "plugs_count": Field("int64", "plugs, chargers of batteries or dispensers"),
        "arrivals_count": Field("int64", "vehicles that came"),
        "balks_count": Field("int64", "of these, went away without service"),
        "wait_mean_s": Field("float64", "mean wait of those served [s]"),
        "wait_p95_s": Field("float64", "95th percentile of it [s]"),
        "utilisation_ratio": Field("float64", "time in use over the time of all plugs"),
        "feeder_kw": Field("float64", "rating of the transformer; infinite where none is stated [kW]"),
        "peak_kw": Field("float64", "largest power at the meter at any moment [kW]"),
        "energy_kwh": Field("float64", "electricity at the meter [kWh]"),
        "fuel_kg": Field("float64", "fuel given out [kg]"),
        "cost_cny": Field("float64", "electricity by the tariff, without service fees [CNY]"),
        "paid_cny": Field("float64", "what vehicles pay: electricity or fuel and service [CNY]"),
    },
}
"""By table name; each owner of tables adds its own."""
