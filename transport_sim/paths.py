"""Where things lie: the embedded networks and scenarios (in the checkout or an installed wheel), the user's cache."""

import os
from pathlib import Path

from transport_sim.errors import OutputError

_PACKAGE = Path(__file__).resolve().parent


def embedded(name: str) -> Path:
    """Return the path of an embedded file or folder such as ``networks/dazhou``."""
    for root in (_PACKAGE.parent, _PACKAGE / "_data"):
        if (root / name).exists():
            return root / name
    raise OutputError(f"no embedded data {name!r}; is the installation complete?")


def user_cache() -> Path:
    """Return this package's folder in the user's cache: below `$XDG_CACHE_HOME`, else below `~/.cache`."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "transport_sim"
