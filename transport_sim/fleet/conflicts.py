"""Measures for one fleet that cannot hold together."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from transport_sim.errors import PolicyConflictError
from transport_sim.measures import EfficiencyStandard, FleetMandate, FleetMeasure, SalesShift

TINY = 1e-9


def check_compatible(there: Sequence[FleetMeasure], measure: FleetMeasure) -> None:
    """Refuse a measure that asks for what another one rules out.

    Mandates on technologies that have none in common may not add up to more than all vehicles in any year, whether
    they are about sales or about the stock, for the stock follows sales. Nor may shifts of sales; and a fleet's
    technology has one shift and one standard of efficiency. A mandate goes above the market, and so above a shift.

    Raises
    ------
    PolicyConflictError
        Naming both policies and what they ask for.
    """
    for other in (m for m in there if m.fleet == measure.fleet):
        if type(other) is type(measure) and _contradict(other, measure):
            raise PolicyConflictError(f"{_named(other)} and {_named(measure)} contradict each other")
    if isinstance(measure, FleetMandate):
        _check_sum([m for m in there if isinstance(m, FleetMandate) and m.fleet == measure.fleet], measure)


def _contradict(a: FleetMeasure, b: FleetMeasure) -> bool:
    if isinstance(a, FleetMandate) and isinstance(b, FleetMandate):
        apart = not set(a.technologies) & set(b.technologies)
        return apart and _most_in_a_year((a, b)) > 1.0 + TINY
    if isinstance(a, SalesShift) and isinstance(b, SalesShift):
        return a.technology == b.technology or a.share + b.share > 1.0 + TINY
    if isinstance(a, EfficiencyStandard) and isinstance(b, EfficiencyStandard):
        return not (a.technologies and b.technologies) or bool(set(a.technologies) & set(b.technologies))
    return False


def _check_sum(there: Sequence[FleetMandate], measure: FleetMandate) -> None:
    """Refuse three or more mandates, apart in their technologies, that ask for more than all vehicles together."""
    for count in range(2, len(there) + 1):
        for others in combinations(there, count):
            every = (*others, measure)
            words = [t for m in every for t in m.technologies]
            if len(set(words)) == len(words) and _most_in_a_year(every) > 1.0 + TINY:
                raise PolicyConflictError(
                    f"{', '.join(map(_named, others))} and {_named(measure)} contradict each other"
                )


def _most_in_a_year(mandates: Iterable[FleetMandate]) -> float:
    """Return what mandates ask for together once all of them hold in full; none of them ever asks for less again."""
    return sum(m.share for m in mandates)


def _named(measure: FleetMeasure) -> str:
    what, where, terms = measure.text
    return f"{measure.policy or what} ({where}: {terms})"
