"""Named factor sets never mix, and a user's own folder says what it lacks."""

import shutil
from pathlib import Path

import pytest

import transport_sim.factors.reader as reader_module
from transport_sim.emissions.lifecycle import co2_ttw_kg_per_kg, lifecycle_co2e_kg, road_ch4_n2o_co2e_kg
from transport_sim.energy.fuel import fuel_kg
from transport_sim.energy.intensity import fuel_by_intensity_kg
from transport_sim.energy.road import hdv_energy_mj_per_km
from transport_sim.errors import FactorError
from transport_sim.factors import grid_factor, load_factor_set, load_factors
from transport_sim.factors.methods import DEFAULT_SET, FACTOR_SETS, METHODS, PURPOSES
from transport_sim.factors.schema import TABLES
from transport_sim.factors.sets import check_choices

PACKAGED = Path(reader_module.__file__).parent
TRUCK = {"vehicle_class": "truck_heavy", "emission_standard": "china_v"}
DRIVING = {"speed_kmh": 40.0, "load_ratio": 0.5, "gradient_ratio": 0.0}


def test_the_names_are_those_of_the_table_and_the_default_comes_first():
    assert tuple(load_factors().sets) == FACTOR_SETS
    assert load_factors().name == DEFAULT_SET


@pytest.mark.parametrize("name", FACTOR_SETS)
def test_every_set_answers_every_purpose_and_borrows_only_what_is_the_lenders_own(name):
    library = load_factors()
    assert set(library.sets[name]) == set(PURPOSES)
    assert list(check_choices(library.sets[name], library.sets)) == []


def test_methods_read_quantities_that_the_schema_knows():
    for methods in METHODS.values():
        for method in methods.values():
            for table, quantities in method.reads.items():
                assert set(quantities) <= set(TABLES[table].quantities), table


def test_the_diesel_of_each_system():
    by_set = {name: co2_ttw_kg_per_kg(load_factor_set(name), "diesel") for name in FACTOR_SETS}
    assert by_set["cn_emep_glec"] == by_set["china_official"] == pytest.approx(3.09591, abs=5e-6)  # ghg_guide_2025
    assert by_set["emep_copert"] == pytest.approx(3.186, abs=5e-4)  # ipcc_2006
    assert by_set["glec_v3"] == 3.24  # glec_v3_2


def test_the_fuel_of_a_truck_follows_the_calorific_value_of_its_set():
    energy = hdv_energy_mj_per_km(load_factors(), **TRUCK, **DRIVING)
    assert fuel_kg(load_factor_set("emep_copert"), energy) == pytest.approx(energy / 43.0)
    assert fuel_kg(load_factor_set("china_official"), energy) == pytest.approx(energy / 42.652)


def test_power_with_and_without_the_losses_of_the_grid():
    with_losses, without = (
        float(lifecycle_co2e_kg(load_factor_set(n), "electricity", 1.0, grid_region="sichuan", year=2022).co2e_wtt_kg)
        for n in ("cn_emep_glec", "china_official")
    )
    assert (with_losses, without) == (pytest.approx(0.1404 / 0.94), pytest.approx(0.1404))


@pytest.mark.parametrize("name", FACTOR_SETS)
def test_an_electric_vehicle_has_no_exhaust_and_some_supply_in_every_set(name):
    found = lifecycle_co2e_kg(load_factor_set(name), "electricity", 5.0, grid_region="sichuan", year=2030)
    assert (found.co2_ttw_kg, found.co2e_ttw_kg) == (0.0, 0.0)
    assert found.co2e_wtt_kg > 0.0


def test_glec_gives_back_its_own_intensity():
    glec = load_factor_set("glec_v3")
    fuel = fuel_by_intensity_kg(
        glec, 1000.0, table="road_glec", vehicle_class="tractor_trailer", energy_carrier="diesel"
    )
    stages = lifecycle_co2e_kg(glec, "diesel", fuel)
    assert float(stages.co2e_ttw_kg) == pytest.approx(42.3)  # kg per 1000 t km, glec_v3_2
    assert float(stages.co2e_wtt_kg) == pytest.approx(12.8, abs=0.15)  # the fuel's WTT is India's, rounded otherwise
    assert float(road_ch4_n2o_co2e_kg(glec, "tractor_trailer", 1000.0)) == 0.0


