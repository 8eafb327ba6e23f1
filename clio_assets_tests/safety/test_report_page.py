"""The report shows what the tables hold, nothing that leads to a person, and nobody's markup."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from benchmarks.attacks.hostile_names import HOSTILE_NAMES
from clio_assets.safety.classifier_errors import LIKELY, classifier_errors
from clio_assets.safety.concern_shares import concern_shares
from clio_assets.safety.flag_agreement import flag_agreement, overall_agreement
from clio_assets.safety.report.figures import SEED, ReportFigures, read_figures
from clio_assets.safety.report.page import render_report
from clio_assets.safety.report.words import shown
from clio_assets_tests.safety.report_read import Read
from clio_assets_tests.safety.report_zone import REASON, Filled, empty_zone, filled_zone

AGREEMENT = "Flag and concern by topic; 95 % intervals"
UNSEEN = "\u202egnihsif\u202c \u2066isolated\u2069 \u200bzero\u200b"
TURNED = f"{UNSEEN} \x07bell\x00"
"""Reading direction turned round, invisible characters and control characters."""

OURS = {
    *("html", "head", "meta", "title", "link", "style", "body", "main", "header", "nav", "section"),
    *("article", "div", "h1", "h2", "h3", "p", "span", "strong", "a", "bdi", "code", "ul", "li"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "figure"),
    *("figcaption", "svg", "circle", "line", "path", "rect", "text"),
}
"""Every element that the page is made of."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    found = filled_zone(tmp_path_factory.mktemp("filled"))
    found.audit.write("queue", "", REASON)
    found.audit.write("confirm", "group-000000000000", REASON)
    found.audit.write("dismiss", "group-000000000003", f"{REASON} {UNSEEN} <b>")
    return found


@pytest.fixture(scope="module")
def figures(filled: Filled) -> ReportFigures:
    return read_figures(filled.settings, filled.zone, filled.monitors)


@pytest.fixture(scope="module")
def page(figures: ReportFigures) -> bytes:
    return render_report(figures)


@pytest.fixture(scope="module")
def read(page: bytes) -> Read:
    return Read(page)


def interval(row: dict, name: str) -> str:
    low, high = (100 * row[f"{name}_{end}"] for end in ("low", "high"))
    return f"{100 * row[name]:.1f}\u00a0% ({low:.1f} to {high:.1f})"


def test_every_topic_has_the_figures_of_the_tables(filled: Filled, read: Read) -> None:
    expected = {
        filled.names[row["topic"]]: (
            f"{row['conversations']:,}",
            interval(row, "flagged"),
            interval(row, "concerning"),
            f"{row['concern']:.2f}",
        )
        for row in flag_agreement(filled.rated).iter_rows(named=True)
    }
    told = {
        row["Topic"]: tuple(
            row[name] for name in ("Conversations", "Flagged", "Concerning", "Mean concern")
        )
        for row in read.tables[AGREEMENT]
    }
    assert told == expected


def test_the_correlations_are_those_over_the_topics(filled: Filled, read: Read) -> None:
    overall = overall_agreement(filled.rated, SEED)
    for found in (overall.pearson, overall.spearman):
        assert found is not None
        said = f"{found.value:.2f} (95\u00a0%: {found.low:.2f} to {found.high:.2f})"
        assert said in read.text


def test_the_scatter_has_a_disc_a_topic_and_marks_likely_errors(filled: Filled, read: Read) -> None:
    topics = flag_agreement(filled.rated)
    errors = classifier_errors(filled.rated).filter(pl.col("q_value") <= LIKELY)
    assert set(errors["kind"]) == {"false positives", "false negatives"}
    # One drawing for a desk, one for a phone.
    assert len(read.of("circle", kind="disc")) == 2 * len(topics)
    for kind, mark, arrow in (
        ("false positives", "above", "\u25b2"),
        ("false negatives", "below", "\u25bc"),
    ):
        wrong = errors.filter(pl.col("kind") == kind)["topic"].to_list()
        assert len(read.of("circle", kind=mark)) == 2 * len(wrong)
        assert all(read.text.count(f"{arrow} {filled.names[topic]}") == 2 for topic in wrong)
    told = {
        row["Topic"]: row["Classifier likely errs"]
        for row in read.tables[AGREEMENT]
        if row["Classifier likely errs"]
    }
    words = {"false positives": "flags too much", "false negatives": "flags too little"}
    assert told == {
        filled.names[topic]: f"{words[kind]}: {100 * expected:.1f}\u00a0% expected"
        for topic, kind, expected in errors.select("topic", "kind", "expected").iter_rows()
    }


