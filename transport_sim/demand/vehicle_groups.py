"""Which vehicle makes a trip: registration, technology, emission standard, plate and use, drawn by the vehicle's id."""

from itertools import product

import numpy as np
import pandas as pd

from transport_sim.conditions import STANDARDS, TECHNOLOGIES, USES
from transport_sim.demand.traffic_rates import technology_shares, traffic_of
from transport_sim.inputs import Inputs
from transport_sim.network.model import VEHICLE_CLASSES
from transport_sim.randomness import BoolArray, FloatArray, IntArray, uniform
from transport_sim.tables.traffic import REGISTRATIONS, Rates
from transport_sim.traffic.supply import class_pcu

PLATES = ("odd", "even")
ALL_USES = ("", *USES)
ALL_STANDARDS = ("", *STANDARDS)
_SIZES = (len(VEHICLE_CLASSES), len(REGISTRATIONS), len(TECHNOLOGIES), len(ALL_STANDARDS), len(PLATES), len(ALL_USES))


def draw_groups(
    inputs: Inputs,
    *,
    vehicle_id: IntArray,
    vehicle_class: IntArray,
    non_local_share: FloatArray,
    use_share: dict[str, FloatArray],
    seed: int,
) -> IntArray:
    """Draw what each vehicle is.

    Parameters
    ----------
    inputs
        Tables of the simulated year.
    vehicle_id
        Identities, any length; the same vehicle is the same in every scenario, as far as the tables allow: who was
        electric stays so when the share of electric vehicles grows.
    vehicle_class
        Positions in `VEHICLE_CLASSES`.
    non_local_share
        Probability that the vehicle is registered elsewhere. [-]
    use_share
        Probability of each of `conditions.USES` that occurs. [-]
    seed
        Seed of the replication.

    Returns
    -------
    Code of each vehicle, which `group_table` explains.
    """
    away = uniform(vehicle_id, seed=seed, stream="vehicle_registration") < non_local_share
    plate = uniform(vehicle_id, seed=seed, stream="vehicle_plate") < 0.5
    draw = uniform(vehicle_id, seed=seed, stream="vehicle_technology")
    technology, standard = np.zeros_like(vehicle_id), np.zeros_like(vehicle_id)
    for position, registration in product(np.unique(vehicle_class).tolist(), (0, 1)):
        chosen = (vehicle_class == position) & (away == bool(registration))
        if chosen.any():
            found = _technologies(inputs, VEHICLE_CLASSES[position], REGISTRATIONS[registration], draw[chosen])
            technology[chosen], standard[chosen] = found
    use = _uses(use_share, uniform(vehicle_id, seed=seed, stream="vehicle_use"))
    parts = (vehicle_class, away.astype(np.int64), technology, standard, plate.astype(np.int64), use)
    return np.asarray(np.ravel_multi_index(parts, _SIZES), dtype=np.int64)


def _technologies(inputs: Inputs, vehicle_class: str, registration: str, draw: FloatArray) -> tuple[IntArray, IntArray]:
    """Return positions in TECHNOLOGIES and ALL_STANDARDS; the cleanest come first, so that a growing share adds."""
    shares = technology_shares(inputs, vehicle_class, registration)
    technology = np.array([TECHNOLOGIES.index(name) for name in shares["technology"]])
    standard = np.array([ALL_STANDARDS.index(name) for name in shares["emission_standard"]])
    order = np.lexsort((-standard, -technology))
    cumulated = np.cumsum(shares["share"].to_numpy(float)[order])
    found = np.searchsorted(cumulated / cumulated[-1], draw, side="right")
    found = order[np.minimum(found, len(order) - 1)]
    return technology[found], standard[found]


def _uses(share: dict[str, FloatArray], draw: FloatArray) -> IntArray:
    """Return positions in ALL_USES."""
    use, upper = np.zeros(len(draw), dtype=np.int64), np.zeros(len(draw))
    for name in sorted(share):
        lower, upper = upper, upper + share[name]
        use[(draw >= lower) & (draw < upper)] = ALL_USES.index(name)
    return use


def group_table(inputs: Inputs, code: IntArray) -> tuple[IntArray, pd.DataFrame]:
    """Give each vehicle group that occurs a number, and describe it.

    Parameters
    ----------
    inputs
        For the passenger-car units.
    code
        Codes of `draw_groups`.

    Returns
    -------
    Position of each vehicle's group, and the groups: index `group`, the columns of `traffic.model.GROUP_COLUMNS` and
    `use`.
    """
    found, group = np.unique(code, return_inverse=True)
    parts = np.unravel_index(found, _SIZES)
    names = ("vehicle_class", "registration", "technology", "emission_standard", "plate", "use")
    words = (VEHICLE_CLASSES, REGISTRATIONS, TECHNOLOGIES, ALL_STANDARDS, PLATES, ALL_USES)
    columns = {name: np.array(known)[part] for name, known, part in zip(names, words, parts, strict=True)}
    use = columns.pop("use")
    pcu = class_pcu(inputs.factors)
    per_class = np.array([pcu[name] for name in VEHICLE_CLASSES])
    table = pd.DataFrame({**columns, "pcu": per_class[parts[0]], "use": use})
    table.index.name = "group"
    return group.astype(np.int64), table


def use_shares(inputs: Inputs, purpose: str, has_permit: BoolArray) -> dict[str, FloatArray]:
    """Return the probability of each use for the vehicles of a purpose. [-].

    Parameters
    ----------
    inputs
        With the rates.
    purpose
        What the vehicle is out for.
    has_permit
        Which of the vehicles may have a permit to pass.
    """
    rates = Rates.of(traffic_of(inputs).trip_rates)
    count = len(has_permit)
    permit = rates.get("permit_share", purpose=purpose, default=0.0)
    found: dict[str, FloatArray] = {"permit": np.where(has_permit, permit, 0.0)}
    for use in ("construction", "postal"):
        share = rates.get(f"{use}_share", purpose=purpose, default=0.0)
        if share:
            found[use] = np.full(count, share)
    return found