@pytest.mark.parametrize(
    ("name", "table", "keys"),
    [
        ("glec_v3", "fuels", {"quantity": "carbon_content_tc_per_tj", "energy_carrier": "diesel"}),
        ("glec_v3", "road_ghg", {"quantity": "ch4_mg_per_km", "technology": "diesel", "emission_standard": "all", "vehicle_class": "truck_heavy"}),
        ("china_official", "fuels", {"quantity": "ipcc_co2_g_per_mj", "energy_carrier": "diesel"}),
        ("china_official", "electricity", {"quantity": "transmission_loss_ratio", "region": "china"}),
        ("emep_copert", "fuels", {"quantity": "ncv_mj_per_kg", "energy_carrier": "diesel"}),
        ("emep_copert", "nonroad_2014", {"quantity": "nox_g_per_kg", "engine": "inland_vessel"}),
        ("cn_emep_glec", "road_glec", {"quantity": "glec_co2e_ttw_g_per_tkm", "vehicle_class": "truck_heavy"}),
    ],
)  # fmt: skip
def test_a_set_cannot_read_what_belongs_to_another(name, table, keys):
    assert load_factors().value(table, **keys) > 0.0
    with pytest.raises(FactorError, match=rf"factor set '{name}': no method of the set reads {keys['quantity']} of"):
        load_factor_set(name).value(table, **keys)


def test_the_grid_of_a_later_year_is_a_declared_row_and_is_noted():
    factors = load_factor_set(DEFAULT_SET)
    assert grid_factor(factors, "sichuan", 2035) == (0.1564, 2023, True)
    ((table, row, fallback),) = factors.log.entries()
    assert (table, row.numbers["value"], fallback.text) == ("electricity", 0.1564, "year after 2023 -> 2023")


def test_what_is_compiled_once_is_noted_for_everyone_who_asks():
    first, second = (load_factor_set(DEFAULT_SET) for _ in range(2))
    for factors in (first, second):
        hdv_energy_mj_per_km(factors, **TRUCK, **DRIVING)
        assert len([t for t, _, _ in factors.log.entries() if t == "road_emep"]) == 21
    assert first.memory is second.memory


# a user's own folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Copy the package's tables as an own set: the default one under another name."""
    folder = tmp_path / "own"
    folder.mkdir()
    for file in PACKAGED.glob("*.csv"):
        shutil.copy(file, folder)
    lines = (PACKAGED / "sets.csv").read_text(encoding="utf-8").splitlines()
    mine = [line.replace(DEFAULT_SET, "mine") for line in lines if line.startswith((DEFAULT_SET, "factor_set"))]
    (folder / "sets.csv").write_text("\n".join(mine) + "\n", encoding="utf-8")
    return folder


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def test_an_own_folder_gives_its_own_numbers(own):
    edit(own, "fuels.csv", "diesel,ncv_mj_per_kg,42.652", "diesel,ncv_mj_per_kg,42.0")
    assert fuel_kg(load_factor_set(str(own)), 42.0) == pytest.approx(1.0)
    assert fuel_kg(load_factor_set(DEFAULT_SET), 42.652) == pytest.approx(1.0)


