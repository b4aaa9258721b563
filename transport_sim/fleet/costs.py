"""What fleets cost: prices by year, annuities of a vehicle, total cost of ownership and cost of a tonne avoided."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.emissions.lifecycle import lifecycle_co2e_kg
from transport_sim.errors import DataError
from transport_sim.fleet.market import spans_of
from transport_sim.fleet.rates import Driving, PerKm, per_km
from transport_sim.fleet.turnover import Survival
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.tables.traffic import NO_EXHAUST
from transport_sim.units import KG_PER_T

COST_COLUMNS = ("capital_cny", "energy_cny", "maintenance_cny")


def stated(frame: pd.DataFrame, column: str, years: FloatArray | IntArray, what: str) -> FloatArray:
    """Return a column in some years, linear between those stated and constant outside; DataError without a row."""
    if frame.empty:
        raise DataError(what)
    own = frame.sort_values("year")
    return np.asarray(np.interp(np.asarray(years, dtype=np.float64), own["year"], own[column].to_numpy(float)))


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices of energy, of batteries and of money."""

    table: pd.DataFrame
    """The table `fleet_prices`."""

    def of(self, item: str, years: FloatArray | IntArray) -> FloatArray:
        """Return the price of an item in some years. [CNY/kg, CNY/kWh, 1/year]."""
        return stated(self.table[self.table["item"] == item], "price", years, f"fleet_prices: no row for {item}")


@dataclass(frozen=True, eq=False)
class VehicleCost:
    """What a vehicle of a fleet and technology costs."""

    rows: pd.DataFrame
    """Of the table `fleet_costs`, of one fleet and technology."""
    prices: Prices

    @classmethod
    def of(cls, inputs: Inputs, fleet: str, technology: str) -> "VehicleCost":
        """Look the vehicle up; raise DataError if the table does not have it."""
        table = inputs.operations["fleet_costs"]
        own = table[(table["fleet"] == fleet) & (table["technology"] == technology)].sort_values("year")
        if own.empty:
            raise DataError(f"fleets/fleet_costs.csv: no row for {fleet}, {technology}")
        return cls(own, Prices(inputs.operations["fleet_prices"]))

    def column(self, name: str, years: FloatArray | IntArray) -> FloatArray:
        """Return a column of the table in some years."""
        return stated(self.rows, name, years, name)

    @property
    def battery_life_years(self) -> int:
        """Age at which the battery is replaced. [years]."""
        return int(self.rows["battery_life_years"].iloc[0])

    def annuity_cny(self, vintage: IntArray, life: Survival) -> FloatArray:
        """Return the yearly cost of a vehicle bought in some years: purchase, charger and batteries. [CNY/year].

        The capital recovery factor spreads what is paid over the mean life. A battery that wears out is paid by those
        that live to see it, discounted to the year of purchase. What an old vehicle is worth is left out.

        References
        ----------
        .. [1] Park, Contemporary Engineering Economics, chapter 3 (capital recovery factor).
        """
        rate = self.prices.of("discount_rate", vintage)
        paid = self.column("purchase_cny", vintage) + self.column("charger_cny", vintage)
        for age in range(self.battery_life_years, life.mandatory_age_years, self.battery_life_years):
            battery = self.column("battery_kwh", vintage) * self.prices.of("battery", vintage + age)
            paid = paid + float(life.share(np.array([float(age)]))[0]) * battery / (1.0 + rate) ** age
        years = mean_life_years(life)
        recovery = np.full_like(rate, 1.0 / years)
        np.divide(rate, 1.0 - (1.0 + rate) ** -years, out=recovery, where=rate > 0.0)
        return np.asarray(paid * recovery)


def life_of(inputs: Inputs, fleet: str) -> Survival:
    """Return how long vehicles of a fleet last; DataError without a row."""
    table = inputs.operations["fleet_survival"]
    own = table[table["fleet"] == fleet]
    if own.empty:
        raise DataError(f"fleet_survival: no row for {fleet}")
    scale, shape, last = (own[n].iloc[0] for n in ("scale_years", "shape", "mandatory_age_years"))
    return Survival(float(scale), float(shape), int(last))


def mean_life_years(life: Survival) -> float:
    """Return for how many years a vehicle is there on average: the sum of the survival curve. [years]."""
    return float(life.share(np.arange(life.mandatory_age_years, dtype=np.float64)).sum())


def driving(inputs: Inputs, fleet: str, years: IntArray) -> tuple[Driving, FloatArray]:
    """Return how a fleet drives, and its kilometres of a year, in some years; DataError without a row."""
    table = inputs.operations["fleet_use"]
    own = table[table["fleet"] == fleet]
    speed, load, payload, km = (
        stated(own, name, years, f"fleet_use: no row for {fleet}")
        for name in ("speed_kmh", "load_ratio", "payload_t", "km_per_year")
    )
    return Driving(str(own["vehicle_class"].iloc[0]), speed, load, payload), km


