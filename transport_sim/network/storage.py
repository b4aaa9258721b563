"""A network on disk: a Parquet file per table, its arcs to be mapped into memory, a manifest; whole or not at all."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from transport_sim.errors import NetworkError
from transport_sim.network.csr import Arcs
from transport_sim.network.model import TABLE_SCHEMAS, Network
from transport_sim.whole import whole_folder

MANIFEST = "network.json"
ARCS = "arcs.arrow"
FORMAT = 2


def is_stored(folder: Path) -> bool:
    """Tell whether a folder holds a network in this form."""
    return (folder / MANIFEST).is_file()


def save_network(network: Network, folder: Path | str) -> None:
    """Write a network to a folder.

    Parameters
    ----------
    network
        Any network; transfer links are stored like the others.
    folder
        New or empty; it appears whole or not at all.

    Raises
    ------
    OutputError
        If the folder holds anything, or cannot be written.
    """
    with whole_folder(Path(folder)) as work:
        for table in TABLE_SCHEMAS:
            getattr(network, table).to_parquet(work / f"{table}.parquet", compression="zstd")
        Arcs.of(network).write(work / ARCS)
        text = json.dumps(manifest(network), indent=2, ensure_ascii=False, sort_keys=True)
        (work / MANIFEST).write_text(text + "\n", encoding="utf-8")


def manifest(network: Network) -> dict[str, Any]:
    """Describe a network: where it comes from, and how large it is."""
    links = network.links
    return {
        "elevation": "flat",
        **network.provenance,
        "format": FORMAT,
        "name": network.name,
        "counts": {table: len(getattr(network, table)) for table in TABLE_SCHEMAS},
        "synthetic_share": round(network.synthetic_share, 4),
        "length_km": {str(m): round(float(v), 3) for m, v in links.groupby("mode")["length_km"].sum().items()},
    }


def read_stored(folder: Path) -> Network:
    """Read a network that `save_network` wrote.

    Raises
    ------
    NetworkError
        If a file is missing or damaged, or of a newer format.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NetworkError(f"{folder / MANIFEST}: cannot be read: {error}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise NetworkError(f"{folder / MANIFEST}: is not of format {FORMAT}; import the network again")
    tables, hashes = {}, {}
    for table in TABLE_SCHEMAS:
        file = folder / f"{table}.parquet"
        try:
            tables[table] = pd.read_parquet(file, memory_map=True)
            with file.open("rb") as stream:
                hashes[file.name] = hashlib.file_digest(stream, "sha256").hexdigest()
        except (OSError, ValueError, pa.ArrowException) as error:
            raise NetworkError(f"{file}: cannot be read: {error}") from None
    derived = ("format", "name", "counts", "length_km", "synthetic_share")
    provenance = {key: value for key, value in found.items() if key not in derived}
    network = Network(str(found.get("name", folder.resolve().name)), **tables, sha256=hashes, provenance=provenance)
    try:
        arcs = Arcs.open(folder / ARCS)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise NetworkError(f"{folder / ARCS}: cannot be read: {error}; import the network again") from None
    if not arcs.fits(network):
        raise NetworkError(f"{folder / ARCS}: belongs to another network; import the network again")
    arcs.attach(network)
    return network
