"""The reader refuses every wrong row and says where it stands and what would be right."""

import hashlib
import shutil
from pathlib import Path

import pytest

import transport_sim.factors.reader as reader_module
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors

PACKAGED = Path(reader_module.__file__).parent


@pytest.fixture
def folder(tmp_path):
    for file in PACKAGED.glob("*.csv"):
        shutil.copy(file, tmp_path)
    return tmp_path


def edit(folder, file, old, new):
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) >= 1
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


GWP_CO2 = "AR6,co2,gwp100,1,kgCO2e/kg,,,ipcc_ar6_wg1,H,by definition\n"
SICHUAN_2022 = "sichuan,grid_kgco2_per_kwh,0.1404,kgCO2/kWh,2022,2022,"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("gwp.csv", ",ipcc_ar6_wg1,H,", ",,H,", r"gwp.csv:2: source_id is missing; name a row of sources.csv"),
        ("gwp.csv", ",ipcc_ar6_wg1,H,", ",ipcc,H,", r"gwp.csv:2: unknown source 'ipcc'; add it to sources.csv"),
        ("gwp.csv", ",1,kgCO2e/kg", ",1,kg", r"gwp.csv:2: unknown unit 'kg' of gwp100; expected 'kgCO2e/kg'"),
        ("gwp.csv", ",gwp100,1", ",gwp20,1", r"gwp.csv:2: unknown quantity 'gwp20'; expected one of gwp100"),
        ("gwp.csv", ",gwp100,1,", ",gwp100,nan,", r"gwp.csv:2: value='nan' is not a finite number"),
        ("gwp.csv", ",gwp100,1,", ",gwp100,one,", r"gwp.csv:2: value='one' is not a finite number"),
        ("gwp.csv", "AR6,co2", ",co2", r"gwp.csv:2: gwp_set is empty"),
        ("gwp.csv", ",H,by", ",high,by", r"gwp.csv:2: unknown confidence 'high'; expected one of H, M, L, memory"),
        ("gwp.csv", "gwp_set,gas", "gwp_set,gass", r"gwp.csv:1: unknown column 'gass'; missing column 'gas'; expected"),
        ("gwp.csv", GWP_CO2, GWP_CO2 + GWP_CO2, r"gwp.csv:3: duplicate key \(AR6, co2, gwp100\); it stands in line 2"),
        ("gwp.csv", GWP_CO2, GWP_CO2 + "AR6,co2\n", r"gwp.csv:3: 2 cells, expected 10"),
        (
            "electricity.csv",
            SICHUAN_2022,
            SICHUAN_2022.replace("2022,2022", "2021,2022"),
            r"validity 2021-2022 of .* overlaps 2021",
        ),
        (
            "electricity.csv",
            SICHUAN_2022,
            SICHUAN_2022.replace("2022,2022", "2022,2021"),
            r"valid_from 2022 lies after valid_to 2021",
        ),
        (
            "electricity.csv",
            SICHUAN_2022,
            SICHUAN_2022.replace("2022,2022", "22,2022"),
            r"valid_from='22' is not a year",
        ),
        (
            "electricity.csv",
            "0.1255,kgCO2/kWh,2021,2021",
            "0.1255,kgCO2/kWh,2020,2020",
            r"gap between validity 2020 \(line 2\) and 2022",
        ),
        (
            "road_emep.csv",
            "truck_light,china_iv,energy_mj_per_km,0.0,-0.04",
            "truck_light,china_iv,energy_mj_per_km,0.0,-0.05",
            (
                r"road_emep.csv:2: gap in the grid of \(truck_light, china_iv, energy_mj_per_km\): "
                r"no row for load_ratio=0.0, gradient_ratio=-0.04\n.*road_emep.csv:3: .*-0.05 .* is not on the grid"
            ),
        ),
        (
            "road_emep.csv",
            ",MJ/km,,,",
            ",MJ/km,2020,,",
            r"road_emep.csv:2: a curve holds in every year; leave valid_from and valid_to empty",
        ),
        (
            "sources.csv",
            "gb_1589,",
            "gb_t_2589,",
            r"source_id 'gb_t_2589' is already defined(.|\n)*unknown source 'gb_1589'",
        ),
    ],
)
def test_wrong_row_is_refused_with_its_place(folder, file, old, new, expected):
    edit(folder, file, old, new)
    with pytest.raises(FactorError, match=expected):
        load_factors(folder)


def test_all_problems_are_listed_at_once(folder):
    edit(folder, "gwp.csv", ",ipcc_ar6_wg1,H,", ",,H,")
    edit(folder, "hubs.csv", ",kgCO2e/t,", ",kg/t,")
    (folder / "rail.csv").unlink()
    (folder / "extra.csv").write_text("a\n")
    (folder / "fuels.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(FactorError, match="5 problems") as error:
        load_factors(folder)
    for part in ("gwp.csv:2", "hubs.csv:2", "rail.csv: file is missing", "extra.csv: not a", "fuels.csv: not UTF-8"):
        assert part in str(error.value)


def test_checksums_are_those_of_the_files():
    factors = load_factors()
    assert set(factors.sha256) == {path.name for path in PACKAGED.glob("*.csv")}
    for file, checksum in factors.sha256.items():
        assert checksum == hashlib.sha256((PACKAGED / file).read_bytes()).hexdigest()
