"""The ledger in the form of ISO 14083: what belongs to which element, and that nothing is lost."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport_sim.emissions.ledger import (
    DEFAULT,
    MODELLED,
    STAGES,
    chain_elements,
    distance_adjustment_ratio,
    ledger,
    operation_categories,
)
from transport_sim.errors import FactorError

QUALITY = {"road": MODELLED, "rail": MODELLED, "waterway": DEFAULT, "hub": DEFAULT}
SHIPMENTS = pd.DataFrame(
    {"shipment_id": [7, 8], "chain": ["road_rail_road", "road"], "tonnes_t": [60.0, 30.0], "consignments_count": 1},
)
LEGS = pd.DataFrame(
    [
        # the truck to the station, its empty way back, the train, the truck of the other consignment, the empty wagons
        (0, "road", "tractor_trailer", 20.0, 18.0, 2 * 20.0, True, 40.0),
        (1, "road", "tractor_trailer", 20.0, 18.0, 2 * 20.0, False, 24.0),
        (2, "rail", "freight_train", 300.0, 300.0, 300.0, True, 50.0),
        (3, "road", "tractor_trailer", 100.0, 99.0, 100.0, True, 100.0),
        (4, "rail", "freight_train", 300.0, 300.0, 300.0, False, 10.0),
        (5, "road", "tractor_trailer", 10.0, 10.0, 2 * 10.0, True, 20.0),
    ],
    columns=["leg_id", "mode", "vehicle_class", "distance_km", "activity_distance_km", "vkm", "loaded", "co2e_ttw_kg"],
).assign(co2e_wtt_kg=lambda t: 0.25 * t["co2e_ttw_kg"], co2e_wtw_kg=lambda t: 1.25 * t["co2e_ttw_kg"])
LOADS = pd.DataFrame({"leg_id": [0, 2, 3, 5], "shipment_id": [7, 7, 8, 7]})
HANDLINGS = pd.DataFrame({"terminal": ["east", "far"], "shipment_id": [7, 7]})
HUBS = pd.DataFrame({"terminal": ["east", "far"], "co2e_ttw_kg": 5.0, "co2e_wtt_kg": 1.0, "co2e_wtw_kg": 6.0})


def made(**changes):
    parts = {"legs": LEGS, "loads": LOADS, "shipments": SHIPMENTS, "handlings": HANDLINGS, "hubs": HUBS} | changes
    elements = chain_elements(parts["legs"], parts["loads"], parts["shipments"], parts["handlings"])
    categories = operation_categories(parts["legs"], parts["hubs"])
    return ledger(elements, categories, distance_basis="SFD", data_quality=QUALITY)


def test_a_chain_is_the_row_of_its_elements():
    elements = chain_elements(LEGS, LOADS, SHIPMENTS, HANDLINGS)
    seven = elements[elements["shipment_id"] == 7]
    assert seven["element"].tolist() == ["1", "2", "3", "4", "5"]
    assert seven["kind"].tolist() == ["transport", "hub", "transport", "hub", "transport"]
    assert seven["category"].tolist() == [
        "TOC road tractor_trailer",
        "HOC east",
        "TOC rail freight_train",
        "HOC far",
        "TOC road tractor_trailer",
    ]
    assert seven["activity_tkm"].tolist() == [60 * 18.0, 0.0, 60 * 300.0, 0.0, 60 * 10.0]
    assert seven["actual_tkm"].tolist() == [60 * 20.0, 0.0, 60 * 300.0, 0.0, 60 * 10.0]


def test_a_chain_without_hubs_has_no_gap_in_its_numbers():
    elements = chain_elements(LEGS, LOADS, SHIPMENTS, HANDLINGS.iloc[:0])
    assert elements.loc[elements["shipment_id"] == 7, "element"].tolist() == ["1", "2", "3"]


def test_empty_runs_belong_to_their_category():
    categories = operation_categories(LEGS, HUBS).set_index("category")
    assert categories.loc["TOC road tractor_trailer", "empty_share"] == pytest.approx(40.0 / 200.0)
    assert categories.loc["TOC road tractor_trailer", "co2e_ttw_kg"] == pytest.approx(184.0)
    assert categories.loc["TOC rail freight_train", "co2e_ttw_kg"] == pytest.approx(60.0)
    assert categories.loc["HOC east", "empty_share"] == 0.0


def test_emissions_are_shared_out_by_activity_and_at_hubs_by_tonnes():
    table = made().set_index(["chain", "element"])
    road = 60 * 18.0 + 60 * 10.0 + 30 * 99.0
    assert table.loc[("road_rail_road", "1"), "co2e_ttw_kg"] == pytest.approx(184.0 * 60 * 18.0 / road)
    assert table.loc[("road", "1"), "intensity_g_per_tkm"] == pytest.approx(1000.0 * 1.25 * 184.0 / road)
    assert table.loc[("road_rail_road", "1"), "distance_adjustment_ratio"] == pytest.approx(20.0 / 18.0)
    assert table.loc[("road_rail_road", "1"), "distance_basis"] == "SFD"
    hub = table.loc[("road_rail_road", "2")]
    assert hub["intensity_g_per_t"] == pytest.approx(1000.0 * 6.0 / 60.0)
    assert (hub["distance_basis"], hub["default_share"], hub["intensity_g_per_tkm"]) == ("-", 1.0, 0.0)


def test_the_ledger_adds_up_to_the_emissions():
    table = made()
    for stage in STAGES:
        assert table[stage].sum() == pytest.approx(LEGS[stage].sum() + HUBS[stage].sum(), rel=1e-12)
    assert (table["co2e_ttw_kg"] + table["co2e_wtt_kg"]).to_numpy() == pytest.approx(table["co2e_wtw_kg"].to_numpy())
    shares = table[["primary_share", "modelled_share", "default_share"]].sum(axis=1)
    assert shares.tolist() == [1.0] * len(table)


def test_what_moved_no_goods_is_not_lost():
    extra = LEGS.iloc[[1]].assign(leg_id=6, vehicle_class="truck_light")
    table = made(legs=pd.concat([LEGS, extra], ignore_index=True))
    row = table[table["chain"] == "-"].iloc[0]
    assert (row["category"], row["elements_count"], row["co2e_ttw_kg"]) == ("TOC road truck_light", 0, 24.0)
    assert table["co2e_ttw_kg"].sum() == pytest.approx(LEGS["co2e_ttw_kg"].sum() + 24.0 + HUBS["co2e_ttw_kg"].sum())


KM = st.just(0.0) | st.floats(1e-3, 2e3)
"""Ways: none at all, or a metre and more; what is shorter is a rounding of nothing. [km]"""


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.floats(0.1, 5e3), KM, st.floats(1.0, 1.5), st.booleans()),
        min_size=1,
        max_size=20,
    )
)
def test_any_ledger_adds_up(points):
    modes = [("road", "truck_light"), ("road", "truck_heavy"), ("rail", "freight_train")] * 2
    legs = pd.DataFrame(
        [
            (n, *modes[kind], km * detour, km, km, loaded, 3.0 * km)
            for n, (kind, _, km, detour, loaded) in enumerate(points)
        ],
        columns=LEGS.columns[:8],
    ).assign(co2e_wtt_kg=lambda t: t["co2e_ttw_kg"], co2e_wtw_kg=lambda t: 2.0 * t["co2e_ttw_kg"])
    shipments = pd.DataFrame(
        {
            "shipment_id": range(len(points)),
            "chain": "road",
            "consignments_count": 1,
            "tonnes_t": [tonnes for _, tonnes, *_ in points],
        }
    )
    loaded = legs.loc[legs["loaded"], "leg_id"].to_numpy()
    table = made(
        legs=legs,
        shipments=shipments,
        loads=pd.DataFrame({"leg_id": loaded, "shipment_id": loaded}),
        handlings=HANDLINGS.iloc[:0],
        hubs=HUBS.iloc[:0],
    )
    numbers = table.select_dtypes("number")
    assert np.isfinite(numbers.to_numpy(float)).all()
    assert (numbers.to_numpy(float) >= 0.0).all()
    assert table["co2e_wtw_kg"].sum() == pytest.approx(legs["co2e_wtw_kg"].sum(), rel=1e-9)


@given(KM, st.floats(1.0, 3.0))
def test_distance_adjustment(km, detour):
    ratio = distance_adjustment_ratio([km * detour], km)
    assert ratio == pytest.approx([detour if km * detour > 0.0 else 1.0])
    assert float(distance_adjustment_ratio(km * detour, km)) == ratio[0]


@pytest.mark.parametrize(
    ("actual", "activity", "match"),
    [
        (1.0, 0.0, "activity_km is 0"),
        (np.nan, 1.0, "actual_km must be finite"),
        (1.0, np.nan, "activity_km must be finite"),
        (-1.0, 1.0, "actual_km must be finite"),
    ],
)
def test_distances_that_cannot_be_adjusted(actual, activity, match):
    with pytest.raises(FactorError, match=match):
        distance_adjustment_ratio(actual, activity)
