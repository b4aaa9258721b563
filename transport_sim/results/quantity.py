"""How a quantity is named and shown in each language of the report."""

from typing import NamedTuple


class Quantity(NamedTuple):
    """How an indicator is named and shown: label, unit, what one unit shown is worth, decimals; by language."""

    label: tuple[str, str]
    unit: tuple[str, str]
    divisor: tuple[float, float]
    digits: tuple[int, int]
