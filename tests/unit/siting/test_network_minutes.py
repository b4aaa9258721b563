"""Distances are minutes on the network: across a river, the nearest place on the map is the farthest by road."""

import numpy as np
import pytest

from transport_sim.network.geometry import great_circle_km
from transport_sim.siting.candidates import minutes_to
from transport_sim.siting.models import SitingProblem, maximal_cover, p_median

WEST, EAST = 10, 20
"""Ends of the streets opposite each other, as far from the bridge as can be."""


def problem(time_min):
    count = time_min.shape[1]
    return SitingProblem(np.ones(len(time_min)), time_min, np.ones(count), np.zeros(count, dtype=bool))


def test_minutes_follow_the_roads_to_the_bridge(river):
    """Four blocks of 2 km up, 1 km across, four blocks down, at 30 km/h: 17 km, 34 minutes."""
    minutes = minutes_to(river, np.array([WEST]), np.array([EAST, 11, 24]))
    assert minutes == pytest.approx(np.array([[34.0, 4.0, 18.0]]))


def test_a_repeated_place_is_asked_once_and_answered_each_time(river):
    minutes = minutes_to(river, np.array([WEST, WEST]), np.array([11, 11, 12]))
    assert minutes == pytest.approx(np.array([[4.0, 4.0, 8.0]] * 2))


def test_the_river_changes_which_site_is_best(river):
    """People live at the end of the west bank; one site stands right across the river, one two blocks up the bank."""
    people, sites = np.array([WEST, 11]), np.array([EAST, 12])
    nodes = river.nodes
    km = great_circle_km(
        nodes.loc[people, "lon"].to_numpy()[:, None],
        nodes.loc[people, "lat"].to_numpy()[:, None],
        nodes.loc[sites, "lon"].to_numpy(),
        nodes.loc[sites, "lat"].to_numpy(),
    )
    by_circle = p_median(problem(60.0 * km / 30.0), sites=1)
    by_road = p_median(problem(minutes_to(river, people, sites)), sites=1)
    assert by_circle.open.tolist() == [True, False]
    assert by_road.open.tolist() == [False, True]
    assert by_road.objective == pytest.approx(8.0 + 4.0), "minutes of both points to the site up the bank"


def test_a_circle_promises_cover_that_the_bridge_does_not_keep(river):
    """Within 10 minutes at 30 km/h lie 5 km: the circle covers both banks, the road none of the other one."""
    people, site = np.array([WEST, 11, 12]), np.array([EAST])
    nodes = river.nodes
    km = great_circle_km(
        nodes.loc[people, "lon"].to_numpy()[:, None],
        nodes.loc[people, "lat"].to_numpy()[:, None],
        nodes.loc[site, "lon"].to_numpy(),
        nodes.loc[site, "lat"].to_numpy(),
    )
    other = np.full((3, 1), np.inf)  # a second candidate that nobody reaches, so that there is a choice
    circle = maximal_cover(problem(np.hstack([60.0 * km / 30.0, other])), radius_min=10.0, sites=1)
    road = maximal_cover(problem(np.hstack([minutes_to(river, people, site), other])), radius_min=10.0, sites=1)
    assert circle.cover_ratio == 1.0
    assert road.cover_ratio == 0.0
