"""Expected vehicle movements of a day between the zones of road traffic, by purpose and vehicle class.

Journeys of persons: inhabitants times trips a day (both directions) times the share of the mode, by persons per
vehicle; half of the trips are the way out, so as many tours leave home. Taxis: occupied trips, and drives to the next
fare. Light goods: vans times their trips; a tour of several stops is flattened to trips that the gravity model lays
independently. Cars over the edge of the map are stated by gateway. All are laid between the zones by the doubly
constrained gravity model with exp(-distance / scale).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from transport_sim.day import WEEKDAYS, Day
from transport_sim.demand.gravity import distribute
from transport_sim.demand.traffic_rates import growth_ratio, traffic_of
from transport_sim.demand.traffic_zones import TrafficZones
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray
from transport_sim.tables.traffic import TOUR_PURPOSES, Rates

WEEKEND = WEEKDAYS[5:]
BUSY_PURPOSES = ("work", "shopping", "business")
"""Purposes that lead to collectors and arterials; the others lead to where people live."""
INHABITED = ("core", "county")
TOLERANCE = 1e-4
"""Largest error of a zone's total of arrivals, as a share of all trips; departures are exact. [-]"""


@dataclass(frozen=True, eq=False)
class Stream:
    """Movements of one purpose by one vehicle class."""

    purpose: str
    vehicle_class: str
    expected_count: FloatArray
    """Tours by home and destination zone, or trips by origin and destination, shape (zones, zones). [1/day]"""

    @property
    def is_tour(self) -> bool:
        """Whether each movement is a way out and one back."""
        return self.purpose in TOUR_PURPOSES

    @property
    def trips(self) -> float:
        """Expected vehicle trips. [1/day]."""
        return float(self.expected_count.sum()) * (2 if self.is_tour else 1)


def weekday_ratio(rates: Rates, purpose: str, day: Day) -> float:
    """Return the trips of this day for each of a weekday. [-]."""
    return rates.get("weekend_ratio", purpose=purpose, default=1.0) if day.weekday in WEEKEND else 1.0


def trip_streams(inputs: Inputs, zones: TrafficZones) -> tuple[Stream, ...]:
    """Return everything that moves on the roads of a day but buses and the trucks of the freight model.

    Parameters
    ----------
    inputs
        Tables of the simulated year.
    zones
        The zones of that year.

    Returns
    -------
    The streams, trips within towns and counties included, which have no streets here (`on_streets` drops them).

    Raises
    ------
    DataError
        If a rate is missing or the gravity model cannot meet its totals.
    """
    return (
        *_journeys(inputs, zones),
        *_taxis(inputs, zones),
        _light_goods(inputs, zones),
        _external(inputs, zones),
    )


def on_streets(stream: Stream, zones: TrafficZones, scope: str) -> FloatArray:
    """Return the movements that the network sees. [1/day].

    Parameters
    ----------
    stream
        All movements.
    zones
        The zones.
    scope
        `core`: those with an end in the core. `region`: also those between other places, but none within a town
        outside of the core, which has no streets here.
    """
    found = stream.expected_count.copy()
    outside = np.flatnonzero(zones.in_area("core") == 0.0)
    found[(outside, outside) if scope == "region" else np.ix_(outside, outside)] = 0.0
    return found


def _by_area(zones: TrafficZones, rates: Rates, quantity: str, purpose: str) -> FloatArray:
    """Return a rate for each zone, zero where nobody lives."""
    of = {area: rates.get(quantity, purpose=purpose, area=area) for area in INHABITED}
    return np.asarray(zones.frame["area"].map(of).fillna(0.0), dtype=np.float64)


def _journeys(inputs: Inputs, zones: TrafficZones) -> Iterator[Stream]:
    traffic = traffic_of(inputs)
    rates = Rates.of(traffic.trip_rates)
    for vehicle_class in ("car", "motorcycle"):
        growth = growth_ratio(inputs, vehicle_class) * traffic.car_trips_scale
        for purpose in TOUR_PURPOSES:
            share = _by_area(zones, rates, f"{vehicle_class}_share", purpose)
            aboard = rates.get(f"persons_per_{vehicle_class}", purpose=purpose)
            trips = _persons(zones, rates, purpose) * share / aboard * growth
            trips = trips * weekday_ratio(rates, purpose, traffic.day)
            yield Stream(purpose, vehicle_class, _tours(zones, rates, purpose, trips))


def person_tours(inputs: Inputs, zones: TrafficZones, purpose: str, distance_ratio: float = 1.0) -> FloatArray:
    """Return the tours of persons by whatever mode, by home and destination zone, shape (zones, zones). [1/day].

    Parameters
    ----------
    inputs, zones
        Tables and zones of the simulated year.
    purpose
        One of `TOUR_PURPOSES`.
    distance_ratio
        Scale of their lengths over that of tours by car: who walks goes to nearer places. [-]
    """
    traffic = traffic_of(inputs)
    rates = Rates.of(traffic.trip_rates)
    trips = _persons(zones, rates, purpose) * weekday_ratio(rates, purpose, traffic.day)
    return _tours(zones, rates, purpose, trips, distance_ratio)


def _persons(zones: TrafficZones, rates: Rates, purpose: str) -> FloatArray:
    """Return the trips of the inhabitants of each zone on a weekday, both directions. [1/day]."""
    people = zones.frame["population_persons"].to_numpy(float)
    return np.asarray(people * _by_area(zones, rates, "person_trips_per_person_day", purpose))


