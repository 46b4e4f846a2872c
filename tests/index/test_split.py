"""Spans and passages: where they start and end, and that nothing of the text is lost."""

from __future__ import annotations

import random

import pytest

from index import Article, Passage
from index.split import Span, sentence_spans, split_article, split_spans, version_key

PIECES = (
    "The mayor spoke. ", "Why? ", "No! ", "Dr. Vane met Mr. Ito at 3.30 p.m. on Jan. 4. ", "\n\n", "\r\n\r\n", "\n",
    "\t", "  ", "e\u0301a\u0308o\u0302. ", "👩‍👩‍👧 🎻 🏳️‍🌈", "x" * 70, "東京は雨だった。明日は晴れる。",
    "Москва. Завтра? ",
    "مرحبا بكم. ", "\u2028", "\u2029", "\xa0", "\ufeff", "\u200b", "\x00", "\x85", "...", "“Stop,” she said. ",
    "- item\n", "# Heading\n", "$5.00 ", "U.S. ", "a.b.c ", "\x0b", "\x0c", "\v\r", "\u3000", ")", "(", "\u202e",
)  # fmt: skip


def random_text(rng: random.Random) -> str:
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(60)))


def assert_tiles(spans: list[Span], text: str) -> None:
    """Each span starts where the one before it ends, from the first character to the last; none is empty."""
    assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])][: len(spans)]
    assert all(start < end for start, end in spans)
    assert (spans[-1][1] if spans else 0) == len(text)


def assert_cover(spans: list[Span], text: str, limit: int, overlap: int) -> None:
    """The spans go forward, leave no gap, pass no limit and overlap by no more than is allowed."""
    assert bool(spans) == bool(text)
    at = 0
    for number, (start, end) in enumerate(spans):
        assert 0 < end - start <= limit
        assert start <= at < end
        assert at - start <= overlap
        assert number == 0 or start > spans[number - 1][0]
        at = end
    assert at == len(text)


def test_sentences_end_at_their_full_stops_and_keep_the_white_space_behind_them() -> None:
    text = "Dr. Vane arrived at 3.30 p.m. with a plan.  Nobody listened!\nWhy? It rained."
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "Dr. Vane arrived at 3.30 p.m. with a plan.  ",
        "Nobody listened!\n",
        "Why? ",
        "It rained.",
    ]


def test_the_number_of_a_lists_item_is_a_part_of_its_sentence() -> None:
    text = "He came in at No. 3. It rained.\n\n3. Mix the flour.\n\n(b) Bake it.\n\niv. Rest."
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "He came in at No. 3. ",
        "It rained.\n\n",
        "3. Mix the flour.\n\n",
        "(b) Bake it.\n\n",
        "iv. Rest.",
    ]


def test_the_sentences_of_a_language_that_is_not_known_are_still_found() -> None:
    text = "One here. Two there."
    assert sentence_spans(text, "xx") == sentence_spans(text)


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "a", "\ufeff", "...", "\r\n", "👩‍👩‍👧", "e\u0301", "  Lead. Tail.  ", "\x00"]
)
def test_spans_of_odd_little_texts_tile_them(text: str) -> None:
    assert_tiles(sentence_spans(text), text)
    assert_tiles(split_spans(text, 100), text)


def test_sentences_tile_random_texts() -> None:
    rng = random.Random(1)
    for _ in range(400):
        text = random_text(rng)
        assert_tiles(sentence_spans(text, rng.choice(("en", "de", "ja", "ar", "zz"))), text)


def test_spans_cover_random_texts_within_limit_and_overlap() -> None:
    rng = random.Random(2)
    for _ in range(400):
        text = random_text(rng)
        limit, overlap = rng.randrange(100, 300), rng.choice((0, 0, 30, 90))
        assert_cover(split_spans(text, limit, overlap), text, limit, overlap)
        assert_tiles(split_spans(text, limit), text)


