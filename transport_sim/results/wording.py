"""Every text of the report in English and Chinese, as tables; no other module of the report holds a sentence."""

# fmt: off
# ruff: noqa: E501 - one row a text, so that the languages stand side by side

import re
from dataclasses import dataclass
from typing import Literal

from transport_sim.results.choice_wording import CHOICE_TEXTS
from transport_sim.results.fleet_wording import FLEET_BALANCES, FLEET_INDICATORS, FLEET_MAIN, FLEET_TEXTS
from transport_sim.results.freight_wording import FREIGHT_TEXTS
from transport_sim.results.quantity import Quantity
from transport_sim.results.traffic_wording import TRAFFIC_BALANCES, TRAFFIC_INDICATORS, TRAFFIC_MAIN, TRAFFIC_TEXTS

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


_MT = (("Mt", "万吨"), (1e6, 1e4), (2, 0))
_TKM = (("G t-km", "亿吨公里"), (1e9, 1e8), (2, 1))
_KT = (("kt", "万吨"), (1e3, 1e4), (1, 2))
_T0 = (("t", "吨"), (1.0, 1.0), (0, 0))
_T1 = (("t", "吨"), (1.0, 1.0), (1, 1))
_MIN = (("min", "分钟"), (1 / 60, 1 / 60), (2, 2))

INDICATORS: dict[str, Quantity] = {
    "freight_tonnes": Quantity(("Freight", "货运量"), *_MT),
    "freight_tonnes_road": Quantity(("Freight by road", "公路货运量"), *_MT),
    "freight_tonnes_rail": Quantity(("Freight by rail", "铁路货运量"), *_MT),
    "freight_tonnes_waterway": Quantity(("Freight by waterway", "水路货运量"), *_MT),
    "activity_tkm": Quantity(("Turnover", "货物周转量"), *_TKM),
    "activity_tkm_road": Quantity(("Turnover by road", "公路周转量"), *_TKM),
    "activity_tkm_rail": Quantity(("Turnover by rail", "铁路周转量"), *_TKM),
    "activity_tkm_waterway": Quantity(("Turnover by waterway", "水路周转量"), *_TKM),
    "fuel_t": Quantity(("Fuel", "燃料消耗"), *_KT),
    "fuel_t_diesel": Quantity(("Diesel", "柴油消耗"), *_KT),
    "fuel_t_lng": Quantity(("LNG", "液化天然气消耗"), *_KT),
    "fuel_t_methanol": Quantity(("Methanol", "甲醇消耗"), *_KT),
    "fuel_t_hydrogen": Quantity(("Hydrogen", "氢消耗"), *_KT),
    "public_cost_cny": Quantity(("Cost to the public purse", "公共投入（年化）"), ("M CNY", "亿元"), (1e6, 1e8), (1, 2)),
    "abatement_cost_cny_per_t": Quantity(("Cost of a tonne of CO₂e avoided", "单位减排成本"), ("CNY/t", "元/吨"), (1.0, 1.0), (0, 0)),
    "electricity_kwh": Quantity(("Electricity", "用电量"), ("GWh", "万千瓦时"), (1e6, 1e4), (1, 0)),
    "energy_tce": Quantity(("Energy, coal equivalent", "综合能耗"), ("ktce", "万吨标准煤"), (1e3, 1e4), (1, 2)),
    "co2e_wtw_t": Quantity(("CO₂e, well to wheel", "碳排放（油井到车轮WTW）"), *_KT),
    "co2e_wtw_t_road": Quantity(("CO₂e of road (WTW)", "公路碳排放（WTW）"), *_KT),
    "co2e_wtw_t_rail": Quantity(("CO₂e of rail (WTW)", "铁路碳排放（WTW）"), *_KT),
    "co2e_wtw_t_waterway": Quantity(("CO₂e of waterway (WTW)", "水路碳排放（WTW）"), *_KT),
    "co2e_wtw_t_hub": Quantity(("CO₂e of hubs (WTW)", "枢纽装卸碳排放（WTW）"), *_KT),
    "co2e_wtt_t": Quantity(("CO₂e of energy supply (WTT)", "能源上游碳排放（WTT）"), *_KT),
    "co2e_ttw_t": Quantity(("CO₂e of exhaust (TTW)", "尾气碳排放（TTW）"), *_KT),
    "co2_ttw_t": Quantity(("CO₂ of exhaust", "尾气二氧化碳"), *_KT),
    "nox_t": Quantity(("NOₓ", "氮氧化物"), *_T0),
    "pm2_5_t": Quantity(("PM2.5 (exhaust)", "PM2.5（尾气）"), *_T1),
    "co2e_wtw_t_on_map": Quantity(("CO₂e on the map (WTW)", "图内碳排放（油井到车轮WTW）"), *_KT),
    "nox_t_on_map": Quantity(("NOₓ on the map", "图内氮氧化物"), *_T0),
    "pm2_5_t_on_map": Quantity(("PM2.5 on the map (exhaust)", "图内PM2.5（尾气）"), *_T1),
    "pm10_t": Quantity(("PM10 (exhaust)", "PM10（尾气）"), *_T1),
    "co_t": Quantity(("CO", "一氧化碳"), *_T0),
    "hc_t": Quantity(("HC", "碳氢化合物"), *_T1),
    "cost_cny": Quantity(("What shippers pay", "货主运输费用"), ("bn CNY", "亿元"), (1e9, 1e8), (3, 2)),
    "resource_cost_cny": Quantity(("What it costs without charges and subsidies", "不计收费与补贴的成本"), ("bn CNY", "亿元"), (1e9, 1e8), (3, 2)),
    "charge_cny": Quantity(("Charges (negative: subsidies)", "收费（负值为补贴）"), ("M CNY", "亿元"), (1e6, 1e8), (1, 2)),
    "mean_door_to_door_h": Quantity(("Door to door", "门到门时间"), ("h", "小时"), (1.0, 1.0), (2, 2)),
    "mean_road_haul_km": Quantity(("Mean road haul", "公路平均运距"), ("km", "公里"), (1.0, 1.0), (1, 1)),
    "truck_h": Quantity(("Truck hours", "货车占用时间"), ("k h", "万小时"), (1e3, 1e4), (1, 1)),
    "truck_vkm": Quantity(("Truck kilometres", "货车行驶里程"), ("M km", "亿车公里"), (1e6, 1e8), (1, 2)),
    "empty_share": Quantity(("Empty truck kilometres", "货车空驶率"), ("%", "%"), (0.01, 0.01), (2, 2)),
    "intensity_g_per_tkm": Quantity(("CO₂e per t-km (WTW)", "单位周转量碳排放（WTW）"), ("g/t-km", "克/吨公里"), (1.0, 1.0), (2, 2)),
    "queue_h_loading_bay": Quantity(("Wait at loading bays", "装卸车位等待"), *_MIN),
    "queue_h_crane": Quantity(("Wait at cranes", "装卸机械等待"), *_MIN),
    "queue_h_track": Quantity(("Wait at terminal tracks", "装卸线等待"), *_MIN),
    "queue_h_berth": Quantity(("Wait at berths", "泊位等待"), *_MIN),
    "queue_h_lock": Quantity(("Wait at locks", "船闸等待"), *_MIN),
    "queue_h_gate": Quantity(("Wait at terminal gates", "场站闸口等待"), *_MIN),
    "queue_h_storage": Quantity(("Wait for storage", "堆场等待"), *_MIN),
    "queue_h_drayage": Quantity(("Wait for drayage trucks", "短驳车辆等待"), *_MIN),
    "queue_h_appointment": Quantity(("Wait for an appointment", "预约等待"), *_MIN),
    "queue_h_station_track": Quantity(("Wait for station tracks", "到发线等待"), *_MIN),
    "queue_h_shunting": Quantity(("Wait for shunting", "调车等待"), *_MIN),
    "queue_h_locomotive_change": Quantity(("Wait for a change of locomotives", "换挂机车等待"), *_MIN),
    "queue_h_section": Quantity(("Wait at track sections", "铁路区间等待"), *_MIN),
    "road_turnover": Quantity(("Turnover by road", "公路周转量"), ("G t-km", "亿吨公里"), (1.0, 0.1), (2, 1)),
    **TRAFFIC_INDICATORS,
    **FLEET_INDICATORS,
}