def test_a_small_own_folder_borrows_and_says_so(tmp_path):
    (tmp_path / "fuels.csv").write_text(
        "energy_carrier,quantity,value,unit,valid_from,valid_to,source_id,confidence,note\n"
        "diesel,ncv_mj_per_kg,43,MJ/kg,,,lab,H,\ndiesel,carbon_content_tc_per_tj,20,tC/TJ,,,lab,H,\n"
        "diesel,oxidation_ratio,1,1,,,lab,H,\n",
        encoding="utf-8",
    )
    (tmp_path / "sources.csv").write_text(
        "source_id,title,edition,table_or_page,address,licence\nlab,Our laboratory,2026,table 1,here,ours\n",
        encoding="utf-8",
    )
    rows = [f"mine,{p},{c.method},cn_emep_glec,not measured" for p, c in load_factors().sets[DEFAULT_SET].items()]
    rows[0] = "mine,fuel_ttw,carbon_content,,our laboratory"
    (tmp_path / "sets.csv").write_text("factor_set,purpose,method,stands_in,note\n" + "\n".join(rows) + "\n", "utf-8")
    factors = load_factor_set(str(tmp_path))
    assert co2_ttw_kg_per_kg(factors, "diesel") == pytest.approx(43 * 20 / 1000 * 44 / 12)
    assert factors.choices["vessels"].stands_in == DEFAULT_SET
    assert factors.sources["lab"]["title"] == "Our laboratory"
    with pytest.raises(FactorError, match=r"no row with .*energy_carrier=gasoline"):
        co2_ttw_kg_per_kg(factors, "gasoline")  # nothing of the package fills the gap in silence


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("sets.csv", "mine,rail,gross_tkm", "mine,rails,gross_tkm", r"unknown purpose 'rails'; did you mean 'rail'\?"),
        ("sets.csv", "mine,rail,gross_tkm", "mine,rail,gross", r"unknown method 'gross' of rail; did you mean 'gross_tkm'\?"),
        ("sets.csv", "mine,rail,", "yours,rail,", "must declare exactly one factor set, it declares mine, yours"),
        ("sets.csv", "mine,grid,generation_with_losses,,", "mine,grid,generation_with_losses,glec_v3,", "'glec_v3' does not have the method 'generation_with_losses' of its own; it has 'generation' from 'china_official'"),
        ("sets.csv", "mine,vessels,class_intensity,,", "mine,vessels,class_intensity,glec,", r"no factor set 'glec'; did you mean 'glec_v3'\?"),
        ("hubs.csv", "all,diesel_share_ratio", "any,diesel_share_ratio,1.0,1,,,project_assumption,memory,\nall,diesel_share", "unknown quantity 'diesel_share'"),
        ("sources.csv", "glec_v3_2,Global", "glec_v3_2,Local", "source_id 'glec_v3_2' means something else in the package"),
        ("fallbacks.csv", "after 2023,2023", "later,2023", "years are written as 'after 2023' and '2023'"),
        ("fallbacks.csv", "electricity,grid", "power,grid", "no factor table 'power'"),
        ("fallbacks.csv", "highway_class,access", "class,access", "unknown key 'class'; expected year or one of highway_class"),
        ("vessels.csv", "vessel_650_1000,payload_max_t,1000", "vessel_650_1000,payload_max_t,900", "gap between vessel_650_1000, which ends at 900, and vessel_1000_2000"),
    ],
)  # fmt: skip
def test_a_wrong_own_folder_is_refused_with_what_would_be_right(own, file, old, new, expected):
    edit(own, file, old, new)
    with pytest.raises(FactorError, match=expected):
        load_factor_set(str(own))


def test_a_set_without_a_purpose_names_the_methods_that_there_are(own):
    text = (own / "sets.csv").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith("mine,road_pollutants")]
    (own / "sets.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    known = ", ".join(METHODS["road_pollutants"])
    with pytest.raises(FactorError, match=f"no row for purpose 'road_pollutants' .*choose a method: {known}"):
        load_factor_set(str(own))


def test_a_table_of_an_own_method_that_is_missing_is_not_filled_from_the_package(own):
    (own / "road_ghg.csv").unlink()
    with pytest.raises(
        FactorError, match=r"road_ghg.csv: method 'per_km' of 'road_ghg' reads it, but there are no rows"
    ):
        load_factor_set(str(own))


def test_an_unknown_set_names_the_nearest():
    with pytest.raises(FactorError, match=r"no factor set or folder 'glec_v2'; did you mean 'glec_v3'\?"):
        load_factor_set("glec_v2")
