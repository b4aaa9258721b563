"""Our own reader of `.osm.pbf`: the same as pyosmium's on every form that writers use, a message for any other bytes."""

import zlib

import numpy as np
import osmium
import pandas as pd
import pytest

from transport_sim.errors import NetworkError
from transport_sim.network import osm_reader
from transport_sim.network.model import TABLE_SCHEMAS
from transport_sim.network.osm import import_osm
from transport_sim.network.osm_reader import read_here
from transport_sim.network.pbf import PbfFile

MODES = ("road", "rail", "waterway")
FORMS = ["", "pbf_dense_nodes=false", "pbf_compression=none", "add_metadata=false", "locations_on_ways=true"]


def varint(number):
    number &= 2**64 - 1
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def message(*fields):
    """Write fields (number, value); a value is a number, bytes, or a list of packed numbers."""
    found = b""
    for number, value in fields:
        if isinstance(value, int):
            found += varint(number << 3) + varint(value)
        else:
            content = value if isinstance(value, bytes) else b"".join(map(varint, value))
            found += varint(number << 3 | 2) + varint(len(content)) + content
    return found


def zigzag(numbers):
    return [number * 2 if number >= 0 else -number * 2 - 1 for number in numbers]


def steps(numbers):
    return zigzag(np.diff(numbers, prepend=0).tolist())


def blob(kind, content, size=None):
    packed = message((2, len(content) if size is None else size), (3, zlib.compress(content)))
    head = message((1, kind), (3, len(packed)))
    return len(head).to_bytes(4, "big") + head + packed


HEADER = blob(b"OSMHeader", message((4, b"OsmSchema-V0.6"), (4, b"DenseNodes")))
TEXTS = [b"", b"highway", b"primary", b"from", b"via", b"to", b"type", b"restriction", b"no_u_turn"]
DENSE = [(1, steps([1, 2])), (8, steps([310000000, 311000000])), (9, steps([1070000000, 1070000000]))]
WAY = [(1, 3), (2, [1]), (3, [2]), (8, steps([1, 2]))]
RELATION = [(1, 5), (2, [6, 7]), (3, [7, 8]), (8, [3, 4, 5]), (9, steps([3, 2, 3])), (10, [1, 0, 1])]


def block(dense=DENSE, way=WAY, relation=RELATION, texts=TEXTS, more=()):
    groups = [[(2, message(*dense))], [(3, message(*way))], [(4, message(*relation))]]
    table = message(*((1, text) for text in texts))
    return message(*((2, message(*group)) for group in groups), *more, (1, table))


def changed(fields, number, value):
    return [(n, value if n == number else old) for n, old in fields]


@pytest.fixture
def written(tmp_path):
    def write(content, head=HEADER):
        file = tmp_path / "map.osm.pbf"
        file.write_bytes(head + content)
        return file

    return write


def same(one, other):
    for table in TABLE_SCHEMAS:
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table))


def read_by_pyosmium(file, monkeypatch, **how):
    with monkeypatch.context() as patch:
        patch.setattr(PbfFile, "opened", classmethod(lambda *_: None))
        return read_here(file, modes=MODES, **how)


@pytest.mark.parametrize("form", FORMS)
def test_both_readers_read_the_same_from_every_form(form, small_text, tmp_path, monkeypatch):
    source, file = tmp_path / "map.osm", tmp_path / "map.osm.pbf"
    source.write_text(small_text, encoding="utf-8")
    options = ",".join(["pbf", *filter(None, [form])])
    with osmium.SimpleWriter(osmium.io.File(str(file), options)) as writer:
        for element in osmium.FileProcessor(str(source)).with_locations():
            writer.add(element)
    assert PbfFile.opened(file) is not None
    ours, other = read_here(file, modes=MODES), read_by_pyosmium(file, monkeypatch)
    pd.testing.assert_frame_equal(ours.tags.astype(object), other.tags.astype(object), check_like=True)
    for name in ("refs", "offsets", "node_ids", "lon", "lat"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(other, name))
    assert ours.node_tags == other.node_tags
    assert ours.restrictions == other.restrictions
    assert ours.header == other.header
    pd.testing.assert_frame_equal(ours.facilities, other.facilities)
    same(import_osm(source), import_osm(file))


def test_other_packings_and_histories_are_left_to_pyosmium(small_text, tmp_path, monkeypatch):
    source, file = tmp_path / "map.osm", tmp_path / "map.osm.pbf"
    source.write_text(small_text, encoding="utf-8")
    with osmium.SimpleWriter(osmium.io.File(str(file), "pbf,pbf_compression=lz4")) as writer:
        for element in osmium.FileProcessor(str(source)):
            writer.add(element)
    assert PbfFile.opened(file) is None
    same(import_osm(source), import_osm(file))
    history = tmp_path / "history.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(history), "osh.pbf")) as writer:
        for element in osmium.FileProcessor(str(source)):
            writer.add(element)
    monkeypatch.setattr(PbfFile, "opened", lambda *_: pytest.fail("a history is not for this reader"))
    assert len(read_here(history, modes=MODES).tags)


