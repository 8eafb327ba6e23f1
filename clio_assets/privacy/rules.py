"""The rules a topic passes before anything of it is released: one function a rule.

A rule compares `TopicFacts` with the thresholds of the profile and knows nothing else. Every
comparison is written so that only a true answer passes: a missing number raises, a NaN compares
false, and `judge` turns both into a failed verdict (G-18).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clio_assets.privacy.copied_runs import LONGEST_RUN
from clio_assets.privacy.names import MAX_NAME, MAX_SUMMARY, form_problems
from clio_assets.privacy.text_support import half
from clio_assets.privacy.thresholds import Thresholds


@dataclass(frozen=True)
class TopicFacts:
    """What the rules look at, for one topic of one period; None means "not measured".

    Shares are fractions 0..1. `sources` are the accounts left after near-duplicate ones are merged
    (`near_duplicates.py`). `unsupported_words` are the content words of name and summary that
    too few accounts use; `scan_hits` the kinds of private strings found in them, never the
    strings; `objections` the kinds of what an outsider objects to (`outsider/`); `copied_runs`
    how many runs of words they have in common with too few accounts; `sensitive` whether they
    tell of something that is (`sensitive.py`).
    """

    topic_id: str
    level: int
    conversations: int | None
    accounts: int | None
    largest_account_share: float | None
    effective_accounts: float | None
    sources: int | None = None
    returning_accounts: int | None = None
    name: str | None = None
    summary: str | None = None
    unsupported_words: tuple[str, ...] | None = None
    scan_hits: tuple[str, ...] | None = None
    objections: tuple[str, ...] | None = None
    copied_runs: int | None = None
    sensitive: bool | None = None


@dataclass(frozen=True)
class Verdict:
    """One rule's answer on one topic. `observed` is None where the rule could not be computed."""

    rule: str
    passed: bool
    observed: str | None
    requirement: str


Answer = tuple[bool, object]
Check = Callable[[TopicFacts, Thresholds], Answer]
Requirement = Callable[[Thresholds], str]


@dataclass(frozen=True)
class Rule:
    """A named rule: what it asks for in words, and the function that asks."""

    id: str
    requirement: Requirement
    check: Check

    def __call__(self, facts: TopicFacts, thresholds: Thresholds) -> Verdict:
        """Return the verdict; an error or a missing fact is raised, see `judge`."""
        passed, observed = self.check(facts, thresholds)
        if observed is None:
            raise ValueError(f"{self.id} has no fact to look at")
        return Verdict(self.id, bool(passed), _shown(observed), self.requirement(thresholds))


def _rule(rule_id: str, requirement: Requirement) -> Callable[[Check], Rule]:
    return lambda check: Rule(rule_id, requirement, check)


@_rule("G-01", lambda t: f"at least {t.min_accounts} accounts")
def g01_distinct_accounts(facts: TopicFacts, thresholds: Thresholds) -> Answer:
    """Many people, not one person many times."""
    return _known(facts.accounts) >= thresholds.min_accounts, facts.accounts


@_rule("G-02", lambda t: f"at least {t.min_conversations} conversations")
def g02_distinct_conversations(facts: TopicFacts, thresholds: Thresholds) -> Answer:
    """Enough conversations for the figure to mean something."""
    return _known(facts.conversations) >= thresholds.min_conversations, facts.conversations


@_rule("G-03", lambda t: f"no account holds more than {t.max_account_share:.0%}")
def g03_largest_account(facts: TopicFacts, thresholds: Thresholds) -> Answer:
    """Dominance: one account must not carry the topic."""
    share = _known(facts.largest_account_share)
    return 0 < share <= thresholds.max_account_share, share


@_rule("G-04", lambda t: f"at least {effective_minimum(t):g} effective accounts")
def g04_effective_accounts(facts: TopicFacts, thresholds: Thresholds) -> Answer:
    """Dominance by a few together: the inverse Herfindahl-Hirschman index, 1 / sum of shares^2."""
    effective = round(_known(facts.effective_accounts), 6)  # 1 / sum of floats
    return effective >= effective_minimum(thresholds), effective


@_rule("G-05", lambda t: _returning_requirement(t))
def g05_returning_accounts(facts: TopicFacts, thresholds: Thresholds) -> Answer:
    """Accounts seen in an earlier period: a crowd born today may be one attacker."""
    minimum = thresholds.min_returning_accounts
    if minimum == 0:
        return True, "off"
    return _known(facts.returning_accounts) >= minimum, facts.returning_accounts


@_rule("G-06", lambda t: f"at least {t.min_accounts} accounts that say different things")
def g06_different_sources(facts: TopicFacts, thresholds: Thresholds) -> Answer:
    """A campaign of many accounts with one template is one."""
    return _known(facts.sources) >= thresholds.min_accounts, facts.sources


@_rule("G-11", lambda t: f"every content word is used by at least {t.term_accounts} accounts, "
                         f"or by {half(t.term_accounts)} where {t.term_accounts} used it in the "
                         "period that the name is from")  # fmt: skip
def g11_supported_words(facts: TopicFacts, thresholds: Thresholds) -> Answer:  # noqa: ARG001
    """Term support: a name says only what many accounts of the topic say.

    The threshold was applied where the words were counted: `text_support.unsupported_words`.
    """
    if facts.unsupported_words is None:
        raise ValueError("the words of the name were not counted")
    return len(facts.unsupported_words) == 0, f"{len(facts.unsupported_words)} unsupported words"


