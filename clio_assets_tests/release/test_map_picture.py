"""The picture of the map in Dagster's UI: released topics only, small, whole, inert."""

from __future__ import annotations

import base64
import re
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clio_assets.release.bundle import write_bundle
from clio_assets.release.map_picture import map_picture, map_thumbnail
from clio_assets_tests.release.marts import write_warehouse

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    folder = tmp_path_factory.mktemp("released")
    path = write_bundle(write_warehouse(folder, topics=60), "2026-11-04", folder / "bundles").path
    return pl.read_parquet(path / "topics.parquet")


def drawn(topics: pl.DataFrame) -> ElementTree.Element:
    image = map_picture(topics)
    found = re.fullmatch(
        r"!\[Map of the released topics\]\(data:image/svg\+xml;base64,(.+)\)", image
    )
    assert found
    return ElementTree.fromstring(base64.b64decode(found[1]).decode())  # noqa: S314 - our own


def invented(sizes: list[int], names: list[str] | None = None, apart: float = 1.0) -> pl.DataFrame:
    count = len(sizes)
    return pl.DataFrame(
        {
            "topic_id": [f"t{number:05}" for number in range(count)],
            "parent_id": pl.Series([None] * count, dtype=pl.String),
            "level": [0] * count,
            "name": names or [f"Topic {number}" for number in range(count)],
            "conversations": sizes,
            "x": [apart * (number % 71) for number in range(count)],
            "y": [apart * (number // 71) for number in range(count)],
        }
    )


def test_every_finest_topic_is_a_disc_and_nothing_else_is(topics: pl.DataFrame) -> None:
    picture = drawn(topics)
    leaves = topics.filter(pl.col("level") == 0)
    assert len(picture.findall(f"{SVG}circle")) == len(leaves)
    shown = [text.text or "" for text in picture.findall(f"{SVG}text")]
    assert 5 <= len(shown) <= 14
    for label in shown:
        assert leaves["name"].str.starts_with(label.rstrip("…")).any()


def test_discs_have_the_colour_of_their_group(topics: pl.DataFrame) -> None:
    groups = topics.filter(level=0)["parent_id"].n_unique()
    used = {circle.get("class") for circle in drawn(topics).findall(f"{SVG}circle")}
    assert len(used) == groups > 1


def test_area_is_size() -> None:
    radii = [
        float(c.get("r", 0)) for c in drawn(invented([900, 400, 100] * 20)).iter(f"{SVG}circle")
    ]
    assert radii == sorted(radii, reverse=True)
    assert radii[0] / radii[-1] == pytest.approx(3, rel=0.05)


def test_it_stays_small_and_says_what_it_leaves_out() -> None:
    names = ["\N{CJK UNIFIED IDEOGRAPH-9858}" * 80] * 5_000
    many = invented(list(range(5_000, 0, -1)), names)
    assert len(map_picture(many)) < 25_000
    assert "The 200 largest of 5,000 topics" in "".join(drawn(many).itertext())


@pytest.mark.parametrize("count", [1, 14, 60, 5_000])
def test_the_thumbnail_is_short_enough_to_be_shown_at_once(count: int) -> None:
    image = map_thumbnail(invented(list(range(count * 10, 0, -10))))
    assert len(image) < 1_000
    picture = base64.b64decode(image.partition("base64,")[2].rstrip(")")).decode()
    paths = [path.get("d", "") for path in ElementTree.fromstring(picture)]  # noqa: S314 - our own
    discs = [disc for path in paths for disc in re.findall(r"M(\d+) (\d+)a(\d+) \3 0 111 0", path)]
    assert len(discs) >= min(count, 20)
    for x, foot, radius in (map(int, disc) for disc in discs):
        assert radius - 1 <= x <= 321 - radius
        assert 2 * radius - 1 <= foot <= 201


def test_an_empty_release_is_a_sentence(topics: pl.DataFrame) -> None:
    for picture in (map_picture, map_thumbnail):
        assert picture(topics.clear()) == "No topic was large enough to publish."


def test_the_same_release_gives_the_same_picture(topics: pl.DataFrame) -> None:
    assert map_picture(topics) == map_picture(topics.reverse())


@given(
    names=st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=6),
    apart=st.sampled_from([0.0, 1e-12, 1.0, 1e12]),
)
def test_any_name_and_any_place_make_a_whole_picture(names: list[str], apart: float) -> None:
    """Well-formed XML of our own elements, with every disc inside."""
    picture = drawn(invented([10] * len(names), names, apart))
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= {
        *("svg", "style", "rect", "circle", "text"),
    }  # fmt: skip
    for circle in picture.findall(f"{SVG}circle"):
        x, y, radius = (float(circle.get(name, "nan")) for name in ("cx", "cy", "r"))
        assert x - radius >= -1
        assert x + radius <= 641
        assert y - radius >= -1
        assert y + radius <= 401
