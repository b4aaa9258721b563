"""Vessels with batteries and shore power."""

import pytest
import simpy

from transport_sim.charge import PieceTable, charging_time_s
from transport_sim.simulation.charging import PlugPlan, StationPlan
from transport_sim.simulation.shore import (
    Stretch,
    VesselGroup,
    VesselPlan,
    VesselRecords,
    fitting_pieces,
    start_vessels,
)
from transport_sim.simulation.stations import Stations

HOUR_S = 3600.0
BATTERY = PieceTable(100.0, (0.0, 1.0), (50.0,))


def stretch(kwh: float, *, stay_h: float = 0.0, berth: bool = False, station: str = "") -> Stretch:
    return Stretch(HOUR_S, 10.0, kwh, stay_h * HOUR_S, berth, station, 50.0 if station else 0.0)


def run(
    trip, *, pieces: PieceTable | None = BATTERY, plugs: dict[str, int] | None = None, vessels: int = 1, trips: int = 1
):
    env = simpy.Environment()
    plans = [StationPlan(name, (PlugPlan("shore", 50.0, count),)) for name, count in (plugs or {}).items()]
    stations = Stations(env, plans)
    group = VesselGroup("r", "battery_electric" if pieces else "diesel", tuple(trip), 5.0, pieces, 0.1)
    fleet = tuple(VesselPlan(n, 0, tuple(24.0 * HOUR_S * t for t in range(trips))) for n in range(vessels))
    records = start_vessels(env, stations, (group,), fleet)
    env.run()
    return records, stations


def check_balance(records: VesselRecords) -> None:
    for v in records.vehicles:
        gained = v.capacity_kwh * (v.end_soc - v.start_soc)
        assert v.charged_kwh == pytest.approx(v.driven_kwh + gained, abs=1e-6)


def test_a_berth_charges_and_then_supplies_what_is_used_aboard() -> None:
    """60 kWh at 50 kW are 1.2 h, for which 6 kWh come out of the battery; 1.8 h of the 3 h are supplied: 9 kWh."""
    records, stations = run([stretch(60.0, stay_h=3.0, berth=True, station="P")], plugs={"P": 1})
    (voyage,) = records.voyages
    assert voyage.served
    assert voyage.charged_kwh == pytest.approx(60.0)
    assert voyage.energy_kwh == pytest.approx(66.0)
    assert (voyage.hotel_shore_kwh, voyage.hotel_engine_kwh) == (pytest.approx(9.0), 0.0)
    assert voyage.end_s == pytest.approx(4.0 * HOUR_S)
    assert sum(s.energy_kwh for s in stations.sessions) == pytest.approx(69.0)
    check_balance(records)


@pytest.mark.parametrize(("plugs", "shore", "engine"), [({"P": 1}, 15.0, 0.0), ({}, 0.0, 15.0)])
def test_shore_power_takes_the_place_of_engines_at_berth(plugs, shore, engine) -> None:
    """5 kW for 3 h, of a vessel without a battery."""
    trip = [stretch(60.0, stay_h=3.0, berth=True, station="P" if plugs else "")]
    records, _ = run(trip, pieces=None, plugs=plugs)
    (voyage,) = records.voyages
    assert (voyage.hotel_shore_kwh, voyage.hotel_engine_kwh) == (pytest.approx(shore), pytest.approx(engine))
    assert voyage.energy_kwh == 0.0
    assert sum(v.charged_kwh for v in records.vehicles) == pytest.approx(shore)
    check_balance(records)


def test_a_lock_gives_what_fits_into_the_passage() -> None:
    """Half an hour at 50 kW are 25 kWh, and the passage takes no longer than without."""
    trip = [stretch(40.0, stay_h=0.5, station="L"), stretch(40.0, stay_h=4.0, berth=True, station="P")]
    records, stations = run(trip, plugs={"L": 1, "P": 1})
    assert [s.energy_kwh for s in stations.charging["L"].sessions] == pytest.approx([25.0])
    assert records.voyages[0].end_s == pytest.approx((1.0 + 0.5 + 1.0 + 4.0) * HOUR_S)
    check_balance(records)


def test_at_a_lock_it_stays_longer_if_the_way_on_demands_it() -> None:
    """20 kWh are left beyond the reserve after 70, the next stretch needs 80: 60 kWh take 1.2 h instead of 0.5."""
    trip = [stretch(70.0, stay_h=0.5, station="L"), stretch(80.0, stay_h=4.0, berth=True, station="P")]
    records, stations = run(trip, plugs={"L": 1, "P": 1})
    assert records.voyages[0].served
    assert stations.charging["L"].sessions[0].energy_kwh == pytest.approx(60.0)
    check_balance(records)


@pytest.mark.parametrize("plugs", [{"P": 1}, {"P": 1, "L": 0}])
def test_without_the_plug_at_the_lock_the_missing_energy_is_stated(plugs) -> None:
    """70 and 80 kWh in a row, and 90 are there: 60 kWh are missing, and the vessel stays where it is."""
    trip = [stretch(70.0, stay_h=0.5, station="L"), stretch(80.0, stay_h=4.0, berth=True, station="P")]
    records, stations = run(trip, plugs=plugs, trips=2)
    assert [v.served for v in records.voyages] == [False, False]
    assert [v.missing_kwh for v in records.voyages] == pytest.approx([60.0, 60.0])
    assert not stations.sessions
    check_balance(records)


def test_vessels_share_a_plug_and_each_balances() -> None:
    trip = [stretch(60.0, stay_h=3.0, berth=True, station="P")]
    records, _ = run(trip, plugs={"P": 1}, vessels=3, trips=5)
    assert len(records.voyages) == 15
    assert all(v.served for v in records.voyages)
    assert sum(v.waited_s for v in records.voyages) > 0.0
    check_balance(records)


def test_the_part_that_fits_takes_exactly_the_time() -> None:
    pieces = ((10.0, 40.0), (10.0, 20.0), (10.0, 10.0))
    found = fitting_pieces(pieces, 30.0, 2400.0)
    assert charging_time_s(found, 30.0) == pytest.approx(2400.0)
    assert fitting_pieces(pieces, 30.0, 1e6) == pieces
    assert fitting_pieces(pieces, 30.0, 0.0) == ()