def carrier_co2e_kg(inputs: Inputs, carrier: str, years: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the CO2e of a kilogramme or kilowatt-hour in some years, tank to wheel and well to tank. [kg]."""
    stages = [
        lifecycle_co2e_kg(
            inputs.factors, carrier, 1.0, grid_region=inputs.grid_region, year=year, grid_path=inputs.grid_path
        )
        for year in years.tolist()
    ]
    return np.array([float(s.co2e_ttw_kg) for s in stages]), np.array([float(s.co2e_wtt_kg) for s in stages])


def total_cost(inputs: Inputs, *, years: tuple[int, ...] | None = None) -> pd.DataFrame:
    """Compare the technologies of each fleet: what a new vehicle costs a year, all in, and a tonne of CO2e avoided.

    Parameters
    ----------
    inputs
        With the tables of fleets.
    years
        Years of purchase; the simulated one unless stated. Energy is at that year's prices and grid.

    Returns
    -------
    Columns year, fleet, technology, reference (the drive with an exhaust of which the stock has most), km_per_year,
    capital_cny, energy_cny, maintenance_cny, total_cny (of a vehicle and year), cny_per_km, co2e_wtw_t (of a vehicle
    and year), abatement_cny_per_t against the reference; missing where nothing is avoided.
    """
    wanted = np.array(years or (inputs.year,))
    costs = inputs.operations["fleet_costs"]
    rows = []
    for fleet in dict.fromkeys(inputs.operations["fleet_stock"]["fleet"]):
        technologies = dict.fromkeys(costs.loc[costs["fleet"] == fleet, "technology"])
        reference = _reference(inputs, str(fleet))
        for technology in technologies:
            found = _vehicle_year(inputs, str(fleet), str(technology), wanted)
            rows.append(pd.DataFrame(found).assign(fleet=fleet, technology=technology, reference=reference))
    table = pd.concat(rows, ignore_index=True)
    table["total_cny"] = table[list(COST_COLUMNS)].sum(axis=1)
    table["cny_per_km"] = table["total_cny"] / table["km_per_year"]
    base = table[table["technology"] == table["reference"]].set_index(["year", "fleet"])
    at = pd.MultiIndex.from_frame(table[["year", "fleet"]])
    more, less = (base[name].reindex(at).to_numpy() for name in ("total_cny", "co2e_wtw_t"))
    avoided = less - table["co2e_wtw_t"].to_numpy()
    table["abatement_cny_per_t"] = np.where(
        avoided > 0.0, (table["total_cny"] - more) / np.where(avoided > 0.0, avoided, 1.0), np.nan
    )
    names = ["year", "fleet", "technology", "reference", "km_per_year", *COST_COLUMNS]
    return table[[*names, "total_cny", "cny_per_km", "co2e_wtw_t", "abatement_cny_per_t"]]


def _reference(inputs: Inputs, fleet: str) -> str:
    stock = inputs.operations["fleet_stock"]
    own = stock[(stock["fleet"] == fleet) & ~stock["technology"].isin(NO_EXHAUST)]
    return str(own.groupby("technology")["vehicle_count"].sum().idxmax()) if len(own) else ""


def newest_standard(inputs: Inputs, fleet: str, technology: str, year: int) -> str:
    """Return the standard that a vehicle bought in a year meets."""
    spans = spans_of(inputs.operations["standards_in_force"], fleet)
    own = spans[(spans["from_year"] <= year) & (spans["to_year"] >= year) & (spans["emission_standard"] != "")]
    if technology in NO_EXHAUST or own.empty:
        return ""
    return str(own.sort_values("from_year")["emission_standard"].iloc[-1])


def _vehicle_year(inputs: Inputs, fleet: str, technology: str, years: IntArray) -> dict[str, FloatArray | IntArray]:
    how, km = driving(inputs, fleet, years)
    standard = newest_standard(inputs, fleet, technology, int(years[0]))
    use: PerKm = per_km(inputs.factors, how, technology, standard, gwp_set=inputs.gwp_set)
    cost = VehicleCost.of(inputs, fleet, technology)
    kg = use.gases_kg * km
    energy = np.zeros(len(years))
    for carrier, amount in use.energy.items():
        energy += amount * km * cost.prices.of(carrier, years)
        kg = kg + amount * km * sum(carrier_co2e_kg(inputs, carrier, years))
    return {
        "year": years,
        "km_per_year": km,
        "capital_cny": cost.annuity_cny(years, life_of(inputs, fleet)),
        "energy_cny": energy,
        "maintenance_cny": cost.column("maintenance_cny_per_km", years) * km,
        "co2e_wtw_t": kg / KG_PER_T,
    }
