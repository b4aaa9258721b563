"""What limits trains on Dazhou's railways, where they can stand, and the timetable of the others."""

from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest

from transport_sim.energy.rail import rated_train_t
from transport_sim.errors import DataError
from transport_sim.planning.rail import RailPlanner
from transport_sim.planning.rail_layout import RailLayout
from transport_sim.planning.timetable import build_timetable
from transport_sim.simulation.railway_plan import refuse_impossible


@pytest.fixture(scope="module")
def planner(dazhou_inputs, dazhou_skims) -> RailPlanner:
    return RailPlanner(dazhou_inputs, dazhou_skims)


def route(planner: RailPlanner, start: str, end: str, beyond_km: float = 0.0):
    key = planner.terminals.index(start), planner.terminals.index(end), beyond_km
    planner.note_route(*key)
    return planner.routes[key]


def changed(inputs, table: str, **cells):
    frame = inputs.operations[table].copy()
    for column, value in cells.items():
        frame.loc[0, column] = value
    return inputs.with_table(table, frame)


def test_the_rating_follows_the_formula_of_the_traction_rules(dazhou_inputs):
    """(0.9 F / g - P (w' + i)) / (w" + i) with 370 kN, 138 t, 70 km/h on 9 per mille, worked out by hand: 2945 t."""
    speed = 70.0
    own = 2.25 + 0.019 * speed + 0.00032 * speed**2 + 9.0
    wagons = 0.92 + 0.0048 * speed + 0.000125 * speed**2 + 9.0
    by_hand = (0.9 * 370_000.0 / 9.80665 - 138.0 * own) / wagons
    found = {
        count: rated_train_t(
            dazhou_inputs.factors,
            "electric",
            effort_kn=370.0 * count,
            locomotive_t=138.0 * count,
            speed_kmh=speed,
            gradient_ratio=0.009,
        )
        for count in (1, 2)
    }
    assert found[1] == pytest.approx(by_hand, rel=1e-6)
    assert found[2] == pytest.approx(2.0 * found[1])
    assert found[1] == pytest.approx(2945.0, abs=1.0)


def test_a_locomotive_that_cannot_climb_alone_pulls_nothing(dazhou_inputs):
    weak = {"effort_kn": 20.0, "locomotive_t": 138.0, "speed_kmh": 20.0, "gradient_ratio": 0.03}
    assert rated_train_t(dazhou_inputs.factors, "diesel", **weak) == 0.0


def test_the_dawan_line_limits_trains_by_mass_and_the_tracks_by_length(planner):
    dawan = route(planner, "R_DW_MALIU", "R_DW_LIANGPING")
    chengdu = route(planner, "R_XY_SANHUIZHEN", "R_GW_CHENGDU")
    assert dawan.max_gross_t < chengdu.max_gross_t, "9 per mille and 6 per mille with one locomotive"
    types = planner.wagons()[0][1:]
    assert dawan.max_length_m == pytest.approx(850.0 - 20.846 - 30.0 - sum(t.length_m for t in types))


def test_trains_stand_where_there_are_tracks_and_never_at_a_junction(planner):
    way = route(planner, "R_XY_DAZHOU_YARD", "R_DW_KAIJIANG").out
    places = [move.place for move in way.moves]
    assert "tracks:R_DW_TONGCHUANE" not in places, "a junction"
    assert places[-5:] == [f"tracks:R_DW_{n}" for n in ("TINGZI", "MALIU", "DATAN", "HULU", "KAIJIANG")]
    back = route(planner, "R_DW_KAIJIANG", "R_XY_DAZHOU_YARD").out
    sections = [[s.facility for m in w.moves for s in m.sections] for w in (way, back)]
    assert sections[0][-1] == sections[1][0]
    assert way.run_s == pytest.approx(back.run_s)


def test_double_track_lets_trains_wait_on_the_open_line(planner):
    way = route(planner, "R_XY_WANYUAN", "R_XY_XUANHAN").out
    assert {move.place for move in way.moves[:-1]} <= {"", "tracks:R_XY_MAOBA"}, (
        "Maoba touches a siding of single track"
    )
    assert all(
        s.hold_s == planner.inputs.parameters.headway_s for m in way.moves for s in m.sections if s.run_s > 600.0
    )


def test_locomotives_change_where_the_wire_ends(planner):
    moves = route(planner, "R_SD_WENGFU", "R_XY_DAZHOU_YARD").out.moves
    assert [(m.stop, m.stop_s) for m in moves if m.stop] == [("locomotives:R_DS_HESHIBA", 1200.0)]
    assert not any(m.stop for m in route(planner, "R_DS_HESHIBA", "R_XY_DAZHOU_YARD").out.moves)


def test_a_train_that_comes_from_beyond_runs_there_before_it_needs_a_track(planner):
    inbound = route(planner, "R_GW_XIAN", "R_XY_DAZHOU_YARD", 500.0)
    assert inbound.out.origin == ""
    assert inbound.out.moves[0].sections[0].facility.startswith("section:beyond:")
    assert inbound.back.moves[-1].sections[0].facility.startswith("section:beyond:")
    assert inbound.out.run_s == pytest.approx(inbound.back.run_s)


