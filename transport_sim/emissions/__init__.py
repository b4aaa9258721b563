"""Exhaust pollutants and life-cycle greenhouse gases: pure functions of arrays."""
