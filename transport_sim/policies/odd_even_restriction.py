"""Driving on alternate days, by the number plate."""

from typing import ClassVar, Literal

from transport_sim.conditions import NEW_ENERGY, TRUCKS, DateRanges, Episodes, StatedWindows, Weekdays, When, Where, Who
from transport_sim.inputs import Inputs
from transport_sim.measures import AccessRule
from transport_sim.policies.base import Policy


class OddEvenRestriction(Policy):
    """Odd plates drive on odd dates and even plates on even dates; the dirtiest vehicles not at all."""

    identity_fields: ClassVar[tuple[str, ...]] = ("where", "who", "dates", "episodes")
    opinion_items: ClassVar[tuple[int, ...]] = (16,)

    kind: Literal["odd_even_restriction"] = "odd_even_restriction"
    where: Where
    """Roads concerned: areas, roads, link_classes, link_ids, apart_from."""
    who: Who = Who()
    """Vehicles whose plates count; all that have one unless stated."""
    windows: StatedWindows = ("07:00-22:00",)
    """Hours in which plates count; unless stated those of Dazhou's notice of 26 December 2021."""
    dates: DateRanges = ()
    """Days on which the rule is in force; every day unless stated."""
    weekdays: Weekdays = ()
    """Days of the week on which it is; all unless stated."""
    episodes: Episodes = ()
    """What must be declared for it; nothing unless stated."""
    banned: tuple[Who, ...] = (
        Who(vehicle_classes=TRUCKS, technologies=("diesel",)),
        Who(uses=("construction",)),
        Who(technologies=("petrol",), emission_standards=("pre_china_i", "china_i", "china_ii")),
    )
    """Vehicles that are shut out day and night; unless stated those of Dazhou's notice: diesel trucks, construction
    trucks, petrol vehicles up to China II."""
    exempt: tuple[Who, ...] = (
        Who(technologies=NEW_ENERGY),
        Who(vehicle_classes=("bus", "taxi")),
        Who(uses=("emergency", "postal", "permit")),
    )
    """Vehicles that are free of all of it; unless stated those of Dazhou's notice: new energy vehicles, buses, taxis
    with ride-hailing, emergency, postal service, permit holders."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Close the roads to the plates of the other parity, and to who is banned."""
        links, place = inputs.road_links(self.where), str(self.where)
        days = When(dates=self.dates, weekdays=self.weekdays, episodes=self.episodes)
        for date, plate in (("odd", "even"), ("even", "odd")):
            who = self.who.model_copy(update={"plate": plate})
            when = days.model_copy(update={"windows": self.windows, "date_parity": date})
            inputs = inputs.with_access(AccessRule(links, who, when, self.exempt, self.kind, place))
        for who in self.banned:
            inputs = inputs.with_access(AccessRule(links, who, days, self.exempt, self.kind, place))
        return inputs
