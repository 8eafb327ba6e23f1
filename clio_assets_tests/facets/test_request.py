import polars as pl
import pytest

from clio_assets.facets.request import CODE_ONLY, LINK_ONLY, MAX_CHARACTERS, NO_WORDS, clean_request


def cleaned(message: str | None) -> str:
    frame = pl.DataFrame({"message": [message]}, schema={"message": pl.String})
    return frame.select(clean_request(pl.col("message"))).item()


@pytest.mark.parametrize(
    ("message", "request_"),
    [
        ("  How do\n\n I   boil rice? ", "How do I boil rice?"),
        ("Fix this:\n```python\nprint(secret)\n```\nplease", "Fix this: please"),
        ("Why does it fail?\n```\nnever closed", "Why does it fail?"),
        ("Explain\ndef area(r):\n    return 3 * r;\n}\nto me", "Explain to me"),
        ("See https://example.org/a?b=c#d for more", "See for more"),
        ("Mail jane.doe+x@mail.example.org today", "Mail today"),
        ("Call +49 (30) 123-45 67 now", "Call now"),
        ("Card 4111 1111 1111 1111, ok?", "Card, ok?"),
        ("In 1989 I ran 42 km", "In 1989 I ran 42 km"),
        ("# Title\n\n- **bold** and `code`\n> quote", "Title bold and code quote"),
        ("<p>Hello <b>there</b></p> 3 < 4", "Hello there 3 < 4"),
        ("![photo](http://x.org/y.png) [our shop](http://x.org) closes", "photo our shop closes"),
        ("Decode " + "QUJD" * 40 + " for me", "Decode for me"),
        ("我的账户 https://example.org/x 被锁了", "我的账户 被锁了"),
        ("```\nx = 1\n```", CODE_ONLY),
        ("https://example.org/page", LINK_ONLY),
        ("?! 😀", NO_WORDS),
        ("", NO_WORDS),
        (None, NO_WORDS),
    ],
)
def test_a_message_becomes_one_clean_line(message, request_):
    assert cleaned(message) == request_


def test_a_long_message_is_cut_after_a_sentence():
    sentence = "This sentence is here for its length alone. "
    result = cleaned(sentence * 20)
    assert result.endswith("alone.")
    assert MAX_CHARACTERS // 2 < len(result) <= MAX_CHARACTERS


def test_without_a_sentence_it_is_cut_after_a_word():
    result = cleaned("wordy " * 100)
    assert len(result) <= MAX_CHARACTERS
    assert result.split()[-1] == "wordy"


def test_a_text_without_spaces_is_cut_anyway():
    assert len(cleaned("説明してください" * 100)) == MAX_CHARACTERS


def test_a_request_after_a_long_paste_is_found():
    assert (
        cleaned("```\n" + "x = 1;\n" * 20_000 + "```\nWhat does this do?") == "What does this do?"
    )
