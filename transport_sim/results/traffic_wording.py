"""The report's texts on road traffic, English and Chinese; `wording` adds them to its tables."""

# fmt: off
# ruff: noqa: E501 - one row a text, so that the languages stand side by side

from transport_sim.results.quantity import Quantity

_TRIPS = (("thousand a day", "万次/日"), (1e3, 1e4), (1, 2))
_SPEED = (("km/h", "公里/小时"), (1.0, 1.0), (1, 1))

TRAFFIC_INDICATORS: dict[str, Quantity] = {
    "traffic_trips": Quantity(("Vehicle trips on the streets", "城区机动车出行量"), *_TRIPS),
    "traffic_vkm": Quantity(("Vehicle kilometres on the streets", "城区机动车行驶里程"), ("thousand km a day", "万车公里/日"), (1e3, 1e4), (0, 1)),
    "traffic_vehicle_h": Quantity(("Vehicle hours on the streets", "城区机动车行驶时间"), ("thousand h a day", "万车小时/日"), (1e3, 1e4), (1, 2)),
    "traffic_delay_h": Quantity(("Delay on the streets", "城区道路延误"), ("thousand h a day", "万车小时/日"), (1e3, 1e4), (2, 3)),
    "traffic_speed_kmh": Quantity(("Mean speed on the streets", "城区平均车速"), *_SPEED),
    "traffic_peak_speed_kmh": Quantity(("Mean speed at peak hours", "高峰平均车速"), *_SPEED),
    "traffic_energy_mj": Quantity(("Energy of the streets' traffic", "城区交通能耗"), ("TJ a day", "TJ/日"), (1e6, 1e6), (2, 2)),
    "traffic_electricity_kwh": Quantity(("Electricity of the streets' traffic", "城区交通用电"), ("MWh a day", "万千瓦时/日"), (1e3, 1e4), (1, 2)),
    "traffic_co2e_wtw_kg": Quantity(("CO₂e of the streets' traffic (WTW)", "城区交通碳排放（WTW）"), ("t a day", "吨/日"), (1e3, 1e3), (1, 1)),
    "traffic_co2e_ttw_kg": Quantity(("CO₂e of the streets' exhaust (TTW)", "城区尾气碳排放（TTW）"), ("t a day", "吨/日"), (1e3, 1e3), (1, 1)),
    "traffic_nox_g": Quantity(("NOₓ of the streets' traffic", "城区交通氮氧化物"), ("kg a day", "千克/日"), (1e3, 1e3), (1, 1)),
    "traffic_pm2_5_g": Quantity(("PM2.5 of the streets' exhaust", "城区尾气PM2.5"), ("kg a day", "千克/日"), (1e3, 1e3), (2, 2)),
    "traffic_restricted_trips": Quantity(("Trips that a rule concerns", "受限行影响的出行"), *_TRIPS),
    "traffic_trips_reroute": Quantity(("… that take another route", "其中：绕行"), *_TRIPS),
    "traffic_trips_earlier": Quantity(("… that leave before the hours", "其中：提前出行"), *_TRIPS),
    "traffic_trips_later": Quantity(("… that leave after the hours", "其中：推后出行"), *_TRIPS),
    "traffic_trips_park_and_bus": Quantity(("… that park and take the bus", "其中：停车换乘公交"), *_TRIPS),
    "traffic_trips_other_car": Quantity(("… that take another car", "其中：换乘其他车辆"), *_TRIPS),
    "traffic_trips_pay": Quantity(("… that pay", "其中：付费通行"), *_TRIPS),
    "traffic_trips_cancel": Quantity(("… that are given up", "其中：取消出行"), *_TRIPS),
    "traffic_gap_ratio": Quantity(("Relative gap of the routes", "路径均衡相对误差"), ("%", "%"), (0.01, 0.01), (2, 2)),
}

TRAFFIC_MAIN: tuple[str, ...] = ("traffic_peak_speed_kmh", "traffic_vkm", "traffic_co2e_wtw_kg", "traffic_nox_g", "traffic_restricted_trips", "traffic_trips_cancel")
"""Rows of the package table where road traffic was simulated."""

