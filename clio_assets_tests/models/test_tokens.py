import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from clio_assets.models.tokens import ends_within, estimate_tokens

PROSE = {
    "english": ("Could you help me write a letter to my landlord about the broken heating? ", 15),
    "german": ("Könnten Sie mir bitte helfen, eine förmliche Bewerbung zu schreiben? ", 26),
    "russian": ("Помогите мне написать письмо коллеге, перенести встречу. ", 41),
    "chinese": ("请帮我写一封正式的商务邮件，询问产品价格和交货时间。", 46),  # noqa: RUF001
    "code": ("def area(width: int, height: int) -> int:\n    return width * height\n", 19),
}
"""Texts with their tokens by SmolLM2's tokenizer, rounded up."""


@pytest.mark.parametrize("kind", PROSE)
def test_what_people_write_is_not_taken_for_much_shorter_or_longer(kind):
    text, tokens = PROSE[kind]
    assert 0.85 <= estimate_tokens(text * 20) / (tokens * 20) <= 2.1


@limits(deadline=None)
@given(st.text(), st.text())
def test_a_longer_text_never_has_fewer_tokens(text, more):
    assert estimate_tokens(text) <= estimate_tokens(text + more)


@limits(deadline=None)
@given(st.text(min_size=1), st.integers(0, 50))
def test_the_ends_are_of_the_text_and_within_half_each(text, tokens):
    head, tail = ends_within(text, tokens)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert max(estimate_tokens(head), estimate_tokens(tail)) <= tokens / 2 + 1


def test_the_ends_of_nothing_are_nothing():
    assert ends_within("", 10) == ("", "")
    assert estimate_tokens("") == 0
