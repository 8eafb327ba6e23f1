import pytest
from lingua import Language

from clio_assets.facets.language_tags import language_tag
from clio_assets.models.calls import AnswerError


@pytest.mark.parametrize(
    ("answer", "tag"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-GB", "en"),
        ("pt_BR", "pt"),
        ("zh-Hant-TW", "zh"),
        ("eng", "en"),
        ("ger", "de"),
        ("iw", "he"),
        ("yue", "yue"),
        ("English", "en"),
        (" norwegian\n bokmål ", "nb"),
        ("Brazilian Portuguese", "pt"),
        ("Mandarin", "zh"),
        ("und", "und"),
        ("zxx", "und"),
        ("mul", "und"),
    ],
)
def test_tags_and_english_names_become_one_tag(answer, tag):
    assert language_tag(answer) == tag


@pytest.mark.parametrize(
    "answer",
    ["", "xx", "qqq", "English and French", "Deutsch", "en--", "python", "x-en", "e" * 9999],
)
def test_what_is_no_known_language_is_refused_without_quoting_it(answer):
    with pytest.raises(AnswerError) as caught:
        language_tag(answer)
    assert str(caught.value) == "`language` is not a language that is known."


def test_every_language_of_the_offline_path_has_the_same_tag_here():
    codes = {language.iso_code_639_1.name.lower() for language in Language.all()}
    assert {code: language_tag(code) for code in codes} == {code: code for code in codes}
