"""The incremental nested logit against its closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_sim.choice.logit import Nests, nested_probabilities
from transport_sim.choice.passenger_mode import fitted_constants, implied_utility, pivoted
from transport_sim.choice.passengers import length_classes
from transport_sim.errors import DataError

NESTS = Nests(np.array([0, 0, 1, 1, 2]), np.array([0.7, 0.4, 1.0]))
UTILITY = np.array([0.3, -0.2, 0.1, 0.5, -0.4])
CHANGE = np.array([0.2, 0.0, -0.3, 0.1, 0.05])
numbers = st.floats(-4.0, 4.0)


def column(values) -> np.ndarray:
    return np.asarray(values, dtype=float)[:, None]


@given(st.lists(st.floats(0.0, 1.0), min_size=5, max_size=5).filter(lambda s: sum(s) > 0.01))
def test_without_a_change_the_known_shares_come_back_bit_by_bit(weights):
    base = column(weights) / sum(weights)
    assert (pivoted(base, np.zeros_like(base), NESTS) == base).all()


@given(st.lists(numbers, min_size=5, max_size=5), st.lists(numbers, min_size=5, max_size=5))
def test_it_is_the_nested_logit_whatever_the_constants(utility, change):
    """P'(P(V), dV) = P(V + dV): the base shares carry all that the constants would say."""
    base = nested_probabilities(column(utility), NESTS)
    found = pivoted(base, column(change), NESTS)
    np.testing.assert_allclose(found, nested_probabilities(column(utility) + column(change), NESTS), rtol=1e-9)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


def test_implied_utilities_give_the_shares_back_and_keep_what_is_closed_closed():
    base = column([0.3, 0.0, 0.0, 0.0, 0.7])
    back = nested_probabilities(implied_utility(base, NESTS), NESTS)
    np.testing.assert_allclose(back, base, atol=1e-15)


def test_a_mode_that_closes_leaves_its_travellers_to_the_others_of_its_nest_first():
    base = nested_probabilities(column(UTILITY), NESTS)
    found = pivoted(base, column([-np.inf, 0.0, 0.0, 0.0, 0.0]), NESTS)
    assert found[0, 0] == 0.0
    assert found.sum() == pytest.approx(1.0)
    grown = (found / np.where(base > 0, base, 1.0))[1:, 0]
    assert grown[0] > grown[1] == pytest.approx(grown[3])


def test_modes_of_a_nest_keep_their_ratio_when_others_change():
    """Independence of irrelevant alternatives within a nest: P'i / P'j = Pi / Pj exp((dVi - dVj) / ratio)."""
    base = nested_probabilities(column(UTILITY), NESTS)
    others = pivoted(base, column([0.0, 0.0, 1.0, -2.0, 0.5]), NESTS)
    assert others[0, 0] / others[1, 0] == pytest.approx(base[0, 0] / base[1, 0], rel=1e-12)
    both = pivoted(base, column(CHANGE), NESTS)
    assert both[0, 0] / both[1, 0] == pytest.approx(base[0, 0] / base[1, 0] * np.exp(0.2 / 0.7), rel=1e-12)


def test_one_nest_for_each_mode_is_the_incremental_multinomial_logit():
    """P'i = Pi exp(dVi) / sum Pj exp(dVj)."""
    base = column([0.1, 0.2, 0.3, 0.15, 0.25])
    alone = Nests(np.arange(5), np.ones(5))
    weight = base * np.exp(column(CHANGE))
    np.testing.assert_allclose(pivoted(base, column(CHANGE), alone), weight / weight.sum(), rtol=1e-12)


