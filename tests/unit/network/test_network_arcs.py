"""The CSR form of a network: sorted, made once, and mapped into memory where the network is stored."""

from dataclasses import fields, replace

import numpy as np
import pytest

from transport_sim.errors import NetworkError
from transport_sim.network.csr import Arcs
from transport_sim.network.router import Router
from transport_sim.network.storage import ARCS, read_stored, save_network


def test_arcs_lie_beside_those_of_the_same_node(small):
    arcs = Arcs.of(small)
    links = small.links.iloc[arcs.rows]
    assert arcs.node_ids[arcs.start].tolist() == links["from_node"].tolist()
    assert arcs.node_ids[arcs.end].tolist() == links["to_node"].tolist()
    assert sorted(arcs.rows.tolist()) == list(range(len(small.links)))
    for node in range(len(arcs.node_ids)):
        assert set(arcs.start[arcs.pointers[node] : arcs.pointers[node + 1]].tolist()) <= {node}
    order = list(zip(links["from_node"], links["to_node"], links.index, strict=True))
    assert order == sorted(order)


def test_a_network_sorts_its_links_once_and_a_changed_copy_anew(small):
    assert Arcs.of(small) is Arcs.of(small)
    fewer = replace(small, links=small.links.iloc[1:], turns=small.turns.iloc[:0])
    assert len(Arcs.of(fewer).rows) == len(small.links) - 1


def test_a_stored_network_maps_its_arcs_into_memory(small, tmp_path):
    save_network(small, tmp_path / "stored")
    stored = read_stored(tmp_path / "stored")
    mapped, built = Arcs.of(stored), Arcs.build(small)
    for field in fields(Arcs):
        array = getattr(mapped, field.name)
        assert np.array_equal(array, getattr(built, field.name))
        assert not array.flags.owndata
        assert not array.flags.writeable
    pair = stored.links[stored.links["mode"] == "road"].iloc[0]
    ends = [pair["from_node"]], [pair["to_node"]]
    routers = (Router(network, modes=("road",)) for network in (stored, small))
    costs = [router.paths(*ends, "length_km").cost.tolist() for router in routers]
    assert costs[0] == costs[1]
    assert np.isfinite(costs[0]).all()


def test_damaged_or_foreign_arcs_are_refused(small, tmp_path):
    save_network(small, tmp_path / "stored")
    fewer = replace(small, links=small.links.iloc[1:], turns=small.turns.iloc[:0])
    Arcs.build(fewer).write(tmp_path / "stored" / ARCS)
    with pytest.raises(NetworkError, match="belongs to another network"):
        read_stored(tmp_path / "stored")
    (tmp_path / "stored" / ARCS).write_bytes(b"ARROW1 but not really")
    with pytest.raises(NetworkError, match="cannot be read"):
        read_stored(tmp_path / "stored")
    (tmp_path / "stored" / ARCS).unlink()
    with pytest.raises(NetworkError, match="import the network again"):
        read_stored(tmp_path / "stored")
