"""The multinomial and the nested logit against their closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transport_sim.choice.logit import (
    Nests,
    logsum,
    nest_values,
    nested_noise,
    nested_probabilities,
    probabilities,
)

UTILITIES = arrays(float, (4, 3), elements=st.floats(-50, 50))


@pytest.mark.parametrize("difference", [-3.0, 0.0, 0.7, 40.0])
def test_two_alternatives_have_the_logistic_curve(difference):
    """P(1) = 1 / (1 + exp(-(V1 - V2)))."""
    found = probabilities(np.array([difference, 0.0]))
    assert found == pytest.approx([1.0 / (1.0 + np.exp(-difference)), 1.0 / (1.0 + np.exp(difference))], rel=1e-12)


@settings(derandomize=True, deadline=None)
@given(UTILITIES, st.floats(-700, 700))
def test_shares_add_up_to_one_and_a_common_shift_changes_nothing(utility, shift):
    found = probabilities(utility)
    assert found.sum(axis=0) == pytest.approx(1.0)
    assert (found >= 0).all()
    assert probabilities(utility + shift) == pytest.approx(found, rel=1e-9, abs=1e-300)


@settings(derandomize=True, deadline=None)
@given(UTILITIES)
def test_the_odds_of_two_alternatives_do_not_depend_on_the_others(utility):
    whole, pair = probabilities(utility), probabilities(utility[:2])
    assert whole[0] * pair[1] == pytest.approx(whole[1] * pair[0], rel=1e-9, abs=1e-300)


def test_a_closed_alternative_gets_nothing_and_the_others_share():
    found = probabilities(np.array([[1.0, -np.inf], [-np.inf, -np.inf], [1.0, 2.0]]))
    assert found.tolist() == [[0.5, 0.0], [0.0, 0.0], [0.5, 1.0]]


def test_where_nothing_is_open_nothing_is_chosen():
    assert probabilities(np.full((3, 2), -np.inf)).tolist() == np.zeros((3, 2)).tolist()


@settings(derandomize=True, deadline=None)
@given(UTILITIES, st.floats(0.01, 5.0))
def test_a_better_alternative_gains_and_the_others_lose(utility, gain):
    better = utility.copy()
    better[1] += gain
    before, after = probabilities(utility), probabilities(better)
    assert (after[1] >= before[1]).all()
    assert (after[[0, 2, 3]] <= before[[0, 2, 3]] + 1e-15).all()


NESTS = Nests(np.array([0, 1, 1, 2]), np.array([1.0, 0.4, 0.7]))


@settings(derandomize=True, deadline=None)
@given(UTILITIES)
def test_with_nest_ratios_of_one_the_nested_logit_is_the_multinomial(utility):
    plain = Nests(NESTS.of, np.ones(3))
    assert nested_probabilities(utility, plain) == pytest.approx(probabilities(utility), rel=1e-9, abs=1e-300)


@settings(derandomize=True, deadline=None)
@given(UTILITIES)
def test_the_nested_shares_are_the_closed_form_and_add_up_to_one(utility):
    """P(a) = exp(V_a / r) / sum_nest exp(V / r) x exp(r I_nest) / sum exp(r I), I = ln sum_nest exp(V / r)."""
    found = nested_probabilities(utility, NESTS)
    assert found.sum(axis=0) == pytest.approx(1.0)
    scaled = utility / NESTS.ratio[NESTS.of][:, None]
    inside = np.stack([np.logaddexp.reduce(scaled[NESTS.of == n]) * r for n, r in enumerate(NESTS.ratio)])
    log_among = inside - np.logaddexp.reduce(inside)
    log_within = scaled - (inside / NESTS.ratio[:, None])[NESTS.of]
    assert found == pytest.approx(np.exp(log_among[NESTS.of] + log_within), rel=1e-8, abs=1e-300)


@settings(derandomize=True, deadline=None)
@given(UTILITIES)
def test_the_odds_within_a_nest_do_not_depend_on_what_is_outside(utility):
    changed = utility.copy()
    changed[[0, 3]] += 3.0
    before, after = nested_probabilities(utility, NESTS), nested_probabilities(changed, NESTS)
    assert before[1] * after[2] == pytest.approx(before[2] * after[1], rel=1e-8, abs=1e-300)


@settings(derandomize=True, deadline=None)
@given(arrays(float, (4, 1), elements=st.floats(-3, 3)))
def test_the_slope_of_the_logsum_is_the_share(utility):
    """d logsum / dV = P (Williams 1977, Daly and Zachary 1978)."""
    step = 1e-5
    for a in range(4):
        up, down = utility.copy(), utility.copy()
        up[a] += step
        down[a] -= step
        slope = (logsum(nest_values(up, NESTS)) - logsum(nest_values(down, NESTS))) / (2 * step)
        assert slope == pytest.approx(nested_probabilities(utility, NESTS)[a], abs=1e-8)


def test_own_and_cross_elasticities_of_cost():
    """With V = -b ln(cost): own b (P - 1), cross b P; within a nest of ratio r own -b ((1 - P_in) / r + P_in (1 - P_n))."""
    b, cost = 3.4, np.array([60.0, 80.0, 90.0, 120.0])

    def elasticity(nests: Nests, of: int, to: int) -> float:
        up, down = cost.copy(), cost.copy()
        up[to] *= 1.0 + 1e-6
        down[to] *= 1.0 - 1e-6
        more, less = (np.log(nested_probabilities(-b * np.log(c), nests)[of]) for c in (up, down))
        return float((more - less) / 2e-6)

    plain = Nests(NESTS.of, np.ones(3))
    share = probabilities(-b * np.log(cost))
    assert elasticity(plain, 1, 1) == pytest.approx(-b * (1 - share[1]), rel=1e-6)
    assert elasticity(plain, 0, 1) == pytest.approx(b * share[1], rel=1e-6)
    nested = nested_probabilities(-b * np.log(cost), NESTS)
    within, nest = nested[1] / nested[1:3].sum(), nested[1:3].sum()
    assert elasticity(NESTS, 1, 1) == pytest.approx(-b * ((1 - within) / 0.4 + within * (1 - nest)), rel=1e-6)
    assert elasticity(NESTS, 0, 1) == pytest.approx(b * nested[1], rel=1e-6)


@pytest.mark.parametrize("ratio", [1.0, 0.5, 0.1])
def test_the_draws_are_gumbel_and_as_alike_as_the_nest(ratio):
    """Variance pi^2 / 6 each; correlation 1 - ratio^2 within a nest, none between nests."""
    nests = Nests(np.array([0, 1, 1]), np.array([1.0, ratio]))
    noise = nested_noise(np.arange(200_000), nests, ("a", "b", "c"), seed=1, stream="test")
    assert noise.mean(axis=1) == pytest.approx(np.euler_gamma, abs=0.012)
    assert noise.var(axis=1) == pytest.approx(np.pi**2 / 6, rel=0.02)
    found = np.corrcoef(noise)
    assert found[1, 2] == pytest.approx(1 - ratio**2, abs=0.01)
    assert found[0, 1:] == pytest.approx(0.0, abs=0.01)


def test_a_better_alternative_moves_nobody_between_the_others():
    nests = Nests(np.array([0, 1, 1, 1]), np.array([1.0, 0.3]))
    noise = nested_noise(np.arange(50_000), nests, ("a", "b", "c", "d"), seed=2, stream="test")
    before = (np.array([0.2, 0.0, 0.1, -0.2])[:, None] + noise).argmax(axis=0)
    after = (np.array([0.2, 0.0, 0.4, -0.2])[:, None] + noise).argmax(axis=0)
    moved = before != after
    assert moved.sum() > 500
    assert (after[moved] == 2).all()