TRAFFIC_TEXTS: dict[str, tuple[str, str]] = {
    "section.traffic": ("A day on the streets", "城区道路一日运行"),
    "traffic.lead": ("One day ({day}, in the year {year}) of road traffic in the urban core: every vehicle is simulated from door to door, and the routes are those of a dynamic equilibrium. Amounts are for that day. Trucks that bring freight into the core are in both accounts, so the two must not be added.",
                     "模拟{year}年城区道路一日（{day}）的运行：每辆车逐一模拟，路径为动态均衡结果。数值均为当日数量。进入城区的货车同时计入货运账户，两者不可相加。"),
    "traffic.synthetic": ("Synthetic: the streets of the core between its arterials are made up in place of a survey ({share}% of the length of all roads of this network, regional ones included). Read the results as what such rules do in a city of this size and shape, not as what they do on a named street of Dazhou.",
                          "合成路网：核心区干道之间的街道在取得测绘资料前为生成的替代道路（占本路网含区域公路总长的{share}%）。结果只说明此类措施在同等规模与形态的城市中的作用，不代表达州某一具体道路。"),
    "traffic.worse": ("{package} makes emissions worse: {total} t CO₂e that day in total, {inside} t on the restricted roads and {outside} t elsewhere.",
                      "{package}使排放增加：当日合计{total}吨CO₂e，其中限行道路{inside}吨，其他道路{outside}吨。"),
    "traffic.leaks": ("{package} saves {total} t CO₂e that day: {inside} t on the restricted roads, of which {share}% turn up elsewhere ({outside} t).",
                      "{package}当日减排{total}吨CO₂e：限行道路{inside}吨，其中{share}%转移到其他道路（{outside}吨）。"),
    "traffic.better": ("{package} saves {total} t CO₂e that day: {inside} t on the restricted roads and {outside} t elsewhere.",
                       "{package}当日减排{total}吨CO₂e：限行道路{inside}吨，其他道路{outside}吨。"),
    "traffic.noise": ("That is {share}% of the baseline's emissions, less than the routes' distance from an equilibrium ({gap}%): it cannot be told from noise.",
                      "该变化为基准排放的{share}%，小于路径均衡误差（{gap}%），无法与噪声区分。"),
    "traffic.leakage": ("What is saved on the restricted roads, and what turns up elsewhere", "限行道路的减少与其他道路的增加"),
    "traffic.place": ("Change against the baseline, per day", "相对基准情景的日变化"),
    "traffic.place.restricted": ("on the restricted roads", "限行道路"),
    "traffic.place.near": ("within 2 km of them", "周边2公里"),
    "traffic.place.elsewhere": ("elsewhere", "其他道路"),
    "traffic.place.total": ("all roads", "全部道路"),
    "traffic.vkm": ("vehicle km", "车公里"),
    "traffic.co2e_wtw_t": ("CO₂e WTW, t", "CO₂e（WTW），吨"),
    "traffic.nox_kg": ("NOₓ, kg", "氮氧化物，千克"),
    "traffic.pm2_5_kg": ("PM2.5, kg", "PM2.5，千克"),
    "traffic.answers": ("What the travellers do whom a rule concerns", "受限行影响者的应对"),
    "traffic.answer": ("Trips that day", "当日出行次数"),
    "traffic.gap": ("The routes are within {gap}% of an equilibrium (relative gap).", "路径与均衡的相对误差不超过{gap}%。"),
    "traffic.no_gap": ("The routes are not in equilibrium: the relative gap is {gap}%, more than 1%. Read differences smaller than that as noise.", "路径尚未达到均衡：相对误差{gap}%，超过1%，小于该值的差异应视为误差。"),
    "traffic.hour": ("hour of the day", "时刻"),
    "traffic.change_kmh": ("change of speed, km/h", "车速变化（公里/小时）"),
    "policy.congestion_charge": ("congestion charge", "拥堵收费"),
    "policy.low_emission_zone": ("low-emission zone", "低排放区"),
    "policy.odd_even_restriction": ("odd-even restriction", "单双号限行"),
    "policy.peak_hour_restriction": ("peak-hour restriction", "高峰限行"),
    "policy.seasonal_restriction": ("seasonal restriction", "季节性限行"),
    "policy.truck_restriction": ("truck restriction", "货车限行"),
    "answer.reroute": ("take another route", "绕行"),
    "answer.earlier": ("leave before the hours", "提前出行"),
    "answer.later": ("leave after the hours", "推后出行"),
    "answer.park_and_bus": ("park and take the bus", "停车换乘公交"),
    "answer.other_car": ("take another car", "换用其他车辆"),
    "answer.pay": ("pay", "付费通行"),
    "answer.cancel": ("give the trip up", "取消出行"),
    "fig.cap_speeds": ("Mean speed on the restricted roads by hour, {year}; the hours of the rules are shaded.", "{year}年限行道路分时平均车速；阴影为限行时段。"),
    "fig.cap_speeds_all": ("Mean speed on the streets by hour, {year}.", "{year}年城区道路分时平均车速。"),
    "fig.speed_change": ("{scenario}: change of speed in the hours of the rules, {year}", "{scenario}：限行时段车速变化，{year}年"),
    "fig.cap_speed_change": ("{scenario}: change of the mean speed against the baseline in the hours of the rules, {year}. Purple is faster, orange slower; restricted roads are underlaid in grey.",
                             "{scenario}：限行时段平均车速相对基准情景的变化，{year}年。紫色为提速，橙色为降速；灰色底线为限行道路。"),
}

