"""The report's texts on fleets and stations, English and Chinese; `wording` adds them to its tables."""

# fmt: off
# ruff: noqa: E501 - one row a text, so that the languages stand side by side

from transport_sim.results.quantity import Quantity

_TONNES = (("thousand t", "万吨"), (1e3, 1e4), (2, 3))
_POWER = (("GWh", "亿千瓦时"), (1e6, 1e8), (2, 4))
_SHARE = (("%", "%"), (0.01, 0.01), (2, 2))

FLEET_INDICATORS: dict[str, Quantity] = {
    "fleet_co2e_wtw_t": Quantity(("CO₂e of the simulated fleets (WTW)", "所模拟车队碳排放（WTW）"), *_TONNES),
    "fleet_co2e_ttw_t": Quantity(("CO₂e of the fleets' exhaust (TTW)", "车队尾气碳排放（TTW）"), *_TONNES),
    "fleet_electricity_kwh": Quantity(("Electricity charged by the fleets", "车队充电量"), *_POWER),
    "fleet_fuel_mj": Quantity(("Fuel of the fleets", "车队燃料消耗"), ("TJ", "TJ"), (1e6, 1e6), (1, 1)),
    "fleet_vkm": Quantity(("Kilometres of the fleets", "车队行驶里程"), ("million km", "万公里"), (1e6, 1e4), (1, 0)),
    "fleet_charging_cost_cny": Quantity(("What the fleets pay for charging", "车队充电费用"), ("million CNY", "万元"), (1e6, 1e4), (2, 0)),
    "fleet_electric_share_bus": Quantity(("Electric share of the buses", "公交车电动化率"), *_SHARE),
    "fleet_electric_share_taxi": Quantity(("Electric share of the taxis", "出租车电动化率"), *_SHARE),
    "fleet_lost_share_bus": Quantity(("Bus trips that fall out", "未能开行的公交班次占比"), *_SHARE),
    "fleet_lost_share_taxi": Quantity(("Taxi rides that nobody served", "未获服务的出租车需求占比"), *_SHARE),
    "fleet_lost_share_tour": Quantity(("Tours of other fleets that fall out", "其他车队未完成的任务占比"), *_SHARE),
    "station_wait_mean_h": Quantity(("Mean wait at shared stations", "共用站点平均等待时间"), ("min", "分钟"), (1 / 60, 1 / 60), (1, 1)),
    "station_wait_p95_h": Quantity(("Wait at shared stations that 95% do not exceed", "共用站点95%车辆不超过的等待时间"), ("min", "分钟"), (1 / 60, 1 / 60), (1, 1)),
    "station_balk_share": Quantity(("Vehicles that leave a shared station without charging", "到共用站点后未充电离开的车辆占比"), *_SHARE),
    "station_peak_kw": Quantity(("Peak of all stations together", "全部站点合计峰值负荷"), ("MW", "兆瓦"), (1e3, 1e3), (2, 2)),
    "bus_mode_share": Quantity(("Bus share of persons' trips", "公交出行分担率"), *_SHARE),
}

FLEET_MAIN: tuple[str, ...] = ("fleet_co2e_wtw_t", "fleet_electricity_kwh", "fleet_lost_share_bus", "fleet_lost_share_taxi", "station_wait_p95_h", "station_peak_kw", "bus_mode_share")
"""Rows of the package table where fleets were simulated."""