MAIN_INDICATORS = (
    "co2e_wtw_t", "co2e_wtw_t_road", "co2e_wtw_t_on_map", "intensity_g_per_tkm", "nox_t_on_map", "pm2_5_t_on_map", "fuel_t", "electricity_kwh",
    "freight_tonnes_road", "freight_tonnes_rail", "freight_tonnes_waterway", "truck_vkm", "cost_cny", "charge_cny", "resource_cost_cny",
    "mean_door_to_door_h", *TRAFFIC_MAIN, *FLEET_MAIN,
)
"""The rows of the package table; the full list stands below it."""

PARAMETERS: dict[str, tuple[str, str]] = {
    "freight_total_t": ("Freight of the base year", "基准年货运总量"),
    "demand_growth_ratio_per_year": ("Growth of demand", "货运需求年增长率"),
    "rail_nest_ratio": ("How alike trains are in choice", "铁路方案相似度（嵌套系数）"),
    "water_nest_ratio": ("How alike vessels are in choice", "水运方案相似度（嵌套系数）"),
    "size_nest_ratio": ("How alike shipment sizes are in choice", "批量方案相似度（嵌套系数）"),
    "reliability_ratio": ("Value of reliability", "可靠性价值比"),
    "wait_variation_ratio": ("Variation of waits", "等待时间变异系数"),
    "logit_scale_bulk": ("Sensitivity to cost, bulk", "大宗货对费用的敏感度"),
    "logit_scale_general": ("Sensitivity to cost, general cargo", "件杂货对费用的敏感度"),
    "road_rate_cny_per_tkm": ("Road rate per t-km", "公路运价（元/吨公里）"),
    "road_fixed_cny_per_t": ("Road, fixed cost per tonne", "公路固定费用"),
    "road_handling_cny_per_t": ("Road, loading and unloading", "公路装卸费"),
    "drayage_fixed_cny_per_t": ("Drayage, fixed cost", "短驳固定费用"),
    "rail_rate_ratio": ("Level of the rail tariff", "铁路运价浮动系数"),
    "rail_handling_cny_per_t": ("Rail handling", "铁路装卸费"),
    "transhipment_rail_water_cny_per_t": ("Transhipment rail to vessel", "铁水换装费"),
    "port_handling_cny_per_t": ("Port handling", "港口装卸费"),
    "water_rate_class_i_cny_per_tkm": ("Water rate, classes I and II", "水运运价（Ⅰ、Ⅱ级航道）"),
    "water_rate_class_iii_cny_per_tkm": ("Water rate, class III", "水运运价（Ⅲ级航道）"),
    "water_rate_class_iv_cny_per_tkm": ("Water rate, class IV", "水运运价（Ⅳ级航道）"),
    "water_rate_class_v_cny_per_tkm": ("Water rate, classes V and VI", "水运运价（Ⅴ、Ⅵ级航道）"),
    "road_terminal_h": ("Time at the truck's ends", "公路装卸时间"),
    "rail_loading_h": ("Time to load a train", "铁路装卸时间"),
    "rail_waiting_h": ("Wait for a train, public yard", "货场待发时间"),
    "siding_waiting_h": ("Wait for a train, siding", "专用线待发时间"),
    "port_waiting_h": ("Wait at the port", "港口待泊时间"),
    "rail_speed_kmh": ("Speed of freight trains", "货物列车旅行速度"),
    "vessel_upstream_kmh": ("Speed of vessels, upstream", "船舶上水航速"),
    "vessel_downstream_kmh": ("Speed of vessels, downstream", "船舶下水航速"),
    "lock_manoeuvre_min": ("Manoeuvres of a lock passage", "过闸操作时间"),
    "vessel_max_wait_h": ("Longest wait for a full vessel", "船舶待货上限"),
    "inventory_rate_per_year": ("Interest on goods in transit", "在途货物资金利率"),
    "terminal_access_km": ("Last mile behind a gateway", "口岸外末端距离"),
    "empty_return_share_truck": ("Trucks that return empty", "货车空返比例"),
    "empty_return_share_train": ("Wagons that return empty", "车皮空返比例"),
    "truck_load_ratio": ("Load of a loaded truck", "重车装载率"),
    "train_net_t": ("Net load of a train", "列车净载重"),
    "train_min_net_t": ("Smallest train of its own", "单独开行的最小净载重"),
    "river_sand_ratio": ("River sand bound to vessels", "河砂水运绑定量比例"),
    "train_max_wait_h": ("Longest wait for a full train", "集结等待上限"),
    "headway_s": ("Headway of trains", "列车追踪间隔"),
    "truck_loading_min": ("Loading time of a truck", "货车装卸时间"),
    "daytime_release_share": ("Consignments by day", "白天发货比例"),
}