def test_loops_keep_a_track_clear_for_other_trains_and_yards_have_their_own(planner):
    route(planner, "R_XY_DAZHOU_YARD", "R_DW_LIANGPING")
    tracks = planner.railway().tracks_count
    assert tracks["tracks:R_DW_TINGZI"] == 2, "three on the map"
    assert tracks["tracks:R_DW_FENSHUI" if "tracks:R_DW_FENSHUI" in tracks else "tracks:R_DW_DATAN"] >= 2
    assert tracks["tracks:R_XY_DAZHOU_YARD"] == 14
    facilities = {f.facility: f for f in planner.facilities(planner.railway())}
    assert facilities["tracks:R_DW_TINGZI"].capacity_count == 2
    assert facilities["shunting:R_XY_DAZHOU_YARD"].capacity_count == 2


def test_a_loop_shorter_than_the_trains_is_passed_without_stopping(dazhou_inputs, dazhou_skims):
    frame = dazhou_inputs.operations["passing_loops"].copy()
    frame.loc[frame["place"] == "R_DW_TINGZI", "track_length_m"] = 400.0
    short = RailPlanner(dazhou_inputs.with_table("passing_loops", frame), dazhou_skims)
    way = route(short, "R_XY_DAZHOU_YARD", "R_DW_KAIJIANG").out
    assert [m.through for m in way.moves if m.through] == [("tracks:R_DW_TINGZI",)]


def test_no_two_trains_of_the_timetable_are_in_each_others_way(dazhou_inputs, dazhou_skims):
    timetable = build_timetable(dazhou_inputs, RailLayout(dazhou_inputs, dazhou_skims.network))
    assert timetable.trains_count == 2 * dazhou_inputs.operations["train_paths"]["trains_per_day"].sum()
    for paths in timetable.paths.values():
        windows = list(zip(paths.starts, paths.ends, strict=True))
        assert all(a[1] <= b[0] + 1e-5 for a, b in pairwise(windows))
    dawan = timetable.paths["section:2000000036"]
    assert len(dawan.starts) in (12, 13), "six trains in each direction, one of them perhaps over midnight"


def test_more_trains_than_a_section_carries_are_refused(dazhou_inputs, dazhou_skims):
    frame = dazhou_inputs.operations["train_paths"].copy()
    frame.loc[frame["path"] == "u_dawan", "trains_per_day"] = 60
    crowded = dazhou_inputs.with_table("train_paths", frame)
    with pytest.raises(DataError, match=r"u_dawan finds no path over section:.*of the day are taken"):
        build_timetable(crowded, RailLayout(crowded, dazhou_skims.network))


def test_a_train_from_a_station_that_is_not_there_is_refused_with_its_line(dazhou_inputs, dazhou_skims):
    with pytest.raises(DataError, match="train_paths, line 2: no station 'R_NOWHERE' on the map"):
        RailPlanner(changed(dazhou_inputs, "train_paths", from_station="R_NOWHERE"), dazhou_skims).railway()


def test_without_tables_the_railway_is_empty_and_knows_no_limits(dazhou_inputs, dazhou_skims):
    bare = dazhou_inputs
    for name in ("train_paths", "wagon_types", "rail_lines", "locomotives", "passing_loops", "yards"):
        bare = bare.with_table(name, bare.operations[name].iloc[:0])
    planner = RailPlanner(bare, dazhou_skims)
    way = route(planner, "R_XY_DAZHOU_YARD", "R_DW_KAIJIANG")
    railway = planner.railway()
    assert railway.paths == {}
    assert way.max_gross_t == way.max_length_m == float("inf")
    assert [t.name for t in planner.wagons()[0]] == ["wagon"]
    refuse_impossible(railway, way.out)


def test_possessions_close_the_sections_of_their_line_by_date_only(dazhou_inputs, dazhou_skims):
    possession = pd.DataFrame(
        {
            "disruption": ["works"],
            "kind": ["line_possession"],
            "place": ["达万线"],
            "from_day": [10],
            "to_day": [11],
            "start_hour": [0.0],
            "end_hour": [3.0],
            "capacity_share": [0.0],
            "note": [""],
        }
    )
    inputs = replace(dazhou_inputs).with_table("disruptions", possession)
    for start_day, expected in ((None, 0), (0, 1)):
        planner = RailPlanner(inputs, dazhou_skims, calendar_start_day=start_day, duration_days=365.0)
        way = route(planner, "R_XY_DAZHOU_YARD", "R_DW_KAIJIANG").out
        closures = planner.railway().closures
        assert bool(closures) == bool(expected)
        if closures:
            assert set(closures) <= {s.facility for m in way.moves for s in m.sections}
            first = next(iter(closures.values()))[0]
            assert (first.start_s, first.end_s) == (9 * 86400.0, 9 * 86400.0 + 3 * 3600.0)
