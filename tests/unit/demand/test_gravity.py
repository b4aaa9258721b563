"""The doubly constrained gravity model against its closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport_sim.demand.gravity import distribute
from transport_sim.errors import DataError

TONNES = st.floats(1.0, 1e6)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_rows_and_columns_meet_their_totals(count, seed):
    random = np.random.default_rng(seed)
    origin, destination = random.uniform(0.1, 10.0, (2, count))
    destination *= origin.sum() / destination.sum()
    flow = distribute(origin, destination, np.exp(-random.uniform(0.0, 4.0, (count, count))))
    assert flow.sum(axis=1) == pytest.approx(origin, rel=1e-6)
    assert flow.sum(axis=0) == pytest.approx(destination, rel=1e-6)
    assert (flow >= 0).all()


@settings(derandomize=True, deadline=None, max_examples=60)
@given(TONNES, TONNES, st.floats(0.05, 0.95), st.floats(0.01, 100.0))
def test_two_zones_have_the_closed_form(first, second, share, odds):
    """The odds ratio x11 x22 / (x12 x21) of the solution is that of the deterrence; with the margins it is a quadratic in x11."""
    total = first + second
    left, right = total * share, total * (1.0 - share)
    flow = distribute(np.array([first, second]), np.array([left, right]), np.array([[odds, 1.0], [1.0, 1.0]]))
    # x11 (x11 - first - left + total) = odds (first - x11) (left - x11)
    a, b, c = 1.0 - odds, total - first - left + odds * (first + left), -odds * first * left
    roots = np.roots([a, b, c]).real if abs(a) > 1e-12 else np.array([-c / b])
    wanted = roots[(roots >= -1e-6 * total) & (roots <= min(first, left) * (1 + 1e-6))]
    assert np.abs(wanted - flow[0, 0]).min() < 1e-5 * total


def test_without_deterrence_every_pair_is_the_product_of_its_margins():
    origin, destination = np.array([1.0, 2.0, 3.0]), np.array([4.0, 1.5, 0.5])
    assert distribute(origin, destination, np.ones((3, 3))) == pytest.approx(np.outer(origin, destination) / 6.0)


def test_equal_zones_and_symmetric_deterrence_give_symmetric_flows_that_fall_with_distance():
    place = np.array([0.0, 10.0, 30.0, 45.0])
    flow = distribute(np.full(4, 5.0), np.full(4, 5.0), np.exp(-np.abs(place[:, None] - place) / 20.0))
    assert flow == pytest.approx(flow.T, rel=1e-6)
    assert flow[0, 1] > flow[0, 2] > flow[0, 3]


def test_scaling_the_deterrence_of_a_row_or_column_changes_nothing():
    random = np.random.default_rng(1)
    origin, deterrence = random.uniform(1.0, 5.0, 5), random.uniform(0.1, 1.0, (5, 5))
    flow = distribute(origin, origin[::-1].copy(), deterrence)
    again = distribute(origin, origin[::-1].copy(), deterrence * np.array([[7.0], [1.0], [3.0], [0.2], [1.0]]) * 11.0)
    assert again == pytest.approx(flow, rel=1e-6)


def test_a_closed_pair_gets_nothing_and_nothing_goes_nowhere():
    deterrence = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    flow = distribute(np.array([1.0, 2.0, 2.0]), np.array([2.0, 2.0, 1.0]), deterrence)
    assert np.diag(flow).tolist() == [0.0, 0.0, 0.0]
    assert distribute(np.zeros(3), np.zeros(3), deterrence).tolist() == np.zeros((3, 3)).tolist()


@pytest.mark.parametrize(
    ("origin", "destination", "deterrence", "said"),
    [
        ([1.0, 1.0], [1.0, 1.5], np.ones((2, 2)), r"2 t leave but 2\.5 t arrive"),
        ([1.0, 1.0], [1.0, 1.0], np.array([[0.0, 0.0], [1.0, 1.0]]), "is a zone cut off"),
        ([1.0, 1.0], [1.0, 1.0], np.array([[0.0, 1.0], [0.0, 1.0]]), "is a zone cut off"),
        ([3.0, 1.0], [1.0, 3.0], np.array([[1.0, 0.0], [1.0, 1.0]]), "cannot all be met"),
    ],
    ids=["unequal sums", "no way out", "no way in", "too much for the open pairs"],
)
def test_totals_that_cannot_be_met_are_refused(origin, destination, deterrence, said):
    with pytest.raises(DataError, match=said):
        distribute(np.array(origin), np.array(destination), deterrence)
