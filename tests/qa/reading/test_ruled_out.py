"""What cannot be the answer where it stands."""

from __future__ import annotations

import pytest

from index import Passage
from qa.question.wording import query_of
from qa.reading.ruled_out import asks_who_is, is_asked_about, is_denied, is_foretold, is_ruled_out


def ruled_out(question: str, text: str, answer: str, published: str | None = None, language: str | None = None) -> bool:
    start = text.index(answer)
    passage = Passage("p", "a", "", 0, len(text), text, published=published, language=language)
    return is_ruled_out(query_of(question), passage, start, start + len(answer))


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who is the mayor of Tarnby?", "Deputy mayor Ida Aske spoke.", "Ida Aske"),
        ("Who is the mayor of Tarnby?", "Ida Aske, the former mayor, spoke.", "Ida Aske"),
        ("Who drew the bridge?", "A bridge for Tarnby\nBy Ida Aske\n\nIt opened.", "Ida Aske"),
        ("Wer hat die Brücke entworfen?", "Eine Brücke für Tarnby\nVon Ida Aske\n\nSie ist offen.", "Ida Aske"),
        ("Who was elected after Aske resigned?", "Ida Aske resigned on Friday.", "Ida Aske"),
        ("Who won when Ida Aske rowed?", "Aske rowed for Tarnby.", "Aske"),
        ("Who was the woman with the lamp?", "Who the woman that Venn drew was is not known.", "Venn"),
        ("Who leaked it?", "Aske declined to say who it was.", "Aske"),
        ("How much did it cost?", "How much it cost is not known; a seat is £4.", "£4"),
        ("When did the strike end?", "It had begun on 11 March.", "11 March"),
        ("Which bid was the cheapest?", "Roe's bid was the most expensive.", "Roe's"),
        ("How many ducks were counted in 2022?", "In 2024 there were 23 ducks.", "23"),
        ("When will Aske be sentenced?", "Aske pleaded guilty on Monday.", "Monday"),
        ("When is Aske going to be sentenced?", "Aske pleaded guilty on 16 June.", "16 June"),
        ("When did the ferry sail?", "The ferry will sail on Saturday.", "Saturday"),
        ("who hid with captain fog?", "Pim Voss, also known as Captain Fog, hid with Ida Aske.", "Pim Voss"),
    ],
)
def test_an_answer_is_ruled_out(question: str, text: str, answer: str) -> None:
    assert ruled_out(question, text, answer, "2025-06-20")


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who is the mayor of Tarnby?", "Mayor Ida Aske spoke.", "Ida Aske"),
        ("Who is the deputy mayor of Tarnby?", "Deputy mayor Ida Aske spoke.", "Ida Aske"),
        ("Who wrote the article?", "A bridge for Tarnby\nBy Ida Aske\n\nIt opened.", "Ida Aske"),
        ("Who drew the bridge?", "It was drawn by Ida Aske.", "Ida Aske"),
        ("Who is Aske's brother?", "Her brother, Pim Aske, rowed.", "Pim Aske"),
        ("Who beat Ida Aske?", "Pim Aske won.", "Pim Aske"),  # of one family
        ("who hid with captain fog?", "Pim Voss, also known as Captain Fog, hid with Ida Aske.", "Ida Aske"),
        ("who is captain fog?", "Pim Voss, also known as Captain Fog, hid in a cellar.", "Pim Voss"),
        ("what is captain fog's real name, and who hid?", "Pim Voss, known as Captain Fog, hid.", "Pim Voss"),
        ("Who was the woman with the lamp?", "Venn drew Eva Roe.", "Eva Roe"),
        ("When did the strike end?", "It had begun on 11 March and ended on 20 March.", "20 March"),
        ("How many ducks were counted in 2022?", "There were 23 ducks.", "23"),
        ("How many ducks were counted in 2025?", "In 2024 there were 19, now 23 ducks.", "23"),  # the article's year
        ("How many ducks came since 2022?", "In 2024 there were 23 ducks.", "23"),
        ("How many ducks were counted in 2024?", "They were 23, after 19 in 2023.", "23"),  # told the year after
        ("When will Aske be sentenced?", "Aske will be sentenced on Monday.", "Monday"),
        ("When will Aske be sentenced?", "Aske will be sentenced today.", "today"),
        ("When did the ferry sail?", "The ferry sailed on Saturday.", "Saturday"),
        ("When did the ferry sail?", "The ferry sailed on 9 July.", "9 July"),  # the article grew
        ("When was the ferry supposed to sail?", "The ferry will sail on Saturday.", "Saturday"),
        ("When does the ferry sail?", "The ferry will sail on Saturday.", "Saturday"),
        ("How old is Aske?", "Aske, 40, declined to say who it was.", "40"),
        ("When was the 2022 cup drawn?", "It was drawn in 2021.", "2021"),
        ("How many won the 2022-23 cup?", "In 2023 there were 23 of them.", "23"),
    ],
)
def test_an_answer_may_be_right(question: str, text: str, answer: str) -> None:
    assert not ruled_out(question, text, answer, "2025-06-20")


