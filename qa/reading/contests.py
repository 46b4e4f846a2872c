"""What is said of how a game ended, where that is asked for: its score, or the sentence that tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index import ScoredPassage
from qa.question.turn import Query
from qa.reading.answers import Candidate, Said
from qa.reading.results_told import (
    Result,
    figures,
    is_of_that_game,
    only_may_be,
    results_of,
    tells_a_result,
    text_of,
    whether,
)


def score_told(query: Query, found: Sequence[ScoredPassage], answers: Sequence[Said]) -> tuple[list[Said], float]:
    """The answers of a query that asks for the score of a game, with the score that is told of it before all others.

    Besides, by how much the first one is less sure, in log-odds: where no sentence tells how that game ended.
    """
    told = [each for each in results_of(query, found) if each.score is not None]
    if not told:
        return list(answers), _UNTOLD
    best = told[0]
    assert best.score is not None
    start, end = best.score
    text = text_of(found[best.passage].passage, best.score)
    margins = [each.best.features["margin"] for each in answers if figures(each.best.text) == figures(text)]
    of = {"margin": max([_SURE, *margins]), "answers": 0.0, "retrieval": 1.0, "similarity": 1.0, "fits": 1.0}
    return [Said([Candidate(best.passage, start, end, text, of, of["margin"])])], 0.0


def outcome_told(query: Query, found: Sequence[ScoredPassage]) -> tuple[Result | None, list[str]]:
    """The sentence that tells how the game ended that is asked for, best with its score; and "Yes." or "No." before it.

    The word only where the question asks whether a side won, and the sentence names it as winner or as loser.
    """
    assert query.contest is not None
    told = results_of(query, found)
    if not told:
        return None, []
    if query.contest.asks == "won":
        for each in told:
            sentence = text_of(found[each.passage].passage, each.sentence)
            said = whether(query.contest, sentence) if is_of_that_game(query.contest, sentence) else None
            if said is not None:
                return each, ["Yes." if said else "No."]
        return None, []
    return next((each for each in told if each.score and each.fits >= told[0].fits - _AS_GOOD), told[0]), []


def word_of(query: Query, sentence: str, word: list[str]) -> list[str]:
    """The word before a sentence, where the sentence does not say otherwise, nor tells of another game or of none."""
    assert query.contest is not None
    if whether(replace(query.contest, other=""), sentence) is None:
        return [] if only_may_be(sentence) else word
    said = whether(query.contest, sentence)
    return word if said is not None and word == ["Yes." if said else "No."] else []


def untold(query: Query, sentence: str) -> float:
    """By how much a sentence that is to say whether a side won is less sure, in log-odds: where it tells no result."""
    assert query.contest is not None
    return _UNTOLD * (query.contest.asks == "won" and only_may_be(sentence))


def winner_told(found: Sequence[ScoredPassage], answers: Sequence[Said]) -> float:
    """By how much the first answer to who won is less sure, in log-odds: where no sentence around it tells a result."""
    places = answers[0].places
    return _UNTOLD * (not any(tells_a_result(found[each.passage].passage, each.start, each.end) for each in places))


_SURE = 3.0  # the margin of a score that is told of the game that is asked for
_UNTOLD = 2.0  # log-odds
_AS_GOOD = 0.15  # how far behind the best a sentence with a score may be
