"""What texts are found by: in every script, and a question in the ways of all languages that there are."""

from __future__ import annotations

import pytest

from index.terms import question_terms, terms_of


def found_by(text: str, question: str, language: str) -> set[str]:
    return set(terms_of(text, language)) & set(own_terms(question, language))


def own_terms(question: str, language: str) -> list[str]:
    return question_terms(question, [language]).get(language, [])


@pytest.mark.parametrize(
    ("language", "text", "question"),
    [
        ("en", "The ships were carrying cargoes.", "carried"),
        ("de", "Die Häuser am Hafen", "haus"),
        ("es", "las canciones antiguas", "canción"),
        ("fr", "Les bateaux blancs", "bateau"),
        ("ru", "В городах строили мосты", "мост"),
        ("pl", "Okręty płyną", "okrętów"),
        ("cs", "staré lodě", "starých"),
        ("tr", "limanları", "limanlar"),
        ("el", "τα πλοία", "πλοίο"),
        ("ro", "corăbiile vechi", "veche"),
        ("hi", "जहाज़ों", "जहाज़"),
        ("ar", "الكتاب", "كتاب"),
        ("uk", "мостами", "мости"),  # no stemmer
        ("bg", "корабите", "корабът"),  # no stemmer
    ],
)
def test_a_word_is_found_by_another_form_of_it(language: str, text: str, question: str) -> None:
    assert found_by(text, question, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("tr", "İSTANBUL", "istanbul"),
        ("tr", "ISPARTA", "ısparta"),
        ("en", "İstanbul", "istanbul"),
        ("de", "STRASSE", "Straße"),
        ("en", "Straße", "strasse"),
        ("de", "Mu\u0308nchen", "München"),
        ("de", "München", "munchen"),
        ("fr", "ÉTÉ", "ete"),
        ("ru", "Ёлка", "елка"),
        ("el", "ΑΘΗΝΑ", "Αθήνα"),
        ("ar", "كِتَابٌ", "كتاب"),
        ("ar", "كتـــاب", "كتاب"),
        ("ar", "أحمد", "احمد"),
        ("fa", "کتاب", "كتاب"),
        ("fa", "می\u200cروم", "میروم"),
        ("he", "שָׁלוֹם", "שלום"),
        ("hi", "फ़िल्म", "फिल्म"),
        ("vi", "Hà Nội", "ha noi"),
        ("da", "Ørsted", "orsted"),
        ("ar", "١٩٤٥", "1945"),
        ("hi", "१९४५", "1945"),
        ("ja", "ｱｲﾎﾟﾝ", "アイポン"),
        ("zh", "ＡＢＣ１２", "abc12"),
        ("ja", "か\u3099く", "がく"),
    ],
)
def test_spellings_of_a_word_are_one(language: str, one: str, other: str) -> None:
    assert set(terms_of(one, language)) == set(terms_of(other, language))
    assert found_by(one, other, language) == set(terms_of(one, language))


def test_scripts_without_spaces_are_found_by_pieces_and_latin_words_and_digits_by_themselves() -> None:
    assert terms_of("在2008年买iPhone", "zh") == ["在", "2008", "年买", "年", "买", "ipho", "phon", "hone"]
    assert terms_of("東京タワー", "ja") == ["東京", "京タ", "タワ", "ワー", "東", "京"]
    assert terms_of("도서관에서 책을", "ko") == ["도서", "서관", "관에", "에서", "책을"]
    assert terms_of("ทะเล", "th") == ["ทะเล", "ทะ", "ะเ", "เล"]


@pytest.mark.parametrize(
    ("language", "text", "question"),
    [
        ("zh", "黑猫睡在船上", "猫"),  # of one character
        ("ja", "港の灯台は白い", "灯台"),
        ("ko", "등대가 하얗다", "등대는"),
        ("th", "ประภาคารสีขาว", "ขาว"),  # shorter than a piece
        ("th", "เรือประมงเข้าท่า", "ประมง"),
        ("km", "នាវាធំ", "នាវា"),
        ("my", "မီးပြတိုက်", "မီးပြတိုက်"),
    ],
)
def test_a_word_within_a_text_without_spaces_is_found(language: str, text: str, question: str) -> None:
    assert found_by(text, question, language)


def test_a_long_text_without_spaces_is_found_and_a_word_of_no_end_is_not() -> None:
    assert found_by("灯台" * 500, "灯台", "zh")
    assert terms_of("x" * 5000, "en") == []


def test_stop_words_are_left_out_unless_a_question_has_no_other_words() -> None:
    assert own_terms("Who is the one of that?", "en") == ["one"]
    assert own_terms("who was it", "en") == ["who", "was", "it"]
    assert own_terms("Boats, boats and BOATS; ferries", "en") == ["boat", "ferri"]
    assert own_terms("Wer hat die Fähre gebaut?", "de") == ["fahr", "gebaut"]
    assert own_terms("?", "en") == []
    assert question_terms("ferry", []) == {}


def test_a_question_is_asked_in_its_own_way_and_in_that_of_the_other_languages() -> None:
    found = question_terms("Wem gehören die Häuser in der Stadt?", ["en", "de"])
    assert list(found) == ["de", "en"]
    assert {"haus", "stadt"} <= set(found["de"])
    assert not {"die", "der", "in"} & {term for terms in found.values() for term in terms}
    assert question_terms("Did the captain die in the storm?", ["de", "en"])["en"] == ["captain", "die", "storm"]
    assert question_terms("the same captain", ["en", "es"]) == {"en": ["same", "captain"], "es": ["sam"]}
