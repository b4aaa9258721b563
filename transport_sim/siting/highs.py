"""Mixed-integer programs straight from sparse arrays to HiGHS, and its own word on status, bound and gap."""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from transport_sim.errors import SitingError
from transport_sim.randomness import BoolArray, FloatArray
from transport_sim.siting.problem import Limits, Status

INFINITY = float(highspy.kHighsInf)
"""What HiGHS takes for no bound. [-]"""


@dataclass(frozen=True, eq=False)
class Program:
    """Minimise `cost @ x` with `lower_row <= rows @ x <= upper_row` and `lower <= x <= upper`."""

    cost: FloatArray
    rows: sparse.csr_array
    lower_row: FloatArray
    upper_row: FloatArray
    lower: FloatArray
    upper: FloatArray
    whole: BoolArray
    """Variables that must be whole numbers."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What HiGHS found, of a minimisation."""

    status: Status
    x: FloatArray
    """Empty if infeasible."""
    objective: float
    bound: float
    """Nothing lies below."""
    gap_ratio: float
    """HiGHS's own. [-]"""


def solve(program: Program, limits: Limits, *, start: FloatArray | None = None) -> Answer:
    """Solve with one thread and a fixed seed, so that equal programs get equal answers.

    Raises
    ------
    SitingError
        If HiGHS stops at a limit before it found any solution, or fails.
    """
    solver = _solver(limits)
    solver.passModel(_model(program))
    if start is not None:
        guess = highspy.HighsSolution()
        guess.col_value = start.tolist()
        solver.setSolution(guess)
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    word = highspy.HighsModelStatus
    if status in {word.kInfeasible, word.kUnboundedOrInfeasible}:
        return Answer("infeasible", np.empty(0), np.nan, np.inf, np.inf)
    if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        raise SitingError(
            f"HiGHS found no solution ({solver.modelStatusToString(status)}); allow more nodes or time in `limits`"
        )
    x = np.array(solver.getSolution().col_value)
    objective = float(info.objective_function_value)
    if not program.whole.any():
        return Answer("optimal" if status == word.kOptimal else "feasible", x, objective, objective, 0.0)
    gap = float(info.mip_gap)
    proven = status == word.kOptimal and gap <= PROVEN
    return Answer("optimal" if proven else "feasible", x, objective, float(info.mip_dual_bound), gap)


PROVEN = 1e-9
"""Relative gap up to which an optimum counts as proven: rounding. [-]"""


def _solver(limits: Limits) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, bool | int | float] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "mip_rel_gap": limits.gap_ratio,
        "mip_abs_gap": 1e-9,
        "mip_max_nodes": limits.nodes_most,
        "mip_feasibility_tolerance": 1e-9,
    }
    if np.isfinite(limits.time_s):
        options["time_limit"] = limits.time_s
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver


def _model(program: Program) -> highspy.HighsLp:
    columns = sparse.csc_array(program.rows)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = columns.shape
    lp.col_cost_ = program.cost
    lp.col_lower_, lp.col_upper_ = program.lower, np.where(np.isinf(program.upper), INFINITY, program.upper)
    lp.row_lower_ = np.where(np.isinf(program.lower_row), -INFINITY, program.lower_row)
    lp.row_upper_ = np.where(np.isinf(program.upper_row), INFINITY, program.upper_row)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = columns.indptr
    lp.a_matrix_.index_ = columns.indices
    lp.a_matrix_.value_ = columns.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[whole] for whole in program.whole.astype(int).tolist()]
    return lp