def test_in_other_languages_english_words_rule_nothing_out() -> None:
    assert not ruled_out("Wer ist Bürgermeister?", "Deputy mayor Ida Aske spoke.", "Ida Aske", language="de")


@pytest.mark.parametrize(
    ("text", "answer", "denied"),
    [
        ("It cost 670,000 euros, not 760,000.", "760,000 euros", True),
        ("It cost 670,000 euros, not 760,000.", "670,000 euros", False),
        ("It was painted in 1913, not in 1911.", "1911", True),
        ("It was painted in 1913, instead of 1911.", "1911", True),
        ("It was not until 1911 that it was painted.", "1911", False),
        ("Not only 1,200 loaves were baked.", "1,200", False),
        ("It was Ida Aske, not Wim Roe.", "Wim Roe", True),
        ("It was not 1,911 euros.", "911", False),
        ("It was not 760,000.5 euros.", "760,000", False),
        ("There were not 30 of them.", "30", False),  # which may be about anything
    ],
)
def test_what_an_article_denies_is_known(text: str, answer: str, denied: bool) -> None:
    assert is_denied(query_of("How much was it?"), [text], answer) is denied
    assert not is_denied(query_of("What was it not?"), [text], answer)


def test_whom_a_question_names_is_not_whom_it_asks_for() -> None:
    query = query_of("Who will follow Ida Aske at the head of the bank?")
    assert is_asked_about(query, "Chair Ida Aske")
    assert not is_asked_about(query, "Chair")
    assert not is_asked_about(query_of("When will Ida Aske follow?"), "Ida Aske")


def test_who_somebody_is_today_is_told_from_who_it_was() -> None:
    assert asks_who_is(query_of("Who is the mayor?"))
    assert not asks_who_is(query_of("Who was the mayor?"))
    assert not asks_who_is(query_of("Who is running for mayor?"))


@pytest.mark.parametrize(
    ("question", "text", "ruled_out"),
    [
        ("How many people came to the match?", "A crowd in excess of 40 is expected.", True),
        ("How many people came to the match?", "Some 40 came, and more people are expected.", False),
        ("How many people will come to the match?", "A crowd in excess of 40 is expected.", False),
        ("How many are expected?", "Another 40 people are expected.", False),
        ("How much did it cost?", "A price of $40 a head is anticipated.", True),
    ],
)
def test_a_figure_that_is_still_expected_is_no_fact(question: str, text: str, ruled_out: bool) -> None:
    passage = Passage("p", "a", "", 0, len(text), text)
    start = text.index("40") - (text[text.index("40") - 1] == "$")
    assert is_ruled_out(query_of(question), passage, start, text.index("40") + 2) is ruled_out


@pytest.mark.parametrize(
    ("question", "text", "foretold"),
    [
        ("How much is Aske paid?", "Aske's predicted $40 million came true.", True),
        ("How many came?", "A projected total of 40 people.", True),
        ("How much is Aske predicted to earn?", "Aske's predicted $40 million came true.", False),
        ("How much is Aske paid?", "The $40 million were predicted.", False),
        ("When was it?", "The predicted 40th day.", False),
    ],
)
def test_a_figure_that_somebody_expected_is_known(question: str, text: str, foretold: bool) -> None:
    passage = Passage("p", "a", "", 0, len(text), text)
    assert is_foretold(query_of(question), passage, text.index("40")) is foretold
