import pytest

from clio_assets.config import ConfigError, FacetSettings
from clio_assets.facets.language import detect_languages

LANGUAGES = FacetSettings().languages


SENTENCES = {
    "en": "Could you help me plan a weekend in the mountains?",
    "de": "Kannst du mir bitte erklären, wie das funktioniert?",
    "fr": "Pouvez-vous m'aider à écrire une lettre à mon voisin ?",
    "es": "¿Puedes ayudarme a preparar una cena para mi familia?",
    "it": "Vorrei sapere come si prepara una buona carbonara.",
    "pt": "Você pode me ajudar a escrever uma mensagem para o meu chefe?",
    "nl": "Kun je mij vertellen hoe ik deze fiets kan repareren?",
    "pl": "Czy możesz mi pomóc napisać list do sąsiada?",
    "ru": "Помоги мне составить план тренировок на неделю.",
    "uk": "Допоможи мені скласти план тренувань на тиждень.",
    "tr": "Bana bu konuyu kısaca açıklayabilir misin?",  # noqa: RUF001
    "ja": "この文章を短くまとめてください。",
    "ko": "이 문장을 영어로 번역해 주세요.",
    "zh": "请帮我写一封感谢信。",
    "ar": "هل يمكنك مساعدتي في كتابة رسالة؟",
    "hi": "क्या आप मुझे यह समझा सकते हैं?",
}


def test_short_sentences_get_their_language():
    assert detect_languages(list(SENTENCES.values()), LANGUAGES) == list(SENTENCES)


@pytest.mark.parametrize("text", ["", "   ", "12345 + 67", "😀?!", "ok"])
def test_too_little_to_go_by_is_undetermined(text):
    assert detect_languages([text], LANGUAGES) == ["und"]


def test_no_texts_need_no_detector():
    assert detect_languages([], ["xx", "yy"]) == []


def test_codes_are_taken_in_any_case():
    assert detect_languages([SENTENCES["de"]], ["EN", "De"]) == ["de"]


def test_an_unknown_code_is_named_with_its_setting():
    with pytest.raises(ConfigError, match=r"`facets\.languages`.*\bqq\b"):
        detect_languages(["some text"], ["en", "qq"])