TEXTS: dict[str, tuple[str, str]] = {
    **TRAFFIC_TEXTS,
    **FLEET_TEXTS,
    **FREIGHT_TEXTS,
    **CHOICE_TEXTS,
    # names
    "mode.road": ("Road", "公路"),
    "mode.rail": ("Rail", "铁路"),
    "mode.waterway": ("Waterway", "水路"),
    "mode.hub": ("Hubs", "枢纽装卸"),
    "class.truck_light": ("light truck", "轻型货车"),
    "class.truck_medium": ("medium truck", "中型货车"),
    "class.truck_heavy": ("heavy truck", "重型货车"),
    "class.tractor_trailer": ("49-t tractor-trailer", "半挂牵引车（49吨）"),
    "class.freight_train": ("freight train", "货物列车"),
    "mode.total": ("All modes", "合计"),
    "class.vessel_lt_650": ("vessel below 650 t", "650吨以下船舶"),
    "class.vessel_650_1000": ("vessel of 650–1000 t", "650–1000吨船舶"),
    "class.vessel_1000_2000": ("vessel of 1000–2000 t", "1000–2000吨船舶"),
    "class.vessel_2000_3000": ("vessel of 2000–3000 t", "2000–3000吨船舶"),
    "kind.loading_bay": ("Loading bay", "装卸车位"),
    "kind.crane": ("Crane", "装卸机械"),
    "kind.track": ("Terminal track", "装卸线"),
    "kind.berth": ("Berth", "泊位"),
    "kind.lock": ("Lock", "船闸"),
    "kind.gate": ("Terminal gate", "场站闸口"),
    "kind.storage": ("Storage", "堆场"),
    "kind.drayage": ("Drayage trucks", "短驳车队"),
    "kind.appointment": ("Appointments", "进场预约"),
    "kind.section": ("Track section", "铁路区间"),
    "confidence.H": ("firm", "可靠"),
    "confidence.M": ("fair", "较可靠"),
    "confidence.L": ("weak source", "来源较弱"),
    "confidence.memory": ("assumed", "经验假设"),
    "basis.simulated": ("simulated", "仿真值"),
    "basis.expected": ("expected value", "期望值"),
    # page
    "page.lang": ("en", "zh-CN"),
    "page.title": ("Freight packages compared: {years}", "货运政策组合对比评估：{years}"),
    "page.title_one": ("{baseline}: {years}", "{baseline}：{years}"),
    "page.compared": ("{baseline} and, against it, {packages}.", "以{baseline}为基准，对比{packages}。"),
    "page.alone": ("One scenario: {baseline}.", "单一情景：{baseline}。"),
    "quoted": ("“{text}”", "“{text}”"),
    "page.kicker": ("Freight, energy and emissions · report of transport_sim", "货运、能耗与排放 · transport_sim 评估报告"),
    "page.scope": ("{scenarios}, {replications} of {days} each; annual figures are the simulated period times {factor}.", "{scenarios}，每年{replications}，每次{days}；年值为仿真期乘以{factor}。"),
    "count.scenarios": ("{count} scenario|{count} scenarios", "{count}个情景"),
    "count.replications": ("{count} replication|{count} replications", "重复仿真{count}次"),
    "count.days": ("{count} simulated day|{count} simulated days", "{count}天"),
    "page.contents": ("Contents", "目录"),
    "page.full_list": ("All {count} indicators", "全部{count}项指标"),
    "page.font_notice": ("No Chinese font was found on this machine, so the figures are labelled in English. Install Noto Sans CJK SC, or the package mplfonts (pip install 'transport-sim[zh]').", "本机未找到中文字体，图中文字以英文显示。请安装“Noto Sans CJK SC”字体，或安装 mplfonts（pip install 'transport-sim[zh]'）。"),
    "and": (" and ", "与"),
    "comma": (", ", "、"),
    "colon": (": ", "："),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "to": ("{low} to {high}", "{low}至{high}"),
    # sections
    "section.findings": ("Findings", "主要结论"),
    "section.packages": ("The packages in figures", "政策组合指标对比"),
    "section.charts": ("Modes, emissions, time", "运输结构、排放与时间"),
    "section.maps": ("Where the goods move", "货流分布"),
    "section.vessels": ("Vessels against trucks", "船舶与货车对比"),
    "section.elements": ("Where drayage and handling eat the gain", "短驳与装卸抵消多少收益"),
    "section.calibration": ("Does the model meet the base year?", "模型与基准年的吻合程度"),
    "section.changes": ("What each package changes", "各组合改变了什么"),
    "section.assumptions": ("The assumptions that matter most", "影响最大的假设"),
    "section.provenance": ("Where the numbers come from", "数据来源"),
    "section.audit": ("Audit", "平衡审计"),
    # findings
    "find.cut": ("{package} cuts CO₂e in {year} by {amount} ({share}); 95 % interval {interval}; better in {better} of replications.", "{package}：{year}年碳排放减少{amount}（{share}），95%区间为{interval}，{better}的重复仿真优于基准。"),
    "find.rise": ("{package} raises CO₂e in {year} by {amount} ({share}); 95 % interval {interval}; better in {better} of replications.", "{package}：{year}年碳排放增加{amount}（{share}），95%区间为{interval}，{better}的重复仿真优于基准。"),
    "find.unsure": ("{package}: CO₂e in {year} differs by {signed} on average ({share}), but the 95 % interval {interval} includes zero: with {count} replications this cannot be told from chance and parameter uncertainty.", "{package}：{year}年碳排放平均变化{signed}（{share}），但95%区间{interval}包含零；仅凭{count}次重复仿真，无法与随机波动和参数不确定性区分。"),
    "find.unsure_same_sign": (" All {count} replications agree on the direction, not on the size.", "{count}次重复的方向一致，但幅度差异较大。"),
    "find.single": ("{package}: CO₂e in {year} differs by {signed} ({share}). With one replication there is no interval: take this as a trial, not as a finding.", "{package}：{year}年碳排放变化{signed}（{share}）。仅1次仿真，无置信区间，只可作为试算，不能作为结论。"),
    "find.none": ("{package} changes nothing in {year}: it gives the baseline's figures exactly.", "{package}在{year}年与基准完全相同。"),
    "find.alone": ("{baseline}: CO₂e in {year} is {amount}. There is no package to compare it with.", "{baseline}：{year}年碳排放为{amount}，无对比组合。"),
    "find.side": ("Its interval also excludes zero for: {items}.", "同时，区间不含零的变化：{items}。"),
    "find.side_none": ("No other main indicator moves by more than its interval.", "其余主要指标的变化均未超出区间。"),
    "find.side_item": ("{label} {signed} ({share})", "{label}{signed}（{share}）"),
    "find.best": ("Of the packages, {best} cuts most on average, and its lead over {second} is beyond chance.", "各组合中，{best}的平均减排量最大，且与{second}的差距超出随机波动。"),
    "find.best_unsure": ("Of the packages, {best} cuts most on average, but it cannot be told from {second} at this number of replications.", "各组合中，{best}的平均减排量最大，但在现有重复次数下与{second}无法区分。"),
    "find.sum": ("Together the measures give {together}; the single packages add up to {apart}.", "合并实施的效果为{together}；单独实施之和为{apart}。"),
    "find.growth": ("Without a package CO₂e goes from {first} in {year0} to {last} in {year1} ({share}).", "不实施任何组合时，碳排放由{year0}年的{first}变为{year1}年的{last}（{share}）。"),
    "find.interval": ("An interval holds what changes between replications: the random week{parameters}; it is Student's t over {count} paired replications at 95 %. It does not contain errors of the model's form, of the map or of the emission factors.", "区间反映各次重复之间的差异：随机的一周{parameters}；按{count}次配对重复的95%学生t分布计算，不含模型形式、路网与排放因子的误差。"),
    "find.interval_parameters": (" and, drawn anew in each, the uncertain parameters, so that it tells where one more outcome would lie and not only the mean", "，以及每次重新抽取的不确定参数，因此表示再做一次时结果所在的范围，而不仅是均值的范围"),
    "find.interval_none": ("There is one replication only, so no interval can be given: run at least five.", "仅有1次重复，无法给出区间；建议至少5次。"),
    # package table
    "table.indicator": ("Indicator", "指标"),
    "table.unit": ("Unit", "单位"),
    "table.baseline": ("Baseline", "基准"),
    "table.difference": ("Difference", "差值"),
    "table.share": ("Share", "变化率"),
    "table.interval": ("95 % interval", "95%区间"),
    "table.better": ("Better in", "优于基准"),
    "table.mean": ("Mean", "均值"),
    "table.note": ("Below each baseline value and each difference stands its 95 % interval; “better in” is the share of replications that beat the baseline. Bold: the interval excludes zero. Grey: it includes zero.", "基准值与差值下方为95%区间；“优于基准”为优于基准的重复仿真比例。粗体表示区间不含零，灰色表示区间包含零。"),
    "table.note_single": ("With one replication there are no intervals.", "仅1次重复，无区间。"),
    "table.no_policy": ("In {year} no package acts yet: all scenarios are the same and were simulated once.", "{year}年尚无政策生效，各情景相同，只仿真一次。"),
    "table.year": ("{year}", "{year}年"),
    "table.scenario": ("Scenario", "情景"),
    # charts
    "fig.tonnes": ("Tonnes by main mode", "按主要方式的货运量"),
    "fig.tkm": ("Tonne-kilometres by mode", "按方式的周转量"),
    "fig.share_axis": ("share [%]", "占比 [%]"),
    "fig.co2_axis": ("CO₂e WTW [{unit} a year]", "碳排放WTW [{unit}/年]"),
    "fig.co2_level": ("Level", "排放量"),
    "fig.co2_difference": ("Difference against the baseline", "与基准的差值"),
    "fig.sum": ("all modes, 95 % interval", "合计及95%区间"),
    "fig.sum_plain": ("all modes", "合计"),
    "fig.time": ("Door to door", "门到门时间"),
    "fig.time_axis": ("tonne-weighted mean [h]", "按吨加权平均 [小时]"),
    "fig.queue": ("Mean wait per visit", "平均每次等待"),
    "fig.queue_axis": ("wait [min]", "等待 [分钟]"),
    "fig.replication": ("one replication", "单次重复"),
    "fig.mean": ("mean, 95 % interval", "均值及95%区间"),
    "fig.mean_plain": ("value", "数值"),
    "fig.cap_modes": ("Modal split in {year}. Tonnes count under the main mode of their chain; tonne-kilometres count every leg, so trucks to and from terminals are road.", "{year}年运输结构。吨数计入运输链的主要方式；吨公里按各运段统计，短驳计入公路。"),
    "fig.cap_emissions": ("CO₂e well to wheel in {year}: level by mode, and each package's difference with the interval of the sum.", "{year}年油井到车轮碳排放：各方式排放量，以及各组合与基准的差值（含合计区间）。"),
    "fig.cap_time": ("Left: time from release to delivery in {year}. Right: mean wait per visit by kind of facility; kinds without any wait are left out.", "左：{year}年从发货到交付的时间；右：各类设施平均每次等待时间，无等待的设施未列出。"),
    "fig.map": ("Goods in {year}: {scenario}", "{year}年货流：{scenario}"),
    "fig.map_apart": ("Rail and waterway alone", "铁路与水路"),
    "fig.map_around": ("To the gateways", "对外通道"),
    "fig.map_change": ("{scenario} less {baseline}, {year}", "{scenario}减{baseline}，{year}年"),
    "fig.more": ("more goods", "货流增加"),
    "fig.less": ("fewer goods", "货流减少"),
    "fig.width": ("{value} Mt a year", "{value}万吨/年"),
    "fig.cap_map": ("Goods on each link in {year}, both directions together, mean over replications: {scenario}.", "{year}年各路段货流（双向合计，各次重复的均值）：{scenario}。"),
    "fig.cap_change": ("Change of goods by mode, {scenario} less {baseline}, {year}. Width grows with the tonnes; the scale is the same in all maps of change.", "{year}年{scenario}与{baseline}的货流差值（分方式）；线宽与吨数成正比，各差值图比例相同。"),
    "fig.intensity_axis": ("CO₂e WTW [g/t-km]", "碳排放WTW [克/吨公里]"),
    "fig.round_trip": ("with empty returns", "含空返"),
    "fig.loaded_way": ("loaded way alone", "仅重车行程"),
    "fig.cap_intensity": ("CO₂e well to wheel per tonne-kilometre by vehicle class in {year}, measured in the simulation, mean over the scenarios. The white mark in a truck's bar is its loaded way alone.", "{year}年各类运输工具单位周转量碳排放（仿真结果，各情景均值）；货车条形内白线为仅重车行程。"),
    "fig.tornado_axis": ("effect of {package} on CO₂e WTW in {year} [{unit}]", "{package}对{year}年碳排放WTW的影响 [{unit}]"),
    "fig.at_low": ("parameter at its low", "参数取下限"),
    "fig.at_high": ("parameter at its high", "参数取上限"),
    "fig.cap_tornado": ("Effect of {package} in the expected model when one parameter at a time is moved to its low and high; the line marks the effect at the central values.", "在期望值模型中，逐一将参数取下限与上限时{package}的碳排放变化；竖线为参数取中值时的效果。"),
    # vessels
    "vessel.lead": ("Grammes of CO₂e well to wheel per tonne-kilometre, measured in the simulation: emissions over goods moved, empty returns included.", "单位周转量油井到车轮碳排放（仿真结果）：排放量除以货物周转量，含空返。"),
    "vessel.more": ("A {vessel} emits {a} g/t-km, more than a {truck} on its loaded way ({b} g/t-km): moving goods from such a truck to such a boat saves nothing if the truck finds a return load.", "{vessel}为{a}克/吨公里，高于{truck}重车行程的{b}克/吨公里：若货车有回程货，改由该类船舶运输并不减排。"),
    "vessel.less": ("A {vessel} emits {a} g/t-km, less than a {truck} on its loaded way ({b} g/t-km).", "{vessel}为{a}克/吨公里，低于{truck}重车行程的{b}克/吨公里。"),
    "vessel.round": ("With the share of empty returns that the model has, the {truck} emits {a} g/t-km.", "按模型的空返比例，{truck}为{a}克/吨公里。"),
    "vessel.below_round": ("Below that: {vessels}.", "低于该值的有：{vessels}。"),
    "vessel.above_round": ("Above that: {vessels}.", "高于该值的有：{vessels}。"),
    "vessel.none": ("No vessel sailed in any scenario.", "各情景均无船舶运输。"),
    "vessel.class": ("Vehicle class", "运输工具"),
    "vessel.loaded_row": ("{name}, loaded way alone", "{name}，仅重车行程"),
    "vessel.source": ("Vessel intensities are the published class means of GLEC v3.2 (load factor and empty return are in them); trucks and trains come from the speed, load and slope of every leg.", "船舶强度采用GLEC v3.2公布的分级平均值（已含装载率与空返）；货车与列车按各运段速度、装载与坡度计算。"),
    # calibration
    "cal.lead": ("The constants of rail and water and the haul scale are fitted to {year}. The deviation shows what is left.", "铁路、水路常数与运距尺度按{year}年标定，偏差如下。"),
    "cal.quantity": ("Quantity", "指标"),
    "cal.target": ("Target", "目标值"),
    "cal.model": ("Model", "模型值"),
    "cal.deviation": ("Deviation", "偏差"),
    "cal.basis": ("Basis", "依据"),
    "ore.title": ("A check that was not fitted: imported ore to Da Steel", "未参与标定的检验：达钢进口矿"),
    "ore.row_rail": ("By rail all the way, {from_zone} – {to_zone}", "全程铁路，{from_zone}—{to_zone}"),
    "ore.row_water": ("By vessel to Wanzhou, then rail", "水运至万州转铁路"),
    "ore.model": ("Model [CNY/t]", "模型 [元/吨]"),
    "ore.observed": ("Reported [CNY/t]", "报道值 [元/吨]"),
    "ore.ratio": ("Rail-water over rail", "铁水联运/全程铁路"),
    "ore.agree": ("The order agrees (rail-water is cheaper); the ratio is {model} in the model and {observed} as reported.", "次序一致（铁水联运更便宜）；二者之比模型为{model}，报道为{observed}。"),
    "ore.disagree": ("The order does not agree: the model has rail-water dearer; the ratio is {model} in the model and {observed} as reported.", "次序不一致：模型中铁水联运更贵；二者之比模型为{model}，报道为{observed}。"),
    "ore.reason_high": ("The model's levels are higher ({over}) because it pays the published tariff; a works of this size has a contract discount that is not public. Mode choice depends on the ratio.", "模型费用水平偏高（{over}），因其采用公布运价；此类大型企业有未公开的合同折扣。方式选择取决于比值。"),
    "ore.reason_other": ("The model's levels differ by {over}. Mode choice depends on the ratio.", "模型费用水平相差{over}。方式选择取决于比值。"),
    "ore.source": ("Reported figures: Chongqing Daily, 21 June 2024 (S12) and the Wanzhou port releases (S13).", "报道值来源：重庆日报2024年6月21日（S12）与万州港发布信息（S13）。"),
    # changes
    "change.lead": ("Compared cell by cell with the inputs without the package, {year}.", "与未实施组合的{year}年输入逐项比较。"),
    "change.policy": ("Policy", "政策"),
    "change.table": ("Table", "数据表"),
    "change.column": ("What", "内容"),
    "change.count": ("Cells", "项数"),
    "change.example": ("From → to", "由 → 至"),
    "change.row": ("Row", "对象"),
    "change.before": ("Before", "变更前"),
    "change.after": ("After", "变更后"),
    "change.none": ("No change: this is the baseline.", "无变更：即基准情景。"),
    "change.full": ("All {count} changes", "全部{count}项变更"),
    "change.several": ("{first} … ({count} different)", "{first} …（共{count}种）"),
    "policy.rail_siding": ("Rail siding", "铁路专用线"),
    "policy.rail_service": ("Rail service", "班列开行"),
    "policy.freight_charge": ("Freight charge", "货运收费（补贴）"),
    "policy.waterway_upgrade": ("Waterway upgrade", "航道升级"),
    "data.nodes": ("nodes", "节点"),
    "data.links": ("links", "路段"),
    "data.zones": ("zones", "小区"),
    "data.commodities": ("commodities", "货类"),
    "data.known_flows": ("known flows", "已知货流"),
    "data.terminals": ("terminals", "场站港口"),
    "data.vessel_fleet": ("vessel fleet", "船队"),
    "data.measures": ("measures", "措施"),
    "column.navigation_class": ("navigation class", "航道等级"),
    "column.depth_m": ("depth at low water [m]", "枯水期水深 [米]"),
    "column.depth_mean_m": ("depth at mean water [m]", "平均水深 [米]"),
    "column.width_m": ("width [m]", "航宽 [米]"),
    "column.lock_cycle_min": ("lock cycle [min]", "闸次时间 [分钟]"),
    "column.berths_count": ("berths, tracks", "泊位、装卸线数"),
    "column.cranes_count": ("cranes", "装卸机械数"),
    "column.crane_rate_t_per_h": ("rate of a crane [t/h]", "装卸效率 [吨/小时]"),
    "column.payload_capacity_t": ("payload of vessels [t]", "船舶载重量 [吨]"),
    "column.rate_ratio": ("tariff ratio", "运价系数"),
    "column.service": ("service", "班列"),
    "column.cny_per_tkm": ("CNY per t-km", "元/吨公里"),
    "column.(row)": ("row", "整行"),
    # assumptions
    "ass.lead": ("{ranged} parameters carry a range. Each was set to its low and its high, the model calibrated anew, and the effect of {package} on CO₂e in {year} computed with expected values. {silent} of them act on queues or on the random week alone and cannot move this figure.", "{ranged}个参数带有取值范围。逐一取下限与上限并重新标定，以期望值计算{package}对{year}年碳排放的影响；其中{silent}个只影响排队或随机过程，不影响该结果。"),
    "ass.agree": ("At the central values the expected model gives {expected}; the mean of the replications is {simulated}. The replications draw all parameters together, so the two need not agree exactly.", "参数取中值时，期望值模型结果为{expected}；各次重复均值为{simulated}。重复仿真同时抽取全部参数，两者不必完全一致。"),
    "ass.flip": ("No single parameter within its range turns the sign of the effect.", "任一参数在其范围内变化都不会改变效果的正负。"),
    "ass.flips": ("Within their ranges these parameters turn the sign of the effect: {names}.", "在取值范围内，下列参数会改变效果的正负：{names}。"),
    "ass.unranked": ("The swings could not be computed for these scenarios ({reason}); assumptions are listed by confidence instead.", "未能对这些情景计算敏感度（{reason}），以下按可信度列出假设。"),
    "ass.no_package": ("there is no package", "无对比组合"),
    "ass.no_range": ("no parameter has a range", "无带范围的参数"),
    "ass.parameter": ("Parameter", "参数"),
    "ass.range": ("Low – value – high", "下限 – 取值 – 上限"),
    "ass.effect": ("Effect at low, at high", "取下限、上限时的效果"),
    "ass.swing": ("Swing", "变幅"),
    "ass.confidence": ("Confidence", "可信度"),
    "ass.source": ("Source", "来源"),
    "ass.value": ("Value", "取值"),
    "ass.name": ("Name", "名称"),
    "ass.note": ("Note", "说明"),
    "ass.full": ("All {count} inputs and factors without a firm source", "全部{count}项来源不充分的输入与因子"),
    "ass.rest": ("All {count} swings", "全部{count}个参数的变幅"),
    # factor sets
    "section.factor_sets": ("The same activity under other factor sets", "同一活动量在各因子集下的核算结果"),
    "sets.lead": ("What the baseline's first replication of {years} recorded, accounted again under each factor set; nothing was simulated anew. This report rests on {own}. In brackets the difference from it; † marks a figure in which another set's factors stand in.", "将基准情景{years}第1次仿真记录的活动量按各因子集重新核算，不重新仿真。本报告采用{own}；括号内为与其之差，†表示其中有借用其他因子集的取值。"),
    "sets.check": ("Accounted again under its own set, the recorded activity gives the recorded emissions, to rounding.", "按自身因子集重新核算，结果与记录的排放一致（舍入误差内）。"),
    "sets.mode": ("Mode", "方式"),
    "sets.quantity": ("t a year", "吨/年"),
    "sets.reasons": ("Why they differ by more than {share}", "相差超过{share}的原因"),
    "sets.reason": ("{set}, {what}: {why}", "{set}，{what}：{why}"),
    "sets.stand_ins": ("What stands in where a set has nothing of its own", "各因子集缺项的借用"),
    "sets.set": ("Factor set", "因子集"),
    "sets.purpose": ("Purpose", "用途"),
    "sets.method": ("Method", "方法"),
    "sets.from": ("Borrowed from", "借自"),
    "sets.own": ("its own", "自有"),
    "set.cn_emep_glec": ("cn_emep_glec (default)", "cn_emep_glec（默认）"),
    "set.china_official": ("china_official", "china_official（国内官方）"),
    "set.emep_copert": ("emep_copert", "emep_copert（欧洲）"),
    "set.glec_v3": ("glec_v3", "glec_v3（ISO 14083默认值）"),
    "purpose.fuel_ttw": ("CO₂ of burning fuel", "燃料燃烧CO₂"),
    "purpose.fuel_wtt": ("Supply of fuel", "燃料上游"),
    "purpose.grid": ("Electricity", "电力"),
    "purpose.gwp": ("Warming potentials", "增温潜势"),
    "purpose.road_energy": ("Energy of trucks", "货车能耗"),
    "purpose.road_pollutants": ("Exhaust of trucks", "货车尾气污染物"),
    "purpose.road_ghg": ("CH₄ and N₂O of trucks", "货车CH₄与N₂O"),
    "purpose.rail": ("Energy of trains", "列车能耗"),
    "purpose.vessels": ("Fuel of vessels", "船舶燃料"),
    "purpose.engine_pollutants": ("Exhaust of locomotives and vessels", "机车与船舶污染物"),
    "purpose.hubs": ("Energy of handling", "装卸能耗"),
    "purpose.vessel_physics": ("Resistance of vessels", "船舶阻力"),
    "purpose.coal_equivalent": ("Coal equivalents", "标准煤折算"),
    "method.carbon_content": ("carbon content × oxidation", "含碳量×氧化率"),
    "method.hull_resistance": ("Hull resistance (Holtrop and Mennen), shallow water", "船体阻力（Holtrop–Mennen，浅水修正）"),
    "method.ipcc_default": ("IPCC 2006 default, all carbon oxidised", "IPCC 2006默认值，全部氧化"),
    "method.published_co2e": ("published CO₂e per kg", "公布的每千克CO₂e"),
    "method.wtw_less_ttw": ("published WTW less TTW", "公布的WTW减TTW"),
    "method.generation_with_losses": ("mean generation with grid losses", "平均发电因子，含线损"),
    "method.generation": ("mean generation", "平均发电因子"),
    "method.gwp100": ("100 years", "100年"),
    "method.emep_curves": ("functions of speed, load and slope", "速度、装载、坡度函数"),
    "method.mee_2014": ("base factors × corrections (2014)", "2014年指南：基准因子×修正"),
    "method.class_intensity": ("published mean of the class per t-km", "公布的分级吨公里均值"),
    "method.per_km": ("per kilometre", "按公里"),
    "method.in_fuel": ("within the CO₂e of the fuel", "已含在燃料CO₂e中"),
    "method.gross_tkm": ("per gross t-km", "按总重吨公里"),
    "method.emep_and_testbed": ("EMEP/EEA and testbed, per kg of fuel", "EMEP/EEA与台架值，按燃料"),
    "method.nonroad_guideline": ("non-road guideline 2014, per kg of fuel", "2014年非道路指南，按燃料"),
    "method.diesel_equivalent": ("published CO₂e per tonne as diesel", "公布的每吨CO₂e折柴油"),
    "method.calorific": ("calorific values", "热值折算"),
    "reason.fuel_ttw.ipcc_default": ("IPCC takes all carbon as oxidised, the provincial guide 98 %.", "IPCC按全部氧化计，省级指南氧化率为98%。"),
    "reason.fuel_ttw.carbon_content": ("the provincial guide takes 98 % of the carbon as oxidised and counts CO₂ alone.", "省级指南氧化率为98%，且仅计CO₂。"),
    "reason.fuel_ttw.published_co2e": ("GLEC's diesel has 3.24 kg CO₂e/kg with CH₄ and N₂O, the provincial guide 3.096 kg CO₂/kg.", "GLEC柴油为3.24千克CO₂e/千克（含CH₄与N₂O），省级指南为3.096千克CO₂/千克。"),
    "reason.grid.generation": ("the power is counted as used, without the losses between power station and user.", "按用电量计，不含输配电损失。"),
    "reason.grid.generation_with_losses": ("the losses between power station and user are added.", "计入输配电损失。"),
    "reason.road_energy.class_intensity": ("GLEC's class means are India's, with 11 to 14 % empty running and no stated slope. In Dazhou's baseline of 2022 trucks run a third of their kilometres empty, and slopes add 11 % of fuel; the loaded way alone is 8 to 35 % above GLEC by class.", "GLEC分级均值取自印度，空驶率11%–14%，未计坡度。达州2022年基准中货车空驶约占里程三分之一，坡度使油耗增加11%；仅计重车行程时，各车型高于GLEC 8%–35%。"),
    "reason.road_energy.emep_curves": ("functions of speed, load and slope replace a mean of the class.", "以速度、装载、坡度函数代替分级均值。"),
    "reason.road_pollutants.mee_2014": ("at 10 ppm sulphur the guideline's particles of China V are a fifth to a quarter of those of Euro V (a 31-t truck, half loaded, at 40 km/h: 0.010 against 0.053 g/km). Its NOx is lower for heavy trucks and higher for light ones, and falls by a third at 40 km/h, where a band of speed ends. Slopes, which it does not know, explain 3 % of NOx in Dazhou's baseline of 2022. Euro VI stands in for China VI.", "硫含量10 ppm时，指南国五颗粒物约为欧五函数的五分之一至四分之一（31吨货车半载40公里/小时：0.010对0.053克/公里）；其NOₓ重型偏低、轻型偏高，并在40公里/小时速度分段处下降约三分之一。指南不含坡度，坡度在达州2022年基准中仅影响NOₓ约3%。国六借用欧六。"),
    "reason.road_pollutants.emep_curves": ("functions of speed, load and slope replace base factors with corrections.", "以速度、装载、坡度函数代替基准因子与修正。"),
    "reason.road_ghg.in_fuel": ("CH₄ and N₂O are in the CO₂e of the fuel.", "CH₄与N₂O已含在燃料CO₂e中。"),
    "reason.road_ghg.per_km": ("CH₄ and N₂O are counted by the kilometre.", "CH₄与N₂O按公里计。"),
    "reason.engine_pollutants.nonroad_guideline": ("the national guideline has other means than EMEP/EEA (locomotives) and the testbed of Chinese marine engines (vessels); both are read second-hand.", "国内非道路指南均值不同于EMEP/EEA（机车）与国产船机台架值（船舶）；两者均为转引。"),
    "reason.engine_pollutants.emep_and_testbed": ("EMEP/EEA (locomotives) and a testbed of Chinese marine engines (vessels) have other means than the national guideline.", "EMEP/EEA（机车）与国产船机台架值（船舶）不同于国内指南均值。"),
    "reason.other": ("another method: {method}.", "方法不同：{method}。"),
    "prov.stand_in": ("{purpose}: {set} stands in ({note}).", "{purpose}：借用{set}（{note}）。"),
    "prov.fallback_lead": ("Rows that stand in for what was asked for, with the activity of a year that used them (mean over replications):", "替代取值所依据的行及其全年活动量（各次重复均值）："),
    "prov.fallback_table": ("Table", "因子表"),
    "prov.fallback_asked": ("Asked for", "所需"),
    "prov.fallback_used": ("Stands in", "替代"),
    "prov.fallback_unit": ("Unit", "单位"),
    # provenance
    "prov.version": ("Version", "版本"),
    "prov.seed": ("Seed", "随机种子"),
    "prov.replications": ("Replications", "重复次数"),
    "prov.factor_set": ("Factor set", "因子集"),
    "prov.gwp": ("Warming potentials", "增温潜势"),
    "prov.grid": ("Electricity grid", "电网"),
    "prov.grid_beyond": ("Electricity grid outside the map", "图外电网"),
    "prov.grid_path": ("Grids after the last published year", "末次公布年之后的电网情景"),
    "prov.uncertainty": ("Parameters drawn", "抽取参数"),
    "prov.python": ("Python", "Python"),
    "prov.boundary": ("Boundary of the account", "核算边界"),
    "prov.boundary_text": ("Goods with at least one end in the {inside} zones of the region; {outside} zones stand for the world behind the gateways. Distance beyond the map is counted, as stated in the zones table. Through traffic and trips within one zone are not counted. A simulated period of {days} days stands for the year: amounts are multiplied by {factor}. Well to wheel: exhaust plus supply of fuel and electricity; vehicles and roads themselves are not counted.", "计入至少一端位于区域内{inside}个小区的货物；另有{outside}个外部小区代表口岸以外地区。图外距离按小区表计入。过境运输与小区内部运输不计入。以{days}天仿真代表全年，数量乘以{factor}。油井到车轮指尾气与燃料、电力供应，不含车辆与道路建造。"),
    "prov.fallbacks": ("Fall-backs", "替代取值"),
    "prov.fallback_none": ("None: every factor is valid for its year.", "无：各因子均在有效期内。"),
    "prov.made": ("What is not observed", "非实测数据"),
    "prov.made_text": ("Consignments are drawn from the demand model; they are not records of real ones. {weak} of {rows} rows of the input tables rest on an assumption or a weak source; each is marked in its table.", "货物由需求模型抽取，并非真实运单。输入表{rows}行中有{weak}行基于假设或较弱来源，均在表中标注。"),
    "prov.licences": ("Data and licences", "数据与许可"),
    "prov.dataset": ("Data set", "数据集"),
    "prov.dataset_version": ("Version", "版本"),
    "prov.origin": ("Origin", "出处"),
    "prov.licence": ("Licence", "许可"),
    "prov.codes": ("What the source codes stand for", "来源代码说明"),
    "prov.code": ("Code", "代码"),
    "prov.checksums": ("SHA-256 of all {count} input files", "全部{count}个输入文件的SHA-256"),
    "prov.file": ("File", "文件"),
    # audit
    "audit.good": ("All balances hold: {balances} balances in each of {runs} runs ({rows} checks). A run with a broken balance would have been refused.", "全部平衡成立：{runs}次仿真，每次{balances}项（共{rows}项检查）。平衡不成立的结果会被拒绝。"),
    "audit.bad": ("{broken} of {rows} checks do not hold. The figures above are not to be trusted.", "{rows}项检查中有{broken}项不成立，以上数据不可采信。"),
    "audit.balance": ("Balance", "平衡项"),
    "audit.unit": ("Unit", "单位"),
    "audit.runs": ("Runs", "次数"),
    "audit.gap": ("Largest relative gap", "最大相对差"),
    "audit.holds": ("Holds", "成立"),
    "audit.left": ("One side", "一侧"),
    "audit.right": ("Other side", "另一侧"),
    "audit.rest": ("All balances", "全部平衡项"),
    # workbook
    "sheet.comparison": ("comparison", "对比"),
    "sheet.by_scenario": ("by scenario", "分情景"),
    "sheet.calibration": ("calibration", "标定"),
    "sheet.assumptions": ("assumptions", "假设"),
    "sheet.audit": ("audit", "审计"),
    "sheet.ledger": ("ISO 14083 ledger", "ISO 14083台账"),
    "ledger.chain": ("transport chain", "运输链"),
    "ledger.element": ("element", "环节"),
    "ledger.kind": ("kind", "类型"),
    "ledger.category": ("operation category (TOC, HOC)", "作业类别（TOC、HOC）"),
    "ledger.mode": ("mode", "方式"),
    "ledger.distance_basis": ("distance basis", "距离基准"),
    "ledger.elements_count": ("elements a year", "年环节数"),
    "ledger.tonnes_t": ("t a year", "吨/年"),
    "ledger.actual_tkm": ("t-km driven", "实际吨公里"),
    "ledger.activity_tkm": ("transport activity, t-km", "运输活动量（吨公里）"),
    "ledger.co2e_ttw_kg": ("operation (TTW), kg CO₂e", "运营（TTW），千克CO₂e"),
    "ledger.co2e_wtt_kg": ("energy provision (WTT), kg CO₂e", "能源供应（WTT），千克CO₂e"),
    "ledger.co2e_wtw_kg": ("total (WTW), kg CO₂e", "合计（WTW），千克CO₂e"),
    "ledger.primary_share": ("primary data", "实测数据"),
    "ledger.modelled_share": ("modelled data", "模型数据"),
    "ledger.default_share": ("default data", "缺省数据"),
    "ledger.distance_adjustment_ratio": ("distance adjustment (DAF)", "距离调整系数（DAF）"),
    "ledger.empty_share": ("empty running of the category", "类别空驶率"),
    "ledger.intensity_g_per_tkm": ("intensity, g CO₂e/t-km", "强度（克CO₂e/吨公里）"),
    "ledger.intensity_g_per_t": ("intensity, g CO₂e/t", "强度（克CO₂e/吨）"),
    "sheet.changes": ("changes {number}", "变更{number}"),
    "col.scenario": ("scenario", "情景"),
    "col.year": ("year", "年份"),
    "col.replication": ("replication", "重复"),
    "col.indicator": ("indicator", "指标"),
    "col.label": ("meaning", "含义"),
    "col.unit": ("unit", "单位"),
    "col.mean": ("mean", "均值"),
    "col.ci_low": ("95 % from", "95%下限"),
    "col.ci_high": ("95 % to", "95%上限"),
    "col.difference": ("difference", "差值"),
    "col.difference_ci_low": ("difference from", "差值下限"),
    "col.difference_ci_high": ("difference to", "差值上限"),
    "col.probability_better": ("better in", "优于基准"),
    "col.table": ("table", "数据表"),
    "col.name": ("name", "名称"),
    "col.value": ("value", "取值"),
    "col.source": ("source", "来源"),
    "col.confidence": ("confidence", "可信度"),
    "col.note": ("note", "说明"),
}

