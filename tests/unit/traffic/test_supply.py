"""Roads become arrays: defaults, signals, storage, speeds of the classes."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.errors import NetworkError
from transport_sim.factors import load_factors
from transport_sim.network.model import VEHICLE_CLASSES
from transport_sim.traffic.supply import build_supply, class_pcu, green_shares, link_supply

FACTORS = load_factors()


def test_roads_of_dazhou(network):
    supply = link_supply(network, FACTORS)
    links = network.links.loc[supply.link_ids]
    assert (links["mode"] == "road").all()
    assert (np.diff(supply.from_node) >= 0).all()
    np.testing.assert_array_equal(supply.node_ids[supply.to_node], links["to_node"])
    np.testing.assert_array_equal(network.links.index[supply.rows], supply.link_ids)
    assert (supply.class_speed_kmh[0] <= links["free_speed_kmh"].to_numpy()).all()
    assert supply.class_speed_kmh[VEHICLE_CLASSES.index("tractor_trailer")].max() == 80.0


def test_stated_capacity_holds_and_unknown_class_without_one_is_refused(network):
    links = network.links.copy()
    road = links.index[links["mode"] == "road"][0]
    links.loc[road, ["capacity_pcu_h", "link_class"]] = [777.0, "track"]
    links.loc[road, "lanes_count"] = 1
    supply = link_supply(replace(network, links=links), FACTORS)
    assert supply.capacity_pcu_h[supply.link_ids == road] == 777.0
    links.loc[road, "capacity_pcu_h"] = np.nan
    with pytest.raises(NetworkError, match=r"1 roads .* none for track"):
        link_supply(replace(network, links=links), FACTORS)


def test_signals_stand_where_major_roads_meet():
    # node 0 joins 1, 2, 3 by primaries and 4 by a residential street; node 1 joins 5 by a residential one
    ends = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 5)]
    start, end = np.array([*ends, *[(b, a) for a, b in ends]]).T
    import pandas as pd

    classes = pd.Series(["primary", "primary", "primary", "residential", "residential"] * 2)
    shares = green_shares(classes, start, end, FACTORS)
    np.testing.assert_allclose(shares[end == 0], [0.45, 0.45, 0.45, 0.3])
    np.testing.assert_allclose(shares[end != 0], 1.0)
    classes[1] = "trunk_link"
    np.testing.assert_allclose(green_shares(classes, start, end, FACTORS), 1.0)


def test_storage_is_what_stands_there_but_never_throttles_the_capacity():
    numbers = {"from_node": np.array([0]), "to_node": np.array([1]), "length_km": np.array([0.75])}
    supply = build_supply(
        **numbers,
        lanes_count=np.array([2.0]),
        capacity_pcu_h=np.array([1000.0]),
        free_speed_kmh=np.array([60.0]),
        factors=FACTORS,
    )
    assert supply.storage_pcu[0] == pytest.approx(200.0)
    supply = build_supply(
        **numbers,
        lanes_count=np.array([1.0]),
        capacity_pcu_h=np.array([3000.0]),
        free_speed_kmh=np.array([60.0]),
        factors=FACTORS,
    )
    assert supply.storage_pcu[0] == pytest.approx(3000.0 * 0.75 * (1 / 60 + 1 / 18))


def test_every_class_has_a_size():
    assert set(class_pcu(FACTORS)) == set(VEHICLE_CLASSES)
