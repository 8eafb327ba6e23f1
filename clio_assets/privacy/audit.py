"""The audit: every rule on every topic of a period, before anything may leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain

import polars as pl

from clio_assets.privacy.copied_runs import accounts_sharing, runs_of
from clio_assets.privacy.facts import TOPIC_FACTS, describe, topic_facts
from clio_assets.privacy.placement import place
from clio_assets.privacy.rules import RULES, Rule, Verdict, judge, passed
from clio_assets.privacy.sensitive import sensitive_topics
from clio_assets.privacy.text_support import TOKEN_SUPPORT, account_support, earned_words
from clio_assets.privacy.thresholds import Thresholds

NOTHING = dict.fromkeys(TOPIC_FACTS)


def audit_topics(
    topics: pl.DataFrame,
    members: pl.DataFrame,
    texts: pl.DataFrame,
    thresholds: Thresholds,
    earlier_accounts: Iterable[str] | None = None,
    rules: Sequence[Rule] = RULES,
    conversations: Iterable[pl.DataFrame] = (),
    named_texts: pl.DataFrame | None = None,
) -> dict[str, list[Verdict]]:
    """Return topic_id -> one verdict a rule, leaves first, then their parents.

    A parent is judged on what it would publish: its leaves that passed, and its rest, in which
    dominant accounts are capped. Judged on all its members, one dominated leaf would cost it its
    place and the others theirs in it.

    topics: topic_id, level, parent_id, name, summary. members: conversation_id, account,
    source, topic_id of the leaf. texts: conversation_id, text, the facet text that supports the
    words of a name.
    conversations: batches of (conversation_id, text), in which no run of a name may stand besides
    (G-12). Words and runs are counted by source, as G-06 merges accounts.
    named_texts: topic_id, account, text of the periods that topics have kept their names from.
    """
    earlier = None if earlier_accounts is None else frozenset(earlier_accounts)
    minimum = thresholds.term_accounts
    earned = {} if named_texts is None else earned_words(named_texts, minimum)
    verdicts: dict[str, list[Verdict]] = {}
    released = topics.select(pl.concat_list("topic_id", "name", "summary")).to_series().to_list()
    runs = runs_of(text for _, *both in released for text in both if text)
    whose = members.select("conversation_id", account="source")
    said = (
        batch.join(whose, on="conversation_id", how="left").select("account", "text")
        for batch in chain([texts], conversations)
    )
    wanted = {run for some in runs.values() for run in some}
    sharing = accounts_sharing(wanted, said)
    shared = {
        topic: [sharing[run] for text in both if text for run in runs[text] if run in sharing]
        for topic, *both in released
    }
    for level in topics["level"].unique().sort():
        undecided = topics.filter(pl.col("level") >= level, pl.col("level") > 0)["topic_id"]
        good = {topic for topic, judged in verdicts.items() if passed(judged)}
        held = members
        if level > 0:
            held = place(topics, members, good | set(undecided), thresholds, earlier).published()
        verdicts |= _judge_level(
            topics.filter(level=level), held, texts, shared, earned, thresholds, earlier, rules
        )
    return verdicts


def _judge_level(
    topics: pl.DataFrame,
    members: pl.DataFrame,
    texts: pl.DataFrame,
    shared: Mapping[str, Collection[int]],
    earned: Mapping[str, Collection[str]],
    thresholds: Thresholds,
    earlier: frozenset[str] | None,
    rules: Sequence[Rule],
) -> dict[str, list[Verdict]]:
    mine = members.filter(pl.col("topic_id").is_in(topics["topic_id"].implode()))
    facts = {row["topic_id"]: row for row in topic_facts(mine, earlier).iter_rows(named=True)}
    whose = mine.select("conversation_id", "topic_id", account="source")
    said = account_support(whose.join(texts, on="conversation_id"), "topic_id")
    support = said.partition_by("topic_id", as_dict=True, include_key=False)
    nobody = pl.DataFrame(schema=TOKEN_SUPPORT)
    sensitive = _sensitive(topics)
    verdicts = {}
    for topic in topics.iter_rows(named=True):
        name = topic["topic_id"]
        measured = facts.get(name, {**NOTHING, "topic_id": name})
        described = describe(
            measured,
            topic["level"],
            topic["name"],
            topic["summary"],
            support.get((name,), nobody),
            shared[name],
            None if sensitive is None else name in sensitive,
            thresholds,
            earned.get(name, ()),
        )
        verdicts[name] = judge(described, thresholds, rules)
    return verdicts


def _sensitive(topics: pl.DataFrame) -> set[str] | None:
    try:
        return sensitive_topics(topics)
    except Exception:  # G-18: unmeasured is withheld; the error's text could quote a name
        return None
