"""From token scores to spans, on scores made by hand and at random."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

from qa.reading.network import TokenScores
from qa.reading.spans import MAX_ANSWER, SPANS, Span, answer_spans, best_spans, margin_between


def scores(start: Sequence[float], end: Sequence[float], words: Sequence[int] | None = None) -> TokenScores:
    """Tokens of two characters with a space behind, each a word of its own if not told otherwise."""
    offsets = tuple((3 * at, 3 * at + 2) for at in range(len(start)))
    return TokenScores(
        offsets,
        tuple(range(len(start)) if words is None else words),
        np.array(start, dtype=np.float32),
        np.array(end, dtype=np.float32),
        0.0,
    )


def at_random(rng: np.random.Generator, length: int) -> TokenScores:
    return scores(rng.normal(size=length).tolist(), rng.normal(size=length).tolist())


def tokens(span: Span) -> range:
    return range(span.start // 3, (span.end - 2) // 3 + 1)


def brute_force(each: TokenScores, starts: Sequence[int]) -> tuple[int, int, float]:
    """First and last token of the best span that begins at one of `starts`, and its sum, by trying all of them."""
    length = len(each.offsets)
    ways = [(a, b) for a in starts for b in range(a, min(a + MAX_ANSWER, length))]
    first, last = max(ways, key=lambda way: float(each.start[way[0]] + each.end[way[1]]))
    return first, last, float(each.start[first] + each.end[last])


def test_the_first_span_is_the_best_of_all() -> None:
    rng = np.random.default_rng(1)
    for length in [1, 2, 3, 29, 30, 31, 60, *rng.integers(1, 120, 200).tolist()]:
        each = at_random(rng, length)
        first, last, total = brute_force(each, range(length))
        [span] = best_spans(each, 1)
        assert (span.start, span.end) == (3 * first, 3 * last + 2)
        assert span.margin == pytest.approx(total, abs=1e-5)


def test_a_span_has_the_margin_of_its_start_and_end_and_they_come_best_first() -> None:
    found = best_spans(scores([5, -9, -9, 3, -9], [-9, 4, -9, 2, -9]), 2)
    assert found == [Span(0, 5, 9.0), Span(9, 11, 5.0)]


def test_no_two_spans_overlap_none_is_too_long_and_no_better_one_comes_later() -> None:
    rng = np.random.default_rng(2)
    for length in [1, 2, 31, *rng.integers(1, 150, 200).tolist()]:
        found = best_spans(at_random(rng, length), 4)
        assert 1 <= len(found) <= 4
        assert all(0 < len(tokens(span)) <= MAX_ANSWER for span in found)
        assert not any(one.start < two.end and two.start < one.end for one, two in combinations(found, 2))
        margins = [span.margin for span in found]
        assert margins == sorted(margins, reverse=True)


def test_an_end_that_is_too_far_behind_is_not_taken() -> None:
    start, end = [-5.0] * 40, [-5.0] * 40
    start[0], end[MAX_ANSWER], end[MAX_ANSWER - 1] = 5.0, 9.0, 4.0
    [span] = best_spans(scores(start, end), 1)
    assert (span.start, span.end) == (0, 3 * (MAX_ANSWER - 1) + 2)


def test_a_span_lies_within_one_sentence() -> None:
    rng = np.random.default_rng(4)
    for length in [1, 2, 40, *rng.integers(2, 120, 100).tolist()]:
        each = at_random(rng, length)
        borders = sorted({0, *rng.integers(0, length, 3).tolist()})
        of_token = np.searchsorted(borders, range(length), side="right")
        ways = [
            (a, b) for a in range(length) for b in range(a, min(a + MAX_ANSWER, length)) if of_token[a] == of_token[b]
        ]
        first, last = max(ways, key=lambda way: float(each.start[way[0]] + each.end[way[1]]))
        found = best_spans(each, 4, [3 * border for border in borders])
        assert list(tokens(found[0])) == list(range(first, last + 1))
        assert all(of_token[tokens(span)[0]] == of_token[tokens(span)[-1]] for span in found)


def test_an_end_before_the_start_is_not_taken() -> None:
    [span] = best_spans(scores([-9, -9, 9], [9, 0, 0]), 1)
    assert list(tokens(span)) == [2]


def test_a_span_is_of_whole_words() -> None:
    # Words: 0 | 1 1 1 | 2 2; the best span starts inside the second and ends inside the third.
    [span] = best_spans(scores([0, 0, 9, 0, 0, 0], [0, 0, 0, 0, 9, 0], [0, 1, 1, 1, 2, 2]), 1)
    assert list(tokens(span)) == [1, 2, 3, 4, 5]
    rng = np.random.default_rng(3)
    for _ in range(100):
        each = at_random(rng, 50)
        words = np.sort(rng.integers(0, 25, 50)).tolist()
        for found in best_spans(scores(each.start.tolist(), each.end.tolist(), words), 3):
            inside = tokens(found)
            assert inside[0] == 0 or words[inside[0] - 1] != words[inside[0]]
            assert inside[-1] == 49 or words[inside[-1] + 1] != words[inside[-1]]


def test_where_there_are_fewer_spans_than_wanted_there_are_fewer() -> None:
    assert len(best_spans(scores([1.0], [1.0]), 3)) == 1
    assert len(best_spans(scores([1.0, 0.0], [0.0, 1.0], [0, 0]), 3)) == 1


def test_a_passage_without_a_token_has_no_span() -> None:
    assert best_spans(scores([], []), 3) == []
    assert best_spans(scores([1.0], [1.0]), 0) == []
    assert margin_between(scores([], []), 0, 100) == -np.inf


def test_looking_for_spans_leaves_the_scores_as_they_are() -> None:
    each = at_random(np.random.default_rng(4), 20)
    start, end = each.start.copy(), each.end.copy()
    best_spans(each, 5)
    margin_between(each, 3, 20)
    assert np.array_equal(each.start, start)
    assert np.array_equal(each.end, end)


def test_the_margin_between_two_places_is_that_of_the_best_span_that_begins_there() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        each = at_random(rng, 60)
        low, high = sorted(rng.integers(0, 60, 2).tolist())
        expected = brute_force(each, range(low, high + 1))[2]
        assert margin_between(each, 3 * low, 3 * high + 1) == pytest.approx(expected, abs=1e-5)


def test_no_span_begins_where_no_token_does() -> None:
    each = at_random(np.random.default_rng(6), 10)
    assert margin_between(each, 1, 3) == -np.inf  # the first token begins at 0, the second at 3
    assert margin_between(each, 30, 90) == -np.inf
    assert margin_between(each, 5, 5) == -np.inf


def test_an_answer_lies_in_one_sentence_takes_its_accents_along_and_is_no_mark() -> None:
    text = "Me met Rene\u0301. It -- ran off."
    words = [(0, 2), (3, 6), (7, 11), (12, 13), (14, 16), (17, 19), (20, 23), (24, 27), (27, 28)]
    start = np.array([0, 0, 9, 0, 0, 7, 0, 0, 0], dtype=np.float32)
    end = np.array([0, 0, 8, 0, 0, 7, 0, 9, 0], dtype=np.float32)
    found = answer_spans(TokenScores(tuple(words), tuple(range(len(words))), start, end, 0.0), text)
    assert len(found) <= SPANS
    assert text[found[0].start : found[0].end] == "Rene\u0301"
    assert all(any(map(str.isalnum, text[span.start : span.end])) for span in found)
    assert not any("It" in text[span.start : span.end] and "Rene" in text[span.start : span.end] for span in found)


@pytest.mark.parametrize(
    ("text", "token", "left"),
    [
        ("He left (2023).", "(2023)", "2023"),
        ("He left “Oslo”, then", "“Oslo”,", "Oslo"),
        ("It was Bill (1994), then", "Bill (1994),", "Bill (1994)"),
        ("It was (old) Bill, then", "(old) Bill,", "(old) Bill"),
        ('It was "Jaws" and "Rocky" and', '"Jaws" and "Rocky"', '"Jaws" and "Rocky"'),
        ("It cost £3.5m; they", "£3.5m;", "£3.5m"),
        ("In the U.S. it", "U.S.", "U.S."),
        ("A rise of seven per cent was", "seven", "seven per cent"),
        ("A rise of 7% was", "7", "7%"),
        ("It cost 3.5 million, then", "3.5", "3.5 million"),
        ("A rise of prices per cent was", "prices", "prices"),
    ],
)
def test_an_answer_is_without_the_marks_around_it_that_are_no_part_of_it(text: str, token: str, left: str) -> None:
    at = text.index(token)
    one = np.zeros(1, np.float32)
    [found] = answer_spans(TokenScores(((at, at + len(token)),), (0,), one, one, 0.0), text)
    assert text[found.start : found.end] == left
