"""The columns of the tables of operations of railways: other trains, wagons, locomotives, lines, loops and yards."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from transport_sim.tables.csv_tables import between, filled, one_of

if TYPE_CHECKING:
    from pandera.pandas import Column

PATH_CHECKS = {
    "last_hour must come after first_hour (0 and 24 for the whole day)": lambda d: d["first_hour"] < d["last_hour"],
    "to_station is the same as from_station": lambda d: d["from_station"] != d["to_station"],
}


def train_paths() -> "dict[str, Column]":
    """Return the columns of the daily timetable of other trains: a row for each pattern, both directions."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "path": pa.Column(str, filled()),
        "kind": pa.Column(str, one_of(("passenger", "freight", "pick_up"))),
        "from_station": pa.Column(str, filled()),
        "to_station": pa.Column(str, filled()),
        "trains_per_day": pa.Column(int, between(1, 300)),
        "first_hour": pa.Column(float, between(0, 24)),
        "last_hour": pa.Column(float, between(0, 24)),
        "speed_kmh": pa.Column(float, between(5, 350)),
        "priority": pa.Column(int, between(1, 9)),
        "note": pa.Column(str),
    }


def wagon_types() -> "dict[str, Column]":
    """Return the columns of the table of wagons, and which goods they carry."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "wagon_type": pa.Column(str, filled()),
        "commodities": pa.Column(str, filled()),
        "load_t": pa.Column(float, between(1, 200)),
        "tare_t": pa.Column(float, between(1, 100)),
        "length_m": pa.Column(float, between(1, 50)),
        "note": pa.Column(str),
    }


def locomotives() -> "dict[str, Column]":
    """Return the columns of the table of locomotives."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "locomotive": pa.Column(str, filled()),
        "traction": pa.Column(str, one_of(("electric", "diesel"))),
        "mass_t": pa.Column(float, between(10, 1000)),
        "length_m": pa.Column(float, between(5, 200)),
        "effort_kn": pa.Column(float, between(10, 5000)),
        "speed_kmh": pa.Column(float, between(5, 120)),
        "change_min": pa.Column(float, between(0, 1440)),
        "note": pa.Column(str),
    }


def rail_lines() -> "dict[str, Column]":
    """Return the columns of the table of the technical standards of lines."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "line": pa.Column(str, filled()),
        "locomotive": pa.Column(str, filled()),
        "locomotives_count": pa.Column(int, between(1, 4)),
        "track_length_m": pa.Column(float, between(50, 5000)),
        "crossing_margin_min": pa.Column(float, between(0, 60)),
        "note": pa.Column(str),
    }


def passing_loops() -> "dict[str, Column]":
    """Return the columns of the table of tracks in loops and stations; others have the tracks of the map."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "place": pa.Column(str, filled()),
        "tracks_count": pa.Column(int, between(1, 200)),
        "track_length_m": pa.Column(float, between(50, 5000)),
        "note": pa.Column(str),
    }


def yards() -> "dict[str, Column]":
    """Return the columns of the table of yards, where trains are broken up and made up."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "terminal": pa.Column(str, filled()),
        "tracks_count": pa.Column(int, between(1, 200)),
        "track_length_m": pa.Column(float, between(50, 5000)),
        "engines_count": pa.Column(int, between(1, 50)),
        "break_up_min_per_wagon": pa.Column(float, between(0, 60)),
        "make_up_min_per_wagon": pa.Column(float, between(0, 60)),
        "note": pa.Column(str),
    }


def listed(text: str) -> list[str]:
    """Return the names of a cell that holds several, separated by semicolons."""
    return [name.strip() for name in text.split(";") if name.strip()]


def rows_of(table: pd.DataFrame) -> "list[dict[str, Any]]":
    """Return the rows as dictionaries of plain Python values."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
