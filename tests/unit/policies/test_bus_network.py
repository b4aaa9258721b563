"""The policy of bus networks changes what it says and nothing else."""

import pytest
from pydantic import ValidationError

from transport_sim.demand.bus_timetable import table_timetable
from transport_sim.errors import PolicyError
from transport_sim.policies.bus_network import BusNetwork

NEW = {"line": "express", "stops": ["synthetic_station_1", "synthetic_station_6"], "depot": "depot_north"}


def departures(inputs):
    timetable = table_timetable(inputs.operations, year=2030, days=1)
    names = [timetable.lines[timetable.patterns[p].line].line for p in timetable.kinds[0]["pattern"]]
    return {name: names.count(name) for name in set(names)}


def test_frequency_multiplies_the_departures_of_its_lines(dazhou_inputs):
    after = BusNetwork(from_year=2025, lines=("synthetic_line_1",), frequency_ratio=2.0).apply(dazhou_inputs)
    assert departures(dazhou_inputs)["synthetic_line_1"] == 2 * 98
    assert departures(after)["synthetic_line_1"] == 4 * 98
    assert departures(after)["synthetic_line_2"] == 2 * 98


def test_a_bus_lane_shortens_driving_on_its_lines_only(dazhou_inputs):
    after = BusNetwork(from_year=2025, lines=("synthetic_line_2",), bus_lane_time_ratio=0.75).apply(dazhou_inputs)
    ratio = after.operations["bus_services"].set_index("line")["time_ratio"]
    assert ratio["synthetic_line_2"] == 0.75
    assert (ratio.drop("synthetic_line_2") == 1.0).all()


def test_a_new_line_runs_from_the_year_of_the_policy_on(dazhou_inputs):
    after = BusNetwork(from_year=2028, new_lines=({**NEW, "headway_min": 10.0},)).apply(dazhou_inputs)
    assert departures(after)["express"] == 2 * 16 * 6
    assert departures(after) == departures(dazhou_inputs) | {"express": 192}
    before = table_timetable(after.operations, year=2027, days=1)
    assert "express" not in {line.line for line in before.lines}


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"lines": ["synthetic_line_99"]}, "no bus line 'synthetic_line_99'; did you mean"),
        ({"new_lines": [{**NEW, "headway_min": 10, "depot": "depot_norht"}]}, "no depot 'depot_norht'; did you mean 'depot_n"),
        ({"new_lines": [{**NEW, "headway_min": 10, "stops": ["synthetic_station_1", "x"]}]}, "no bus stop 'x'"),
        ({"new_lines": [{**NEW, "headway_min": 10, "line": "synthetic_line_1"}]}, "a bus line 'synthetic_line_1' is there"),
        ({"new_lines": [{**NEW, "headway_min": 10}] * 2}, "a bus line 'express' is there already"),
        ({"new_lines": [{**NEW, "headway_min": 10, "stops": ["synthetic_station_1"] * 2}]}, "same stop twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(dazhou_inputs, stated, message):
    with pytest.raises(PolicyError, match=message):
        BusNetwork.model_validate({"from_year": 2025, **stated}).apply(dazhou_inputs)


def test_headways_below_half_a_minute_are_refused(dazhou_inputs):
    tenfold = BusNetwork(from_year=2025, frequency_ratio=10.0)
    with pytest.raises(PolicyError, match=r"a headway of 0\.\d+ min is shorter than the 0\.5 min"):
        tenfold.apply(tenfold.apply(dazhou_inputs))


def test_a_scenario_without_lines_is_told_what_is_missing(dazhou_inputs):
    none = dazhou_inputs.with_table("bus_services", dazhou_inputs.operations["bus_services"].iloc[:0])
    with pytest.raises(PolicyError, match="no bus lines; add fleets/bus_services"):
        BusNetwork(from_year=2025, frequency_ratio=2.0).apply(none)


def test_hours_must_be_in_order():
    with pytest.raises(ValidationError, match="last_hour must come after first_hour"):
        BusNetwork.model_validate(
            {"from_year": 2025, "new_lines": [{**NEW, "headway_min": 10, "first_hour": 9, "last_hour": 8}]}
        )
