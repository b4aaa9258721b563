"""Tables of operations against the map and the other tables."""

from pathlib import Path

import pandas as pd
import pytest

from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.tables.operations_consistency import check_operations


def _check(inputs: Inputs, table: str, **changes: object) -> None:
    frame = inputs.operations[table].copy()
    for column, value in changes.items():
        frame.loc[frame.index[1], column] = value
    tables: dict[str, pd.DataFrame] = {n: getattr(inputs, n) for n in ("terminals", "commodities")}
    check_operations(inputs.operations.with_table(table, frame), tables, inputs.network, inputs.factors, data=Path())


@pytest.mark.parametrize(
    ("table", "changes", "words"),
    [
        ("terminal_operations", {"terminal": "R_DS_HESHIBAA"}, "did you mean 'R_DS_HESHIBA'"),
        ("terminal_operations", {"equipment": "gantry_hook;portal_crab"}, "did you mean 'portal_grab'"),
        ("handling_rates", {"commodity": "cole"}, "did you mean 'coal'"),
        ("vessel_types", {"hull": "qu_501"}, "did you mean 'qu_500'"),
        ("lock_operations", {"lock": "W_QJ_FULIUTANG"}, "did you mean 'W_QJ_FULIUTAN'"),
        ("disruptions", {"place": "达成成线"}, "did you mean '达成线'"),
        ("terminal_operations", {"terminal": "R_DS_HESHIBA;R_XY_QUXIAN"}, "unknown 'R_DS_HESHIBA;R_XY_QUXIAN'"),
        ("lock_operations", {"lock": ";"}, "lock: unknown ';'"),
        ("shippers", {"commodity": "coal;ore_steel"}, "commodity: unknown 'coal;ore_steel'"),
        ("service_waits", {"from_place": "R_DS_HESHIBAA", "to_place": "R_DS_HESHIBA"}, "did you mean 'R_DS_HESHIBA'"),
        ("wagon_types", {"commodities": "coal;ore_steal"}, "did you mean 'ore_steel'"),
        ("rail_lines", {"line": "达成成线"}, "did you mean '达成线'"),
        ("rail_lines", {"locomotive": "hxd3"}, "did you mean 'hxd3c'"),
        ("passing_loops", {"place": "R_DW_TINGZY"}, "did you mean 'R_DW_TINGZI'"),
        ("train_paths", {"to_station": "W_QJ_FULIUTAN"}, "to_station: unknown 'W_QJ_FULIUTAN'"),
        ("yards", {"terminal": "R_NOWHERE"}, "terminal: unknown 'R_NOWHERE'"),
    ],
)
def test_an_unknown_name_is_refused_with_line_and_nearest_name(
    dazhou_inputs: Inputs, table: str, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(DataError) as caught:
        _check(dazhou_inputs, table, **changes)
    text = str(caught.value)
    assert text.startswith(str(Path("operations") / f"{table}.csv"))
    assert "line 3" in text
    assert words in text


def test_the_tables_of_dazhou_are_consistent(dazhou_inputs: Inputs) -> None:
    _check(dazhou_inputs, "terminal_operations")
