"""Whether every known flow finds a way in a year, before anything is simulated."""

from transport_sim.choice.chains import build_skims, in_service
from transport_sim.choice.supernetwork import build_chains
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.tables.consistency import refuse
from transport_sim.tables.freight import CHAINS


def check_feasible(inputs: Inputs) -> None:
    """Refuse a year without terminals of a mode that is used, and known flows that cannot be carried.

    Raises
    ------
    DataError
        Naming the terminals or flows, and the chains that would be possible.
    """
    network = inputs.network.at_year(inputs.year)
    targets = {"rail": inputs.parameters.target_rail_t, "waterway": inputs.parameters.target_water_t}
    for mode, target_t in targets.items():
        if target_t > 0 and in_service(inputs, network, mode).empty:
            raise DataError(f"terminals.csv: no terminal of mode {mode} is in service in {inputs.year}")
    chains = build_chains(inputs, build_skims(inputs))
    zone = {name: position for position, name in enumerate(inputs.zones["zone"])}
    flows = inputs.known_flows
    flows = flows[(flows["from_year"] <= inputs.year) & (flows["to_year"] >= inputs.year)]
    problems = []
    columns = (flows[column] for column in ("flow", "origin", "destination", "captive_chain"))
    for flow, origin, destination, captive in zip(*columns, strict=True):
        at = zone[origin], zone[destination]
        # the chains begin with the best of each kind
        possible = [name for name, chain in zip(CHAINS, chains, strict=False) if chain.feasible[at]]
        if captive not in {"", *possible} or not possible:
            way = f"chain {captive}" if captive else "chain"
            hint = f"; possible: {', '.join(possible)}" if possible else ""
            problems.append(
                f"known_flows.csv: {flow}: no {way} leads from {origin} to {destination} in {inputs.year}{hint}"
            )
    refuse(problems)
