"""The words that need no support tell nothing of anybody: 500 terms that do are tried."""

from __future__ import annotations

import pytest

from clio_assets.privacy.sensitive import sensitive_terms
from clio_assets.privacy.text_support import account_support, unsupported_words
from clio_assets.privacy.word_lists import MAX_GENERAL_WORDS, list_names, words_of
from clio_assets_tests.privacy.tables import members

TERMS = sensitive_terms()
NO_SUPPORT = account_support(members({}).select("account", text="account"))


def test_the_terms_are_at_least_500_different_ones() -> None:
    assert len(TERMS) == len(set(TERMS))
    assert len(TERMS) >= 500


def test_no_sensitive_term_passes_as_a_function_or_general_word() -> None:
    assert [term for term in TERMS if not unsupported_words(term, NO_SUPPORT, 1)] == []


def test_no_word_of_a_sensitive_term_stands_in_a_list_of_general_words() -> None:
    general = {w for name in list_names() if name.startswith("general") for w in words_of(name)}
    assert {word for term in TERMS for word in term.casefold().split()} & general == set()


@pytest.mark.parametrize("name", list_names())
def test_a_list_is_short_enough_to_be_reviewed(name: str) -> None:
    words = words_of(name)
    assert 0 < len(words) <= MAX_GENERAL_WORDS
    assert len(words) == len(set(words))
    assert not any(character.isdigit() for word in words for character in word)


def test_the_promised_languages_have_lists() -> None:
    languages = ["en", "es", "de", "fr", "pt", "it", "nl", "ru", "ja"]
    assert set(list_names()) >= {f"function.{language}" for language in languages}
    assert set(list_names()) >= {f"general.{language}" for language in languages[:5]}