BALANCES: dict[str, tuple[str, str]] = {
    "capacity: facilities that were never overcrowded": ("Facilities that were never overcrowded = all", "从未超出能力的设施 = 全部设施"),
    "queues: facilities where all waits = integral of the queue": ("Facilities where all waits = integral of the queue", "等待合计 = 排队积分的设施"),
    "capacity: most units in use at ": ("Most units in use, ", "最大同时占用："),
    " within its capacity": (" within its capacity", " 不超过能力"),
    "queues: all waits at ": ("All waits, ", "等待合计："),
    " = integral of its queue": (" = integral of its queue", " = 排队积分"),
    "locks: lockages that begin in a free chamber = all": ("Lockages that begin in a free chamber = all", "闸室空闲时开始的闸次 = 全部闸次"),
    "locks: lockages with no more vessels than fit = all": ("Lockages with no more vessels than fit = all", "船舶数不超过闸室容量的闸次 = 全部闸次"),
    "transfers: begun before the goods were there = 0": ("Transfers begun before the goods were there = 0", "货未到即开始的换装 = 0"),
    "transfers: gone on from elsewhere = 0": ("Transfers gone on from elsewhere = 0", "换装地点不符 = 0"),
    "transfers: tonnes brought to and taken from ": ("Tonnes brought to and taken from ", "进出吨数："),
    " = moved by its cranes": (" = moved by its cranes", " = 装卸机械作业吨数"),
    "railways: freight trains out of the paths of others": ("Freight trains out of the paths of others = all", "未占用他车运行线的货物列车 = 全部"),
    "railways: freight trains where the line is open": ("Freight trains where the line is open = all", "线路开放时运行的货物列车 = 全部"),
    "wagons: relations with wagons out = back + standing": ("Relations with wagons out = back + standing", "车皮去 = 回 + 停留的流向"),
    "tonnes: drawn = delivered": ("Tonnes drawn = delivered", "抽取吨数 = 交付吨数"),
    "tonnes: on legs = of their consignments": ("Tonnes on legs = of their consignments", "运段吨数 = 所载货物吨数"),
    "tonnes: counted for road = carried by road": ("Tonnes counted for road = carried by road", "计入公路吨数 = 公路承运吨数"),
    "tonnes: counted for rail = carried by rail": ("Tonnes counted for rail = carried by rail", "计入铁路吨数 = 铁路承运吨数"),
    "tonnes: counted for waterway = carried by waterway": ("Tonnes counted for waterway = carried by waterway", "计入水路吨数 = 水路承运吨数"),
    "vehicles: every leg arrives after it departs": ("Every leg arrives after it departs", "各运段到达晚于出发"),
    "vehicles: goods on empty legs": ("Goods on empty legs = 0", "空返运段载货量 = 0"),
    "vehicles: vessel-km out = vessel-km back": ("Vessel-km out = vessel-km back", "船舶去程公里 = 回程公里"),
    "activity: vehicle-km on the map by leg = by link": ("Vehicle-km on the map by leg = by link", "图内车公里：按运段 = 按路段"),
    "activity: t-km on the map by leg = by link": ("T-km on the map by leg = by link", "图内吨公里：按运段 = 按路段"),
    "electricity: CO2 of the exhaust = 0": ("Electricity: CO₂ of the exhaust = 0", "用电：尾气二氧化碳 = 0"),
    "electricity: uses with WTT above 0 = uses": ("Electricity: uses with WTT above 0 = all uses", "用电：WTT大于0的项数 = 用电项数"),
    "emissions: cells below zero or without a number = 0": ("Energy and emissions: cells below zero or without a number = 0", "能耗与排放：负值或缺失值个数 = 0"),
    "emissions: WTW = TTW + WTT": ("WTW = TTW + WTT", "WTW = TTW + WTT"),
    "indicators: ": ("Indicator ", "指标"),
    " = links and hubs of a year": (" = links and hubs of a year", " = 全年路段与枢纽合计"),
    " = legs and hubs of a year": (" = legs and hubs of a year", " = 全年运段与枢纽合计"),
    "CO2e on the map of road by leg = by link": ("CO₂e on the map, road: by leg = by link", "图内CO₂e（公路）：按运段 = 按路段"),
    "CO2e on the map of rail by leg = by link": ("CO₂e on the map, rail: by leg = by link", "图内CO₂e（铁路）：按运段 = 按路段"),
    "CO2e on the map of waterway by leg = by link": ("CO₂e on the map, waterway: by leg = by link", "图内CO₂e（水路）：按运段 = 按路段"),
    " of road = energy x factor": (" of road = energy × factor", "（公路）= 能耗 × 因子"),
    " of rail = energy x factor": (" of rail = energy × factor", "（铁路）= 能耗 × 因子"),
    " of waterway = energy x factor": (" of waterway = energy × factor", "（水路）= 能耗 × 因子"),
    " of hub = energy x factor": (" of hubs = energy × factor", "（枢纽）= 能耗 × 因子"),
    " by leg and hub = by class": (" by leg and hub = by class", "：按运段与枢纽合计 = 按类别合计"),
    "ledger: t-km of elements = by class": ("Ledger: t-km of elements = by class", "台账：环节吨公里 = 按类别合计"),
    " of road = by class": (" of road = by class", "（公路）= 按类别合计"),
    " of rail = by class": (" of rail = by class", "（铁路）= 按类别合计"),
    " of waterway = by class": (" of waterway = by class", "（水路）= 按类别合计"),
    " of hub = by class": (" of hubs = by class", "（枢纽）= 按类别合计"),
    "ledger: ": ("Ledger: ", "台账："),
    "emissions: ": ("Emissions: ", "排放："),
    **TRAFFIC_BALANCES,
    **FLEET_BALANCES,
}
"""Balances of the audit, whole or in part; the audit itself speaks English."""


