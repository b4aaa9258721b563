"""Factor tables: every number of the physics with its unit, validity and source."""

from transport_sim.factors.model import Factors, GridFactor, grid_factor
from transport_sim.factors.reader import load_factors
from transport_sim.factors.sets import load_factor_set

__all__ = ["Factors", "GridFactor", "grid_factor", "load_factor_set", "load_factors"]
