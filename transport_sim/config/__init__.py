"""Scenarios: YAML in, one checked and frozen object out."""

from transport_sim.config.loading import load_scenario
from transport_sim.config.scenario import Scenario, scenario_json_schema

__all__ = ["Scenario", "load_scenario", "scenario_json_schema"]