def test_places_in_the_scatter_follow_the_figures(filled: Filled, read: Read) -> None:
    topics = flag_agreement(filled.rated)
    discs = read.of("circle", kind="disc")[: len(topics)]
    across = sorted(float(disc["cx"] or 0) for disc in discs)
    share = topics["flagged"].sort()
    scale = (across[-1] - across[0]) / (share[-1] - share[0])
    assert all(
        abs(across[0] + scale * (value - share[0]) - at) < 0.2
        for value, at in zip(share, across, strict=True)
    )
    areas = sorted(float(disc["r"] or 0) ** 2 for disc in discs)
    size = topics["conversations"].sort()
    # The smallest are drawn larger than they are, to be seen at all.
    assert areas[-2] / areas[-1] == pytest.approx(size[-2] / size[-1], rel=0.02)


def test_without_a_flag_concern_is_told_and_how_to_set_one(tmp_path: Path) -> None:
    filled = filled_zone(tmp_path, flag=None)
    read = Read(render_report(read_figures(filled.settings, filled.zone)))
    expected = concern_shares(filled.rated, ["topic"])
    told = {
        row["Topic"]: row["Concerning"] for row in read.tables["Concern by topic; 95 % intervals"]
    }
    assert told == {
        filled.names[row["topic"]]: interval(row, "concerning")
        for row in expected.iter_rows(named=True)
    }
    bars = [float(one["width"] or 0) for one in read.of("rect", kind="bar")]
    assert max(bars) <= 100
    assert len(bars) == len(expected)
    assert "safety.flag" in read.text
    assert not read.of("circle")


def test_open_findings_come_in_the_order_of_the_queue(figures: ReportFigures, read: Read) -> None:
    waiting = figures.findings.filter(pl.col("state") == "open")
    told = read.tables["Open findings, the surest first"]
    assert [row["Finding"] for row in told] == waiting["finding"].to_list()
    commands = [row["What was seen, and how to look"].split("\n")[1] for row in told]
    assert commands == [
        f'clio safety review {finding} --reason "\u2026"' for finding in waiting["finding"]
    ]
    counted = {row["Kind"]: row for row in read.tables["Findings by kind and state"]}
    for state in ("open", "confirmed", "dismissed"):
        everything = figures.findings.filter(pl.col("state") == state)
        assert counted["All"][state.capitalize()] == str(len(everything))
        groups = everything.filter(pl.col("kind") == "coordinated accounts")
        assert counted["Coordinated accounts"][state.capitalize()] == str(len(groups))
    assert counted["Coordinated accounts"]["Confirmed"] == "1"


def test_groups_and_bursts_have_their_figures(filled: Filled, read: Read) -> None:
    groups = {row["Group"]: row for row in read.tables["Groups of coordinated accounts"]}
    assert len(groups) == 6
    second = groups["group-000000000001"]
    assert [*second.values()][1:] == [
        *("10", "14", "0.81", "19\u00a0hours", "62.5\u00a0%", "0.37", "wording"),
        *("2026-11-14", "open"),
    ]
    assert groups["group-000000000003"]["State"] == "dismissed"
    told = [(row["Topic"], row["Day"], row["Accounts"], row["Times"], row["Since"])
            for row in read.tables["Bursts"]]  # fmt: skip
    assert told == [
        (filled.names[row["topic"]], str(row["day"]), str(row["accounts"]),
         f"{row['ratio']:.1f}", str(row["since"]))
        for row in filled.bursts.sort("day", descending=True).iter_rows(named=True)
    ]  # fmt: skip


