"""A region where nobody uses a mode: its target is 0, and it needs no terminals."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.choice.calibration import calibrate
from transport_sim.choice.chains import build_skims
from transport_sim.choice.feasibility import check_feasible
from transport_sim.choice.supernetwork import build_chains
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.tables.freight import CHAINS, parameter_problem


def _without_ports(inputs: Inputs, target_water_t: float) -> Inputs:
    flows = inputs.known_flows
    return replace(
        inputs,
        terminals=inputs.terminals[inputs.terminals["mode"] != "waterway"],
        known_flows=flows[~flows["captive_chain"].str.contains("water")],
        parameters=replace(inputs.parameters, target_water_t=target_water_t),
    )


def test_a_region_without_waterways_is_calibrated(dazhou_inputs):
    inputs = _without_ports(dazhou_inputs, 0.0)
    check_feasible(inputs)
    fitted = calibrate(inputs)
    assert fitted.shift_water == -np.inf
    fit = fitted.fit.set_index("quantity")
    assert "freight_tonnes_waterway" not in fit.index
    for quantity in ("freight_tonnes_rail", "freight_tonnes_road"):
        assert fit["model"][quantity] == pytest.approx(fit["target"][quantity], rel=1e-5)
    chains = build_chains(inputs, build_skims(inputs))
    assert [bool(chain.feasible.any()) for chain in chains[: len(CHAINS)]] == [True, True, True, False, False]
    assert not any(chain.feasible.any() for chain in chains[len(CHAINS) :] if "water" in CHAINS[chain.kind])


def test_a_mode_in_use_needs_its_terminals(dazhou_inputs):
    with pytest.raises(DataError, match="no terminal of mode waterway is in service"):
        check_feasible(_without_ports(dazhou_inputs, 1.0))


def test_a_target_may_be_zero_but_not_less():
    assert not parameter_problem("target_water_t", 0.0)
    assert "must be from 0" in parameter_problem("target_rail_t", -1.0)
