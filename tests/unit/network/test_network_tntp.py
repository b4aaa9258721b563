"""TNTP files: what they say, in all the dialects of the collection, and what is refused with which line."""

import pytest

from transport_sim.errors import NetworkError
from transport_sim.network.tntp import read_flows, read_network, read_nodes, read_trips

NET = """<NUMBER OF ZONES> 2\t\t
<Number of Nodes> 3
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 3\t
<ORIGINAL HEADER>~ \tTail\tHead\t;
<TOLL FACTOR> 0.02
<END OF METADATA>


~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;
\t1\t3\t1000.5\t2\t3\t0.15\t4\t50\t7\t1\t;
\t3\t2\t1e3 2 3 .15 4 ; ~ a row without the last columns
3 1 0 1 1 0 0 0 0 1
"""
TRIPS = """<NUMBER OF ZONES> 3
<TOTAL OD FLOW> 6.5
<END OF METADATA>

Origin \t1
    1 :      0.0;     2 :    1.5;  ~ comment
    3 : 2e0
ORIGIN 3   1 : 3;
"""


@pytest.fixture
def write(tmp_path):
    def written(text, name="x_net.tntp"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return written


def test_a_network_is_read(write):
    network = read_network(write(NET))
    assert (network.name, network.zone_count, network.node_count, network.first_through_node) == ("x", 2, 3, 3)
    assert (network.toll_factor, network.distance_factor) == (0.02, 0.0)
    assert network.links["from_node"].tolist() == [1, 3, 3]
    assert network.links["to_node"].tolist() == [3, 2, 1]
    assert network.links["capacity"].tolist() == [1000.5, 1000.0, 0.0]
    assert network.links["b"].tolist() == [0.15, 0.15, 0.0]
    assert network.links["toll"].tolist() == [7.0, 0.0, 0.0]


def test_trips_are_read(write):
    trips = read_trips(write(TRIPS))
    assert list(trips.itertuples(index=False, name=None)) == [(1, 1, 0.0), (1, 2, 1.5), (1, 3, 2.0), (3, 1, 3.0)]


@pytest.mark.parametrize(
    "text",
    [
        "From \tTo \tVolume \tCost \n1 2 4.5 6.0 \n2 1 0 5\n",
        "<NUMBER OF LINKS> 2\n<END OF METADATA>\n\n~ \tTail \tHead \t: \tVolume \tCost \t; \n\t1 2 : 4.5 6.0 ;\n2 1 : 0 5;\n",
    ],
)
def test_both_kinds_of_flow_files_are_read(write, text):
    flows = read_flows(write(text))
    assert list(flows.itertuples(index=False, name=None)) == [(1, 2, 4.5, 6.0), (2, 1, 0.0, 5.0)]


def test_nodes_are_read(write):
    nodes = read_nodes(write("Node\tX\tY\t;\n1 -96.77 43.6 ;\n2\t1e5\t2 ;\n"))
    assert list(nodes.itertuples(index=False, name=None)) == [(1, -96.77, 43.6), (2, 1e5, 2.0)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\t1\t3\t1000.5", "\t1\t4\t1000.5", "line 11: to_node must be a node from 1 to 3, got 4"),
        ("1000.5", "0", "line 11: capacity must be above 0 where b is, got 0"),
        ("1000.5", "many", "line 11: not a number: 'many'"),
        ("1000.5\t2\t3", "1000.5\t2\t-3", "line 11: free_flow_time must not be negative, got -3"),
        ("1e3 2 3 .15 4 ;", "1e3 2 3 .15 ;", "line 12: 7 numbers needed, got 6"),
        ("<NUMBER OF LINKS> 3", "<NUMBER OF LINKS> 4", "<NUMBER OF LINKS> says 4, there are 3"),
        ("<FIRST THRU NODE> 3", "", "<FIRST THRU NODE> is missing"),
        ("<NUMBER OF ZONES> 2", "<NUMBER OF ZONES> two", "<NUMBER OF ZONES> must be a whole number, got 'two'"),
        ("<NUMBER OF ZONES> 2", "<NUMBER OF ZONES> 9", "9 zones but only 3 nodes"),
        ("<TOLL FACTOR> 0.02", "<TOLL FACTOR> some", "<TOLL FACTOR> must be a number, got 'some'"),
        ("3 1 0 1 1", "x 1 0 1 1", "line 13: not a number: 'x'"),
    ],
)
def test_a_broken_network_is_refused_with_the_line(write, old, new, message):
    assert old in NET
    path = write(NET.replace(old, new, 1))
    with pytest.raises(NetworkError) as error:
        read_network(path)
    assert message in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2 :    1.5;", "2    1.5;", "line 6: expected 'destination : flow;', got '2    1.5'"),
        ("2 :    1.5;", "4 :    1.5;", "line 6: a zone is a number from 1 to 3, got '4'"),
        ("2 :    1.5;", "2 :   -1.5;", "line 6: the pair 1 to 2 has the negative flow -1.5"),
        ("3 : 2e0", "2 : 2e0", "line 7: the pair 1 to 2 is there twice"),
        ("Origin \t1", "", "line 6: a flow before the first 'Origin'"),
        ("Origin \t1", "Origin one", "line 5: a zone is a number from 1 to 3, got 'one'"),
    ],
)
def test_broken_trips_are_refused_with_the_line(write, old, new, message):
    assert old in TRIPS
    path = write(TRIPS.replace(old, new, 1))
    with pytest.raises(NetworkError) as error:
        read_trips(path)
    assert message in str(error.value)


def test_all_problems_are_counted_and_the_first_are_shown(write):
    path = write("\n".join(["From To Volume Cost", "1 2 3 4", *["1 2 x 4"] * 7]))
    with pytest.raises(NetworkError, match=r"7 problems, first 5 shown\n  line 3") as error:
        read_flows(path)
    assert "line 8" not in str(error.value)


def test_a_file_without_rows_or_that_is_not_there_is_refused(write, tmp_path):
    with pytest.raises(NetworkError, match="no row with node, x, y"):
        read_nodes(write("Node X Y\n"))
    with pytest.raises(NetworkError, match="cannot be read: No such file"):
        read_network(tmp_path / "none.tntp")
