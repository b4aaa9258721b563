"""Damaged files: one clear message that names the file, in good time, and nothing left behind."""

import gzip
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import osmium
import pytest

from transport_sim.errors import NetworkError
from transport_sim.network import osm_apart
from transport_sim.network.osm import import_osm

ROAD = '<way id="3"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>'
NODES = '<node id="1" lat="31" lon="107"/><node id="2" lat="31.1" lon="107"/>'


def osm(body, head=""):
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<osm version="0.6">{body}</osm>'


@pytest.fixture
def check(tmp_path):
    """Import some bytes under a name; the error must name the file, and no file may appear or stay."""

    def run(content, words, name="map.osm"):
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        start = time.monotonic()
        with pytest.raises(NetworkError, match=words) as caught:
            import_osm(file)
        assert name in str(caught.value)
        assert time.monotonic() - start < 60
        assert list(tmp_path.iterdir()) == [file]

    return run


@pytest.fixture
def small_xml(tmp_path_factory, small_text):
    file = tmp_path_factory.mktemp("xml") / "map.osm"
    file.write_text(small_text, encoding="utf-8")
    return file


@pytest.fixture
def pbf(tmp_path_factory, small_xml):
    def pack(options="pbf"):
        if not options:
            return small_xml.read_bytes()
        target = tmp_path_factory.mktemp("pbf") / "small.osm.pbf"
        with osmium.SimpleWriter(osmium.io.File(str(target), options)) as writer:
            for element in osmium.FileProcessor(str(small_xml)):
                writer.add(element)
        return target.read_bytes()

    return pack


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty"),
        ("not a map", "cannot be read to its end: XML parsing error"),
        (osm(NODES + ROAD)[:-40], "cannot be read to its end: XML parsing error"),
        ("<html></html>", "cannot be read to its end"),
        (osm(""), "no road, rail, waterway in it"),
        (osm(NODES), "no road, rail, waterway in it"),
        (osm(NODES.partition("/>")[0] + "/>" + ROAD), "1 missing nodes, first: node 2"),
        (osm(NODES.replace('lat="31.1"', 'lat="91"') + ROAD), "no place on the globe; first: node 2"),
        (osm(NODES.replace('lon="107"', 'lon="1e9"') + ROAD), "cannot be read to its end"),
        (osm(NODES.replace(' lon="107"', "") + ROAD), "no place on the globe"),
        (
            osm(NODES + NODES.replace("31.1", "31.2") + ROAD),
            "stand twice in the file, at different places; first: node 2",
        ),
        (osm(NODES + ROAD + ROAD.replace("primary", "trunk")), "way 3 stands twice in the file, and differently"),
        (osm(NODES.replace('"1"', '"-1"') + ROAD.replace('"1"', '"-1"')), "are not between 1 and"),
        (osm(NODES + ROAD.replace('id="3"', 'id="99999999999999"')), "way ids are not between"),
        (osm(NODES + ROAD.replace("3", "x")), "cannot be read to its end"),
    ],
)
def test_bad_xml(check, content, words):
    check(content, words)


def test_repeated_elements_that_agree_are_no_harm(tmp_path):
    (tmp_path / "map.osm").write_text(osm(NODES + NODES + ROAD + ROAD), encoding="utf-8")
    assert len(import_osm(tmp_path / "map.osm").links) == 2


