"""The tables of a scenario's data folder: their columns, the strict reader, and what they owe each other."""
