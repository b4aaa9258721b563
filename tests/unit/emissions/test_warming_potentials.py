"""The warming potentials are those of the set that the scenario names, in every account."""

from dataclasses import replace

import pandas as pd
import pytest

from transport_sim.emissions.lifecycle import ch4_n2o_co2e_kg, methane_co2e_kg, road_ch4_n2o_co2e_kg
from transport_sim.emissions.link_bins import RateTable
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors
from transport_sim.inputs import inputs_key

KINDS = pd.DataFrame([("car", "petrol", "china_v")], columns=["vehicle_class", "technology", "emission_standard"])


def test_both_gases_weigh_what_the_report_says():
    factors = load_factors()
    assert ch4_n2o_co2e_kg(factors, [1000.0, 0.0], [0.0, 1000.0]) == pytest.approx([29.8, 273.0])
    assert ch4_n2o_co2e_kg(factors, 5.0, 0.0) == pytest.approx(float(methane_co2e_kg(factors, 5.0)))


@pytest.mark.parametrize(
    "account",
    [
        lambda f: ch4_n2o_co2e_kg(f, 1.0, 1.0, gwp_set="AR7"),
        lambda f: methane_co2e_kg(f, 1.0, gwp_set="AR7"),
        lambda f: road_ch4_n2o_co2e_kg(f, "truck_heavy", 1.0, gwp_set="AR7"),
        lambda f: RateTable.build(f, KINDS, grid_region="sichuan", year=2023, gwp_set="AR7"),
    ],
    ids=["gases", "methane", "trucks", "traffic"],
)
def test_an_unknown_set_is_refused_by_every_account(account):
    with pytest.raises(FactorError, match=r"gwp_set='AR7'.*nearest: 'AR6'"):
        account(load_factors())


def test_the_set_of_the_scenario_is_part_of_what_a_run_reads(dazhou_inputs):
    assert dazhou_inputs.gwp_set == "AR6"
    assert inputs_key(replace(dazhou_inputs, gwp_set="AR7")) != inputs_key(dazhou_inputs)
