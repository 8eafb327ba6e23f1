"""The bundle: complete, hashed, immutable, safe from a kill; inert for spreadsheet and browser."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import polars as pl
import pytest

from clio_assets.privacy.manifest import check_manifest
from clio_assets.release import bundle
from clio_assets.release.bundle import latest_bundle, withdraw_bundles, write_bundle
from clio_assets.release.manifest import verify_bundle
from clio_assets.release.preview import sizes_plot
from clio_assets.release.tables import BundleError, csv_bytes
from clio_assets_tests.release.marts import write_warehouse

PERIOD = "2026-11-04"
TABLES = ("topics", "facet_breakdown", "facet_lift", "topic_trends", "movers",
          "topic_lineage", "coverage")  # fmt: skip
SHRINK = "UPDATE released_topics SET conversations = 60 WHERE period = '2026-11-04' AND level = 0"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_warehouse(tmp_path_factory.mktemp("released"))


def manifest_of(path: Path) -> dict:
    return json.loads((path / "manifest.json").read_text())


def page_data(path: Path) -> dict:
    block = re.search(r'id="data">(.*?)</script>', (path / "index.html").read_text(), re.DOTALL)
    assert block
    return json.loads(block[1])


def page_details(path: Path) -> dict:
    block = re.search(r'id="details">(.*?)</script>', (path / "index.html").read_text(), re.DOTALL)
    assert block
    return json.loads(gzip.decompress(base64.b64decode(block[1])))


def every_byte(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_bundle_holds_the_page_every_table_twice_and_a_manifest(
    warehouse: Path, tmp_path: Path
) -> None:
    result = write_bundle(warehouse, PERIOD, tmp_path / "bundles")
    expected = {"index.html", "manifest.json"}
    expected |= {f"{table}.{kind}" for table in TABLES for kind in ("parquet", "csv")}
    assert result.path == tmp_path / "bundles" / PERIOD / "v1"
    assert {path.name for path in result.path.iterdir()} == expected == set(result.files)
    with duckdb.connect(str(warehouse), read_only=True) as con:
        topics = con.execute(
            "SELECT count(*), sum(conversations) FROM topics_by_period WHERE period = ?", [PERIOD]
        ).fetchone()
    for written in (
        pl.read_parquet(result.path / "topics.parquet"),
        pl.read_csv(result.path / "topics.csv"),
    ):
        assert (len(written), written["conversations"].sum()) == topics


def test_the_manifest_says_what_the_release_was_made_from(warehouse: Path, tmp_path: Path) -> None:
    result = write_bundle(warehouse, PERIOD, tmp_path)
    manifest = manifest_of(result.path)
    with duckdb.connect(str(warehouse), read_only=True) as con:
        row = con.sql("FROM released_periods WHERE period = ?", params=[PERIOD]).pl().to_dicts()[0]
        decided = con.sql(
            "SELECT DISTINCT topic_id FROM released_decisions WHERE period = ?", params=[PERIOD]
        ).pl()["topic_id"]
    assert check_manifest(manifest) == []
    same = set(row) - {"period_start", "period_end", "thresholds"}
    assert {key: manifest[key] for key in same} == {key: row[key] for key in same}
    assert manifest["thresholds"] == json.loads(row["thresholds"])
    assert manifest["withheld"] == 5
    listed = [topic["topic_id"] for entry in manifest["decisions"] for topic in entry["topics"]]
    assert sorted(listed) == sorted(decided)
    assert all(rule["decision"] == "passed" for e in manifest["decisions"] for rule in e["rules"])
    for name, stated in manifest["files"].items():
        content = (result.path / name).read_bytes()
        assert stated == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def test_only_the_owner_can_read_a_bundle(warehouse: Path, tmp_path: Path) -> None:
    write_bundle(warehouse, PERIOD, tmp_path / "bundles")
    for path in (tmp_path / "bundles", *(tmp_path / "bundles").rglob("*")):
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


def test_the_same_release_gives_the_same_bytes_and_is_not_written_again(
    warehouse: Path, tmp_path: Path
) -> None:
    first = write_bundle(warehouse, PERIOD, tmp_path / "one")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("*")}
    again = write_bundle(warehouse, PERIOD, tmp_path / "one")
    elsewhere = write_bundle(warehouse, PERIOD, tmp_path / "two")
    after = {path: path.stat().st_mtime_ns for path in before}
    lock_and_root = {tmp_path / "one" / ".lock", tmp_path / "one"}
    assert {p: t for p, t in before.items() if p not in lock_and_root} == {
        p: t for p, t in after.items() if p not in lock_and_root
    }
    assert (first.unchanged, again.unchanged) == (False, True)
    assert first.sha256 == again.sha256 == elsewhere.sha256
    assert every_byte(first.path) == every_byte(elsewhere.path)


def test_releases_made_later_do_not_change_an_old_bundle(warehouse: Path, tmp_path: Path) -> None:
    early = write_warehouse(tmp_path, periods=3)
    with duckdb.connect(str(early)) as con:
        for table in ("released_periods", "topics_by_period", "topic_trends", "coverage"):
            con.execute(f"DELETE FROM {table} WHERE period > '2026-11-03'")  # noqa: S608
    then = write_bundle(early, "2026-11-03", tmp_path / "bundles")
    assert write_bundle(warehouse, "2026-11-03", tmp_path / "bundles").unchanged
    assert "2026-11-04" not in (then.path / "topic_trends.csv").read_text()


def test_changed_content_takes_the_next_version_and_leaves_the_old_one(
    warehouse: Path, tmp_path: Path
) -> None:
    bundles = tmp_path / "bundles"
    first = write_bundle(warehouse, PERIOD, bundles)
    old = every_byte(first.path)
    changed = write_warehouse(tmp_path, SHRINK)
    second = write_bundle(changed, PERIOD, bundles)
    assert (second.version, second.path.name) == (2, "v2")
    assert manifest_of(second.path)["version"] == 2
    assert every_byte(first.path) == old
    assert latest_bundle(bundles, PERIOD) == second.path
    pointer = json.loads((bundles / PERIOD / "latest.json").read_text())
    assert pointer["manifest_sha256"] == second.sha256
    assert pointer["versions"] == {"v1": first.sha256, "v2": second.sha256}
    back = write_bundle(warehouse, PERIOD, bundles)
    assert back.unchanged
    assert latest_bundle(bundles, PERIOD) == first.path


def test_a_withdrawn_period_keeps_its_folders_and_loses_its_pointer(
    warehouse: Path, tmp_path: Path
) -> None:
    first = write_bundle(warehouse, PERIOD, tmp_path)
    assert withdraw_bundles(tmp_path, PERIOD)
    assert not withdraw_bundles(tmp_path, PERIOD)
    assert latest_bundle(tmp_path, PERIOD) is None
    assert verify_bundle(first.path) == []
    assert write_bundle(warehouse, PERIOD, tmp_path).unchanged
    assert latest_bundle(tmp_path, PERIOD) == first.path


def test_a_damaged_version_is_never_taken_for_the_release(warehouse: Path, tmp_path: Path) -> None:
    first = write_bundle(warehouse, PERIOD, tmp_path)
    (first.path / "movers.csv").write_text("period\n")
    assert write_bundle(warehouse, PERIOD, tmp_path).version == 2


@pytest.mark.parametrize("moment", ["writing", "renaming"])
def test_a_writer_that_dies_leaves_no_part_of_a_bundle(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    bundles = tmp_path / "bundles"
    write = bundle._write_synced

    class KilledError(BaseException):
        """Not an Exception: nothing may catch it and tidy up, as nothing does after SIGKILL."""

    def half(path: Path, content: bytes) -> None:
        write(path, content[: len(content) // 2])
        raise KilledError

    def no_rename(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        if moment == "writing":
            patch.setattr(bundle, "_write_synced", half)
        else:
            patch.setattr(Path, "rename", no_rename)
        write_bundle(warehouse, PERIOD, bundles)
    leftovers = [path for path in bundles.iterdir() if path.is_dir() and path.name[0] == "."]
    assert len(leftovers) == 1
    assert latest_bundle(bundles, PERIOD) is None
    assert not list(bundles.glob("*/v*"))

    result = write_bundle(warehouse, PERIOD, bundles)
    assert not [path for path in bundles.iterdir() if path.is_dir() and path.name[0] == "."]
    assert verify_bundle(result.path) == []


def test_a_pointer_lost_to_a_kill_is_made_good(warehouse: Path, tmp_path: Path) -> None:
    result = write_bundle(warehouse, PERIOD, tmp_path)
    (tmp_path / PERIOD / "latest.json").unlink()
    (tmp_path / PERIOD / ".new-latest.json").write_text("{")
    assert write_bundle(warehouse, PERIOD, tmp_path).unchanged
    assert latest_bundle(tmp_path, PERIOD) == result.path
    assert {p.name for p in (tmp_path / PERIOD).iterdir()} == {"v1", "latest.json"}


def test_verify_names_every_fault(warehouse: Path, tmp_path: Path) -> None:
    path = write_bundle(warehouse, PERIOD, tmp_path).path
    assert verify_bundle(path) == []
    (path / "topics.csv").write_bytes(b"changed")
    (path / "movers.csv").unlink()
    (path / "notes.txt").write_text("added")
    faults = " | ".join(verify_bundle(path))
    assert "topics.csv: its content" in faults
    assert "movers.csv: missing" in faults
    assert "notes.txt: not in the manifest" in faults
    (path / "manifest.json").write_text('{"files": []}')
    assert verify_bundle(path) == ["manifest.json: missing or unreadable"]


def test_errors_say_what_to_do(warehouse: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="build the marts first"):
        write_bundle(tmp_path / "clio.duckdb", PERIOD, tmp_path)
    with pytest.raises(BundleError, match="2026-12-24 has not been released"):
        write_bundle(warehouse, "2026-12-24", tmp_path)
    for key in ("../../etc", "2026-11-03\n", "\u0662026-11-03", "2026-11-03/.."):
        with pytest.raises(BundleError, match="first day"):
            write_bundle(warehouse, key, tmp_path)
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(BundleError, match="lacks a table"):
        write_bundle(empty, PERIOD, tmp_path)


def test_spreadsheets_take_no_text_for_a_formula() -> None:
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "＝1", "\u200b=1"]  # noqa: RUF001
    split = {"a;=1": "a;'=1", "a; +1": "a;' +1", "a\t@b": "a\t'@b", "a\n-1": "a\n'-1"}
    plain = ["plan - later", "a=b", "10+", "one; two", "", None]
    frame = pl.DataFrame(
        {"name": [*formulas, *split, *plain]},
        schema={"name": pl.String},
    ).with_columns(change=-5)
    cells = list(csv.DictReader(io.StringIO(csv_bytes(frame).decode(), newline="")))
    assert [row["name"] for row in cells[: len(formulas)]] == [f"'{text}" for text in formulas]
    said = [row["name"] for row in cells[len(formulas) :]]
    assert said == [*split.values(), *plain[:-1], ""]
    assert {row["change"] for row in cells} == {"-5"}


class _Page(HTMLParser):
    """The elements and handlers a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.inline: dict[str, str] = {}
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        self.inside = "data" if ("type", "application/json") in attrs else tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in ("style", "script"):
            self.inline[self.inside] = self.inline.get(self.inside, "") + data


