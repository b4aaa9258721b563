"""Roads closed on days of bad air."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.conditions import DateRanges, Episodes, StatedWindows, When, Where, Who
from transport_sim.inputs import Inputs
from transport_sim.measures import AccessRule
from transport_sim.policies.base import Policy


class SeasonalRestriction(Policy):
    """On days for which bad air is declared, in summer or winter, some vehicles may not use some roads."""

    identity_fields: ClassVar[tuple[str, ...]] = ("where", "who", "episodes", "dates")
    opinion_items: ClassVar[tuple[int, ...]] = (16,)

    kind: Literal["seasonal_restriction"] = "seasonal_restriction"
    where: Where
    """Roads that are closed: areas, roads, link_classes, link_ids, apart_from."""
    episodes: Episodes = Field(min_length=1)
    """What triggers it: ozone_warning, winter_yellow, winter_orange, winter_red."""
    dates: DateRanges = ()
    """Season in which it may be triggered, such as 05-01/09-30; the whole year unless stated."""
    who: Who = Who(registration="non_local")
    """Vehicles that are shut out: non-local ones unless stated."""
    windows: StatedWindows = ("07:00-22:00",)
    """Windows of the day; unless stated the hours of Dazhou's notice of 26 December 2021."""
    exempt: tuple[Who, ...] = ()
    """Vehicles that are free of it; one that fits is enough."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Close the roads on the days that meet the trigger."""
        when = When(windows=self.windows, dates=self.dates, episodes=self.episodes)
        links = inputs.road_links(self.where)
        return inputs.with_access(AccessRule(links, self.who, when, self.exempt, self.kind, str(self.where)))
