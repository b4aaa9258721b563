"""The page of policies, docs/policies.md, made from their own words."""

from transport_sim.policies import PolicySummary, policy_summary, registered_policies
from transport_sim.policies.base import Cost

PACKAGE = "transport_sim.policies."

HEAD = """# Policies

Every policy is one file in `transport_sim/policies/`, found by its place; this page is made from the files:
`python -m transport_sim.policy_document > docs/policies.md`. In a scenario a policy is an entry of `policies` with its
`kind`; `docs/restrictions.md` explains who, where and when of the rules of the road.

A policy is a function from the inputs of a year to other inputs. It edits tables or adds a measure that choice,
planning or traffic obey, and the report lists every cell that it changed. Two policies of one package that write
different values into one cell are refused. Without effect (a share of 0, a ratio of 1) it gives the baseline to the
byte.

Items are those of the municipal opinion on carbon peaking: 14 structure of transport, 15 vehicles and vessels, 16
low-carbon travel, 17 pilots.

## What holds for all

`from_year`: first year in which the policy acts.

`public_cost`: what it costs the public purse, for the indicator `public_cost_cny` and the cost of a tonne of CO2e
avoided (`abatement_cost_cny_per_t` in `comparison.csv`: change of the cost of transport without charges and subsidies,
which only change hands, and of the public cost, over the change of CO2e; time and what nobody pays are not in it).

"""


def document() -> str:
    """Write the page: all policies of the package in a table, then the parameters of each."""
    kinds = [kind for kind, cls in registered_policies().items() if cls.__module__.startswith(PACKAGE)]
    found = [policy_summary(kind) for kind in kinds]
    cost = [
        f"| `{name}` | {'required' if field.is_required() else field.default} | {_one_line(field.description)} |"
        for name, field in Cost.model_fields.items()
    ]
    rows = [f"| `{one.kind}` | {', '.join(map(str, one.opinion_items)) or '-'} | {one.summary} |" for one in found]
    parts = [HEAD + "\n".join(["| parameter | default | meaning |", "|---|---|---|", *cost])]
    parts.append("\n".join(["## All policies", "", "| policy | item | what it does |", "|---|---|---|", *rows]))
    return "\n\n".join([*parts, *map(_section, found)]) + "\n"


def _section(one: PolicySummary) -> str:
    lines = [
        f"## {one.kind}",
        "",
        one.summary,
        "",
        "| parameter | type | unit | default | meaning |",
        "|---|---|---|---|---|",
    ]
    for field in one.fields:
        if field.name != "from_year":
            kind = field.type.replace("|", "or")
            default = field.default if field.default == "required" else f"`{field.default}`"
            lines.append(f"| `{field.name}` | {kind} | {field.unit} | {default} | {_one_line(field.description)} |")
    return "\n".join(lines)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "or")


if __name__ == "__main__":
    import sys

    sys.stdout.write(document())
