"""Tables as they are read: which rows and cells may answer, where they stand, and what is answered from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.tables import FORMATS, read
from index import Article, ArticleIndex, Passage, SentenceTransformerEmbedder
from index.split import split_article
from qa import Answer, ArticleQA
from qa.reading.network import TokenScores
from qa.reading.tables import View, asked_in, cells_for, view_of

CASE = Path(__file__).parents[2] / "index" / "formats" / "cases" / "table-wrong-row"
RESULTS = """Results of the regatta:

| Boat | Skipper | Home port | Built |
|---|---|---|---|
| Petrel | Ana Silva | Port Elm | 1958 |
| Gannet | Bo Lund | Saltmouth | 1961 |
| Heron | Cy Marsh | Port Elm | |
| Tern | Ana Brandt | Venn | 1,904 |

The wind was light on both days.
"""


def article(text: str = RESULTS, title: str = "Regatta") -> Article:
    return Article(id="a", title=title, text=text)


def view(question: str, whole: Article | None = None) -> View:
    """Of an article in one passage."""
    whole = whole or article()
    return view_of(question, Passage("p", "a", whole.title, 0, len(whole.text), whole.text), lambda _: whole)


def rows(question: str, whole: Article | None = None) -> list[str]:
    """The first cells of the rows that are read."""
    whole = whole or article()
    return [
        whole.text[place.start : place.end].strip("| ").partition(" |")[0] for _, place in view(question, whole).rows
    ]


# What is read


def test_a_row_is_read_as_its_cells_behind_the_names_of_the_columns() -> None:
    text = view("Who was the skipper of the Gannet?").text
    assert text == (
        "Results of the regatta:\n\nBoat: Gannet; Skipper: Bo Lund.\n\n\nThe wind was light on both days.\n"
    )


def test_every_part_of_what_is_read_stands_in_the_article() -> None:
    whole = article()
    for question in ("Who was the skipper of the Gannet?", "Who won?", "Was the wind light?"):
        seen = view(question, whole)
        for part in seen.parts:
            assert seen.text[part.start : part.end] == whole.text[part.at : part.at + part.end - part.start]
            if part.quote:
                assert part.quote[0] <= part.at < part.quote[1]
                assert whole.text[slice(*part.quote)].startswith("| Boat | Skipper")
        for (start, end), place in seen.sentences():
            assert whole.text[place.start : place.end] == whole.text[place.start : place.end].strip()
            assert seen.text[start:end].strip()


def test_prose_is_read_as_it_stands() -> None:
    whole = article("The wind was light. Nobody was hurt | or lost.\n\nThe club met on Monday.")
    seen = view("Who was hurt?", whole)
    assert (seen.text, seen.has_rows) == (whole.text, False)


def test_a_passage_in_the_middle_of_a_table_is_read_with_header_and_caption() -> None:
    lines = "\n".join(
        f"| {at} | Person{at} Lastname{at} | Town{at} | {'treasurer' if at == 61 else ''} |" for at in range(1, 90)
    )
    whole = article(f"# Members\n\nAll who pay:\n\n| Nr | Name | Town | Role |\n|---|---|---|---|\n{lines}\n")
    passages = split_article(whole, 450)
    [there] = [each for each in passages if "treasurer" in each.text]
    seen = view_of("Who is the treasurer?", there, lambda _: whole)
    assert seen.text == "All who pay:\nNr: 61; Name: Person61 Lastname61; Town: Town61; Role: treasurer.\n"
    others = [view_of("Who is the treasurer?", each, lambda _: whole) for each in passages if each is not there]
    assert not any(each.rows for each in others)


def test_a_passage_of_an_article_that_has_changed_is_read_as_it_stands() -> None:
    whole = article()
    passage = Passage("p", "a", "Regatta", 0, len(whole.text), whole.text)
    for now in (None, article(RESULTS.replace("Petrel", "Plover"))):
        seen = view_of("Who was the skipper of the Gannet?", passage, lambda _, now=now: now)  # type: ignore[misc]
        assert seen.text == whole.text


def test_the_names_of_columns_are_no_answers() -> None:
    seen = view("Who was the skipper of the Gannet?")
    tokens = tuple((at, at + 1) for at in range(len(seen.text)))
    ones = np.ones(len(tokens), dtype=np.float32)
    scores = seen.inside(TokenScores(tokens, tuple(range(len(tokens))), ones, ones, 0.0))
    left = "".join(char if at > 0 else "_" for char, at in zip(seen.text, scores.start, strict=True))
    assert "Bo Lund" in left
    assert not any(name in left for name in ("Boat", "Skipper", "Built", "Gannet"))


def test_a_row_that_says_all_that_is_asked_is_still_a_sentence() -> None:
    whole = article()
    found = [
        whole.text[place.start : place.end] for _, place in view("Was Cy Marsh the skipper of the Heron?").sentences()
    ]
    assert "| Heron | Cy Marsh | Port Elm | |" in found


# Which rows


@pytest.mark.parametrize(
    ("question", "boats"),
    [
        ("Who was the skipper of the Heron?", ["Heron"]),
        ("who sailed the heron", ["Heron"]),
        ("Which boat did Bo Lund sail?", ["Gannet"]),
        ("Which boat did Ana Silva sail?", ["Petrel"]),  # not that of Ana Brandt
        ("Which boats come from Port Elm?", ["Petrel", "Heron"]),
        ("Did the Heron meet the Tern?", ["Heron", "Tern"]),
        ("Which boat was built in 1904?", ["Tern"]),
        ("Who won the regatta?", ["Petrel", "Gannet", "Heron", "Tern"]),
        ("Who was the skipper of the Peregrine?", []),
        ("Which boat was built in 1977?", []),
        ("Which boat did Ana Hill sail?", []),  # half of a name
        ("Which boat did Captain Marsh sail?", ["Heron"]),
        ("WHO WAS THE SKIPPER OF THE HERON", ["Heron"]),
        ("How many boats come from Port Elm?", []),
        ("Which boat is the oldest?", []),
        ("Which boat was built first?", []),
    ],
)
def test_a_row_is_left_out_where_another_holds_more_of_what_the_question_names(question: str, boats: list[str]) -> None:
    assert rows(question) == boats


def test_a_name_that_is_in_the_title_or_the_header_leaves_no_row_out() -> None:
    assert rows("Who was the skipper of the Heron in the Regatta?") == ["Heron"]
    assert rows("Who was Skipper of the Heron?") == ["Heron"]


def test_what_a_thing_has_is_read_whole_where_no_row_is_named() -> None:
    whole = article("Length | 412 m\nArchitect | Lena Holm\nOpened | 3 May 1968", "The Tamsin Bridge")
    assert rows("How wide is the Tamsin Bridge?", whole) == ["Length", "Architect", "Opened"]
    assert rows("Who was the architect of the Tamsin Bridge?", whole) == ["Architect"]


# Which cells


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        ("Who sailed the Heron?", {1, 2}),  # not the boat itself, and no empty cell
        ("What is the home port of the Heron?", {2}),
        ("Which boat did Cy Marsh sail?", {0}),
        ("Who was the skipper of the Heron?", {1}),
        ("When was the Heron built?", set()),
    ],
)
def test_only_columns_that_are_named_answer_and_nothing_that_the_question_says(
    question: str, columns: set[int]
) -> None:
    names = ["Boat", "Skipper", "Home port", "Built"]
    assert cells_for(asked_in(question), names, ["Heron", "Cy Marsh", "Port Elm", ""])[1] == columns


def test_the_column_that_has_all_words_goes_before_one_that_has_some() -> None:
    names, cells = ["Stop", "First bus", "Last bus"], ["Gasworks", "5:25", "23:55"]
    assert cells_for(asked_in("When is the last bus from Gasworks?"), names, cells) == ([0, 2], {2})
    names, cells = ["", "Q3 2023", "Q4 2023"], ["Revenue", "441", "467"]
    assert cells_for(asked_in("What was the revenue in Q4 2023?"), names, cells) == ([0, 2], {2})


# What is answered, with the real models


@pytest.fixture(
    scope="module",
    params=[pytest.param(each, marks=[] if each in ("md", "pdf") else [pytest.mark.soak]) for each in FORMATS],
)
def asking(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, real_embedder: SentenceTransformerEmbedder
) -> Iterator[ArticleQA]:
    """Three articles with tables in one format."""
    folder = tmp_path_factory.mktemp("tables")
    (folder / "articles").mkdir()
    for sheet in (sheet for sheet in read() if sheet.id in ("huts", "locks", "bridge")):
        FORMATS[request.param](sheet, folder / "articles" / f"{sheet.id}.{request.param}")
    with ArticleIndex.open(folder / "index", embedder=real_embedder) as articles:
        assert articles.add(folder / "articles").added == 3
        yield ArticleQA(articles)


def assert_quotes_hold(answer: Answer, articles: ArticleIndex) -> None:
    for each in answer.citations:
        text = articles.get(each.article_id).text
        assert text[each.start : each.end] == each.quote
        if each.answer_start is not None:
            assert each.start <= each.answer_start <= (each.answer_end or 0) <= each.end


def test_a_cell_is_answered_from_the_row_that_is_named_and_the_row_is_quoted(asking: ArticleQA) -> None:
    questions = {
        "Who is the keeper of Mill Lock?": ("Greta Holm", "Mill Lock | Greta Holm | 2019"),
        "Which lock does Samir Khoury keep?": ("Two Bridges", "Two Bridges Lock | Samir Khoury | 1998"),
        "How many beds are there in Shepherd's Rest?": ("44", "Shepherd's Rest | 1,640 | 44"),
        "Who was the architect of the Tamsin Bridge?": ("Lena Holmberg", "Architect | Lena Holmberg"),
    }
    for (right, row), answer in zip(questions.values(), asking.ask_batch(list(questions)), strict=True):
        assert right in answer.text
        assert row in answer.citations[0].quote
        assert_quotes_hold(answer, asking.articles)


def test_what_no_row_says_is_not_answered_from_another_row(asking: ArticleQA) -> None:
    for answer in asking.ask_batch(
        ["Who is the keeper of Friar's Lock?", "How many beds are there in Corbel Cottage?"]
    ):
        assert answer.abstained, answer.text
    [answer] = asking.ask_batch(["Who is the warden of Grey Saddle?"])
    assert not any(name in answer.text for name in ("Iglesias", "Puig", "Ferran", "Vidal"))


def test_yes_or_no_is_asked_of_the_row_that_is_named(asking: ArticleQA) -> None:
    answer = asking.ask("Is Greta Holm the keeper of Mill Lock?")
    if not answer.abstained:
        assert "Mill Lock | Greta Holm" in answer.citations[0].quote
    assert_quotes_hold(answer, asking.articles)


def test_the_case_of_the_wrong_row_is_right(tmp_path: Path, real_embedder: SentenceTransformerEmbedder) -> None:
    questions = {
        "Who was the skipper of the Heron?": "Cy Marsh",
        "What was the time of the Gannet?": "2:15:40",
        "Who is the treasurer?": "Person61 Lastname61",
        "In which town does Person33 Lastname33 live?": "Town16",
    }
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add([CASE / "r.md", CASE / "t.md"])
        for right, answer in zip(questions.values(), ArticleQA(articles).ask_batch(list(questions)), strict=True):
            assert answer.text == right
            assert_quotes_hold(answer, articles)
