"""Charging curves and what they say about the time of a charge."""

import numpy as np
import pytest

from transport_sim.charge import charging_time_s
from transport_sim.energy.battery import ChargingCurve, charge_pieces, charging_curve
from transport_sim.errors import FactorError
from transport_sim.factors import load_factor_set

FLAT = ChargingCurve((0.0, 1.0), (2.0,))


@pytest.fixture(scope="module")
def usual():
    return charging_curve(load_factor_set("cn_emep_glec"), largest_rate_per_h=1.5)


def test_a_flat_curve_charges_in_energy_over_power():
    pieces = charge_pieces(FLAT, capacity_kwh=60.0, soc=0.2, target_soc=0.8)
    assert pieces == ((pytest.approx(36.0), pytest.approx(120.0)),)
    assert charging_time_s(pieces, 60.0) == pytest.approx(36.0 / 60.0 * 3600.0)
    assert charging_time_s(pieces, 500.0) == pytest.approx(36.0 / 120.0 * 3600.0)


def test_the_usual_curve_falls_above_its_knee(usual):
    assert usual.edges_soc[1] == pytest.approx(0.8)
    assert usual.rate_per_h[0] == 1.5
    assert np.all(np.diff(usual.rate_per_h) < 0)
    assert usual.rate_per_h[-1] == pytest.approx(0.15)


def test_the_last_fifth_takes_as_long_as_the_integral_of_the_falling_line(usual):
    """t = integral of dE/P over a straight line from P0 to r P0: E / P0 x ln(1/r) / (1 - r), here from above."""
    pieces = charge_pieces(usual, capacity_kwh=100.0, soc=0.8, target_soc=1.0)
    exact_s = 20.0 / 150.0 * np.log(10.0) / 0.9 * 3600.0
    found_s = charging_time_s(pieces, 1e6)
    assert exact_s < found_s < 1.25 * exact_s


def test_pieces_add_up_to_what_is_charged_and_to_nothing_when_full(usual):
    pieces = charge_pieces(usual, capacity_kwh=80.0, soc=0.33, target_soc=0.95)
    assert sum(kwh for kwh, _ in pieces) == pytest.approx(0.62 * 80.0)
    assert charge_pieces(usual, capacity_kwh=80.0, soc=0.9, target_soc=0.5) == ()


@pytest.mark.parametrize("wrong", [{"soc": -0.1}, {"target_soc": 1.1}, {"capacity_kwh": 0.0}, {"soc": float("nan")}])
def test_impossible_charges_are_refused(usual, wrong):
    with pytest.raises(FactorError, match="cannot charge"):
        charge_pieces(usual, **({"capacity_kwh": 50.0, "soc": 0.5, "target_soc": 0.8} | wrong))


@pytest.mark.parametrize(
    ("edges", "rates"),
    [((0.0, 0.5), (1.0,)), ((0.0, 1.0), (0.0,)), ((0.0, 1.0), (1.0, 2.0)), ((0.0, 0.5, 0.5, 1.0), (1.0,) * 3)],
)
def test_impossible_curves_are_refused(edges, rates):
    with pytest.raises(FactorError, match="charging curve"):
        ChargingCurve(edges, rates)
