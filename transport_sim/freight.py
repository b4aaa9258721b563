"""One year of freight: what shippers send and choose, and its simulation, repeated until choices and delays agree."""

from dataclasses import dataclass

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
from transport_sim.inputs import Inputs
from transport_sim.planning import build_plan
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.simulation.engine import Records, simulate
from transport_sim.simulation.plan import Plan
from transport_sim.tables import CHAINS


@dataclass(frozen=True)
class Decision:
    """What shippers know and want."""

    inputs: Inputs
    """With the delays that they count on, and the rates that budgets allow."""
    costs: ChainCosts
    limits: pd.DataFrame
    utility: Utilities
    share: FloatArray
    """Expected share of each chain in each flow, shape (chains, flows). [-]"""


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

    def decide(self, inputs: Inputs) -> Decision:
        """Let the shippers choose under the delays of the inputs, within the limits of the package."""
        costs = chain_costs(inputs, self.skims, self.chains)
        within = limits.settle(
            inputs, self.skims, self.chains, self.demand, costs=costs, shares=lambda at: self._shares(inputs, at)
        )
        utility = self._utilities(within.inputs, within.costs)
        return Decision(within.inputs, within.costs, within.table, utility, chain_shares(self.demand, utility))

    def carry_out(self, decision: Decision) -> Outcome:
        """Draw the choices of the consignments and simulate them."""
        chain = choose(decision.utility, self.shipments, seed=self._seed)
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
            mode_tonnes=lambda decision: mode_tonnes(self.demand, decision.share, decision.costs.kind),
            carry_out=self.carry_out,
            measure=lambda outcome: measured_delays(self.inputs, self.skims, outcome.records, self.shipments),
            rounds=rounds,
            tolerance=tolerance,
        )

    def order_sizes(self, decision: Decision, chain: IntArray) -> pd.DataFrame:
        """Draw the size of the order behind each consignment.

        Columns main_mode, commodity, size, tonnes_t, and mean_size_t over the tonnes.
        """
        goods, kind = self.inputs.commodities["commodity"].to_numpy(), decision.costs.kind
        size, size_t = order_sizes(decision.costs, self.shipments, chain, seed=self._seed)
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