def test_offsets_point_into_the_article_for_random_texts() -> None:
    rng = random.Random(3)
    for number in range(200):
        article = Article(
            id=f"random-{number}", text=random_text(rng), title="T", language=rng.choice((None, "de", "ja"))
        )
        passages = split_article(article, 120, rng.choice((0, 60)))
        assert bool(passages) == bool(article.text.strip())
        text = ""
        for passage in passages:
            assert article.text[passage.start : passage.end] == passage.text
            text += passage.text[len(text) - passage.start :]
        assert not passages or text == article.text


def test_spans_hold_whole_sentences_up_to_the_limit() -> None:
    sentences = [f"This is sentence number {number:02} of twenty. " for number in range(20)]
    text = "".join(sentences)
    spans = split_spans(text, 150)
    assert_tiles(spans, text)
    assert [text[start:end] for start, end in spans] == ["".join(sentences[at : at + 3]) for at in range(0, 20, 3)]


def test_a_text_below_the_limit_is_one_span() -> None:
    text = "Short. And two paragraphs.\n\nStill short."
    assert split_spans(text, 100) == [(0, len(text))]


def test_a_paragraph_border_in_the_last_third_is_preferred_to_a_fuller_span() -> None:
    first = "Ten words of the first paragraph stand in this line. Then twenty letters.\n\n"
    text = first + "Short start. " + "The second paragraph goes on for quite a while after that."
    assert 100 * 2 // 3 <= len(first) < len(first + "Short start. ") <= 100
    start, end = split_spans(text, 100)[0]
    assert text[start:end] == first


def test_a_paragraph_border_with_windows_line_ends_is_preferred_too() -> None:
    first = "Ten words of the first paragraph stand in this line. Then twenty letters.\r\n\r\n"
    text = first + "Short start. " + "The second paragraph goes on for quite a while after that."
    start, end = split_spans(text, 100)[0]
    assert text[start:end] == first


def test_a_paragraph_border_near_the_start_is_no_reason_for_a_small_span() -> None:
    text = "Tiny.\n\n" + "The second paragraph goes on for a while. " * 4
    start, end = split_spans(text, 100)[0]
    assert end - start > 66


def test_a_sentence_longer_than_the_limit_is_cut_at_white_space() -> None:
    text = "word and " * 100 + "end."
    spans = split_spans(text, 100)
    assert_tiles(spans, text)
    for start, end in spans:
        assert end - start <= 100
        assert text[start:end].split() == [word for word in text[start:end].split() if word in {"word", "and", "end."}]


def test_a_word_longer_than_the_limit_is_cut_at_the_limit() -> None:
    text = "x" * 250
    assert split_spans(text, 100) == [(0, 100), (100, 200), (200, 250)]


def test_a_text_without_white_space_is_cut_and_covered() -> None:
    text = "これは空白のない長い文章です" * 40
    assert_cover(split_spans(text, 100, language="ja"), text, 100, 0)


def test_overlapping_spans_start_with_the_last_whole_sentences_of_the_one_before() -> None:
    text = "".join(f"This is sentence number {number:02} of twenty. " for number in range(20))
    spans = split_spans(text, 150, 50)
    assert_cover(spans, text, 150, 50)
    overlaps = [text[start:end] for (start, _), (_, end) in zip(spans[1:], spans, strict=False)]
    assert overlaps
    assert all(overlap.startswith("This is sentence") and overlap.endswith("of twenty. ") for overlap in overlaps)


def test_an_overlap_as_large_as_the_limit_still_moves_forward() -> None:
    text = "A. " * 300
    assert_cover(split_spans(text, 100, 1000), text, 100, 100)


@pytest.mark.parametrize("text", ["", " ", "\n \t\r\n", "\u3000\xa0"])
def test_an_article_without_text_gives_no_passages(text: str) -> None:
    assert split_article(Article(id="empty", text=text), 100) == []