def test_the_policy_allows_our_style_and_script_alone(warehouse: Path, tmp_path: Path) -> None:
    page = _Page((write_bundle(warehouse, PERIOD, tmp_path).path / "index.html").read_text())
    policy = next(v for _, v in page.attributes if v and v.startswith("default-src"))

    def hashed(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{hashed(page.inline['style'])}'" in policy
    assert f"script-src 'sha256-{hashed(page.inline['script'])}'" in policy
    assert "unsafe" not in policy
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert not [v for name, v in page.attributes if name in ("src", "href") and v != "data:,"]
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b", str(page.inline))


HOSTILE = "</script><script>window.owned=1</script><img src=x onerror=window.owned=1>"


def test_a_hostile_name_stays_text_everywhere(warehouse: Path, tmp_path: Path) -> None:
    hostile = write_warehouse(
        tmp_path,
        f"UPDATE released_topics SET name = '{HOSTILE}', summary = '{HOSTILE}'",  # noqa: S608
    )
    path = write_bundle(hostile, PERIOD, tmp_path / "bundles").path
    page = _Page((path / "index.html").read_text())
    harmless = _Page(
        (write_bundle(warehouse, PERIOD, tmp_path / "safe").path / "index.html").read_text()
    )
    assert page.elements == harmless.elements
    assert {topic["name"] for topic in page_data(path)["topics"]} == {HOSTILE}
    assert HOSTILE not in (path / "index.html").read_text()
    assert "<script" not in _decoded(sizes_plot(pl.read_parquet(path / "topics.parquet")))


def test_the_page_never_shows_more_than_was_released(warehouse: Path, tmp_path: Path) -> None:
    path = write_bundle(warehouse, PERIOD, tmp_path).path
    data = page_data(path)
    topics = pl.read_parquet(path / "topics.parquet")
    assert {t["id"]: t["conversations"] for t in data["topics"]} == dict(
        topics.select("topic_id", "conversations").iter_rows()
    )
    details = page_details(path)
    assert set(details["trends"]) == set(topics["topic_id"])
    assert all(len(sizes) == len(data["periods"]) == 3 for sizes in details["trends"].values())
    assert [mover["name"] for mover in data["movers"]["gone"]] == ["Debug Python data scripts"]
    assert data["movers"]["gone"][0]["conversations"] > 0
    growth = {topic["id"]: topic["growth"] for topic in data["topics"]}
    assert {mover["id"] for mover in data["movers"]["grew"]} <= growth.keys()
    assert all(growth[mover["id"]]["low"] > 1 for mover in data["movers"]["grew"])
    published = pl.read_parquet(path / "facet_breakdown.parquet")
    cells = {
        (topic, *details["values"][index], conversations, share)
        for topic, rows in details["cells"].items()
        for index, conversations, share, *_ in rows
        if topic != "*"
    }
    columns = ("topic_id", "facet", "value", "conversations", "share")
    assert cells == set(published.select(columns).iter_rows())
    lifts = pl.read_parquet(path / "facet_lift.parquet")
    told = {row[-1] for rows in details["cells"].values() for row in rows if len(row) == 8}
    assert told == set(lifts["status"]) == {"over", "under", "usual"}


def test_a_large_csv_is_gzipped_and_the_whole_is_small(tmp_path: Path) -> None:
    long = (
        "UPDATE released_topics SET name = rpad(name, 60, 'x'), summary = rpad(summary, 250, 'y')"
    )
    warehouse = write_warehouse(tmp_path, long, topics=500, three_levels=True)
    path = write_bundle(warehouse, PERIOD, tmp_path / "bundles").path
    lifts = gzip.decompress((path / "facet_lift.csv.gz").read_bytes())
    assert len(pl.read_csv(lifts)) == len(pl.read_parquet(path / "facet_lift.parquet"))
    assert not (path / "facet_lift.csv").exists()
    assert verify_bundle(path) == []
    assert sum(file.stat().st_size for file in path.iterdir()) < 2_000_000


def test_counts_of_conversations_are_never_called_people(tmp_path: Path) -> None:
    counted = write_warehouse(tmp_path, "UPDATE released_periods SET counts_unit = 'conversations'")
    path = write_bundle(counted, PERIOD, tmp_path / "bundles").path
    page = (path / "index.html").read_text()
    assert manifest_of(path)["notice"] == "Counts conversations, not people."
    assert '<p class="notice" role="note"><strong>Counts conversations, not people.' in page
    assert "conversations, not people; perturbed and rounded to 5" in page
    assert page_data(path)["unit"] == "conversations"
    assert "25 accounts" not in page


def test_an_empty_release_is_a_bundle_with_a_clear_sentence(tmp_path: Path) -> None:
    warehouse = write_warehouse(tmp_path, periods=2, empty=(1,))
    result = write_bundle(warehouse, "2026-11-03", tmp_path / "bundles")
    page = (result.path / "index.html").read_text()
    assert "No topic was large enough to publish." in page
    assert "This is a valid release" in page
    assert verify_bundle(result.path) == []
    assert len(pl.read_parquet(result.path / "topics.parquet")) == 0
    assert manifest_of(result.path)["decisions"] == []


def _decoded(image: str) -> str:
    return base64.b64decode(image.split("base64,")[1].rstrip(")")).decode()


def test_the_preview_is_one_small_picture_of_the_finest_topics(
    warehouse: Path, tmp_path: Path
) -> None:
    topics = pl.read_parquet(write_bundle(warehouse, PERIOD, tmp_path).path / "topics.parquet")
    image = sizes_plot(topics)
    leaves = topics.filter(pl.col("level") == 0)
    assert image.startswith("![")
    assert len(image) < 100_000
    assert _decoded(image).count("<rect") == len(leaves)
    assert max(leaves["name"], key=len) in _decoded(image)
    assert sizes_plot(topics.clear()) == "No topic was large enough to publish."
