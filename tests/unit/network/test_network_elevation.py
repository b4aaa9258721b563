import numpy as np
import pytest

from transport_sim.errors import NetworkError
from transport_sim.network import build
from transport_sim.network.elevation import with_gradients

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # affine, which rasterio uses


@pytest.fixture
def dem(tmp_path):
    """A plane that rises by 1,000 m per degree to the east, around the small map."""
    rasterio = pytest.importorskip("rasterio", reason="needs the extra `dem` (rasterio)")
    west, north, cell = 106.9, 31.3, 0.001
    east = np.arange(400) * cell + west + cell / 2
    heights = np.tile((east - 107.0) * 1000, (400, 1)).astype("float32")
    transform = rasterio.transform.from_origin(west, north, cell, cell)
    shape = {"height": 400, "width": 400, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "transform": transform}
    with rasterio.open(tmp_path / "plane.tif", "w", driver="GTiff", **shape) as file:
        file.write(heights, 1)
    return tmp_path / "plane.tif"


def test_slopes_come_from_the_raster(small, dem):
    network = with_gradients(small, dem)
    road = network.links.loc[100_000]
    assert road["gradient_ratio"] == pytest.approx(200 / 30_000, rel=0.01), "0.2 degree up over 30 km"
    assert network.links.loc[100_001, "gradient_ratio"] == road["gradient_ratio"]
    assert np.isnan(network.links.loc[130_000, "gradient_ratio"]), "water is level"
    assert network.provenance["elevation"] == "DEM file plane.tif"


def test_a_raster_that_cannot_be_read_is_named(small, dem, tmp_path):
    (tmp_path / "bad.tif").write_bytes(b"no raster")
    with pytest.raises(NetworkError, match=r"bad.tif: cannot be read as a raster"):
        with_gradients(small, tmp_path / "bad.tif")
    with pytest.raises(NetworkError, match="no such file"):
        with_gradients(small, tmp_path / "none.tif")


def test_without_rasterio_the_extra_is_named(small, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "find_spec", lambda name: None)
    with pytest.raises(NetworkError, match=r"transport-sim\[dem\]"):
        with_gradients(small, tmp_path / "any.tif")


def test_slopes_are_the_height_between_the_ends(small, tmp_path, monkeypatch):
    monkeypatch.setattr("transport_sim.network.elevation.raster_heights", lambda nodes, dem: nodes["lon"] * 100)
    road = with_gradients(small, tmp_path / "any.tif").links.loc[100_000]
    assert road["gradient_ratio"] == pytest.approx(20 / 30_000)
    monkeypatch.setattr("transport_sim.network.elevation.raster_heights", lambda nodes, dem: nodes["lon"] * np.nan)
    with pytest.raises(NetworkError, match="covers no node"):
        with_gradients(small, tmp_path / "any.tif")
