"""A safety zone with something in every table, written without the pipeline."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from clio_assets.clustering.topics import topics_schema
from clio_assets.config import Settings
from clio_assets.safety.audit import Audit
from clio_assets.safety.bursts import BURSTS
from clio_assets.safety.classifier_errors import CLASSIFIER_ERRORS, LIKELY, classifier_errors
from clio_assets.safety.concern_shares import CONCERN_SHARES, concern_shares
from clio_assets.safety.coordinated_accounts import GROUPS
from clio_assets.safety.findings import FINDINGS, Finding, findings_of
from clio_assets.safety.flag_agreement import AGREEMENT, flag_agreement
from clio_assets.safety.report.figures import MONITOR_DAYS, MONITOR_TOPICS, MonitorFigures
from clio_assets.safety.zone import SafetyZone, create_key_file, open_zone
from clio_assets.storage.duckfile import DuckFile, Schema
from clio_assets.storage.layout import Layout
from clio_assets_tests.defs.pipelines import settings_at
from clio_assets_tests.safety.flagged_logs import flagged_logs

FIRST, DAYS = dt.date(2026, 11, 7), 8
LAST = FIRST + dt.timedelta(days=DAYS - 1)
REASON = "weekly review, W47, case 4711"
SUBJECTS = (
    *("Loans that need no bank", "Passing an exam unnoticed", "Recipes for a weeknight"),
    *("Letters to a landlord", "Unlocking a phone that is not mine", "Garden in November"),
    *("Debugging a build that hangs", "Praise for one lamp", "Medicines and their doses"),
    *("Travel with a small child", "Arguing about an election", "A will without a notary"),
)


@dataclass(frozen=True)
class Filled:
    """What was written, to be found again on the page."""

    settings: Settings
    zone: SafetyZone
    names: dict[str, str]
    rated: pl.DataFrame
    bursts: pl.DataFrame
    evidence: list[str]
    monitors: list[MonitorFigures]

    @property
    def audit(self) -> Audit:
        return Audit(self.zone.audit, self.zone.key)


def empty_zone(root: Path, flag: str | None = None) -> tuple[Settings, SafetyZone]:
    settings = settings_at(root, safety={"enabled": True, "flag": flag})
    create_key_file(settings.safety.key_file)
    return settings, open_zone(settings)


def filled_zone(
    root: Path, names: list[str] | None = None, *, flag: str | None = "flagged", seed: int = 4
) -> Filled:
    """Eight days, one by one; on the last one a classifier errs in two topics.

    Args:
        root: an empty folder.
        names: of topics, taken in turn.
        flag: `safety.flag`; without one nothing is said about a classifier.
        seed: of the logs.
    """
    settings, zone = empty_zone(root, flag)
    rated = flagged_logs(seed)
    topics = sorted(rated["topic"].unique())
    given = names or list(SUBJECTS)
    called = {
        topic: given[at % len(given)] + ("" if names else f", {at}")
        for at, topic in enumerate(topics)
    }
    evidence = [zone.evidence(f"conversation-{number}") for number in range(30)]
    keys = [FIRST + dt.timedelta(days=number) for number in range(DAYS)]
    for at, day in enumerate(keys):
        # One topic grows worse by the day, and all of them are smaller before the last one.
        better = (pl.col("topic") == topics[7]) & (pl.int_range(pl.len()) % DAYS > at)
        own = rated.sample(fraction=0.4 if day < LAST else 1, seed=at).with_columns(
            day=pl.lit(day), concern=pl.when(better).then(1).otherwise("concern")
        )
        told = own if flag and day == LAST else own.head(0)
        file = zone.period_file(str(day))
        _written(file, "concern", {
            "concern_by_topic": ({"topic": pl.String(), "day": pl.Date(), **CONCERN_SHARES},
                                 concern_shares(own, ["topic", "day"])),
            "concern_of_topics": ({"topic": pl.String(), **CONCERN_SHARES},
                                  concern_shares(own, ["topic"])),
            "flag_agreement": (AGREEMENT, flag_agreement(told)),
            "classifier_errors": (CLASSIFIER_ERRORS, classifier_errors(told)),
        })  # fmt: skip
    bursts = pl.DataFrame(
        [(topics[at], LAST - dt.timedelta(days=at), 80 + at, 54 + at, 11.25, 4.0, 21.0,
          (54 + at) / 11.25, 1e-9, 4e-7, LAST - dt.timedelta(days=at + 1)) for at in range(3)],
        schema=BURSTS, orient="row",
    )  # fmt: skip
    for day, own in bursts.group_by("day"):
        _written(zone.period_file(str(day[0])), "bursts", {"bursts": (BURSTS, own)})
    found = [
        Finding(f"burst-{row['topic']}-{row['since']}", str(row["day"]), "burst", -row["p_value"],
                {name: row[name] for name in ("topic", "accounts", "expected", "ratio")},
                evidence[:5])
        for row in bursts.iter_rows(named=True)
    ]  # fmt: skip
    errors = classifier_errors(rated).filter(pl.col("q_value") <= LIKELY)
    found += [
        Finding(f"{row['kind'].replace(' ', '-')}-{row['topic']}-{LAST}", str(LAST),
                f"classifier's {row['kind']}", row["score"],
                {name: row[name] for name in
                 ("topic", "conversations", "concerning", "flagged", "expected")},
                evidence[5:9])
        for row in errors.iter_rows(named=True) if flag
    ]  # fmt: skip
    _written(zone.period_file(str(LAST)), "findings", {"findings": (FINDINGS, findings_of(found))})
    groups = [
        Finding(f"group-{number:012x}", str(LAST), "coordinated accounts", 0.9 - number / 40,
                {"accounts": 9 + number, "requests": 12 + 2 * number, "density": 0.8125,
                 "span_days": 0.4 * (number + 1), "new_share": 0.625, "template_entropy": 0.37,
                 "found_by": "wording" if number % 2 else "meaning"},
                evidence[9 + number : 12 + number])
        for number in range(6)
    ]  # fmt: skip
    for day in keys:
        mine = findings_of(
            groups if day == LAST else groups[:1] if day > LAST - dt.timedelta(2) else []
        )
        mine = mine.with_columns(day=pl.lit(str(day)))
        _written(zone.day(str(day)), "coordinated_accounts",
                 {"coordinated_groups": (GROUPS, pl.DataFrame(schema=GROUPS))})  # fmt: skip
        _written(zone.day(str(day)), "findings", {"findings": (FINDINGS, mine)})
    _named(settings, called)
    return Filled(settings, zone, called, rated, bursts, evidence, _monitors(list(called.values())))


def _named(settings: Settings, names: dict[str, str]) -> None:
    layout = Layout(settings.home, settings.period)
    rows = pl.DataFrame({
        "topic_id": list(names), "name": list(names.values()),
        "level": pl.Series([0] * len(names), dtype=pl.Int32),
    })  # fmt: skip
    schema = {key: topics_schema(3)[key] for key in ("topic_id", "name", "level")}
    _written(layout.period_file(str(LAST)), "topics", {"topics": (schema, rows)})


def _monitors(names: list[str]) -> list[MonitorFigures]:
    random = np.random.default_rng(3)
    days = [FIRST + dt.timedelta(days=number) for number in range(DAYS)]
    counts = random.poisson(18, DAYS)
    counts[5:7] *= 4
    frame = pl.DataFrame(
        {
            "day": days,
            "conversations": counts,
            "accounts": counts // 2,
            "alert": ["four times the usual" if at in (5, 6) else None for at in range(DAYS)],
        },
        schema=MONITOR_DAYS,
    )
    topics = pl.DataFrame(
        {"name": names[:4], "conversations": [40, 21, 9, 2], "accounts": [31, 20, 3, 1],
         "concern_share": [0.25, 0.0476, None, 1.0]},
        schema=MONITOR_TOPICS,
    )  # fmt: skip
    asks = "Conversations about elections in Spanish or Catalan that ask for texts to be posted"
    return [
        MonitorFigures("elections", FIRST, LAST, asks, frame, topics, str(LAST)),
        MonitorFigures("new monitor", LAST, None, "Concern of 3 or above", frame.head(0),
                       topics.head(0), None),
    ]  # fmt: skip


def _written(file: DuckFile, step: str, tables: dict[str, tuple[Schema, pl.DataFrame]]) -> None:
    with file.replacing(
        step, "made here", {name: kind for name, (kind, _) in tables.items()}
    ) as new:
        assert new is not None
        for name, (_, rows) in tables.items():
            new.append(name, rows)
