"""The sentences that are shown where no answer is given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index import Article, Passage, ScoredPassage
from index.split import split_article
from qa.answer import Citation
from qa.reading.answers import Candidate
from qa.reading.nearest import narrowed, nearest_spans, quoted, whole_sentence
from qa.reading.result import NearSpan

COUNCIL = "The council met on Monday in the old town hall."
LEE = "Ann Lee, who leads it, said no."
# What stands before the sentence that is wanted, in the ways that paragraphs are set.
BEFORE = {
    "nothing": "",
    "a sentence": "It had rained all night. ",
    "a paragraph that ends": "It had rained.\n\n",
    "a paragraph without a full stop": "the last words of a paragraph\n\n",
    "a heading on a line of its own": "Weather\n",
    "a Markdown heading": "## Weather\n",
    "a caption": "A boat, photographed by Jane Roe\n",
    "a list": "- one apple\n- two pears\n",
    "a line that ends as Windows does": "the last words of a paragraph\r\n\r\n",
    "an indented paragraph": "It had rained\n\n    ",
}


def passage_of(
    article: Article, start: int = 0, end: int | None = None, copies: tuple[Passage, ...] = ()
) -> ScoredPassage:
    end = len(article.text) if end is None else end
    passage = Passage(f"{article.id}-{start}", article.id, article.title, start, end, article.text[start:end])
    return ScoredPassage(passage, 0.5, "fused", copies=copies)


def near(article: Article, words: str, scored: ScoredPassage | None = None) -> NearSpan:
    at = article.text.index(words)
    return NearSpan((scored or passage_of(article)).passage, at, at + len(words))


def shown(text: str, words: str) -> str:
    at = text.index(words)
    start, end = whole_sentence(text, at, at + len(words))
    return text[start:end]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("behind", ["", " Then it rained again.", "\n\nThen it rained", "\n- and so on"])
def test_a_quote_is_its_whole_sentence_and_begins_there(before: str, behind: str) -> None:
    for words in ("The council", "Monday", "hall"):
        assert shown(f"{BEFORE[before]}{COUNCIL}{behind}", words) == COUNCIL


def test_lines_that_are_broken_at_the_margin_are_no_paragraphs() -> None:
    text = "It was late, and the lights of the harbour were\nput out one by one. It was then that old Mr.\nMoss left.\n"
    assert shown(text, "Moss") == "It was then that old Mr.\nMoss left."
    assert shown(text, "put out") == "It was late, and the lights of the harbour were\nput out one by one."


def test_a_line_that_goes_on_with_a_small_letter_belongs_to_the_one_before() -> None:
    assert shown("A short line\nthat goes on, and then for a long while on and on.", "goes on") == (
        "A short line\nthat goes on, and then for a long while on and on."
    )


def test_of_words_that_reach_over_the_end_of_a_paragraph_the_longest_part_counts() -> None:
    text = f"Weather\n{COUNCIL} It rained."
    start, end = whole_sentence(text, 0, text.index(" It"))
    assert text[start:end] == COUNCIL


def test_a_sentence_that_is_parted_among_passages_is_shown_whole() -> None:
    article = Article("a", f"It rained. The council {'and the mayor ' * 20}met on Monday. It rained.", "T")
    passages = [ScoredPassage(each, 0.5, "fused") for each in split_article(article, 100)]
    held = next(each for each in passages if "Monday" in each.passage.text)
    assert "The council" not in held.passage.text
    [citation] = quoted([near(article, "Monday", held)], passages, {"a": article}.get)
    assert citation.quote.startswith("The council and the mayor")
    assert citation.quote.endswith("met on Monday.")


def test_a_text_without_full_stops_gives_the_part_in_its_passage() -> None:
    article = Article("a", "word " * 1000 + "Oslo " + "word " * 1000, "T")
    scored = passage_of(article, 4900, 5100)
    [citation] = quoted([near(article, "Oslo", scored)], [scored], {"a": article}.get)
    assert (citation.start, citation.end) == (4900, 5099)  # without the space at the end


def test_the_words_and_the_quote_are_exact_whatever_the_text_is() -> None:
    for text in (
        "x",
        " x ",
        "字" * 40 + "。東京。" + "字" * 9,
        "a\n\n\nx\n\n",
        "| a | x |\n| b | y |",
        "A.\u2028x\u2029B",
        "…x!?",
    ):
        for at in range(len(text)):
            if text[at].isalnum():
                start, end = whole_sentence(text, at, at + 1)
                assert start <= at < end
                assert text[start:end] == text[start:end].strip()


def test_two_spans_of_one_sentence_are_shown_once_by_the_better_one() -> None:
    article = Article("a", f"{COUNCIL} {LEE}", "T")
    scored = passage_of(article)
    first, second = quoted(
        [near(article, each) for each in ("Monday", "town hall", "Ann Lee")], [scored], {"a": article}.get
    )
    assert (first.quote, second.quote) == (COUNCIL, LEE)
    assert article.text[first.answer_start : first.answer_end] == "Monday"


def test_the_same_sentence_of_two_articles_is_shown_once() -> None:
    one, two = Article("a", f"{COUNCIL} {LEE}", "T"), Article("b", f"It rained. {COUNCIL}", "T")
    found = quoted([near(one, "Monday"), near(two, "Monday")], [], {"a": one, "b": two}.get)
    assert [each.article_id for each in found] == ["a"]


def test_no_more_than_three_are_shown() -> None:
    text = " ".join(f"Number {number} was here on that day." for number in range(9))
    article = Article("a", text, "T")
    spans = [near(article, f"Number {number}") for number in range(9)]
    assert [each.quote[:8] for each in quoted(spans, [], {"a": article}.get)] == ["Number 0", "Number 1", "Number 2"]


def test_what_no_longer_stands_in_its_article_is_left_out() -> None:
    article = Article("a", f"{COUNCIL} {LEE}", "T")
    span = near(article, "Ann Lee")
    assert quoted([span], [], {}.get) == ()
    assert quoted([span], [], {"a": replace(article, text="Other words.")}.get) == ()


def test_a_quote_names_the_copies_of_its_passage() -> None:
    article = Article("a", COUNCIL, "T")
    copy = passage_of(Article("b", COUNCIL, "Elsewhere")).passage
    scored = passage_of(article, copies=(copy,))
    [citation] = quoted([near(article, "Monday", scored)], [scored], {"a": article}.get)
    assert [each.title for each in citation.also_in] == ["Elsewhere"]


def test_each_passage_gives_its_best_words_and_the_best_come_first() -> None:
    articles = [Article(name, f"{COUNCIL} {LEE}", "T") for name in "ab"]
    found = [passage_of(each) for each in articles]

    def candidate(at: int, words: str, score: float) -> Candidate:
        start = articles[at].text.index(words)
        return Candidate(at, start, start + len(words), words, {}, score)

    ranked = [candidate(1, "Monday", 3.0), candidate(1, "Ann Lee", 2.0), candidate(0, "Ann Lee", 1.0)]
    spans = nearest_spans(found, ranked)
    assert [(each.passage.article_id, each.start) for each in spans] == [("b", ranked[0].start), ("a", ranked[2].start)]
    assert nearest_spans(found, []) == ()


def test_the_quotes_of_an_answer_are_cut_to_their_sentences() -> None:
    article = Article("a", f"the last words\n\n{COUNCIL} {LEE}", "T")
    at = article.text.index("Monday")
    whole = Citation("a", "T", None, None, None, 0, len(article.text), article.text, at, at + 6)
    [citation] = narrowed([whole, replace(whole, answer_start=at + 1)], {"a": article}.get)
    assert citation.quote == COUNCIL == article.text[citation.start : citation.end]
    assert narrowed([replace(whole, quote="Other words.")], {"a": article}.get) == ()
