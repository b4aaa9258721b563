"""Headings, reasons and sentences of siting in English and Chinese."""

from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

HEADINGS: dict[str, tuple[str, str]] = {
    "place": ("place", "编号"),
    "name": ("name", "名称"),
    "kind": ("kind", "类别"),
    "year": ("phase", "阶段（年）"),
    "rank": ("rank", "排序"),
    "score": ("score", "评分"),
    "accepted": ("is a candidate", "是否备选"),
    "status": ("status", "状态"),
    "rule": ("rule", "规则"),
    "reason": ("reason", "理由"),
    "from_year": ("from year", "建成年份"),
    "plugs_count": ("plugs", "充电枪数"),
    "new_plugs_count": ("new plugs", "新增枪数"),
    "power_kw": ("power of all plugs [kW]", "总功率（kW）"),
    "plug_kw": ("power of a plug [kW]", "单枪功率（kW）"),
    "cost_cny": ("cost of what is new [CNY]", "新增投资（元）"),
    "demand_kwh": ("demand served [kWh/day]", "日服务电量（kWh）"),
    "reach_kwh": ("demand in reach [kWh/day]", "可达需求（kWh/日）"),
    "sessions_count": ("charges a day", "日充电次数"),
    "mean_wait_minutes": ("mean wait [min]", "平均等待（分钟）"),
    "within_share": ("share served within the wait", "限时内服务比例"),
    "population_persons": ("inhabitants in reach", "覆盖人口"),
    "users": ("users", "服务对象"),
    "lon": ("longitude", "经度"),
    "lat": ("latitude", "纬度"),
    "road_km": ("way to the road [km]", "距道路（km）"),
    "river_km": ("way to the river [km]", "距河道（km）"),
    "slope_ratio": ("slope", "坡度"),
    "footprint_m2": ("area [m²]", "场地面积（m²）"),
    "grid_km": ("way to the grid [km]", "距电网（km）"),
    "headroom_kw": ("headroom of the transformer [kW]", "变压器余量（kW）"),
    "nearest_minutes": ("drive from the nearest demand [min]", "距最近需求（分钟）"),
    "budget_cny": ("budget [CNY]", "预算（元）"),
    "cover_ratio": ("share of demand covered", "需求覆盖率"),
    "sites_count": ("sites", "站数"),
    "gap_ratio": ("gap", "最优间隙"),
    "efficient": ("efficient", "有效点"),
    "round": ("round", "轮次"),
    "drivers_count": ("drivers a day", "日车次"),
    "served_share": ("share served at all", "获服务比例"),
    "within_share_of_served": ("share of those served within the wait", "获服务者中限时内比例"),
    "wait_p95_minutes": ("wait that 95 % do not exceed [min]", "等待 95 分位（分钟）"),
    "energy_kwh": ("energy [kWh/day]", "日充电量（kWh）"),
    "kept": ("kept", "采用"),
    "measure": ("measure", "指标"),
    "open_loop": ("open loop", "开环"),
    "closed_loop": ("closed loop", "闭环"),
    "difference": ("difference", "差"),
    "low": ("low (95 %)", "下限（95 %）"),
    "high": ("high (95 %)", "上限（95 %）"),
    "replications": ("days", "天数"),
    "verdict": ("verdict", "结论"),
}
"""Heading of each column, English and Chinese."""
KINDS: dict[str, tuple[str, str]] = {
    "existing": ("existing station", "既有充电站"),
    "service_area": ("expressway service area", "高速服务区"),
    "transport_hub": ("transport hub", "交通枢纽"),
    "bus_depot": ("bus station or depot", "公交场站"),
    "logistics_park": ("logistics park", "物流园区"),
    "express_centre": ("express transfer centre", "快递分拨中心"),
    "market": ("wholesale market", "批发市场"),
    "charging_station": ("charging station on the map", "地图所载充电站"),
    "parking": ("public parking", "公共停车场"),
    "fuel": ("fuel station", "加油站"),
    "town_centre": ("town centre", "乡镇中心"),
}
REASONS: dict[str, tuple[str, str]] = {
    "accepted": ("passes every rule", "符合全部规则"),
    "existing": ("stands already and is kept", "既有站，保留"),
    "allowed": ("this kind of place is not wanted", "该类场所不予采用"),
    "near_road": (
        "{seen:.2f} km from the nearest road, at most {limit:g} km",
        "距道路 {seen:.2f} km，上限 {limit:g} km",
    ),
    "reachable": (
        "{seen:.0f} min from the nearest demand, at most {limit:g} min",
        "距需求 {seen:.0f} 分钟，上限 {limit:g} 分钟",
    ),
    "footprint": ("{seen:.0f} m² of room, at least {limit:g} m²", "场地 {seen:.0f} m²，下限 {limit:g} m²"),
    "grid_distance": ("{seen:.1f} km to the grid, at most {limit:g} km", "距电网 {seen:.1f} km，上限 {limit:g} km"),
    "headroom": (
        "the transformer can give {seen:.0f} kW, at least {limit:g} kW",
        "变压器余量 {seen:.0f} kW，下限 {limit:g} kW",
    ),
    "slope": ("slope {seen:.1%}, at most {limit:.1%}", "坡度 {seen:.1%}，上限 {limit:.1%}"),
    "flood": (
        "{seen:.2f} km from the river, at least {limit:g} km: floods",
        "距河道 {seen:.2f} km，下限 {limit:g} km（洪水）",
    ),
    "near_existing": (
        "{seen:.2f} km from an existing station, at least {limit:g} km",
        "距既有站 {seen:.2f} km，下限 {limit:g} km",
    ),
    "spacing": ("{seen:.2f} km from {beside}, at least {limit:g} km", "距{beside} {seen:.2f} km，下限 {limit:g} km"),
    "chosen": (
        "built in {year}: {kwh:,.0f} kWh a day have it nearest",
        "{year} 年建设：以此为最近站的需求 {kwh:,.0f} kWh/日",
    ),
}
"""Why a place is in or out."""
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Charger siting: {name}", "充电站选址：{name}"),
    "map": ("Where to charge", "充电站布局"),
    "candidates": ("candidates not chosen", "未选备选点"),
    "demand": ("charging demand", "充电需求"),
    "phase": ("new in {year}", "{year} 年新建"),
    "kept": ("existing stations", "既有充电站"),
    "plugs_size": ("area of a circle: plugs", "圆面积：枪数"),
    "roads": ("roads", "道路"),
    "core": ("The core", "主城区"),
    "region": ("The prefecture", "全市"),
    "pareto": ("What more money buys", "预算与覆盖率"),
    "pareto_x": ("budget of the last phase [million CNY]", "末期预算（百万元）"),
    "pareto_y": ("share of demand covered", "需求覆盖率"),
    "pareto_note": ("beside the points: sites / plugs", "点旁数字：站数 / 枪数"),
    "list": ("The sites", "选址清单"),
    "loop": ("Closed loop against open loop", "闭环与开环比较"),
    "history": ("Rounds of siting and queues", "选址与排队迭代"),
    "sheet_candidates": ("candidates", "备选点"),
    "sheet_sites": ("sites", "选址"),
    "sheet_comparison": ("loops", "闭环与开环"),
    "sheet_history": ("rounds", "迭代"),
    "sheet_pareto": ("budget and cover", "预算与覆盖"),
    "better": (
        (
            "{year}: the closed loop serves {share:.1%} of all drivers within {wait:g} min, the open loop "
            "{open_share:.1%} with the same money ({low:+.1%} to {high:+.1%}, 95 % interval over {days} days), "
            "with {plugs:.0f} plugs against {open_plugs:.0f}, with a mean wait of {mean:.1f} min against "
            "{open_mean:.1f} min."
        ),
        (
            "{year} 年：同等资金下，闭环方案在 {wait:g} 分钟内服务全部车次的 {share:.1%}，开环为 {open_share:.1%}"
            "（{days} 天的 95 % 区间 {low:+.1%} 至 {high:+.1%}）；枪数 {plugs:.0f} 对 {open_plugs:.0f}，"
            "平均等待 {mean:.1f} 对 {open_mean:.1f} 分钟。"
        ),
    ),
    "same": (
        (
            "{year}: the closed loop is not better than the open loop: {share:.1%} of all drivers within {wait:g} min "
            "against {open_share:.1%} ({low:+.1%} to {high:+.1%}, 95 % interval over {days} days), {plugs:.0f} plugs "
            "against {open_plugs:.0f}, mean wait {mean:.1f} min against {open_mean:.1f} min."
        ),
        (
            "{year} 年：闭环并不优于开环：{wait:g} 分钟内服务 {share:.1%}，开环 {open_share:.1%}"
            "（{days} 天的 95 % 区间 {low:+.1%} 至 {high:+.1%}）；枪数 {plugs:.0f} 对 {open_plugs:.0f}，"
            "平均等待 {mean:.1f} 对 {open_mean:.1f} 分钟。"
        ),
    ),
    "worse": (
        (
            "{year}: the closed loop is worse than the open loop on the days of the comparison: {share:.1%} of all "
            "drivers within {wait:g} min against {open_share:.1%} ({low:+.1%} to {high:+.1%}, 95 % interval over "
            "{days} days), "
            "{plugs:.0f} plugs against {open_plugs:.0f}, mean wait {mean:.1f} min against {open_mean:.1f} min."
        ),
        (
            "{year} 年：比较日中闭环劣于开环：{wait:g} 分钟内服务 {share:.1%}，开环 {open_share:.1%}"
            "（{days} 天的 95 % 区间 {low:+.1%} 至 {high:+.1%}）；枪数 {plugs:.0f} 对 {open_plugs:.0f}，"
            "平均等待 {mean:.1f} 对 {open_mean:.1f} 分钟。"
        ),
    ),
    "level_met": (
        (
            "The service level ({level:.0%} of those with a station in reach wait at most {wait:g} min) is met: "
            "{found:.1%}."
        ),
        "达到服务水平（可达车次中 {level:.0%} 等待不超过 {wait:g} 分钟）：{found:.1%}。",
    ),
    "level_missed": (
        (
            "The service level ({level:.0%} of those with a station in reach wait at most {wait:g} min) is missed: "
            "{found:.1%}."
        ),
        "未达到服务水平（可达车次中 {level:.0%} 等待不超过 {wait:g} 分钟）：{found:.1%}。",
    ),
    "note": (
        (
            "Demand follows from trips and from shares that are mostly assumptions (fleets/charging_behaviour.csv); "
            "times are those of the empty network. Look at each place before anything is built."
        ),
        "需求由出行与多为假设的比例推算（fleets/charging_behaviour.csv）；行车时间按空载路网。建设前须逐一踏勘。",
    ),
    "made_up": (
        "The streets of the core ({share:.0%} of the length of all roads) and the facilities on them are made up.",
        "主城区街道（占道路总长 {share:.0%}）及其沿线设施为合成数据。",
    ),
    "proof": (
        "{year}: {method}; {status}, objective {objective:,.4g}, bound {bound:,.4g}, gap {gap:.2%}.",
        "{year} 年：{method}；{status}，目标值 {objective:,.4g}，界 {bound:,.4g}，间隙 {gap:.2%}。",
    ),
}


def text(key: str, language: Language, **values: object) -> str:
    """Return a text with its values filled in."""
    return TEXTS[key][LANGUAGES.index(language)].format(**values)


def heading(column: str, language: Language) -> str:
    """Return the heading of a column; one that the table does not know keeps its name."""
    return HEADINGS[column][LANGUAGES.index(language)] if column in HEADINGS else column


def kind_name(kind: str, language: Language) -> str:
    """Return the name of a kind of place."""
    return KINDS[kind][LANGUAGES.index(language)] if kind in KINDS else kind


def reason(rule: str, language: Language, **values: object) -> str:
    """Say why a place is in or out."""
    return REASONS[rule][LANGUAGES.index(language)].format(**values)
