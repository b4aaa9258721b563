"""Where the embedded networks and scenarios lie: in the checkout, or inside an installed wheel."""

from pathlib import Path

from transport_sim.errors import OutputError

_PACKAGE = Path(__file__).resolve().parent


def embedded(name: str) -> Path:
    """Return the path of an embedded file or folder such as ``networks/dazhou``."""
    for root in (_PACKAGE.parent, _PACKAGE / "_data"):
        if (root / name).exists():
            return root / name
    raise OutputError(f"no embedded data {name!r}; is the installation complete?")
