"""The words of the page: every language has all of them, and the language is the browser's."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from babel import Locale

from chat import words
from chat.lists import index_in_words, render_where
from chat.look import look
from chat.render import escape, readable_date, render_answer
from chat.words import ENGLISH, LANGUAGES, count, language, language_in, retold, said_language, say, say_html, words_of
from index.filter import PassageFilter
from qa.answer import NOT_CERTAIN, NOT_SAID, Answer
from tests.markup import Page

CHAT = Path(words.__file__).parent
OTHERS = LANGUAGES[1:]


def names(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has all that follows said for a browser in a language."""

    def by(accepted: str) -> None:
        from gradio.context import LocalContext

        LocalContext.request.set(SimpleNamespace(headers={"accept-language": accepted}))

    yield by
    from gradio.context import LocalContext

    LocalContext.request.set(None)


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_all_words_with_the_same_places_for_values(code: str) -> None:
    english, other = words_of(ENGLISH), words_of(code)
    assert other.keys() == english.keys()
    for key, text in english.items():
        if isinstance(text, str):
            assert names(other[key]) == names(text), key
            assert other[key].strip(), key
            assert other[key][-1:].isspace() == text[-1:].isspace(), key


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_counts_has_every_form_that_the_language_has(code: str) -> None:
    forms = Locale(code).plural_form.tags | {"other"}
    for key, text in words_of(code).items():
        if isinstance(text, dict):
            assert text.keys() == forms, key
            assert all(names(each) <= {"n"} for each in text.values()), key


def test_every_key_is_used_and_every_key_that_is_used_is_there() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in [*CHAT.glob("*.py"), *CHAT.glob("assets/*.js")])
    quoted = set(re.findall(r"""["'](\w+)["']""", code)) | {f"js_{key}" for key in re.findall(r'word\("?(\w+)', code)}
    quoted |= {f"js_{key}" for key in re.findall(r'\? "(\w+)" : "(?:\w+)", \{text', code)} | {
        "js_answer",
        "js_answer_quotes",
    }
    made = re.compile("show_(?:earlier|later)|add_(?:added|updated)|many_(?:added|updated|unchanged)|told_.*")
    unused = [key for key in words_of(ENGLISH) if key not in quoted and not made.fullmatch(key)]
    assert unused == []
    used = re.findall(r"""\b(?:say|count|say_html|WORDS)\(\s*["'](\w+)["']""", code) + [
        f"js_{key}" for key in re.findall(r'\bword\("(\w+)"', code)
    ]
    assert len(used) > 80
    assert [key for key in used if key not in words_of(ENGLISH)] == []


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"), ("zh-CN", "zh"), ("zh_TW", "zh"), ("AR", "ar"), ("it,de;q=0.9", "en"),
        ("", "en"), ("*", "en"), ("nonsense \ud800", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_first_of_the_browser_else_english(accepted: str, code: str, spoken: Any) -> None:
    assert language_in(accepted) == code
    assert language() == ENGLISH
    spoken(accepted)
    assert language() == code


def test_values_stand_in_their_places_and_are_no_part_of_the_pattern(spoken: Any) -> None:
    assert say("no_article_with", words="{n} \\1") == "No article with “{n} \\1”."
    assert say_html("searched_for", escape, question="<bdi>x</bdi>") == f"{escape('searched for: ')}<bdi>x</bdi>"
    spoken("zh-CN")
    assert say_html("only_in", escape, articles="<bdi>{question}</bdi>") == "仅限 <bdi>{question}</bdi>"


@pytest.mark.parametrize(
    ("accepted", "said"),
    [
        ("en", ["1 article", "2 articles", "1,234 articles"]),
        ("de", ["1 Artikel", "2 Artikel", "1.234 Artikel"]),
        ("fr", ["1 article", "2 articles", "1\u202f234 articles"]),
        ("es", ["1 artículo", "2 artículos", "1.234 artículos"]),
        ("zh", ["1 篇文章", "2 篇文章", "1,234 篇文章"]),
        ("ar", ["مقال واحد (1)", "مقالان (2)", "1,234 مقالاً"]),
    ],
)
def test_numbers_of_things_are_told_as_the_language_does(accepted: str, said: list[str], spoken: Any) -> None:
    spoken(accepted)
    assert [count("articles", number) for number in (1, 2, 1234)] == said


def test_days_and_languages_are_told_in_the_language_of_the_page(spoken: Any) -> None:
    assert (readable_date("2025-03-07"), readable_date("2025-03")) == ("7 March 2025", "March 2025")
    spoken("de")
    assert (readable_date("2025-03-07"), readable_date("2025-03"), said_language("zh")) == (
        "7. März 2025", "März 2025", "Chinesisch",
    )  # fmt: skip
    spoken("zh-CN")
    assert (readable_date("2025-03-07"), readable_date("2025"), said_language("de")) == ("2025年3月7日", "2025", "德语")
    assert words.said_date(datetime(2025, 3, 7), days=False) == "2025年3月"


def test_what_other_parts_say_is_told_in_the_language_of_the_page(spoken: Any) -> None:
    sentences = {
        NOT_SAID: "Die Artikel sagen es nicht.",
        NOT_CERTAIN: "Nicht sicher:",
        "The best guess is only 27 % sure.": "Die beste Vermutung ist nur zu 27 % sicher.",
        "“Ann” and “Ben” are nowhere in what was found.": "„Ann“".replace("„Ann“", "“Ann” and “Ben”")
        + " stehen nirgends in dem, was gefunden wurde.",
        "'soon' is not a date. Write it like 2025-03-13.": "'soon' ist kein Datum. Schreiben Sie es wie 2025-03-13.",
        "Something else.": "Something else.",
    }
    assert [retold(each) for each in sentences] == list(sentences)
    spoken("de")
    assert [retold(each) for each in sentences] == list(sentences.values())


def test_what_other_parts_say_begins_as_they_say_it() -> None:
    """A check on the words that begin a sentence: its rest may be put together from several strings."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for part in ("qa", "index", "chat")
        for path in sorted((CHAT.parent / part).rglob("*.py"))
    )
    code = re.sub(r'"\s*\n\s*f?"', "", code)  # strings in parts
    for key, text in words_of(ENGLISH).items():
        if key.startswith("told_") and not key.endswith(("nowhere", "no_number", "no_time")):
            longest = max(re.split(r"\{\w+\}", str(text)), key=len).strip(" .:")
            assert " ".join(longest.split()[:4]) in code, key


def test_an_answer_and_a_filter_are_in_the_language_of_the_page(spoken: Any) -> None:
    withheld = Answer("q", "q", "", True, 0.27, "extractive", reason="The best guess is only 27 % sure.")
    spoken("es-MX")
    page = Page(render_answer(withheld))
    assert "Los artículos no lo dicen." in page.text
    assert "La mejor suposición solo es segura al 27 %." in page.text
    assert index_in_words(1, 2) == "1 artículo, 2 pasajes"
    narrowed = Page(render_where(PassageFilter(sources=("Gazette",), languages=("de",), published_from="2025-03"), []))
    assert narrowed.values("widen") == ["source:Gazette", "language:de", "from:", "all:"]
    assert "alemán" in narrowed.text
    assert "desde marzo de 2025" in narrowed.text


def test_nothing_among_the_words_of_the_script_can_end_it() -> None:
    head = look()["head"]
    assert head.count("</") == 1
    given = re.search(r"articleQAWords = (\{.*\});", head)
    assert given is not None
    assert json.loads(given[1])["ar"]["js_copied"] == words_of("ar")["js_copied"]
