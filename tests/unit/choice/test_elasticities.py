"""Elasticities on the calibrated base year of Dazhou."""

import numpy as np
import pytest

from transport_sim.choice.elasticities import MODES, elasticities, scaled_price
from transport_sim.results.choice_wording import TEXTS


@pytest.fixture(scope="module")
def found(dazhou_inputs, dazhou_calibration):
    return elasticities(dazhou_inputs, dazhou_calibration)


def test_own_elasticities_are_negative_and_tonnes_balance(found):
    """What a mode loses others win: the sum over the modes of tonnes x elasticity is zero."""
    table = found.table[found.table["quantity"] == "tonnes"].set_index(["mode", "price_of"])["elasticity"]
    tonnes = {"road": 150e6, "rail": 20e6, "waterway": 5e6}
    for price_of in MODES:
        assert table[price_of, price_of] < 0
        assert sum(tonnes[m] * table[m, price_of] for m in MODES) == pytest.approx(0.0, abs=2e-3 * 150e6 * 0.15)


def test_all_prices_together_change_little(found):
    """Generalised cost is mostly money: own and cross elasticities nearly add up to zero for each mode."""
    table = found.table[found.table["quantity"] == "tonnes"].groupby("mode")["elasticity"].sum()
    assert table.abs().max() < 0.3


def test_rail_and_water_lie_within_the_published_ranges_and_road_is_explained(found):
    verdicts = found.compared.set_index("mode")
    assert verdicts.loc["rail", "verdict"] == "inside"
    assert verdicts.loc["waterway", "verdict"] == "inside"
    assert verdicts.loc["road", "verdict"] == "weaker"
    assert verdicts.loc["road", "elasticity"] == pytest.approx(-0.4, abs=0.1), "the part of mode shift alone"
    assert all(f"reason.{r}" in TEXTS for r in found.compared["reason"] if r)
    assert found.market.bound_share["waterway"] > 0.9


def test_a_price_is_all_that_a_mode_charges(dazhou_inputs):
    dearer = scaled_price(dazhou_inputs, "rail", 1.5).parameters
    p = dazhou_inputs.parameters
    assert dearer.rail_rate_ratio == pytest.approx(1.5 * p.rail_rate_ratio)
    assert dearer.road_rate_cny_per_tkm == p.road_rate_cny_per_tkm


def test_every_text_is_in_both_languages():
    for key, (en, zh) in TEXTS.items():
        assert en.strip(), key
        assert any("\u4e00" <= c <= "\u9fff" for c in zh) or key == "tkm", key
        assert sorted(f for f in en.split("{")[1:]) is not None
        names = [{part.partition("}")[0] for part in t.split("{")[1:]} for t in (en, zh)]
        assert names[0] == names[1], key
    assert np.isfinite(len(TEXTS))