def test_hand_written_bytes(written, monkeypatch):
    """Texts behind the elements, a coarser grid with an offset, several groups in a block and blocks in any order."""
    dense = [(1, steps([1, 2])), (8, zigzag([310000, 1000])), (9, zigzag([1070000, 0]))]
    far = message(*[(17, 100000), (19, -15), (20, 170)])
    relation, rest = block(dense=[], way=[(1, 4)]), block(dense=dense, relation=[(1, 6)]) + far
    file = written(blob(b"OSMData", relation) + blob(b"OSMData", rest))
    network = import_osm(file)
    assert network.links.index.tolist() == [30000, 30001]
    assert network.nodes.loc[2, ["lon", "lat"]].tolist() == [107.0000001, 31.0999999], "cut off as libosmium does"
    assert network.turns[["from_link", "via_node", "to_link"]].to_numpy().tolist() == [[30000, 2, 30001]]
    np.testing.assert_array_equal(read_here(file, modes=MODES).lat, read_by_pyosmium(file, monkeypatch).lat)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (block(dense=changed(DENSE, 9, [2, 4, 6])), "not as many ids as coordinates"),
        (block(dense=[*DENSE, (10, [1, 2])]), "tags of a node have no end"),
        (block(dense=[*DENSE, (10, [1, 2, 0])]), "not as many ids as lists of tags"),
        (block(dense=[*DENSE, (10, [99, 2, 0, 0])]), "names a text that is not there"),
        (block(dense=changed(DENSE, 8, [2**63, 2])), "no place on the globe"),
        (block(way=changed(WAY, 2, [1, 1])), "not as many keys as values"),
        (block(way=changed(WAY, 3, [-1])), "names a text that is not there"),
        (block(way=[*WAY, (8, steps([1, 2]))]), "not the form"),
        (block(way=changed(WAY, 8, 1)), "not the form"),
        (block(way=WAY[1:]), "an element has no id"),
        (block(way=changed(WAY, 8, b"\xff" * 11)), "too long"),
        (block(way=changed(WAY, 8, b"\xff")), "past the end"),
        (block(way=changed(changed(WAY, 2, [1] * 10_001), 3, [2] * 10_001)), "element 3 has 10,001 tags"),
        (block(way=changed(WAY, 1, 10**13)), "way ids are not between"),
        (block(way=changed(WAY, 8, zigzag([-1, 3]))), "node ids are not between"),
        (block(relation=changed(RELATION, 10, [1, 0])), "not as many roles as members"),
        (block(relation=changed(RELATION, 10, [1, 3, 0])), "role or type that is not there"),
        (block(relation=changed(RELATION, 8, [1, 77, 0])), "role or type that is not there"),
        (block(texts=[*TEXTS, b"\xff"]), "a text is not UTF-8"),
        (block(texts=[*TEXTS, b"\0"]), "a text holds a zero"),
        (block()[:-1], "past the end"),
        (block() + b"\x07\x01", "a field has no number"),
        (block() + b"\x0f\x01", "a field is of no known type"),
    ],
)
def test_impossible_blocks_are_refused(written, content, words):
    file = written(blob(b"OSMData", content))
    with pytest.raises(NetworkError, match=words) as caught:
        read_here(file, modes=MODES)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (blob(b"OSMData", block())[:-1], "a block is cut off"),
        (blob(b"OSMData", block())[:6], "head of a block is cut off"),
        (b"\0\0", "head of a block is cut off"),
        (b"\x7f\0\0\0", "head of a block is cut off"),
        (blob(b"OSMOther", block()), "neither the header nor data"),
        (HEADER, "neither the header nor data"),
        (blob(b"OSMData", block(), size=7), "not as long as it says"),
        (blob(b"OSMData", block(), size=2**40), "does not say how much"),
        (blob(b"OSMData", block(), size=2**64 - 1), "does not say how much"),
        (blob(b"OSMData", bytes(10**8), size=1000), "not as long as it says"),
        (blob(b"OSMData", block()).replace(zlib.compress(block())[:2], b"xx"), "cannot be unpacked"),
    ],
)
def test_damaged_files_are_refused(written, content, words):
    with pytest.raises(NetworkError, match=words):
        read_here(written(content), modes=MODES)


def test_the_first_bytes_decide_who_reads(written, monkeypatch):
    """An empty blob is for our reader to refuse; what it does not know is never read in part."""
    empty = message((1, b"OSMData"), (3, 0))
    with pytest.raises(NetworkError, match="holds no data"):
        read_here(written(len(empty).to_bytes(4, "big") + empty), modes=MODES)
    packed = message((2, 5), (7, b"zstd "))
    head = message((1, b"OSMData"), (3, len(packed)))
    monkeypatch.setattr(osm_reader, "PyosmiumFile", lambda _: pytest.fail("pyosmium was asked"))
    with pytest.raises(pytest.fail.Exception, match="pyosmium was asked"):
        read_here(written(blob(b"OSMData", block()) + len(head).to_bytes(4, "big") + head + packed), modes=MODES)
