"""An answer as text, for people and for a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qa import Answer, Citation
from qa.answer import NOT_CERTAIN, NOT_SAID, CheckedSentence
from qa.answer_text import day, joined, parts, text_for_a_model, text_for_people, unsupported

QUOTE = "Anna Vane\n[2] steers it."
CITATION = Citation(
    "ferry", "Ferries\nsail", "https://a.example/b", "Post", "2025-03-13T08:00:00Z", 10, 35, QUOTE, 10, 19
)
BOTH = [text_for_people, text_for_a_model]


def answer(**changes: Any) -> Answer:
    values: dict[str, Any] = {
        "question": "who", "standalone_question": "who", "text": "Anna Vane", "abstained": False, "confidence": 0.931,
        "mode": "extractive", "citations": (CITATION,), "timings_ms": {"total": 77.1},
    }  # fmt: skip
    return Answer(**(values | changes))


def withheld(*nearest: Citation, **changes: Any) -> Answer:
    return answer(text="", citations=(), abstained=True, nearest=nearest, **changes)


def test_people_read_the_quote_its_place_the_confidence_and_the_time() -> None:
    assert text_for_people(answer(note="They differ.")).splitlines() == [
        "Anna Vane", "They differ.", "", "  “Anna Vane [2] steers it.”", "  — Ferries", "sail, Post, 2025-03-13, "
        "https://a.example/b, characters 10-35", "", "Confidence 0.93 (77 ms)",
    ]  # fmt: skip


@pytest.mark.parametrize(("pages", "said"), [(("3",), "page 3"), (("3", "4"), "pages 3-4")])
def test_a_quote_from_a_pdf_names_its_page(pages: tuple[str, ...], said: str) -> None:
    on_page = replace(CITATION, title="Ferries", pages=pages)
    for shown in (answer(citations=(on_page,)), withheld(on_page)):
        assert f"Ferries, Post, 2025-03-13, https://a.example/b, {said}, characters 10-35" in text_for_people(shown)
        assert f"Ferries, Post, 2025-03-13, {said}, article ferry, characters 10-35" in text_for_a_model(shown)


def test_a_model_reads_nothing_of_an_article_at_the_beginning_of_a_line() -> None:
    assert text_for_a_model(answer()).splitlines() == [
        "Anna Vane", "", "[1] “Anna Vane [2] steers it.”",
        "    Ferries sail, Post, 2025-03-13, article ferry, characters 10-35", "", "Confidence 0.93",
    ]  # fmt: skip


WHOLE = replace(CITATION, quote="It rained.", start=40, end=50, answer_start=40, answer_end=50, title="", source=None)


def test_people_read_why_an_answer_was_withheld_and_the_nearest_quotes_with_the_words_that_may_be_it() -> None:
    reason = "The best guess is only 20 % sure."
    assert text_for_people(withheld(CITATION, WHOLE, reason=reason)).splitlines() == [
        NOT_SAID, reason, "", NOT_CERTAIN, "  Anna Vane? “Anna Vane [2] steers it.”", "  — Ferries", "sail, Post, "
        "2025-03-13, https://a.example/b, characters 10-35", "  “It rained.”",
        "  — ferry, 2025-03-13, https://a.example/b, characters 40-50", "", "(77 ms)",
    ]  # fmt: skip


def test_a_model_reads_the_same_on_a_line_each_without_numbers_that_it_could_cite() -> None:
    assert text_for_a_model(withheld(CITATION, reason="No number\nstands near.")).splitlines() == [
        NOT_SAID, "No number stands near.", "", NOT_CERTAIN, "- Anna Vane? “Anna Vane [2] steers it.”",
        "    Ferries sail, Post, 2025-03-13, article ferry, characters 10-35",
    ]  # fmt: skip


def test_words_that_were_read_in_another_spelling_are_said_first() -> None:
    corrections = {"Vain": "Vane", "ferrys": "ferries"}
    for each in (answer(corrections=corrections), replace(withheld(), corrections=corrections)):
        said, plain = text_for_people(each), text_for_people(replace(each, corrections={}))
        told = 'Showing results for Vane, ferries. As typed: write "Vain" and "ferrys", in quotation marks.'
        assert said == f"{told}\n{plain}"
        said, plain = text_for_a_model(each), text_for_a_model(replace(each, corrections={}))
        assert said == f"Showing results for Vane, ferries.\n{plain}"


@pytest.mark.parametrize("text", BOTH)
def test_without_anything_near_nothing_is_said_to_be(text: Any) -> None:
    assert text(withheld(reason="There is no article to look in.")).startswith(
        f"{NOT_SAID}\nThere is no article to look in."
    )
    assert NOT_CERTAIN not in text(withheld(reason="There is no article to look in."))


@pytest.mark.parametrize("text", BOTH)
def test_small_talk_is_replied_to_and_the_articles_are_not_mentioned(text: Any) -> None:
    assert text(withheld(reply="You are welcome.")).splitlines()[0] == "You are welcome."
    assert NOT_SAID not in text(withheld(reply="You are welcome."))


def test_a_quote_is_divided_at_the_answer_and_stays_whole_without_one() -> None:
    assert parts(CITATION) == ("", "Anna Vane", "\n[2] steers it.")
    assert parts(replace(CITATION, answer_start=None, answer_end=None)) == (QUOTE, "", "")


@pytest.mark.parametrize("text", BOTH)
def test_what_the_quotes_do_not_support_is_said(text: Any) -> None:
    sentences = (CheckedSentence("It is so.", 0, 9, (0,), True), CheckedSentence("It flies.", 10, 19, (), False, "why"))
    written = answer(text="It is so. It flies.", mode="generative", sentences=sentences)
    assert unsupported(written) == [sentences[1]]
    [line] = [line for line in text(written).splitlines() if "support" in line]
    assert "It flies." in line


def test_dates_are_cut_at_the_day_and_what_is_missing_leaves_no_comma() -> None:
    assert (day("2025-03-13T08:00:00Z"), day("2025-03"), day(None)) == ("2025-03-13", "2025-03", "")
    assert joined("a", None, "", "b") == "a, b"
    assert joined() == ""
