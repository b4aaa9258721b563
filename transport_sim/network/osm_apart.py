"""Read an OpenStreetMap file in a process of its own where damaged bytes could take the whole program down.

The C++ reader behind pyosmium trusts the inside of a `.pbf`: some damaged files end it with a segmentation fault, which
no `except` can catch. Our own reader checks every read, but leaves the header and other compressions to pyosmium. So a
`.pbf` is read by a child process that hands its arrays over in a file; when it dies, the parent says which file is
damaged. XML goes through expat, which has never died on any input, and is read in place.
"""

import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import shapely

from transport_sim.errors import NetworkError
from transport_sim.network.osm_reader import Progress, RawMap, read_here

REQUEST, ANSWER, PROBLEM = "request.json", "answer.pickle", "problem.txt"


def read_map(
    file: Path, *, modes: Iterable[str], area: shapely.Geometry | None = None, progress: Progress | None = None
) -> RawMap:
    """Read an OpenStreetMap file as `osm_reader.read_here` does, without any risk for this process.

    Raises
    ------
    NetworkError
        If the file can't be read to its end, or something in it is impossible.
    """
    if not file.name.lower().endswith(".pbf"):
        return read_here(file, modes=modes, area=area, progress=progress)
    with tempfile.TemporaryDirectory(prefix="transport_sim_") as name:
        folder = Path(name)
        request = {"file": str(file), "modes": list(modes), "area": "" if area is None else area.wkb_hex}
        (folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
        command = [sys.executable, "-m", "transport_sim.network.osm_apart", str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:  # noqa: S603
            try:
                for line in child.stdout or ():
                    stage, _, count = line.strip().partition("\t")
                    if progress and count.isdigit():
                        progress(stage, int(count))
                code = child.wait()
            finally:
                child.kill()
        if (folder / PROBLEM).is_file():
            raise NetworkError((folder / PROBLEM).read_text(encoding="utf-8"))
        if code != 0 or not (folder / ANSWER).is_file():
            raise NetworkError(f"{file}: cannot be read: the reader broke down over it (exit {code}); it is damaged")
        with (folder / ANSWER).open("rb") as stream:
            raw: RawMap = pickle.load(stream)  # noqa: S301 - written a moment ago by our own child
    return raw


def main(folder: Path) -> None:
    """Answer the request in a folder."""
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    area = shapely.from_wkb(request["area"]) if request["area"] else None

    def tell(stage: str, count: int) -> None:
        sys.stdout.write(f"{stage}\t{count}\n")
        sys.stdout.flush()

    try:
        raw = read_here(Path(request["file"]), modes=request["modes"], area=area, progress=tell)
    except NetworkError as error:
        (folder / PROBLEM).write_text(str(error), encoding="utf-8", errors="replace")
        return
    with (folder / ANSWER).open("wb") as stream:
        pickle.dump(raw, stream, protocol=pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