CHANGES: dict[str, tuple[str, str]] = {
    "added": ("added", "新增"),
    "removed": ("removed", "取消"),
    "there": ("there", "原有"),
    r"(\S+) trains/week of (\S+) t at (\S+) x tariff": ("{0} trains a week of {1} t at {2} × tariff", "每周{0}列、每列{1}吨、运价×{2}"),
    r"(\S+) CNY/t-km": ("{0} CNY/t-km", "{0}元/吨公里"),
}
"""Phrases of the packages' changes, as patterns; everything else there is a value."""


@dataclass(frozen=True)
class Wording:
    """The texts of one language."""

    language: Language

    @property
    def column(self) -> int:
        """Position of the language in the tables."""
        return LANGUAGES.index(self.language)

    @property
    def gap(self) -> str:
        """What stands between a number and its unit: a space that breaks no line, nothing in Chinese."""
        return "\N{NO-BREAK SPACE}" if self.language == "en" else ""

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in."""
        return TEXTS[key][self.column].format(**values)

    def counted(self, key: str, count: int) -> str:
        """Return a number with what it counts: the text holds singular|plural, or one form as in Chinese."""
        forms = TEXTS[f"count.{key}"][self.column].split("|")
        return forms[0 if count == 1 else -1].format(count=count)

    def name(self, group: str, key: str) -> str:
        """Return the name of a mode, class, kind or element; what the tables do not know keeps its own name."""
        return TEXTS[f"{group}.{key}"][self.column] if f"{group}.{key}" in TEXTS else key

    def head(self, group: str, key: str) -> str:
        """Return a name as it stands at the head of a row."""
        name = self.name(group, key)
        return name[:1].upper() + name[1:]

    def parameter(self, name: str) -> str:
        """Return what a parameter means."""
        return PARAMETERS[name][self.column] if name in PARAMETERS else name

    def balance(self, name: str) -> str:
        """Return the name of a balance."""
        if name in BALANCES:
            return BALANCES[name][self.column]
        for part, words in BALANCES.items():
            name = name.replace(part, words[self.column])
        return name

    def quantity(self, indicator: str) -> Quantity:
        """Return how an indicator is shown; one that the tables do not know is shown as it is."""
        plain = Quantity((indicator, indicator), ("", ""), (1.0, 1.0), (2, 2))
        return INDICATORS.get(indicator, plain)

    def label(self, indicator: str) -> str:
        """Return the name of an indicator."""
        return self.quantity(indicator).label[self.column]

    def unit(self, indicator: str) -> str:
        """Return the unit in which an indicator is shown."""
        return self.quantity(indicator).unit[self.column]

    def scaled(self, indicator: str, value: float) -> float:
        """Return a value in the unit in which it is shown."""
        return value / self.quantity(indicator).divisor[self.column]

    def show(self, indicator: str, value: float, *, signed: bool = False, unit: bool = False) -> str:
        """Write a value of an indicator in the unit in which it is shown."""
        text = number(self.scaled(indicator, value), self.quantity(indicator).digits[self.column], signed=signed)
        return f"{text}{self.gap}{self.unit(indicator)}" if unit and text != "–" else text

    def interval(self, indicator: str, low: float, high: float, *, signed: bool = False, unit: bool = False) -> str:
        """Write an interval; empty without one."""
        if low != low:  # noqa: PLR0124 - not a number
            return ""
        ends = self.show(indicator, low, signed=signed), self.show(indicator, high, signed=signed, unit=unit)
        return self("to", low=ends[0], high=ends[1])

    def quoted(self, text: str) -> str:
        """Put a title into quotation marks, so that it stands apart in a sentence."""
        return self("quoted", text=text)

    def percent(self, value: float, digits: int = 1, *, signed: bool = True) -> str:
        """Write a ratio as percentage."""
        text = number(100.0 * value, digits, signed=signed)
        return text if text == "–" else f"{text}{self.gap}%"

    def change(self, text: str) -> str:
        """Return what a policy wrote into a cell, in the language where it is a phrase."""
        for pattern, phrase in CHANGES.items():
            if match := re.fullmatch(pattern, text):
                return phrase[self.column].format(*match.groups())
        return text

    def listed(self, names: list[str]) -> str:
        """Join names as a sentence does."""
        return self("and").join([self("comma").join(names[:-1]), names[-1]] if len(names) > 1 else names)


def number(value: float, digits: int, *, signed: bool = False) -> str:
    """Write a number with thousands separated and a true minus sign; a dash if there is none."""
    if value != value:  # noqa: PLR0124 - not a number
        return "–"
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    bare = text.lstrip("+-")
    if not bare.strip("0.,"):
        return bare
    return text.replace("-", "−")
