"""A larger or faster lock."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.policies.base import LAST_YEAR, Policy


class LockExpansion(Policy):
    """A lock gets another chamber, a larger one, a faster cycle, or works at night, too."""

    identity_fields: ClassVar[tuple[str, ...]] = ("lock",)
    opinion_items: ClassVar[tuple[int, ...]] = (14,)

    kind: Literal["lock_expansion"] = "lock_expansion"
    lock: str
    """Reference of the lock's node."""
    chambers_count: int | None = Field(default=None, ge=1, le=10)
    """Fewest chambers after the works."""
    lock_length_m: float | None = Field(default=None, gt=0, le=500)
    """Least usable length of a chamber."""
    lock_width_m: float | None = Field(default=None, gt=0, le=60)
    """Least width of a chamber."""
    lock_depth_m: float | None = Field(default=None, gt=0, le=20)
    """Least depth over the sill."""
    lock_cycle_min: float | None = Field(default=None, gt=0, le=120)
    """Longest time to fill or empty a chamber; a faster lock keeps its own."""
    day_and_night: bool = False
    """Whether the lock works around the clock from then on."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Edit the chamber on the map, and the number of chambers and the hours in the table of operations."""
        nodes = inputs.network.nodes.copy()
        locks = inputs.network.node_names[nodes["lock_cycle_min"].notna()]
        inputs.check_known("lock", [self.lock], sorted(locks))
        here = nodes.index == inputs.network.node_by_ref(self.lock)
        for column in ("lock_length_m", "lock_width_m", "lock_depth_m"):
            least = getattr(self, column)
            if least is not None:
                nodes.loc[here & ~(nodes[column] >= least), column] = least
        if self.lock_cycle_min is not None:
            nodes.loc[here & (nodes["lock_cycle_min"] > self.lock_cycle_min), "lock_cycle_min"] = self.lock_cycle_min
        if not nodes.equals(inputs.network.nodes):
            inputs = inputs.with_table("nodes", nodes)
        return self._with_operations(inputs)

    def _with_operations(self, inputs: Inputs) -> Inputs:
        before = inputs.table("lock_operations")
        after = before.copy()
        rows = (before["lock"] == self.lock) & (before["kind"] == "lock") & (before["to_year"] >= self.from_year)
        if (self.chambers_count or self.day_and_night) and not rows.any():
            years = f"{self.from_year} to {LAST_YEAR}"
            raise PolicyError(f"lock_operations has no row for the lock {self.lock!r} in {years}; add one")
        if self.chambers_count:
            after.loc[rows, "chambers_count"] = after.loc[rows, "chambers_count"].clip(lower=self.chambers_count)
        if self.day_and_night:
            after.loc[rows, ["open_hour", "close_hour"]] = 0.0, 24.0
        return inputs if after.equals(before) else inputs.with_table("lock_operations", after)
