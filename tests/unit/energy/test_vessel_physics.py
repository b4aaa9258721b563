"""Resistance, propulsion, engines and voyages of vessels over their whole domain."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transport_sim.energy.hull_form import inland_hull, wetted_area_m2
from transport_sim.energy.karpov import karpov_speed_m_per_s
from transport_sim.energy.marine_engine import engine_use, load_correction
from transport_sim.energy.propulsion import brake_power_kw, squat_m
from transport_sim.energy.resistance import resistance_kn
from transport_sim.energy.sailing import sailing_energy, vessel_hull, waiting_energy
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors

FACTORS = load_factors()
VESSELS = tuple(sorted({str(row.keys["vessel"]) for row in FACTORS.rows("vessel_hulls")}))
CARRIERS = ("diesel", "lng", "methanol", "electricity")
G = 9.80665
ships = st.tuples(
    st.floats(15.0, 140.0), st.floats(3.0, 12.0), st.floats(2.0, 14.0), st.floats(0.5, 0.9)
)  # length over 3 beams at least, beam over draught
states = st.tuples(st.floats(0.0, 0.85), st.floats(1.05, 15.0))


def ship(length, slender, flat, block):
    beam = length / slender
    return inland_hull(FACTORS, length, beam, beam / flat, block)


@settings(max_examples=100, deadline=None)
@given(ships, st.lists(states, min_size=1, max_size=6))
def test_resistance_is_finite_not_negative_and_the_same_for_scalars(form, points):
    hull = ship(*form)
    froude, ratio = np.array(points).T
    depth = ratio * hull.draught_m
    speed = np.minimum(froude * np.sqrt(G * depth), 0.15 * np.sqrt(G * hull.length_m))
    together = resistance_kn(FACTORS, hull, speed, depth_m=depth)
    for part in together:
        assert np.isfinite(part).all()
        assert (part >= 0.0).all()
    assert together.total_kn == pytest.approx(sum(together[:-1]), rel=1e-12)
    alone = [float(resistance_kn(FACTORS, hull, s, depth_m=d).total_kn) for s, d in zip(speed, depth, strict=True)]
    assert together.total_kn == pytest.approx(alone, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(VESSELS), st.floats(1.05, 10.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_resistance_rises_with_speed_until_waves_interfere(vessel, ratio, loaded, fast):
    full = FACTORS.value("vessel_hulls", quantity="payload_t", vessel=vessel)
    hull = vessel_hull(FACTORS, vessel, loaded * full)
    depth = ratio * float(hull.draught_m)
    speed = np.linspace(0.0, (0.1 + 0.79 * fast) * np.sqrt(G * depth), 40)
    waves = karpov_speed_m_per_s(FACTORS, speed, depth_m=depth, draught_m=hull.draught_m)
    speed = speed[waves < 0.2 * np.sqrt(G * hull.length_m)]
    total = resistance_kn(FACTORS, hull, speed, depth_m=depth).total_kn
    assert total[0] == 0.0
    assert (np.diff(total) > 0.0).all()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(VESSELS), st.floats(1.2, 8.0), st.floats(0.02, 0.16))
@example("rhine_135", 3.0, 0.125)
def test_power_rises_with_load(vessel, ratio, froude):
    full, draught = (FACTORS.value("vessel_hulls", quantity=q, vessel=vessel) for q in ("payload_t", "draught_m"))
    hull = vessel_hull(FACTORS, vessel, np.linspace(0.0, full, 20))
    depth = ratio * draught
    speed = min(froude * np.sqrt(G * float(hull.length_m[0])), 0.5 * np.sqrt(G * depth))
    brake = brake_power_kw(FACTORS, hull, speed, depth_m=depth, propellers_count=2, propeller_diameter_m=1.2).brake_kw
    # inside its range the wave formula itself may fall with draught: 2.3 % of the power a step at most, on a fine grid
    assert (np.diff(brake) > -0.03 * brake[1:]).all()
    assert brake[-1] > 1.1 * brake[0]


def test_shallow_water_costs_more_and_deep_water_is_the_limit():
    hull = vessel_hull(FACTORS, "qu_1000", 1000.0)
    shallow, fairly_deep = resistance_kn(FACTORS, hull, 3.0, depth_m=[2.8, 60.0]).total_kn
    assert shallow > 1.1 * fairly_deep
    assert fairly_deep == pytest.approx(float(resistance_kn(FACTORS, hull, 3.0).total_kn), rel=0.03)


@settings(max_examples=60, deadline=None)
@given(st.floats(1.05, 12.0), st.floats(0.0, 0.89))
def test_karpov_is_continuous_and_never_slows(ratio, froude):
    at = froude * np.sqrt(G * ratio)
    near = karpov_speed_m_per_s(FACTORS, [at, at * (1 + 1e-9)], depth_m=[ratio, ratio * (1 + 1e-9)], draught_m=1.0)
    assert near[0] >= at * (1 - 1e-12)
    assert near[1] == pytest.approx(near[0], rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"depth_m": 2.45}, "depth_m must be at least 1.05 of the draught"),
        ({"depth_m": np.nan}, "depth_m must be finite"),
        ({"speed_m_per_s": -1.0}, "speed_m_per_s must be finite"),
        ({"speed_m_per_s": np.nan}, "speed_m_per_s must be finite"),
        ({"speed_m_per_s": 5.7}, "over sqrt\\(g depth_m\\)"),
        ({"speed_m_per_s": 12.0, "depth_m": 200.0}, "over sqrt\\(g L\\)"),
        ({"water": "brackish"}, "no row with water='brackish'"),
    ],
)
def test_resistance_refuses(change, match):
    hull = vessel_hull(FACTORS, "qu_1000", 1000.0)
    with pytest.raises(FactorError, match=match):
        resistance_kn(FACTORS, hull, **({"speed_m_per_s": 3.0, "depth_m": 4.0} | change))


@pytest.mark.parametrize("wrong", [np.nan, 0.0, -1.0, np.inf])
@pytest.mark.parametrize("place", range(4))
def test_hulls_refuse_what_is_no_length(wrong, place):
    sizes = [60.0, 10.0, 2.0, 0.8]
    sizes[place] = wrong
    with pytest.raises(FactorError, match="must be finite"):
        inland_hull(FACTORS, *sizes)


def test_wetted_area_refuses_a_block_above_one():
    with pytest.raises(FactorError, match="block_ratio must be finite and between"):
        wetted_area_m2(60.0, 10.0, 2.0, block_ratio=1.2, midship_ratio=0.98, waterplane_ratio=0.8)


def test_three_propellers_are_not_in_the_method():
    hull = vessel_hull(FACTORS, "qu_500", 0.0)
    with pytest.raises(FactorError, match="propellers_count must be 1 or 2"):
        brake_power_kw(FACTORS, hull, 2.0, propellers_count=3, propeller_diameter_m=1.0)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.0, 8.0),
    st.floats(1.0, 20.0),
    st.floats(0.3, 6.0),
    st.floats(3.0, 15.0),
    st.floats(0.1, 1.0),
    st.floats(15.0, 300.0),
)
def test_squat_is_finite_and_not_negative(speed, depth, draught, beam, block, width):
    arguments = {"depth_m": depth, "draught_m": draught, "beam_m": beam, "block_ratio": block, "fairway_width_m": width}
    if beam * draught > width * depth:
        with pytest.raises(FactorError, match="section of the ship"):
            squat_m(speed, **arguments)
        return
    sinkage = squat_m(speed, **arguments)
    assert np.isfinite(sinkage)
    assert sinkage >= 0.0
    assert squat_m([speed, speed], **arguments) == pytest.approx([float(sinkage)] * 2, rel=1e-12)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(CARRIERS),
    st.lists(st.tuples(st.floats(0.0, 1e6), st.floats(0.0, 1.0)), min_size=1, max_size=5),
    st.floats(1.0, 3000.0),
    st.integers(1950, 2060),
)
def test_engines_over_their_whole_domain(carrier, points, installed, year):
    work, load = np.array(points).T
    keywords = {"installed_kw": installed, "energy_carrier": carrier, "construction_year": year}
    together = engine_use(FACTORS, work, load_ratio=load, **keywords)
    for n, name in enumerate(together._fields):
        assert np.isfinite(together[n]).all()
        assert (together[n] >= 0.0).all()
        alone = [float(getattr(engine_use(FACTORS, w, load_ratio=x, **keywords), name)) for w, x in points]
        assert together[n] == pytest.approx(alone, rel=1e-12)
    assert (together.fuel_kg > 0.0).any() == (carrier != "electricity" and bool((work > 0.0).any()))
    assert (together.electricity_kwh >= work).all() == (carrier == "electricity" or not work.any())


def test_newer_diesel_engines_burn_no_more_and_emit_less():
    def use(year):
        return engine_use(FACTORS, 1000.0, load_ratio=0.5, installed_kw=500.0, construction_year=year)

    years = (1970, 1977, 1982, 1987, 1992, 1998, 2005, 2015, 2021)
    for quantity in ("fuel_kg", "pm10_g"):
        amounts = [float(getattr(use(year), quantity)) for year in years]
        assert amounts == sorted(amounts, reverse=True)
    assert use(2021).nox_g < 0.5 * use(2015).nox_g


def test_load_correction_is_continuous_at_its_steps():
    for quantity, stage in (("fuel_ratio", "all"), ("nox_ratio", "ccr2")):
        steps = np.arange(0.05, 0.96, 0.05)
        below, above = (load_correction(FACTORS, quantity, steps + d, stage) for d in (-1e-12, 1e-12))
        assert above == pytest.approx(below, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"load_ratio": 1.01}, "load_ratio must be finite"),
        ({"load_ratio": np.nan}, "load_ratio must be finite"),
        ({"work_kwh": -1.0}, "work_kwh must be finite"),
        ({"work_kwh": np.nan}, "work_kwh must be finite"),
        ({"installed_kw": 0.0}, "installed_kw must be finite"),
        ({"construction_year": None}, "no year was given"),
        ({"energy_carrier": "ammonia"}, "engine='ammonia'"),
    ],
)
def test_engines_refuse(change, match):
    arguments = {"work_kwh": 1.0, "load_ratio": 0.5, "installed_kw": 400.0, "construction_year": 2000} | change
    with pytest.raises(FactorError, match=match):
        engine_use(FACTORS, **arguments)


def test_unknown_stage_of_an_engine():
    with pytest.raises(FactorError, match="engine_stage='ccr3'"):
        load_correction(FACTORS, "nox_ratio", 0.5, "ccr3")


@pytest.mark.parametrize("vessel", VESSELS)
def test_typical_vessels_float_what_they_carry_and_can_sail(vessel):
    size = {
        q: FACTORS.value("vessel_hulls", quantity=q, vessel=vessel)
        for q in ("length_m", "beam_m", "draught_m", "empty_draught_m", "block_ratio", "payload_t")
    }
    area = size["length_m"] * size["beam_m"] * size["block_ratio"]
    assert size["empty_draught_m"] < size["draught_m"]
    assert area * size["draught_m"] > 1.1 * size["payload_t"]  # ship and ballast weigh something too
    assert area * (size["draught_m"] - size["empty_draught_m"]) > 0.7 * size["payload_t"]
    sailing = sailing_energy(
        FACTORS,
        vessel,
        distance_km=100.0,
        payload_t=[0.0, size["payload_t"]],
        speed_kmh=8.0,
        depth_m=2.0 * size["draught_m"],
        construction_year=2010,
    )
    assert (sailing.load_ratio < 0.6).all()
    assert sailing.use.fuel_kg[0] < sailing.use.fuel_kg[1]
    assert sailing.duration_h == pytest.approx(100.0 / 8.0)


VOYAGE = {
    "distance_km": 100.0,
    "payload_t": 500.0,
    "speed_kmh": 9.0,
    "depth_m": 3.2,
    "construction_year": 2010,
}


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(CARRIERS),
    st.lists(
        st.tuples(st.floats(0.0, 1000.0), st.floats(0.0, 1000.0), st.floats(4.0, 10.0), st.floats(-3.0, 5.0)),
        min_size=1,
        max_size=4,
    ),
)
def test_voyages_with_arrays_are_those_with_scalars(carrier, points):
    def sail(distance, payload, speed, current):
        return sailing_energy(
            FACTORS,
            "qu_1000",
            distance_km=distance,
            payload_t=payload,
            speed_kmh=speed,
            depth_m=3.5,
            current_kmh=current,
            energy_carrier=carrier,
            construction_year=2010,
        )

    together = sail(*np.array(points).T)
    alone = [sail(*point) for point in points]
    for quantity in ("fuel_kg", "electricity_kwh", "nox_g", "pm10_g", "ch4_g"):
        amounts = getattr(together.use, quantity)
        assert np.isfinite(amounts).all()
        assert (amounts >= 0.0).all()
        assert amounts == pytest.approx([float(getattr(one.use, quantity)) for one in alone], rel=1e-12)


def test_against_the_current_a_voyage_takes_longer_and_costs_more():
    against, still, along = (
        sailing_energy(FACTORS, "qu_1000", **VOYAGE, current_kmh=current) for current in (-3.0, 0.0, 3.0)
    )
    assert against.duration_h == pytest.approx(100.0 / 6.0)
    assert against.use.fuel_kg / along.use.fuel_kg == pytest.approx(12.0 / 6.0)
    assert against.use.fuel_kg > still.use.fuel_kg > along.use.fuel_kg
    assert against.load_ratio == along.load_ratio


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"payload_t": 1001.0}, "payload_t must be finite and between 0 and 1000"),
        ({"payload_t": np.nan}, "payload_t must be finite"),
        ({"speed_kmh": 17.5, "depth_m": 8.0}, "needs .* kW for the speed asked for and has 440 kW"),
        ({"current_kmh": -9.0}, "speed_kmh \\+ current_kmh"),
        ({"current_kmh": np.nan}, "current_kmh must be finite"),
        ({"distance_km": np.nan}, "distance_km must be finite"),
        ({"speed_kmh": np.nan}, "speed_kmh must be finite"),
        ({"depth_m": 1.5}, "depth_m must be at least 1.05"),
    ],
)
def test_voyages_refuse(change, match):
    with pytest.raises(FactorError, match=match):
        sailing_energy(FACTORS, "qu_1000", **(VOYAGE | change))


def test_waiting_costs_auxiliaries_in_port_and_more_at_a_lock():
    port, lock = (
        waiting_energy(FACTORS, "qu_1000", [0.0, 2.0, 4.0], place=place, construction_year=2010)
        for place in ("port", "lock")
    )
    assert port.work_kwh == pytest.approx([0.0, 0.05 * 440.0 * 2.0, 0.05 * 440.0 * 4.0])
    assert (lock.use.fuel_kg[1:] > port.use.fuel_kg[1:]).all()
    assert float(waiting_energy(FACTORS, "qu_1000", 2.0, place="port", construction_year=2010).use.fuel_kg) == (
        pytest.approx(port.use.fuel_kg[1])
    )
    for place, hours, match in (("sea", 1.0, "no place 'sea'"), ("port", np.nan, "duration_h"), ("port", -1.0, "dur")):
        with pytest.raises(FactorError, match=match):
            waiting_energy(FACTORS, "qu_1000", hours, place=place, construction_year=2010)


def test_a_battery_has_no_exhaust_and_takes_more_than_the_work():
    voyage = sailing_energy(FACTORS, "qu_1000", **VOYAGE, energy_carrier="electricity")
    assert voyage.use.electricity_kwh > voyage.work_kwh
    assert voyage.use.nox_g == voyage.use.pm10_g == voyage.use.ch4_g == voyage.use.fuel_kg == 0.0