def _tours(
    zones: TrafficZones, rates: Rates, purpose: str, trips: FloatArray, distance_ratio: float = 1.0
) -> FloatArray:
    """Lay trips of both directions between the zones, as tours. [1/day]."""
    pull = _attraction(zones, trips / 2.0, busy=purpose in BUSY_PURPOSES)
    scale_km = rates.get("distance_scale_km", purpose=purpose) * distance_ratio
    return _laid(zones, scale_km, trips / 2.0, pull)


def _attraction(zones: TrafficZones, produced: FloatArray, *, busy: bool) -> FloatArray:
    """Let each region attract as many as it produces, and lay them out within it by streets of homes or of business."""
    weight = zones.frame["attraction_persons" if busy else "population_persons"].to_numpy(float)
    region = zones.frame["region"].to_numpy()
    _, position = np.unique(region, return_inverse=True)
    total, weights = np.bincount(position, produced), np.bincount(position, weight)
    share = np.divide(weight, weights[position], out=np.zeros_like(weight), where=weight > 0)
    return np.asarray(share * total[position], dtype=np.float64)


def _laid(zones: TrafficZones, scale_km: float, origin: FloatArray, destination: FloatArray) -> FloatArray:
    active = np.flatnonzero((origin > 0) | (destination > 0))
    found = np.zeros((len(origin), len(origin)))
    if len(active):
        deterrence = np.exp(-zones.distance_km[np.ix_(active, active)] / scale_km)
        found[np.ix_(active, active)] = _exact_origins(origin[active], destination[active], deterrence)
    return found


def _exact_origins(origin: FloatArray, destination: FloatArray, deterrence: FloatArray) -> FloatArray:
    """Distribute trips; the model ends with the columns exact, so the origins are made its columns. [1/day]."""
    return distribute(destination, origin, deterrence.T, tolerance=TOLERANCE).T


def _ends(zones: TrafficZones, total: float, *areas: str) -> FloatArray:
    """Spread trip ends over the zones of some areas, half by homes and half by business."""
    weight = zones.frame[["attraction_persons", "population_persons"]].mean(axis=1).to_numpy(float)
    weight = weight * zones.in_area(*areas)
    return total * weight / weight.sum() if weight.any() else weight


def _taxis(inputs: Inputs, zones: TrafficZones) -> Iterator[Stream]:
    traffic = traffic_of(inputs)
    rates = Rates.of(traffic.trip_rates)
    fares = rates.get("vehicle_count", purpose="taxi", area="core") * growth_ratio(inputs, "taxi")
    fares *= rates.get("trips_per_vehicle_day", purpose="taxi") * weekday_ratio(rates, "taxi", traffic.day)
    empty = fares * rates.get("trips_per_occupied_trip", purpose="taxi_empty")
    for purpose, total in (("taxi", fares), ("taxi_empty", empty)):
        ends = _ends(zones, total, "core")
        scale_km = rates.get("distance_scale_km", purpose=purpose)
        yield Stream(purpose, "taxi", _laid(zones, scale_km, ends, ends))


def _light_goods(inputs: Inputs, zones: TrafficZones) -> Stream:
    traffic = traffic_of(inputs)
    rates = Rates.of(traffic.trip_rates)
    vans = zones.frame["population_persons"].to_numpy(float) / 1000.0
    vans = vans * _by_area(zones, rates, "vehicles_per_thousand_persons", "light_goods")
    trips = vans * rates.get("trips_per_vehicle_day", purpose="light_goods") * growth_ratio(inputs, "truck_light")
    trips = trips * weekday_ratio(rates, "light_goods", traffic.day)
    ends = (_attraction(zones, trips, busy=True) + _attraction(zones, trips, busy=False)) / 2.0
    scale_km = rates.get("distance_scale_km", purpose="light_goods")
    return Stream("light_goods", "truck_light", _laid(zones, scale_km, ends, ends))


def _external(inputs: Inputs, zones: TrafficZones) -> Stream:
    """Cars between the gateways and where people live, half in each direction; none pass through."""
    traffic = traffic_of(inputs)
    rates = Rates.of(traffic.trip_rates)
    stated = zones.frame["vehicle_trips_per_day"].to_numpy(float)
    stated = stated * growth_ratio(inputs, "car") * weekday_ratio(rates, "external", traffic.day)
    inward = _laid_outside(zones, rates, stated / 2.0, _ends(zones, float(stated.sum()) / 2.0, *INHABITED))
    return Stream("external", "car", inward + inward.T)


def _laid_outside(zones: TrafficZones, rates: Rates, gateways: FloatArray, inside: FloatArray) -> FloatArray:
    """Lay trips from gateways to inhabited zones; between two gateways there are none."""
    scale_km = rates.get("distance_scale_km", purpose="external")
    outer, inner = np.flatnonzero(gateways > 0), np.flatnonzero(inside > 0)
    found = np.zeros((len(gateways), len(gateways)))
    if len(outer) and len(inner):
        count = len(outer) + len(inner)
        deterrence = np.zeros((count, count))
        deterrence[: len(outer), len(outer) :] = np.exp(-zones.distance_km[np.ix_(outer, inner)] / scale_km)
        origin = np.concatenate([gateways[outer], np.zeros(len(inner))])
        destination = np.concatenate([np.zeros(len(outer)), inside[inner]])
        laid = _exact_origins(origin, destination, deterrence)
        found[np.ix_(outer, inner)] = laid[: len(outer), len(outer) :]
    return found
