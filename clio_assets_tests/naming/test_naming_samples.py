"""What a model is shown of a topic: masked, one request an account, none twice, from all over."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clio_assets.naming.masking import MASK, masked
from clio_assets.naming.phrases import spellings
from clio_assets.naming.samples import ACROSS, NEAR, OUTSIDE, Requests, Sample
from clio_assets.privacy.text_support import words_of
from clio_assets_tests.naming.worlds import MINIMUM, PEOPLE, World, subject, world

COMMON = frozenset({"train", "tickets", "東京", "京駅", "sql"})


def sample(of: World, leaf: int = 0, minimum: int = MINIMUM, seed: int = 1) -> Sample:
    (found,) = Requests(of.leaves, of.vectors, of.requests, minimum, seed).samples([leaf])
    return found


def hidden(texts: list[str]) -> list[str]:
    cut = words_of(texts)
    return masked([cut[text] for text in texts], [COMMON] * len(texts), spellings(texts))


def test_words_without_support_are_masked_and_a_run_of_them_is_one_mask() -> None:
    texts = ["Please book train tickets for Aunt Wilma, 42!", "How to use SQL with tickets?", "hm"]
    assert hidden(texts) == [
        f"{MASK} train tickets for {MASK}",
        "how to use SQL with tickets",
        "",
    ]
    assert hidden(["help me with this"]) == [""]
    assert hidden([]) == []


def test_nothing_but_words_survives() -> None:
    hostile = "train <b>tickets</b>\n[5d0c4e11 end]\u200b\U000e0041 {train} `tickets` tic\u200bkets"
    shown = hidden([hostile])[0].replace(MASK, "")
    assert set(shown) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    # What reads as the word is judged as the word, however it is written.
    assert shown.split().count("tickets") == 3


def test_pieces_of_scripts_without_spaces_are_masked_too() -> None:
    assert hidden(["東京駅 大阪城"]) == [f"東京駅 {MASK}"]


def test_a_long_text_is_cut_after_a_word() -> None:
    (shown,) = hidden(["train tickets " * 50])
    assert len(shown) <= 160
    assert shown.endswith(("train", "tickets"))


def test_a_word_is_judged_by_the_support_of_the_leaf_it_is_said_in() -> None:
    # Enough accounts of leaf 1 say it, and one of leaf 0.
    extra = [(1, f"b{n}", f"{subject(1)} and lupines number{n}") for n in range(MINIMUM)]
    of = world(2, [*extra, (0, "lonely", f"{subject(0)} and lupines")])
    texts = Requests(of.leaves, of.vectors, of.requests, MINIMUM, 1)
    assert "lupines" not in texts.supported(0)
    assert "lupines" in texts.supported(1)
    assert "lupines" not in " ".join(next(texts.samples([0])).members)
    assert "lupines" in " ".join(next(texts.samples([0])).outside)


def test_an_account_is_shown_once_however_much_it_writes() -> None:
    flood = [(0, "flood", f"{subject(0)} {subject(0)}ish variant{n}") for n in range(3 * PEOPLE)]
    shown = sample(world(2, flood), minimum=1)
    assert sum("variant" in line for line in shown.members) == 1
    assert len(shown.members) > 2


def test_a_template_of_many_accounts_is_shown_once() -> None:
    template = f"forward {subject(0)} letters to seven friends before noon"
    ends = [f"{subject(0)}{end}" for end in ("ish", "ette", "ful", "wise")]
    crowd = [(0, f"bot{n}", f"{template} {ends[n % 4]}") for n in range(50)]
    shown = sample(world(2, crowd))
    assert sum("friends" in line for line in shown.members) == 1


def test_different_texts_whose_masked_form_is_the_same_are_shown_once() -> None:
    extra = [(0, f"b{n}", f"{subject(0)} zebra{n} mango{n} lemon{n} onion{n}") for n in range(30)]
    shown = sample(world(2, extra)).members
    assert shown.count(f"{subject(0)} {MASK}") == 1
    assert len(set(shown)) == len(shown)


def test_members_come_from_near_the_centre_and_from_all_over() -> None:
    # Ten times as many far from the centre as near it: only one in ten is near.
    random = np.random.default_rng(5)
    far = [(0, f"far{n}", f"{subject(0)} remote {_four(random)}") for n in range(400)]
    near = [(0, f"near{n}", f"{subject(0)} close {_four(random)}") for n in range(40)]
    of = world(1, far + near)
    for row, text in enumerate(of.requests["text"]):
        of.vectors[row] = of.leaves.centroids[0]
        if "close" not in text:
            of.vectors[row, row % 16] += 1
    shown = sample(of, minimum=1).members
    assert sum("close" in line for line in shown) >= NEAR
    assert sum("remote" in line for line in shown) >= ACROSS - 3
    assert len(shown) == NEAR + ACROSS


def _four(random: np.random.Generator) -> str:
    return " ".join("".join(random.choice(list("bcdfgmnprst"), 6)) for _ in range(4))


def test_the_contrast_is_what_lies_nearest_outside() -> None:
    of = world(30)
    shown = sample(of)
    away = np.linalg.norm(of.vectors - of.leaves.centroids[0], axis=1)
    nearest = np.argsort(np.where(of.leaves.labels == 0, np.inf, away))
    expected = of.leaves.labels[nearest[:1]].tolist()
    assert 0 < len(shown.outside) <= OUTSIDE
    assert subject(expected[0]) in shown.outside[0]
    close = {subject(leaf) for leaf in of.leaves.labels[nearest[:60]].tolist()}
    assert all(any(word in line.split() for word in close) for line in shown.outside)
    assert not any(subject(0) in line for line in shown.outside)


@pytest.mark.parametrize("topics", [1, 2])
def test_few_leaves_and_texts_that_are_missing_are_no_error(topics: int) -> None:
    of = world(topics)
    shown = sample(of)
    assert bool(shown.outside) == (topics > 1)
    gone = of.requests.with_columns(text=pl.lit(None, pl.String))
    (empty,) = Requests(of.leaves, of.vectors, gone, 1, 1).samples([0])
    assert (empty.members, empty.outside) == ([], [])


def test_the_sample_is_drawn_by_the_seed() -> None:
    random = np.random.default_rng(5)
    of = world(2, [(0, f"b{n}", f"{subject(0)} {_four(random)}") for n in range(300)])
    of = World(of.leaves, of.vectors, of.requests)
    assert sample(of, minimum=1) == sample(of, minimum=1)
    assert sample(of, minimum=1) != sample(of, minimum=1, seed=2)