def test_entities_are_refused(check):
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = osm(
        '<node id="1" lat="1" lon="1"><tag k="name" v="&e11;"/></node>', f'<!DOCTYPE osm [<!ENTITY e0 "lol">{lines}]>'
    )
    check(bomb, "cannot be read to its end")
    outside = osm(
        '<node id="1" lat="1" lon="1"><tag k="name" v="&x;"/></node>',
        '<!DOCTYPE osm [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    )
    check(outside, "cannot be read to its end")


def test_a_million_tags_are_refused(check):
    tags = "".join(f'<tag k="k{n}" v=""/>' for n in range(1_000_000))
    check(osm(NODES + ROAD.replace("</way>", f"{tags}</way>")), "element 3 has 1,000,001 tags")


def test_texts_that_are_not_utf8_are_refused(check):
    check(osm(NODES + ROAD).encode().replace(b"primary", b"pri\xff\xfery"), "cannot be read to its end")


def test_things_that_are_not_what_their_name_says(check, tmp_path, pbf):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as pack:
        pack.writestr("map.osm", osm(NODES + ROAD))
    content = archive.read_bytes()
    archive.unlink()
    check(content, "is a zip archive", "map.osm.pbf")
    (tmp_path / "map.osm.pbf").unlink()
    check(osm(NODES + ROAD), "is not what its name says", "map2.osm.pbf")
    (tmp_path / "map2.osm.pbf").unlink()
    check(osm(NODES + ROAD), "is not what its name says", "map.osm.gz")
    (tmp_path / "map.osm.gz").unlink()
    check(pbf(), "give an OpenStreetMap file", "map.txt")
    (tmp_path / "map.txt").unlink()
    check(gzip.compress(osm(NODES + ROAD).encode())[:-30], "cannot be read to its end", "cut.osm.gz")
    with pytest.raises(NetworkError, match="no such file"):
        import_osm(tmp_path / "none.osm")
    with pytest.raises(NetworkError, match="is a folder"):
        import_osm(tmp_path)


def test_a_truncated_pbf_is_refused_wherever_it_ends(check, pbf):
    content = pbf()
    check(content[: len(content) // 2], "cannot be read to its end", "map.osm.pbf")


def test_text_inside_a_pbf_that_is_not_utf8_is_refused(check, pbf):
    content = pbf("pbf,pbf_compression=none")
    check(content.replace("甲".encode(), b"\xff\xfe\xff"), "a text is not UTF-8", "map.osm.pbf")


def test_a_reader_that_breaks_down_is_a_message(check, pbf, monkeypatch):
    monkeypatch.setattr(osm_apart.sys, "executable", shutil.which("false"))
    check(pbf(), r"the reader broke down over it \(exit 1\)", "map.osm.pbf")


WORKER = """
import random, signal, sys
from pathlib import Path
from transport_sim.errors import NetworkError
from transport_sim.network import osm
from transport_sim.network.osm_reader import read_here

osm.read_map = read_here  # in this very process: it is the one that may die
base, file, first, last = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
for case in range(first, last):
    dice, changed = random.Random(case), bytearray(base)
    for _ in range(dice.choice([1, 1, 1, 2, 3, 8])):
        at, other = dice.randrange(len(changed)), dice.randrange(len(changed))
        match dice.randrange(4):
            case 0: changed[at] = dice.randrange(256)
            case 1: del changed[at : at + dice.randint(1, 20)]
            case 2: changed[at:at] = bytes(dice.randrange(256) for _ in range(dice.randint(1, 8)))
            case _: changed[at : at + 16] = changed[other : other + 16]
    file.write_bytes(changed)
    print(case, flush=True)
    signal.alarm(10)
    try:
        osm.import_osm(file)
        print("network", flush=True)
    except NetworkError as error:
        assert str(error).startswith(str(file)), error
        print("message", flush=True)
    signal.alarm(0)
    assert list(file.parent.iterdir()) == [file]
"""
"""Damages a file in one way after the other and imports it; what it says last is the case it died on."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "cases"),
    [
        ("x.osm", "", 1200),
        ("x.osm.pbf", "pbf,pbf_compression=none", 2000),
        ("x.osm.pbf", "pbf,pbf_compression=none,pbf_dense_nodes=false", 600),
        ("x.osm.pbf", "pbf", 300),
        ("x.osm.pbf", "pbf,pbf_compression=lz4", 300),
    ],
)
def test_no_damage_gives_anything_but_a_network_or_a_message(tmp_path, pbf, name, options, cases):
    """Cases that end the reader are imported again as users do, apart: they must give a message too."""
    base, folder = tmp_path / "base", tmp_path / "fuzz"
    base.write_bytes(pbf(options))
    folder.mkdir()
    file, first, said, deaths = folder / name, 0, [], 0
    while first < cases:
        command = [sys.executable, "-c", WORKER, str(base), str(file), str(first), str(cases)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
        words = done.stdout.split()
        said += [word for word in words if not word.isdigit()]
        if done.returncode == 0:
            break
        assert done.returncode in (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS), done.stderr[-2000:]
        first = int(words[-1]) + 1
        deaths += 1
        with pytest.raises(NetworkError, match=str(file)):
            import_osm(file)
        assert list(folder.iterdir()) == [file]
    assert len(said) + deaths == cases
    assert said.count("message") > cases / 2
    assert deaths == 0 or name.endswith(".pbf"), "XML is read in place, because it never ends the reader"