@_rule("G-12", lambda t: f"no run of {LONGEST_RUN + 1} words said by fewer than "
                         f"{t.min_accounts} accounts")  # fmt: skip
def g12_copied_runs(facts: TopicFacts, thresholds: Thresholds) -> Answer:  # noqa: ARG001
    """No part of a sentence that somebody wrote, unless many wrote it.

    The threshold was applied where the runs were counted: `facts.describe`.
    """
    return _known(facts.copied_runs) == 0, facts.copied_runs


@_rule(
    "G-13", lambda _: f"plain text, name <= {MAX_NAME}, summary <= {MAX_SUMMARY}, no pattern hit"
)
def g13_clean_text(facts: TopicFacts, thresholds: Thresholds) -> Answer:  # noqa: ARG001
    """No contact, number, secret, link or markup, also none hidden by an encoding."""
    if facts.name is None or facts.summary is None or facts.scan_hits is None:
        raise ValueError("the name was not scanned")
    found = [*form_problems(facts.name, facts.summary), *facts.scan_hits]
    return not found, ", ".join(found) or "0 hits"


@_rule("G-14", lambda _: "an outsider's rules object to nothing")
def g14_nothing_to_object_to(facts: TopicFacts, thresholds: Thresholds) -> Answer:  # noqa: ARG001
    """Nobody is pointed at, nothing sensitive is said of somebody, no order is given.

    Where models are asked, `auditor.rules_with_auditor` puts this and the auditor's rating in its
    place.
    """
    if facts.objections is None:
        raise ValueError("the name was not read as an outsider would")
    return not facts.objections, ", ".join(facts.objections) or "0 objections"


@_rule("G-15", lambda t: f"at least {t.sensitive_accounts} accounts where a name is sensitive")
def g15_sensitive_topic(facts: TopicFacts, thresholds: Thresholds) -> Answer:
    """More people where it would harm to be known as one of them."""
    if facts.sensitive is None:
        raise ValueError("the name was not looked at")
    if not facts.sensitive:
        return True, "not sensitive"
    accounts = _known(facts.accounts)
    return accounts >= thresholds.sensitive_accounts, f"sensitive, {accounts} accounts"


COUNT_RULES: tuple[Rule, ...] = (
    g01_distinct_accounts,
    g02_distinct_conversations,
    g03_largest_account,
    g04_effective_accounts,
    g05_returning_accounts,
    g06_different_sources,
)
"""Rules on who and how many; a rest that is counted but has no name passes these too."""

TEXT_RULES: tuple[Rule, ...] = (
    g11_supported_words,
    g12_copied_runs,
    g13_clean_text,
    g14_nothing_to_object_to,
    g15_sensitive_topic,
)
"""Rules on name and summary."""

RULES: tuple[Rule, ...] = COUNT_RULES + TEXT_RULES
"""Every rule a released topic has passed, in the order they are reported."""

SIZE = frozenset({"G-01", "G-02", "G-06"})
DOMINANCE = frozenset({"G-03", "G-04"})


def judge(
    facts: TopicFacts, thresholds: Thresholds, rules: Sequence[Rule] = RULES
) -> list[Verdict]:
    """Return one verdict a rule, in order. G-18: never raises; what cannot be computed fails."""
    return [_fail_closed(rule, facts, thresholds) for rule in rules]


def passed(verdicts: Sequence[Verdict]) -> bool:
    """True where there are verdicts and every one is good."""
    return bool(verdicts) and all(verdict.passed for verdict in verdicts)


def failed_only_on_size(verdicts: Sequence[Verdict]) -> bool:
    """True where a topic may be merged with its nearest sibling: too small, and nothing else.

    A rule that could not be computed is not a matter of size.
    """
    failed = [verdict for verdict in verdicts if not verdict.passed]
    return bool(failed) and all(
        verdict.rule in SIZE and verdict.observed is not None for verdict in failed
    )


def failed_on_dominance(verdicts: Sequence[Verdict]) -> bool:
    """True where a topic goes to its parent's rest, so that merging never launders it."""
    return any(verdict.rule in DOMINANCE and not verdict.passed for verdict in verdicts)


def effective_minimum(thresholds: Thresholds) -> float:
    """G-04's effective accounts: a share of G-01's."""
    return round(thresholds.min_effective_share * thresholds.min_accounts, 6)


def _fail_closed(rule: Rule, facts: TopicFacts, thresholds: Thresholds) -> Verdict:
    try:
        return rule(facts, thresholds)
    except (
        Exception
    ):  # whatever it is, its text could quote a conversation: say only that it failed
        # It says what was asked for all the same: to the door a verdict on anything else is stale,
        # and one topic that cannot be judged must not hold back the others.
        return Verdict(rule.id, False, None, rule.requirement(thresholds))


def _known(value: float | None) -> float:
    if value is None:
        raise ValueError("not measured")
    return value


def _returning_requirement(thresholds: Thresholds) -> str:
    minimum = thresholds.min_returning_accounts
    return f"at least {minimum} accounts of earlier periods" if minimum else "not asked for"


def _shown(observed: object) -> str:
    return f"{observed:.4f}" if isinstance(observed, float) else str(observed)
