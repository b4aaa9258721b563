"""When what is being built will be there."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from transport_sim.errors import PolicyError, did_you_mean
from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy, Year


class ConstructionSchedule(Policy):
    """Lines, locks, ports and sidings open in the years stated here, earlier or later than the map has it."""

    identity_fields: ClassVar[tuple[str, ...]] = ("opens", "passable_from")
    opinion_items: ClassVar[tuple[int, ...]] = (14,)

    kind: Literal["construction_schedule"] = "construction_schedule"
    opens: dict[str, Year] = Field(default_factory=dict)
    """Opening year by the name of a line, as on the map, or the reference of a lock, terminal or port."""
    passable_from: dict[str, Year] = Field(default_factory=dict)
    """First year in which one can pass a node (by its reference) again, where works close the river or line."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Write the years into links, nodes, terminals and the table of locks."""
        nodes, links = inputs.network.nodes.copy(), inputs.network.links.copy()
        terminals, locks = inputs.terminals.copy(), inputs.table("lock_operations").copy()
        names = inputs.network.nodes_by_name
        lines = set(links["name"]) - {""}
        for name, year in self.opens.items():
            on_line, at_terminal = links["name"] == name, terminals["terminal"] == name
            if name in lines:
                links.loc[on_line, "open_year"] = year
                links.loc[on_line & (links["status"] == "proposed"), "status"] = "construction"
            elif name in names and (at_terminal.any() or name in _locks(inputs)):
                nodes.loc[names[name], ["status", "open_year"]] = "construction", year
                terminals.loc[at_terminal, "from_year"] = year
                locks = _opened(locks, name, year)
            else:
                known = [*lines, *terminals["terminal"], *_locks(inputs)]
                raise PolicyError(f"no line, lock or terminal {name!r}{_near(name, known)}")
        for name, year in self.passable_from.items():
            inputs.check_known("node", [name], [str(ref) for ref in inputs.network.node_names])
            touching = (links["from_node"] == names[name]) | (links["to_node"] == names[name])
            links.loc[touching, "open_year"] = year
        tables = {"nodes": nodes, "links": links, "terminals": terminals, "lock_operations": locks}
        for table, frame in tables.items():
            if not frame.equals(inputs.table(table)):
                inputs = inputs.with_table(table, frame)
        return inputs


def _opened(locks: pd.DataFrame, lock: str, year: int) -> pd.DataFrame:
    """Let works at a lock last until the year before it opens, and its own row begin with it."""
    works = (locks["lock"] == lock) & (locks["kind"] == "works")
    if not works.any():
        return locks
    locks.loc[works, "to_year"] = year - 1
    locks.loc[(locks["lock"] == lock) & (locks["kind"] == "lock"), "from_year"] = year
    return locks[~works | (locks["from_year"] < year)]


def _locks(inputs: Inputs) -> list[str]:
    return list(inputs.network.node_names[inputs.network.nodes["lock_cycle_min"].notna()])


def _near(name: str, known: list[str]) -> str:
    """Name the nearest of the known words, not all of them: they are hundreds."""
    hint = did_you_mean(name, known)
    return hint if "did you mean" in hint else ""