def test_a_monitor_has_a_bar_a_day_and_its_alerts(filled: Filled, read: Read) -> None:
    days = filled.monitors[0].days
    heights = [float(bar["height"] or 0) for bar in read.of("rect", kind="day")]
    most = days["conversations"].max()
    assert isinstance(most, int)
    assert heights == pytest.approx(
        [62 * number / most for number in days["conversations"]], abs=0.06
    )
    assert len(read.of("rect", kind="alert")) == 2 * days["alert"].count()
    alerted = days.filter(pl.col("alert").is_not_null())
    assert all(f"{day}: four times the usual" in read.text for day in alerted["day"])
    topics = {row["Topic"]: row for row in read.tables["Topics of the monitor elections"]}
    assert len(topics) == 4
    first = topics[filled.monitors[0].topics["name"][0]]
    assert (first["Conversations"], first["Accounts"], first["Concerning"]) == (
        *("40", "31", "25.0\u00a0%"),
    )
    assert "It has looked at no day yet." in read.text


def test_it_says_who_decided_what_newest_first(read: Read) -> None:
    rows = read.tables["Looks and decisions, the newest first"]
    assert [row["What"] for row in rows] == ["dismissed it", "confirmed it", "saw the queue"]
    assert rows[1]["Why"] == REASON
    assert rows[1]["Finding"] == "group-000000000000"


def test_nothing_on_it_leads_to_a_person(filled: Filled, page: bytes) -> None:
    accounts = filled.rated["account"].unique().to_list()
    text = page.decode()
    hashes = [*filled.evidence, *map(filled.zone.suspect, accounts)]
    assert not [name for name in hashes if name in text]
    # Sixteen hexadecimal digits are how the zone names accounts and conversations.
    assert not re.findall(r"\b[0-9a-f]{16,}\b", text)
    assert "conversation-" not in text


def test_it_is_marked_restricted_and_inert(page: bytes, read: Read) -> None:
    text = page.decode()
    assert "RESTRICTED" in Read(page).text
    assert read.of("meta", name="robots", content="noindex")
    policy = read.of("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"] or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert not {name for name, _ in read.elements} & {"script", "iframe", "img", "object", "form"}
    assert not [name for _, found in read.elements for name in found if name.startswith("on")]
    assert not read.of("svg", style="")
    assert "http://" not in text
    assert "https://" not in text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    names = [*HOSTILE_NAMES, TURNED, "\u0645\u0631\u062d\u0628\u0627 12", "a\nb"]
    filled = filled_zone(tmp_path, names[-40:])
    filled.audit.write("look", HOSTILE_NAMES[0], HOSTILE_NAMES[1][:400] + " " * 10 + "x" * 10)
    monitors = [
        replace(one, name=HOSTILE_NAMES[2], asks=HOSTILE_NAMES[3]) for one in filled.monitors
    ]
    monitors[0] = replace(
        monitors[0],
        days=monitors[0].days.with_columns(alert=pl.lit(HOSTILE_NAMES[4])),
        topics=monitors[0].topics.with_columns(name=pl.lit(HOSTILE_NAMES[5])),
    )
    page = render_report(read_figures(filled.settings, filled.zone, monitors))
    read = Read(page)
    told = {row["Topic"] for row in read.tables[AGREEMENT]}
    assert told == {shown(name) for name in filled.names.values()}
    assert "gnihsif isolated zero bell" in told
    for name in (*HOSTILE_NAMES[2:6], HOSTILE_NAMES[0]):
        assert shown(name) in read.text
    assert {name for name, _ in read.elements} <= OURS
    odd = {letter for letter in page.decode() if unicodedata.category(letter) in {"Cc", "Cf"}}
    assert odd <= {"\n"}


def test_an_empty_zone_says_so_in_every_section(tmp_path: Path) -> None:
    read = Read(render_report(read_figures(*empty_zone(tmp_path))))
    for sentence in (
        "Accounts were compared on no day yet",
        "Nothing was found so far.",
        "No topic has been rated yet",
        "There is nothing to draw",
        "No group was found: no day has been looked at yet.",
        "No topic has been looked at yet.",
        "No monitor is set.",
        "Nobody has looked at anything yet.",
    ):
        assert sentence in read.text
    assert read.tables == {}
    assert "RESTRICTED" in read.text


def test_a_flag_that_no_conversation_carries_is_said(tmp_path: Path) -> None:
    filled = filled_zone(tmp_path, flag=None)
    settings = filled.settings.model_copy(
        update={"safety": filled.settings.safety.model_copy(update={"flag": "blocked"})}
    )
    read = Read(render_report(read_figures(settings, filled.zone)))
    assert "no conversation of the latest period says yes or no in it" in read.text
    assert "Concern by topic; 95 % intervals" in read.tables
