"""transport_sim: a laboratory in which a transport bureau tests a decarbonisation package before paying for it.

>>> import transport_sim as ts
>>> baseline = ts.load_scenario("scenarios/dazhou/baseline.yaml")
>>> package = ts.load_scenario("scenarios/dazhou/packages/rail_shift.yaml")
>>> comparison = ts.compare([baseline, package], workers=2)
>>> comparison.table
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from transport_sim.errors import (
    AuditError,
    DataError,
    FactorError,
    NetworkError,
    OutputError,
    PolicyConflictError,
    PolicyError,
    ScenarioError,
    SitingError,
    TransportSimError,
)

if TYPE_CHECKING:
    from transport_sim.config import Scenario, load_scenario
    from transport_sim.policies.base import Policy
    from transport_sim.run import Comparison, Result, compare, run
    from transport_sim.siting.site import SitingResult, site

_LAZY = {
    "Comparison": "transport_sim.run",
    "Policy": "transport_sim.policies.base",
    "Result": "transport_sim.run",
    "Scenario": "transport_sim.config",
    "SitingResult": "transport_sim.siting.site",
    "compare": "transport_sim.run",
    "load_scenario": "transport_sim.config",
    "site": "transport_sim.siting.site",
}

__all__ = [
    "AuditError",
    "Comparison",
    "DataError",
    "FactorError",
    "NetworkError",
    "OutputError",
    "Policy",
    "PolicyConflictError",
    "PolicyError",
    "Result",
    "Scenario",
    "ScenarioError",
    "SitingError",
    "SitingResult",
    "TransportSimError",
    "compare",
    "load_scenario",
    "run",
    "site",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute may be anything
    """Import the heavy parts when they are first used: the command line must answer at once."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
