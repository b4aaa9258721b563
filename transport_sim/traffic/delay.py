"""Volume-delay functions: the travel time of a link under a steady flow."""

import numpy as np
import numpy.typing as npt

Numeric = float | npt.NDArray[np.float64]


def bpr_travel_time(
    free_flow_h: Numeric, flow_pcu_h: Numeric, capacity_pcu_h: Numeric, alpha: Numeric = 0.15, beta: Numeric = 4.0
) -> Numeric:
    """Calculate link travel time under congestion with the BPR function [1]_.

    This is the one place of the formula: compiled code compiles this very function, which is why its last two
    parameters are not keyword-only. Arguments are scalars or arrays that broadcast against each other.

    Parameters
    ----------
    free_flow_h
        Travel time on the empty link. Another unit of time gives a result in that unit. [h]
    flow_pcu_h, capacity_pcu_h
        Demand flow, at least 0, and practical capacity, above 0. Only their ratio counts. [pcu/h]
    alpha, beta
        Shape of the curve; defaults from [1]_. [-]

    Returns
    -------
    Travel time, never less than `free_flow_h`. [h]

    References
    ----------
    .. [1] U.S. Bureau of Public Roads, "Traffic Assignment Manual", 1964.
    """
    return free_flow_h * (1.0 + alpha * (flow_pcu_h / capacity_pcu_h) ** beta)


def bpr_marginal(
    free_flow_h: Numeric, flow_pcu_h: Numeric, capacity_pcu_h: Numeric, alpha: Numeric = 0.15, beta: Numeric = 4.0
) -> Numeric:
    """Calculate the derivative of `bpr_travel_time` by the flow.

    Parameters
    ----------
    free_flow_h, flow_pcu_h, capacity_pcu_h, alpha, beta
        As in `bpr_travel_time`. On an empty link with `beta` below 1 the derivative does not exist.

    Returns
    -------
    Change of travel time by flow. [h/(pcu/h)]
    """
    return free_flow_h * alpha * beta / capacity_pcu_h * (flow_pcu_h / capacity_pcu_h) ** (beta - 1.0)


def bpr_integral(
    free_flow_h: Numeric, flow_pcu_h: Numeric, capacity_pcu_h: Numeric, alpha: Numeric = 0.15, beta: Numeric = 4.0
) -> Numeric:
    """Calculate the integral of `bpr_travel_time` from no flow to the flow, a link's part of Beckmann's objective [1]_.

    Parameters
    ----------
    free_flow_h, flow_pcu_h, capacity_pcu_h, alpha, beta
        As in `bpr_travel_time`.

    Returns
    -------
    Integral. [h pcu/h]

    References
    ----------
    .. [1] M. Beckmann, C. B. McGuire and C. B. Winsten, "Studies in the Economics of Transportation", 1956.
    """
    return free_flow_h * flow_pcu_h * (1.0 + alpha / (beta + 1.0) * (flow_pcu_h / capacity_pcu_h) ** beta)