def test_a_passage_carries_what_is_said_of_its_article(stories: tuple[Article, ...]) -> None:
    article = stories[0]
    first, second = split_article(article, 300)[:2]
    assert first == Passage(
        id=version_key(article.id, article.content_hash) + "0",
        article_id="lighthouse",
        title="Skerry Light changes hands after 140 years",
        start=0,
        end=first.end,
        text=article.text[: first.end],
        url="https://example.org/coast/skerry?page=1",
        source="Coast Post",
        author="Nora Whitfield",
        published="2023-05-04T08:30:00+01:00",
    )
    assert second.start == first.end


def test_passage_ids_are_the_same_every_time_and_others_for_another_version_or_article() -> None:
    def ids(**fields: str) -> set[str]:
        return {
            passage.id for passage in split_article(Article(**({"id": "a", "text": "One. Two. " * 40} | fields)), 100)
        }

    assert len(ids()) > 1
    assert ids() == ids()
    for other in ({"id": "b"}, {"text": "One. Two. " * 41}, {"title": "New"}, {"published": "2025-01-01"}):
        assert ids().isdisjoint(ids(**other))


def test_offsets_count_code_points_not_bytes_or_letters_that_are_seen() -> None:
    text = "👩‍👩‍👧 came. Cafe\u0301 closed."
    assert sentence_spans(text) == [(0, 12), (12, len(text))]


ROWS = "\n".join(f"| {at} | Person{at} Lastname{at} | Dr. Town{at}. East | member |" for at in range(1, 90))
TABLES = {
    "Markdown": f"# Members\n\nThe list is long. It has names.\n\n| Nr | Name |\n|---|---|\n{ROWS}\n\nThe end.",
    "plain": ROWS.replace("| ", "", 1).replace("\n| ", "\n").replace(" |\n", "\n"),
    "tabs": ROWS.replace(" | ", "\t"),
    "wide": "\n\n".join("Boat | " + "The mast broke in a storm. " * 9 + f"| {at}" for at in range(9)),
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("limit", [200, 450])
def test_a_row_of_a_table_is_never_cut(kind: str, limit: int) -> None:
    text = TABLES[kind]
    spans = split_spans(text, limit)
    assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert (spans[0][0], spans[-1][1]) == (0, len(text))
    cut = [text[max(0, start - 20) : start + 20] for start, _ in spans[1:] if text[start - 1] != "\n"]
    assert cut == []
    assert max(end - start for start, end in spans) <= 2 * limit


PROSE = "The tide rose at noon. The quay stood under water for an hour. Nobody had moved the boats. "


@pytest.mark.parametrize("sign", ["Use a | b here. ", "One\ttwo\tthree. ", "He wrote x|y twice. "])
@pytest.mark.parametrize("times", [1, 10])
def test_prose_with_the_signs_of_a_table_in_it_is_cut_where_sentences_end(sign: str, times: int) -> None:
    text = f"{PROSE * times}{sign}{PROSE * times}\n\n{PROSE}"
    spans = split_spans(text, 120)
    assert [text[start:end] for start, end in spans if not text[start:end].rstrip().endswith(".")] == []
    assert max(end - start for start, end in spans) <= 120


def test_a_row_far_longer_than_the_limit_is_cut_all_the_same() -> None:
    text = " | ".join(f"Cell {at}" for at in range(500))
    assert max(end - start for start, end in split_spans(text, 200)) <= 400


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("de", ["Der Streik begann am 11. April, weil Lohn fehlte. ", "Dr. Wiek kam z. B. nicht. ", "Er ging."]),
        ("ja", ["大槻健は「使える駅にした。」と述べた。", "彼は去った。"]),
        ("zh", ["他说：“我们会赢。”", "然后他离开了。"]),
    ],
)
def test_a_sentence_goes_on_behind_a_german_day_and_a_japanese_quote(language: str, sentences: list[str]) -> None:
    text = "".join(sentences)
    assert [text[start:end] for start, end in sentence_spans(text, language)] == sentences
