"""The auditor: a model reads each name and summary as an outsider would and may refuse it.

Beside it, the rules of `outsider/` are a floor: they are asked with models and without. It can
only refuse. A topic is released where every other rule lets it through and the auditor
rated it well; no rating, whatever the reason, withholds the topic (fault F23). What a model was
steered to write, another model is asked about alone: one topic a question, and nothing but its
name and summary in it.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from clio_assets.models.calls import Answer, Ask, Call
from clio_assets.models.prompts import load_prompt
from clio_assets.models.questions import answer_schema, question
from clio_assets.privacy.rules import RULES, Rule, TopicFacts, g14_nothing_to_object_to
from clio_assets.privacy.rules import Answer as Finding
from clio_assets.privacy.thresholds import Thresholds

LOWEST_RATING = 4
"""Of 5. The paper accepts 3, which "could narrow to a few thousand people" (arXiv 2412.13678)."""

G14 = (
    f"an outsider's rules object to nothing, and the auditor rates it {LOWEST_RATING} of 5 or more "
    "and finds no sensitive attribute"
)
"""What rule G-14 asks for where models are asked."""

LONGEST_JUSTIFICATION = 600

AUDITS: dict[str, pl.DataType] = {
    "topic_id": pl.String(),
    "rating": pl.Int8(),
    "sensitive": pl.Boolean(),
    "justification": pl.String(),
    "model": pl.String(),
    "prompt_version": pl.String(),
    "outcome": pl.String(),
}
"""Grain: a named topic of one period; private. `rating` 1..5, `sensitive` and `justification` are
null where `outcome` is not "ok"."""

ANSWER = answer_schema(
    "topic_audit",
    "1",
    {
        "justification": {"type": "string", "maxLength": LONGEST_JUSTIFICATION},
        "sensitive": {"type": "boolean"},
        "rating": {"type": "integer", "enum": [1, 2, 3, 4, 5]},
    },
)
"""The reasons first, so that the rating follows from them."""


def audit_names(topics: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """Rate every named topic of `topics` (topic_id, name, summary), columns as in `AUDITS`.

    One call a topic, the same for the same name and summary. Topics without a name are left out:
    other rules withhold them.

    Raises:
        ConfigError, BudgetError: as `ask` does, where no call can be answered.
    """
    named = (
        topics.filter(pl.col("name") != "").select("topic_id", "name", "summary").sort("topic_id")
    )
    calls = [_call(*row) for row in named.iter_rows()]
    rows = [_row(call, one) for call, one in zip(calls, ask(calls), strict=True)]
    return pl.DataFrame(rows, schema=AUDITS, orient="row")


def rules_with_auditor(audits: pl.DataFrame) -> tuple[Rule, ...]:
    """Return every rule, G-14 with the auditor's rating."""
    by_model = g14_audited(audits)
    return tuple(by_model if rule.id == by_model.id else rule for rule in RULES)


def g14_audited(audits: pl.DataFrame) -> Rule:
    """Return rule G-14 over `audits` (as in `AUDITS`): by rules, and by the auditor.

    A missing, doubled or unanswered audit raises, which `judge` turns into a failed verdict.
    """
    by_topic: dict[str, list[dict[str, Any]]] = {}
    for row in audits.iter_rows(named=True):
        by_topic.setdefault(row["topic_id"], []).append(row)

    def check(facts: TopicFacts, thresholds: Thresholds) -> Finding:
        (audit,) = by_topic[facts.topic_id]
        if audit["outcome"] != "ok":
            raise ValueError("the topic was not audited")
        rating, sensitive = audit["rating"], audit["sensitive"]
        found = "a sensitive attribute" if sensitive else "no sensitive attribute"
        good, objections = g14_nothing_to_object_to.check(facts, thresholds)
        good = good and LOWEST_RATING <= rating <= 5 and sensitive is False
        return good, f"{rating} of 5, {found}, {objections}"

    return Rule("G-14", lambda _: G14, check)


def _call(topic: str, name: str, summary: str) -> Call:
    parts = [("name", [name]), ("summary", [summary])]
    return question("audit", topic, load_prompt("audit"), parts, ANSWER)


def _row(call: Call, answer: Answer) -> tuple[Any, ...]:
    told = (answer.value or {}) if answer.outcome == "ok" else {}
    asked = (call.item, *(told.get(key) for key in ("rating", "sensitive", "justification")))
    return (*asked, answer.model, call.prompt_version, answer.outcome)