_COLUMNS = {
    "vehicle_count": ("vehicles", "车次"),
    "vkm": ("vehicle-km", "车公里"),
    "vehicle_h": ("vehicle hours", "车小时"),
    "energy_mj": ("energy", "能耗"),
    "electricity_kwh": ("electricity", "用电"),
    "co2_ttw_kg": ("CO₂ (TTW)", "CO₂（TTW）"),
    "co2e_ttw_kg": ("CO₂e (TTW)", "CO₂e（TTW）"),
    "co2e_wtt_kg": ("CO₂e (WTT)", "CO₂e（WTT）"),
    "co2e_wtw_kg": ("CO₂e (WTW)", "CO₂e（WTW）"),
    "nox_g": ("NOₓ", "氮氧化物"),
    "pm2_5_g": ("PM2.5", "PM2.5"),
    "co_g": ("CO", "一氧化碳"),
    "hc_g": ("hydrocarbons", "碳氢化合物"),
}

TRAFFIC_BALANCES: dict[str, tuple[str, str]] = {
    "traffic: trips planned = arrived, under way, given up or without a way": ("Streets: trips planned = arrived, under way, given up or without a way", "城区道路：计划出行 = 到达、在途、取消与无路可行之和"),
    "traffic: trips by vehicle = arrived or under way": ("Streets: trips by vehicle = arrived or under way", "城区道路：按车辆计的出行 = 到达与在途之和"),
    "traffic: under way on the last day = without arrival": ("Streets: under way on the last day = without arrival", "城区道路：末日在途 = 未到达"),
    "traffic: entering links = leaving or still on them": ("Streets: vehicles that enter links = leave them or are still on them", "城区道路：驶入路段 = 驶离与滞留之和"),
    "traffic: links that more or fewer enter than leave or stay = 0": ("Streets: links that more or fewer vehicles enter than leave or stay = 0", "城区道路：驶入与驶离、滞留不等的路段数 = 0"),
    "traffic: under way = on a link or waiting to enter the first": ("Streets: under way = on a link or waiting to enter the first", "城区道路：在途 = 路段上与待驶入之和"),
    "traffic: cells below zero or without a number = 0": ("Streets: cells below zero or without a number = 0", "城区道路：负值或缺失值个数 = 0"),
    "traffic: CO2e of the exhaust of electric vehicles = 0": ("Streets: CO₂e of the exhaust of electric vehicles = 0", "城区道路：电动车尾气CO₂e = 0"),
    **{f"traffic: {c} by hour = by link": (f"Streets: {en} by hour = by link", f"城区道路{zh}：按小时 = 按路段") for c, (en, zh) in _COLUMNS.items()},
    **{f"traffic: {c} by vehicle = by link": (f"Streets: {en} by vehicle = by link", f"城区道路{zh}：按车辆 = 按路段") for c, (en, zh) in _COLUMNS.items()},
    **{f"indicators: traffic_{c} = links of the day": (f"Streets: {en}, indicator = links of the day", f"城区道路{zh}：指标 = 当日路段合计") for c, (en, zh) in _COLUMNS.items()},
}