FLEET_TEXTS: dict[str, tuple[str, str]] = {
    "section.fleets": ("Fleets, depots and stations", "车队、场站与充电"),
    "fleets.lead": ("{days} days of the fleets in {year}: every bus, taxi and vehicle on a tour drives, queues and charges. Travel times: {times}. Amounts are scaled to a year. Buses and taxis also drive in the day on the streets, so the two accounts must not be added.",
                    "模拟{year}年车队连续{days}天的运行：每辆公交车、出租车及作业车辆逐一行驶、排队与充电。行程时间：{times}。数值折算为全年。公交车与出租车也计入城区道路一日运行，两个账户不可相加。"),
    "fleets.times_traffic": ("those of the simulated day on the streets", "取自所模拟的城区道路运行日"),
    "fleets.times_free": ("free speeds times the hourly ratios of hour_speeds.csv; road traffic was not simulated", "自由流速度乘以hour_speeds.csv的分时系数，未模拟道路交通"),
    "fleets.synthetic": ("Synthetic: lines, depots and stations are made up where no survey is at hand; the data say so row by row. Read the results as what such fleets need in a city of this size, not as a plan of a named depot.",
                         "合成数据：缺少调查资料之处，线路、场站和充电站为生成的替代数据，并在数据中逐行注明。结果说明同等规模城市车队的需求，不代表某一具体场站的方案。"),
    "fleets.verdict": ("{package}: {electric} of {vehicles} vehicles are electric, {co2e} t CO₂e a year against the baseline. 95% of those who charge at shared stations wait at most {wait} min (baseline {wait_base} min); all stations together peak at {peak} MW (baseline {peak_base} MW).",
                       "{package}：{vehicles}辆车中{electric}辆为电动，年碳排放较基准变化{co2e}吨CO₂e。共用站点95%的车辆等待不超过{wait}分钟（基准{wait_base}分钟）；全部站点合计峰值{peak}兆瓦（基准{peak_base}兆瓦）。"),
    "fleets.no_loss": ("No service is lost: every block, ride and tour of the baseline is driven.", "服务未受影响：各车次、订单和任务均完成。"),
    "fleets.loss": ("Service lost: {bus} of the bus trips (baseline {bus_base}), {taxi} of the taxi rides ({taxi_base}), {tour} of the tours ({tour_base}).",
                    "服务损失：公交班次{bus}（基准{bus_base}），出租车订单{taxi}（{taxi_base}），其他任务{tour}（{tour_base}）。"),
    "fleets.worst": ("The longest waits are at {station}: {wait} min on average in {package}, {balks} vehicles a day drive off without charging.",
                     "等待最长的站点为{station}：在{package}中平均{wait}分钟，每日{balks}辆车未充电离开。"),
    "fleets.table": ("Fleets of a year", "车队年度汇总"),
    "fleets.fleet": ("Fleet", "车队"), "fleets.scenario": ("Scenario", "情景"),
    "fleets.vehicles_count": ("vehicles", "车辆数"), "fleets.electric_count": ("of these electric", "其中电动"),
    "fleets.vkm": ("million km", "百万公里"), "fleets.electricity_kwh": ("electricity, MWh", "用电，兆瓦时"),
    "fleets.fuel_mj": ("fuel, TJ", "燃料，TJ"), "fleets.co2e_wtw_t": ("CO₂e WTW, t", "CO₂e（WTW），吨"),
    "fleets.loads": ("Load curves of depots and stations", "场站负荷曲线"),
    "fleets.load_table": ("Mean load by hour, kW", "各小时平均负荷，千瓦"), "fleets.hour": ("hour", "时"),
    "fleets.stations": ("Stations with the longest waits", "等待最长的站点"),
    "fleets.station": ("Station", "站点"), "fleets.group": ("for", "服务对象"), "fleets.plugs": ("plugs", "枪数"),
    "fleets.arrivals": ("arrivals a day", "日到站数"), "fleets.wait_mean": ("mean wait, min", "平均等待，分钟"),
    "fleets.wait_p95": ("95% wait, min", "95%等待，分钟"), "fleets.balks": ("drive off a day", "日离开数"),
    "fleets.use": ("in use, %", "利用率，%"), "fleets.peak": ("peak, kW", "峰值，千瓦"), "fleets.feeder": ("feeder, kW", "变压器，千瓦"),
    "fleets.path": ("The way to 2060", "至2060年的路径"),
    "fleets.path_lead": ("Stocks turn over by vintage from {first} on: survival, sales and the mandates of each scenario. Whole fleets of the prefecture, not only those simulated above.",
                         "自{first}年起按车龄推演存量：存活率、销售结构与各情景的强制要求。口径为全市车队，不限于上文所模拟的车队。"),
    "fleets.clean": ("{scenario}: {bus_2030} of the buses and {taxi_2030} of the taxis are clean in 2030, {bus_2060} and {taxi_2060} in 2060; oil use peaks in {peak}.",
                     "{scenario}：2030年清洁公交车占{bus_2030}、清洁出租车占{taxi_2030}，2060年分别为{bus_2060}和{taxi_2060}；石油消费于{peak}年达峰。"),
    "fleets.tco": ("Total cost of ownership and of a tonne of CO₂e avoided", "全生命周期成本与减排成本"),
    "fleets.tco_lead": ("A new vehicle of the last year, all in: purchase and battery as annuities, energy, maintenance, charger. The tonne is that against the fleet's usual drive; a dash where nothing is avoided. Most prices are assumptions.",
                        "末年新购车辆的全部成本：购置与电池折算年金、能源、维护、充电设施。每吨减排成本相对该车队常用动力；无减排者以横线表示。多数价格为假设。"),
    "fleets.tco_table": ("All fleets and drives", "全部车队与动力类型"),
    "fleets.technology": ("Drive", "动力类型"), "fleets.total_cny": ("CNY a year", "元/年"), "fleets.cny_per_km": ("CNY a km", "元/公里"),
    "fleets.vehicle_t": ("t CO₂e a year", "吨CO₂e/年"), "fleets.abatement": ("CNY per t avoided", "元/吨减排"),
    "fleets.modes": ("How persons travel", "居民出行方式"), "fleets.mode": ("Mode", "方式"), "fleets.journeys": ("Journeys", "出行类别"),
    "journeys.all": ("in the region", "区域内"), "journeys.long": ("long relations", "长途"),
    "person_mode.walk": ("on foot", "步行"), "person_mode.cycle": ("cycle", "自行车"), "person_mode.bus": ("bus", "公交"),
    "person_mode.taxi": ("taxi", "出租车"), "person_mode.car": ("car", "小汽车"), "person_mode.motorcycle": ("motorcycle", "摩托车"),
    "person_mode.coach": ("coach", "长途客车"), "person_mode.rail": ("rail", "铁路"), "person_mode.air": ("air", "航空"),
    "person_mode.coach_rail": ("coach and rail", "公铁联运"),     "person_mode.air_rail": ("air and rail", "空铁联运"), "person_mode.park_and_ride": ("park and ride", "停车换乘"),
    "drive.battery_electric": ("battery", "纯电动"), "drive.fuel_cell_electric": ("fuel cell", "燃料电池"), "drive.plug_in_hybrid": ("plug-in hybrid", "插电混动"),
    "drive.hybrid": ("hybrid", "混合动力"), "drive.cng": ("CNG", "压缩天然气"), "drive.lng": ("LNG", "液化天然气"), "drive.methanol": ("methanol", "甲醇"),
    "drive.petrol": ("petrol", "汽油"), "drive.diesel": ("diesel", "柴油"),
    "fig.cap_loads": ("Power at the meter by hour in {year}: means over days and replications, shaded up to the worst day.", "{year}年各小时电表功率：线为各日与各次模拟平均值，阴影至最不利日。"),
    "fig.cap_path": ("Stock by technology and year.", "逐年车辆技术构成。"),
    "fleet.bus": ("buses", "公交车"), "fleet.taxi": ("taxis", "出租车"), "fleet.rural_bus": ("rural buses", "农村客运车"),
    "fleet.official_car": ("official cars", "公务车"), "fleet.delivery_van": ("delivery vans", "城市配送车"),
    "fleet.postal_van": ("postal vans", "邮政快递车"), "fleet.private_car": ("private cars", "私家车"),
    "fleet.truck_light": ("light trucks", "轻型货车"), "fleet.truck_medium": ("medium trucks", "中型货车"),
    "fleet.truck_heavy": ("heavy trucks", "重型货车"), "fleet.tractor_trailer": ("tractor-trailers", "半挂牵引车"),
    "fleet.vessel": ("vessels", "船舶"), "fleet.motorcycle": ("motorcycles", "摩托车"),
    "station_group.public": ("Public charging stations", "公共充电站"), "station_group.bus": ("Bus depots", "公交场站"),
    "station_group.taxi": ("Taxi stations", "出租车专用站"), "station_group.rural_bus": ("Depots of rural buses", "农村客运场站"),
    "station_group.official_car": ("Yards of official cars", "公务车场"), "station_group.delivery_van": ("Depots of delivery vans", "配送车场"),
    "station_group.postal_van": ("Depots of postal vans", "邮政车场"), "station_group.swap": ("Swap stations", "换电站"),
    "station_group.lng": ("LNG filling stations", "LNG加注站"), "station_group.hydrogen": ("Hydrogen filling stations", "加氢站"),
    "station_group.shore_power": ("Shore power", "岸电"),
    "sheet.fleets": ("fleets", "车队"), "sheet.stations": ("stations", "站点"), "sheet.loads": ("load curves", "负荷曲线"),
    "sheet.fleet_path": ("fleet path", "车队路径"), "sheet.tco": ("cost of ownership", "全周期成本"), "sheet.modes": ("passenger modes", "出行方式"),
}

FLEET_BALANCES: dict[str, tuple[str, str]] = {
    "fleets: vehicles whose charge differs from driving and battery by a watt-hour = 0": ("Fleets: vehicles whose charge differs from driving and battery by a watt-hour = 0", "车队：充电量与行驶耗电、电量变化相差一瓦时以上的车辆数 = 0"),
    "fleets: kWh of sessions and swaps = kWh charged by the vehicles": ("Fleets: kWh of sessions and swaps = kWh charged by the vehicles", "车队：充换电记录电量 = 车辆充电量"),
    "fleets: stations above their feeder = 0": ("Fleets: stations above their feeder = 0", "车队：功率超过变压器容量的站点数 = 0"),
    "fleets: kWh of stations by hour = in all": ("Fleets: kWh of stations by hour = in all", "车队：站点分时电量 = 总电量"),
    "fleets: kWh in the accounts = at the stations' meters": ("Fleets: kWh in the accounts = at the stations' meters", "车队：账户用电 = 站点电表电量"),
}
