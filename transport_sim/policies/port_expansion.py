"""A larger port or yard."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy


class PortExpansion(Policy):
    """A port or goods yard gets more berths or tracks, more or faster cranes, and more storage."""

    identity_fields: ClassVar[tuple[str, ...]] = ("terminal",)
    opinion_items: ClassVar[tuple[int, ...]] = (14, 17)

    kind: Literal["port_expansion"] = "port_expansion"
    terminal: str
    """Port, yard or siding, as in the terminals table."""
    berths_count: int | None = Field(default=None, ge=1, le=200)
    """Fewest berths, or tracks of a yard, after the works; more stay as they are."""
    cranes_count: int | None = Field(default=None, ge=1, le=400)
    """Fewest cranes after the works."""
    crane_rate_t_per_h: float | None = Field(default=None, gt=0, le=5000)
    """Least handling rate of one of them."""
    storage_out_t: float | None = Field(default=None, gt=0, le=1e8)
    """Least storage for goods that leave by train or vessel, where the terminal's storage is limited."""
    storage_in_t: float | None = Field(default=None, gt=0, le=1e8)
    """Least storage for goods that arrive by train or vessel, where it is limited."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Raise what is smaller; a storage of 0 in the table of operations has no limit to raise."""
        inputs.check_known("terminal", [self.terminal], list(inputs.terminals["terminal"]))
        for table, columns in (
            ("terminals", ("berths_count", "cranes_count", "crane_rate_t_per_h")),
            ("terminal_operations", ("storage_out_t", "storage_in_t")),
        ):
            before = inputs.table(table)
            after = before.copy()
            for column in columns:
                least = getattr(self, column)
                if least is not None:
                    smaller = (before["terminal"] == self.terminal) & (before[column] > 0) & (before[column] < least)
                    after.loc[smaller, column] = least
            if not after.equals(before):
                inputs = inputs.with_table(table, after)
        return inputs
