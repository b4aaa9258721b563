"""How far an assignment is from an equilibrium."""


def relative_gap(experienced: float, cheapest: float) -> float:
    """Return the share of the total cost that could be saved on cheapest paths at the same times. [-].

    Parameters
    ----------
    experienced
        Sum of the costs of all travellers.
    cheapest
        Sum of the costs of their cheapest paths at the same times, in the same unit.
    """
    return max(experienced - cheapest, 0.0) / experienced if experienced > 0 else 0.0
