"""Which language a text is in."""

from __future__ import annotations

import pytest

from index.language import LANGUAGES, language_of


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The ferry was late because of the fog."),
        ("de", "Die Fähre kam wegen des Nebels zu spät."),
        ("es", "El barco llegó tarde a causa de la niebla."),
        ("ru", "Паром пришёл поздно, потому что был сильный туман."),
        ("ar", "تأخرت العبارة بسبب الضباب."),
        ("tr", "Feribot sis yüzünden geç kaldı."),
        ("zh", "渡轮因大雾晚点了。"),
        ("ja", "フェリーは霧のために遅れました。"),
        ("ko", "여객선이 안개 때문에 늦었습니다."),
        ("th", "เรือข้ามฟากมาสายเพราะหมอก"),
        ("vi", "Chuyến phà bị trễ vì sương mù."),
        ("el", "Το πλοίο άργησε λόγω της ομίχλης."),
        ("ro", "Feribotul a întârziat din cauza ceții."),
        ("hi", "कोहरे के कारण नाव देर से आई।"),
    ],
)
def test_a_sentence_is_in_its_language(language: str, text: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", " ", "?", "2024: 17, 18", "\ud800", "Ola Berg Kari Vik", "x = y + 1"])
def test_a_text_without_a_sentence_is_in_none(text: str) -> None:
    assert language_of(text) is None


def test_languages_are_codes_of_two_letters() -> None:
    assert all(len(code) == 2 for code in LANGUAGES)
    assert len(set(LANGUAGES)) == len(LANGUAGES)
