"""The multinomial logit against its closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transport_sim.choice.logit import probabilities

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
