"""One year of freight: what shippers send and choose, and its simulation, repeated until choices and delays agree."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transport_sim.choice import limits
from transport_sim.choice.calibration import Calibration, calibrate, chain_shares, mode_tonnes
from transport_sim.choice.chains import MAIN_MODE, build_skims
from transport_sim.choice.freight_mode import ChainCosts, Utilities, chain_costs, choose, order_sizes, utilities
from transport_sim.choice.shipment_size import size_names
from transport_sim.choice.supernetwork import build_chains, zone_distance_km
from transport_sim.demand.freight import freight_demand_model
from transport_sim.demand.shipments import Shipments, draw_shipments
from transport_sim.feedback import Settled, measured_delays, until_settled
from transport_sim.hydrology import MONTH_DAYS
from transport_sim.inputs import Inputs
from transport_sim.months import months_of
from transport_sim.planning.plans import build_plan
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.river import monthly_payloads_t
from transport_sim.simulation.engine import Records, simulate
from transport_sim.simulation.plan import Plan
from transport_sim.tables.freight import CHAINS


@dataclass(frozen=True)
class Decision:
    """What shippers know and want."""

    inputs: Inputs
    """With the delays that they count on, and the rates that budgets allow."""
    costs: tuple[ChainCosts, ...]
    """Of the mean year, or of each month where the water differs between them."""
    limits: pd.DataFrame
    utility: tuple[Utilities, ...]
    """Likewise."""
    share: FloatArray
    """Expected share of each chain in each flow over the year, shape (chains, flows). [-]"""

    @property
    def kind(self) -> IntArray:
        """Position in `CHAINS` of each chain, shape (chains,). [-]."""
        return self.costs[0].kind


@dataclass(frozen=True)
class Outcome:
    """What came of a decision in the simulation."""

    chain: IntArray
    """Position of the chain of each consignment."""
    plan: Plan
    records: Records


class FreightYear:
    """The freight of one year; decides and carries out the same way however often it is asked."""

    def __init__(
        self, inputs: Inputs, base: Inputs, *, duration_days: float, seed: int, calendar_start_day: int | None = None
    ) -> None:
        self.inputs, self._seed, self._calendar_start_day = inputs, seed, calendar_start_day
        self.fitted: Calibration = calibrate(base)
        self.skims = build_skims(inputs)
        self.chains = build_chains(inputs, self.skims)
        # where goods go rests on the distances of the base year: new links change how they go
        distance_km = zone_distance_km(base, build_skims(base))
        self.demand = freight_demand_model(inputs, distance_km).demand(self.fitted.haul_scale_km)
        self.shipments: Shipments = draw_shipments(inputs, self.demand, duration_days=duration_days, seed=seed)
        self._month = months_of(self.shipments.release_s, calendar_start_day)

    def decide(self, inputs: Inputs) -> Decision:
        """Let the shippers choose under the delays of the inputs, within the limits of the package."""
        costs = chain_costs(inputs, self.skims, self.chains)
        within = limits.settle(
            inputs, self.skims, self.chains, self.demand, costs=costs, shares=lambda at: self._shares(inputs, at)
        )
        monthly = tuple(self._monthly_costs(within.inputs, within.costs))
        utility = tuple(self._utilities(within.inputs, c) for c in monthly)
        shares = [chain_shares(self.demand, u) for u in utility]
        days = MONTH_DAYS if len(shares) > 1 else (1,)
        share = np.average(shares, axis=0, weights=days)
        return Decision(within.inputs, monthly, within.table, utility, share)

    def _monthly_costs(self, inputs: Inputs, costs: ChainCosts) -> Iterator[ChainCosts]:
        """Yield the costs of each month of a run with dates, under what its water lets vessels load; else those given.

        Limits are met over the mean year; the price that they put on the road is the same in every month.
        """
        if self._calendar_start_day is None or inputs.operations["hydrology"].empty:
            yield costs
            return
        free = chain_costs(inputs, self.skims, self.chains).generalised_cny_per_t
        possible = np.isfinite(free)
        price = np.where(possible, costs.generalised_cny_per_t, 0.0) - np.where(possible, free, 0.0)
        for payload_t in monthly_payloads_t(inputs, self.skims):
            found = chain_costs(inputs, replace(self.skims, vessel_payload_t=payload_t), self.chains)
            yield replace(found, generalised_cny_per_t=found.generalised_cny_per_t + price)

    def _parts(self, count: int) -> Iterator[tuple[int, slice]]:
        """Yield the consignments of each month, or all of them if there is one set of costs; they lie together."""
        if count == 1:
            yield 0, slice(None)
            return
        bounds = np.searchsorted(self._month, np.arange(1, count + 2))
        yield from ((m, slice(int(bounds[m]), int(bounds[m + 1]))) for m in range(count))

    def carry_out(self, decision: Decision) -> Outcome:
        """Draw the choices of the consignments and simulate them."""
        parts = self._parts(len(decision.utility))
        chosen = [choose(decision.utility[m], self.shipments.part(rows), seed=self._seed) for m, rows in parts]
        chain = np.concatenate(chosen)
        plan = build_plan(
            decision.inputs,
            self.skims,
            self.chains,
            demand=self.demand,
            shipments=self.shipments,
            chain=chain,
            seed=self._seed,
            calendar_start_day=self._calendar_start_day,
        )
        return Outcome(chain, plan, simulate(plan))

    def settled(self, *, rounds: int, tolerance: float) -> Settled[Decision, Outcome]:
        """Choose and simulate until both agree."""
        return until_settled(
            self.inputs,
            self.skims,
            decide=self.decide,
            mode_tonnes=lambda decision: mode_tonnes(self.demand, decision.share, decision.kind),
            carry_out=self.carry_out,
            measure=self.measured,
            rounds=rounds,
            tolerance=tolerance,
        )

    def measured(self, outcome: Outcome) -> pd.DataFrame:
        """Return the delays that an outcome showed, as `feedback.measured_delays`."""
        return measured_delays(self.inputs, self.skims, outcome.records, self.shipments)

    def order_sizes(self, decision: Decision, chain: IntArray) -> pd.DataFrame:
        """Draw the size of the order behind each consignment.

        Columns main_mode, commodity, size, tonnes_t, and mean_size_t over the tonnes.
        """
        goods, kind = self.inputs.commodities["commodity"].to_numpy(), decision.kind
        drawn = [
            order_sizes(decision.costs[m], self.shipments.part(rows), chain[rows], seed=self._seed)
            for m, rows in self._parts(len(decision.costs))
        ]
        size, size_t = (np.concatenate(columns) for columns in zip(*drawn, strict=True))
        names = [size_names(self.inputs, k) for k in range(len(CHAINS))]
        longest = max(len(n) for n in names)
        table = np.array([n + [""] * (longest - len(n)) for n in names], dtype=object)
        frame = pd.DataFrame(
            {
                "main_mode": np.array(MAIN_MODE)[kind[chain]],
                "commodity": goods[self.shipments.commodity],
                "size": table[kind[chain], size],
                "tonnes_t": self.shipments.tonnes_t,
                "mean_size_t": size_t * self.shipments.tonnes_t,
            }
        )
        found = frame.groupby(["main_mode", "commodity", "size"], sort=True).sum().reset_index()
        return found.assign(mean_size_t=found["mean_size_t"] / found["tonnes_t"])

    def _utilities(self, inputs: Inputs, costs: ChainCosts) -> Utilities:
        return utilities(inputs, costs, self.fitted.shift_rail, self.fitted.shift_water)

    def _shares(self, inputs: Inputs, costs: ChainCosts) -> FloatArray:
        return chain_shares(self.demand, self._utilities(inputs, costs))
