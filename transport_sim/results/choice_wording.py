"""Texts about the choice of shippers in English and Chinese: elasticities and calibration."""

TEXTS: dict[str, tuple[str, str]] = {
    "mode": ("mode", "方式"),
    "quantity": ("quantity", "指标"),
    "price_of": ("price of", "价格变动方式"),
    "elasticity": ("elasticity", "弹性"),
    "free": ("of goods that choose", "可选择货物的弹性"),
    "range": ("published", "文献范围"),
    "verdict": ("verdict", "判断"),
    "road": ("road", "公路"),
    "rail": ("rail", "铁路"),
    "waterway": ("waterway", "水路"),
    "tonnes": ("tonnes", "货运量"),
    "tkm": ("t-km", "货物周转量"),
    "mean_haul_km": ("mean haul", "平均运距"),
    "price_elasticity": ("own-price elasticity of t-km", "周转量自价格弹性"),
    "inside": ("inside", "在范围内"),
    "weaker": ("weaker than published", "弱于文献"),
    "stronger": ("stronger than published", "强于文献"),
    "elasticities.title": (
        "Price elasticities of the calibrated base year: what 1 % on a mode's price changes, in %",
        "标定基准年价格弹性：某方式价格变化1%引起的变化（%）",
    ),
    "compared.title": ("Own-price elasticities beside published ranges", "自价格弹性与文献范围对照"),
    "reason.bound": (
        (
            "{mode}: {share} of its tonnes are bound to it (known_flows.csv, captive_chain) and cannot react to a "
            "price; the elasticity of the goods that choose is {free}."
        ),
        (
            "{mode}：{share}的货运量固定于该方式（known_flows.csv 的 captive_chain），不随价格变化；"
            "可选择货物的弹性为{free}。"
        ),
    ),
    "reason.shift_only": (
        (
            "{mode}: the model's answer is a change of mode alone. Published ranges also hold what a price does to "
            "loads, sources and the amount of goods, which stay as they are here; on the relations of its goods the "
            "mode carries {usual} on average."
        ),
        (
            "{mode}：模型只反映方式转移。文献值还包含价格对装载、货源地和货运总量的影响，模型中这些保持不变；"
            "在其货物所在关系上该方式平均承担{usual}。"
        ),
    ),
    "reason.small_share": (
        (
            "{mode}: on the relations of its goods the mode carries {usual} on average; the logit's own elasticity is "
            "the scale times what others carry there, and sizes and destinations do not soften it."
        ),
        (
            "{mode}：在其货物所在关系上该方式平均承担{usual}；Logit自弹性等于尺度参数乘以其他方式的份额，"
            "批量与流向不起缓冲作用。"
        ),
    ),
    "estimate.title": ("Estimated parameters", "参数估计"),
    "fit.title": ("Fit to what is observed", "拟合结果"),
    "parameter": ("parameter", "参数"),
    "value": ("value", "取值"),
    "standard_error": ("standard error", "标准误"),
    "start": ("start", "初值"),
    "observed": ("observed", "观测值"),
    "model": ("model", "模型值"),
    "deviation_ratio": ("deviation", "偏差"),
    "group": ("goods", "货类"),
    "all": ("all", "全部"),
    "bulk": ("bulk", "大宗"),
    "general": ("general", "普货"),
    "objective": (
        "sum of squared residuals {objective} with {degrees} degrees of freedom",
        "残差平方和{objective}，自由度{degrees}",
    ),
    "rounds": (
        "{count} simulations of the base year; {gap} of all tonnes would still change mode under the simulated delays",
        "基准年仿真{count}次；按仿真延误仍有{gap}的货运量会改变方式",
    ),
}
"""English and Chinese by key: what the commands print."""

CHOICE_TEXTS: dict[str, tuple[str, str]] = {
    "feedback.title": (
        "Do choices and delays agree?",
        "方式选择与延误是否一致？",
    ),
    "feedback.lead": (
        (
            "Shippers count on delays of trains and vessels; the simulation shows what they were. A run is simulated "
            "again with what it showed until fewer than {tolerance} of all tonnes would change mode, at most {rounds} "
            "times. The table has the last simulation of each run, the largest gap and mean delays over the "
            "replications."
        ),
        (
            "货主按预期的列车和船舶延误选择方式，仿真给出实际延误。每次运行以仿真延误重新选择并再次仿真，"
            "直至可能改变方式的货运量低于{tolerance}，最多{rounds}次。表中为各运行最后一次仿真：差距取重复中的最大值，延误取平均值。"
        ),
    ),
    "feedback.settled": (
        "Choices and delays agree in all {runs} runs; the largest gap is {gap} of all tonnes.",
        "全部{runs}次运行中方式选择与延误一致，最大差距为全部货运量的{gap}。",
    ),
    "feedback.open": (
        (
            "In {open} of {runs} runs choices and delays do not agree yet: up to {gap} of all tonnes would still "
            "change mode. Read differences between modes of that size as noise, or allow more simulations "
            "(wait_rounds)."
        ),
        (
            "{runs}次运行中有{open}次尚未一致：仍有最多{gap}的货运量会改变方式。"
            "该幅度以内的方式差异应视为误差，或增加仿真次数（wait_rounds）。"
        ),
    ),
    "feedback.scenario": ("scenario", "情景"),
    "feedback.year": ("year", "年份"),
    "feedback.rounds": ("simulations", "仿真次数"),
    "feedback.gap": ("gap", "差距"),
    "feedback.rail": ("delay of trains: counted on / shown, h", "列车延误：预期/仿真（小时）"),
    "feedback.waterway": ("delay of vessels: counted on / shown, h", "船舶延误：预期/仿真（小时）"),
}
"""English and Chinese by key: what the report says."""


def text(key: str, language: str, **values: object) -> str:
    """Return a text in a language with its values filled in."""
    return TEXTS[key][language == "zh"].format(**values)
