"""A small GTFS feed at places of Dazhou, by the rules of the official validator, and ways to spoil it."""

import zipfile
from pathlib import Path

FEED: dict[str, str] = {
    "agency.txt": """agency_id,agency_name,agency_url,agency_timezone,agency_lang
DZ,Test Buses of Dazhou,https://example.com,Asia/Shanghai,en
""",
    "feed_info.txt": """feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version
Test,https://example.com,en,20250303,20250330,1
""",
    "stops.txt": """stop_id,stop_name,stop_lat,stop_lon
S1,North Gate,31.2402,107.5010
S2,Bridge,31.2117,107.4927
S3,South Gate,31.1852,107.4961
S4,West Gate,31.2006,107.4683
""",
    "routes.txt": """route_id,agency_id,route_short_name,route_long_name,route_type
R1,DZ,1,North Gate to South Gate,3
R2,DZ,2,West Gate to Bridge,3
""",
    "trips.txt": """route_id,service_id,trip_id,trip_headsign,direction_id,block_id
R1,WD,T1,South Gate,0,B1
R1,WD,T2,North Gate,1,B1
R1,WD,T3,South Gate,0,
R2,WD,T4,Bridge,0,
R2,WD,T5,West Gate,1,
R1,WE,T6,South Gate,0,
R1,WD,T7,South Gate,0,
""",
    "stop_times.txt": """trip_id,arrival_time,departure_time,stop_id,stop_sequence
T1,7:00:00,7:00:00,S1,1
T1,7:12:00,7:12:30,S2,2
T1,7:25:00,7:25:00,S3,3
T2,7:40:00,7:40:00,S3,1
T2,7:53:00,7:53:30,S2,2
T2,8:05:00,8:05:00,S1,3
T3,8:20:00,8:20:00,S1,1
T3,,,S2,2
T3,8:45:00,8:45:00,S3,3
T4,7:00:00,7:00:00,S4,1
T4,7:15:00,7:15:00,S2,2
T5,7:30:00,7:30:00,S2,1
T5,7:45:00,7:45:00,S4,2
T6,9:00:00,9:00:00,S1,1
T6,9:25:00,9:25:00,S3,2
T7,23:50:00,23:50:00,S1,1
T7,24:15:00,24:15:00,S3,2
""",
    "calendar.txt": """service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
WD,1,1,1,1,1,0,0,20250303,20250330
WE,0,0,0,0,0,1,1,20250303,20250330
""",
    "calendar_dates.txt": """service_id,date,exception_type
WD,20250305,2
WE,20250305,1
WD,20250312,2
WD,20250319,2
WD,20250326,2
""",
}
"""Files of the feed: blocks for some trips, a trip after midnight, a stop without a time, a holiday on Wednesdays."""


def write_feed(path: Path, changes: dict[str, str | None] | None = None) -> Path:
    """Zip the feed with some files replaced, or left out where they are None."""
    files = {**FEED, **(changes or {})}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            if text is not None:
                archive.writestr(name, text)
    return path


def with_line(file: str, number: int, text: str) -> dict[str, str | None]:
    """Return the change that replaces a line of a file, counted from 1; an empty text takes it away."""
    lines = FEED[file].splitlines()
    lines[number - 1 : number] = [text] if text else []
    return {file: "\n".join(lines) + "\n"}