@pytest.mark.parametrize("mode", range(5))
def test_elasticities_are_those_of_the_nested_logit(mode):
    """d ln Pi / dVi = (1 - Qi) / r + Qi (1 - Pn), with Q the share within the nest n of ratio r; for j of the same nest

    d ln Pj / dVi = -Qi / r + Qi (1 - Pn); for j of another nest d ln Pj / dVi = -Pi (Koppelman and Bhat 2006).
    """
    base = nested_probabilities(column(UTILITY), NESTS)[:, 0]
    step = 1e-6
    ends = []
    for sign in (-1.0, 1.0):
        change = np.zeros((5, 1))
        change[mode] = sign * step
        ends.append(np.log(pivoted(base[:, None], change, NESTS)[:, 0]))
    slope = (ends[1] - ends[0]) / (2.0 * step)
    nest = NESTS.of == NESTS.of[mode]
    ratio, whole = NESTS.ratio[NESTS.of[mode]], base[nest].sum()
    within = base[mode] / whole
    expected = np.where(nest, -within / ratio + within * (1.0 - whole), -base[mode])
    expected[mode] += 1.0 / ratio
    np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-9)


def test_a_new_mode_with_a_borrowed_constant_is_the_logit_with_one_mode_more():
    """A mode without a base share borrows from another of its nest: the same as giving it that mode's constant."""
    constants, old, new = column([0.4, 0.1, -0.3, 0.2, 0.0]), column(UTILITY), 0.25
    lender = 2
    closed = old.copy()
    closed[3] = -np.inf
    base = nested_probabilities(constants + closed, NESTS)
    change = np.zeros((5, 1))
    change[3] = new - old[lender]
    like = [-1, -1, -1, lender, -1]
    absolute = constants + old
    absolute[3] = constants[lender] + new
    np.testing.assert_allclose(pivoted(base, change, NESTS, like), nested_probabilities(absolute, NESTS), rtol=1e-12)
    change[3] = -np.inf
    assert (pivoted(base, change, NESTS, like) == base).all(), "as long as it is not there, nothing changes"


def test_a_new_mode_without_a_lender_stays_away_and_one_from_another_nest_is_refused():
    base = column([0.5, 0.0, 0.2, 0.1, 0.2])
    assert pivoted(base, column([0.0, 3.0, 0.5, 0.0, 0.0]), NESTS)[1, 0] == 0.0
    with pytest.raises(ValueError, match="in different nests"):
        pivoted(base, np.zeros((5, 1)), NESTS, [-1, 2, -1, -1, -1])


def test_fitted_constants_bring_the_shares_of_all_journeys():
    """sum over ways of w P(V + c) = target; with these targets from known constants, those come back up to a sum."""
    rng = np.linspace(-2.0, 2.0, 5 * 40).reshape(5, 40)
    utility, weight = np.sin(3.0 * rng) - rng**2, 1.0 + np.arange(40.0)
    known = np.array([0.0, 0.7, -0.5, 0.3, 0.1])
    target = nested_probabilities(utility + known[:, None], NESTS) @ weight / weight.sum()
    found = fitted_constants(utility, weight, target, NESTS)
    np.testing.assert_allclose(found - found[0], known - known[0], atol=1e-6)
    share = nested_probabilities(utility + found[:, None], NESTS) @ weight / weight.sum()
    np.testing.assert_allclose(share, target, rtol=1e-9)


def test_a_mode_with_a_share_that_nobody_can_use_is_refused():
    utility = np.zeros((5, 3))
    utility[4] = -np.inf
    with pytest.raises(DataError, match="open to no journey"):
        fitted_constants(utility, np.ones(3), np.full(5, 0.2), NESTS)


def test_classes_of_length_keep_the_mean_and_are_the_means_of_an_exponential_distribution():
    """Of two halves, the shorter ways have the mean 1 - ln 2, the longer ones 1 + ln 2."""
    np.testing.assert_allclose(length_classes(2), [1.0 - np.log(2.0), 1.0 + np.log(2.0)], rtol=1e-12)
    assert length_classes(1) == pytest.approx([1.0])
    assert length_classes(7).mean() == pytest.approx(1.0)
    assert (np.diff(length_classes(7)) > 0).all()
