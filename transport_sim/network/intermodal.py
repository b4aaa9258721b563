"""Transfer links: where freight changes between road, rail and waterway."""

from dataclasses import replace

import numpy as np
import pandas as pd

from transport_sim.network.geometry import great_circle_km
from transport_sim.network.model import LINK_SCHEMA, Network, as_schema
from transport_sim.network.tags import default_speeds

DETOUR_RATIO = 1.3
"""Road length over great circle on the way to a terminal; assumption, the factor of the map's own feeder roads. [-]"""
MIN_LENGTH_KM = 0.1
TRANSFER_LINK_OFFSET = 10**17
RAIL_KINDS = frozenset({"station", "freight_yard", "marshalling_yard", "siding", "gateway"})
WATER_KINDS = frozenset({"port", "wharf", "gateway"})
NOT_FREIGHT = ("none", "passengers", "passing", "junction")
STATUS_RANK = {"open": 0, "closing": 1, "construction": 2, "proposed": 3}


def freight_terminals(network: Network) -> pd.DataFrame:
    """Return the rail and waterway nodes where freight can be loaded: by kind, and by `handles` where it is given."""
    nodes = network.nodes
    cargo = nodes["handles"].map(
        lambda text: any(item.strip() and not item.strip().startswith(NOT_FREIGHT) for item in text.split(";"))
    )
    rail = nodes["mode"].eq("rail") & nodes["kind"].isin(RAIL_KINDS) & (cargo | nodes["handles"].eq(""))
    water = nodes["mode"].eq("waterway") & nodes["kind"].isin(WATER_KINDS)
    return nodes[rail | water]


def with_transfer_links(
    network: Network, max_snap_km: float = 12.0, *, max_gateway_snap_km: float = 40.0, port_rail_km: float = 5.0
) -> Network:
    """Return the network with links between modes; earlier transfer links are replaced.

    Parameters
    ----------
    network
        Any network of `load_network`.
    max_snap_km
        A terminal farther than this from every road node stays without a road link. [km]
    max_gateway_snap_km
        The same where the terminal or the road node is a gateway, which stands for a whole city. [km]
    port_rail_km
        Ports and wharves within this great-circle distance of a public rail terminal are linked to the
        nearest one. [km]

    Returns
    -------
    Network
        Every transfer is a pair of links of mode `transfer`: class `access` to the nearest road node that an
        open road other than a motorway reaches (a gateway: to the nearest road gateway, which also serves
        terminals that have nothing nearer), class `port_rail` between port and railway. Length is the great
        circle times 1.3. A transfer has the less ready status of its two ends.
    """
    base = network.links[network.links["mode"] != "transfer"]
    nodes, terminals = network.nodes, freight_terminals(network)
    local = base[base["mode"].eq("road") & base["status"].eq("open") & ~base["link_class"].str.startswith("motorway")]
    cities = nodes[nodes["mode"].eq("road") & nodes["kind"].eq("gateway")]
    streets = nodes.loc[np.union1d(local["from_node"], local["to_node"])]
    is_gateway = terminals["kind"].eq("gateway")
    ports = terminals[terminals["mode"].eq("waterway") & ~is_gateway]
    public = terminals[terminals["mode"].eq("rail") & terminals["kind"].ne("siding")]
    near = _nearest(terminals, streets, max_snap_km, "access")
    far = _nearest(terminals, cities, max_gateway_snap_km, "access")
    gateways = terminals.index[is_gateway]
    choices = [far[far["terminal"].isin(gateways)], near, far]
    access = pd.concat(choices, ignore_index=True).drop_duplicates("terminal")
    port_rail = _nearest(ports, public, port_rail_km, "port_rail")
    transfers = _links(pd.concat([access, port_rail], ignore_index=True), nodes)
    return replace(network, links=pd.concat([base, transfers]) if len(transfers) else base)


def _nearest(starts: pd.DataFrame, ends: pd.DataFrame, limit_km: float, link_class: str) -> pd.DataFrame:
    """Return (terminal, other, great_circle_km, link_class) for each start with an end within the limit."""
    if starts.empty or ends.empty:
        return pd.DataFrame({"terminal": [], "other": [], "great_circle_km": [], "link_class": []})
    distance = great_circle_km(
        starts["lon"].to_numpy()[:, None], starts["lat"].to_numpy()[:, None], ends["lon"], ends["lat"]
    )
    best = distance.argmin(axis=1)
    nearest_km = distance[np.arange(len(starts)), best]
    near = nearest_km <= limit_km
    return pd.DataFrame(
        {
            "terminal": starts.index.to_numpy()[near],
            "other": ends.index.to_numpy()[best][near],
            "great_circle_km": nearest_km[near],
            "link_class": link_class,
        }
    )


def _links(pairs: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """Return both directions of each pair as rows of the link table."""
    pairs = pairs.sort_values(["terminal", "link_class"], ignore_index=True)
    speeds = default_speeds()
    rows = []
    columns = (pairs[name].tolist() for name in ("terminal", "other", "great_circle_km", "link_class"))
    for number, (terminal_id, other_id, distance_km, link_class) in enumerate(zip(*columns, strict=True)):
        terminal, other = nodes.loc[terminal_id], nodes.loc[other_id]
        status = max(terminal["status"], other["status"], key=lambda item: STATUS_RANK[item])
        years = [
            end["open_year"] for end in (terminal, other) if end["status"] != "open" and pd.notna(end["open_year"])
        ]
        row = {
            "way_id": 0,
            "mode": "transfer",
            "link_class": link_class,
            "name": terminal["name"],
            "ref": terminal["ref"],
            "length_km": max(MIN_LENGTH_KM, distance_km * DETOUR_RATIO),
            "free_speed_kmh": speeds[link_class],
            "free_speed_source": "default",
            "toll": False,
            "electrified": False,
            "status": status,
            "open_year": max(years) if years else None,
            "usage": terminal["kind"],
            "confidence": "memory",
            "source": f"great circle x {DETOUR_RATIO}",
        }
        for direction, (start, end) in enumerate(((terminal_id, other_id), (other_id, terminal_id))):
            rows.append(
                row | {"link_id": TRANSFER_LINK_OFFSET + 2 * number + direction, "from_node": start, "to_node": end}
            )
    frame = pd.DataFrame(rows, columns=["link_id", *LINK_SCHEMA.columns]).set_index("link_id")
    return as_schema(frame, LINK_SCHEMA)
