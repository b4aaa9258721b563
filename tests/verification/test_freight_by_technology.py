"""Freight in 2030 with electric, gas and hydrogen trucks: every balance holds, and carriers appear where they should."""

import pytest

from transport_sim import run
from transport_sim.config import load_scenario
from transport_sim.paths import embedded
from transport_sim.policies import registered_policies

SMALL = {
    "duration_days": 1,
    "annual_factor": 365.0,
    "years": (2030,),
    "replications": 1,
    "parameter_uncertainty": False,
}


def policy(kind, **stated):
    return registered_policies()[kind].model_validate({"from_year": 2024, **stated})


@pytest.fixture(scope="module")
def results():
    """Simulate a day of 2030 as the market has it and under a package; a balance that fails raises AuditError."""
    scenario = load_scenario(embedded("scenarios/dazhou") / "baseline.yaml").model_copy(update=SMALL)
    package = (
        policy("truck_electrification", share=0.6, until_year=2030, of="stock"),
        policy("clean_fuel", fuel="hydrogen", fleets=["truck_heavy"], share=0.3, until_year=2028),
        policy("vessel_electrification", share=0.4, until_year=2030, of="stock"),
    )
    ordered = scenario.model_copy(update={"name": "ordered", "policies": package})
    return [run.run(s) for s in (scenario, ordered)]


def test_every_balance_holds(results):
    for result in results:
        assert result.audit["holds"].all()
        assert len(result.audit) > 50


def test_trucks_take_electricity_and_hydrogen_instead_of_diesel(results):
    before, after = (r.emissions.set_index(["mode", "vehicle_class"]) for r in results)
    for name in ("truck_heavy", "tractor_trailer"):
        at = "road", name
        assert after.loc[at, "vkm"] == pytest.approx(before.loc[at, "vkm"], rel=0.02)
        assert after.loc[at, "diesel_kg"] < 0.6 * before.loc[at, "diesel_kg"]
        assert after.loc[at, "electricity_kwh"] > 3.0 * before.loc[at, "electricity_kwh"]
        assert after.loc[at, "co2e_ttw_kg"] < 0.65 * before.loc[at, "co2e_ttw_kg"]
        assert after.loc[at, "nox_g"] < before.loc[at, "nox_g"]
        per_km = after.loc[at, "electricity_kwh"] / (0.6 * after.loc[at, "vkm"])
        assert 0.9 < per_km < 2.5, "kWh/km at the meter, in hills"
    assert before["hydrogen_kg"].sum() == 0.0
    assert after.loc[("road", "truck_heavy"), "hydrogen_kg"] > 0.0
    light = "road", "truck_light"
    assert after.loc[light, "diesel_kg"] == pytest.approx(before.loc[light, "diesel_kg"], rel=0.02)


def test_two_fifths_of_the_vessels_take_electricity(results):
    before, after = (r.emissions.query("mode == 'waterway'") for r in results)
    assert before["electricity_kwh"].sum() == 0.0
    saved = 1.0 - (after["diesel_kg"].sum() / after["activity_tkm"].sum()) / (
        before["diesel_kg"].sum() / before["activity_tkm"].sum()
    )
    assert saved == pytest.approx(0.4, abs=0.02)


def test_indicators_name_the_carriers(results):
    values = [r.indicators.set_index("indicator")["value"] for r in results]
    assert values[1]["fuel_t_hydrogen"] > values[0]["fuel_t_hydrogen"] == 0.0
    assert values[0]["fuel_t_lng"] > 0.0, "the market sells gas tractors"
    assert values[1]["co2e_wtw_t"] < values[0]["co2e_wtw_t"]
