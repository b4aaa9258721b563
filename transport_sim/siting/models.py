"""The siting models in one place: what to import from outside of this folder.

`sites` is the number of open places at most, those that exist included; `budget_cny` what new places (and plugs) may
cost. What exists stays open. Each model takes one of the two or both, as its docstring says.
"""

from transport_sim.siting.capacity import capacitated_maximal_cover
from transport_sim.siting.cover import location_set_cover, maximal_cover
from transport_sim.siting.p_centre import p_centre
from transport_sim.siting.p_median import p_median
from transport_sim.siting.phases import FrontPoint, Phase, in_phases, pareto_front
from transport_sim.siting.problem import GroupCover, Limits, PlugSupply, Siting, SitingProblem
from transport_sim.siting.refuelling import CorridorFlows, Refuelling, flow_refuelling

__all__ = [
    "CorridorFlows",
    "FrontPoint",
    "GroupCover",
    "Limits",
    "Phase",
    "PlugSupply",
    "Refuelling",
    "Siting",
    "SitingProblem",
    "capacitated_maximal_cover",
    "flow_refuelling",
    "in_phases",
    "location_set_cover",
    "maximal_cover",
    "p_centre",
    "p_median",
    "pareto_front",
]
