"""Made-up personal data that detectors recognise."""

from __future__ import annotations

from random import Random

from clio_assets.demo.personal_data import PersonalData, iban_check, luhn_digit


def test_check_digits_follow_the_published_examples() -> None:
    assert luhn_digit("7992739871") == "3"
    assert iban_check("DE", "370400440532013000") == "89"


def test_a_sentence_carries_what_it_says_and_nothing_is_made_twice() -> None:
    maker = PersonalData(Random(1))  # noqa: S311
    made: list[str] = []
    for language in ("en", "de", "es", "fr", "pt", "ja"):
        for _ in range(1000):  # enough for a chance repetition of a phone number
            sentence, planted = maker.sentence(language)
            assert planted
            assert all(value in sentence for value in planted)
            assert "<" not in sentence
            made += planted
    assert len(set(made)) == len(made)
