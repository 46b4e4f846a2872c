"""From a question and passages to answers: the Reader interface, and the reader that ships with the program."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Protocol

from index import Article, ArticleIndex, Passage, ScoredPassage
from index.embedding.embedder import with_title
from qa.answer import day_of
from qa.errors import ReaderWeightsError
from qa.question.languages import ENGLISH
from qa.question.turn import CURVES, Curve, Form, Query, curve_of, fitted_as
from qa.reading.answers import FEATURES, Candidate
from qa.reading.bearing import Stated, fits_there, shortfalls
from qa.reading.compose import answers_in, compose, wanted
from qa.reading.dated import spoken_day
from qa.reading.listing import itemised
from qa.reading.meaning import Meaning
from qa.reading.nearest import nearest_spans
from qa.reading.network import WEIGHTS, Pair, ReaderNetwork, TokenScores
from qa.reading.news import told_in_order
from qa.reading.result import AnswerSpan, Reading
from qa.reading.second_look import ANSWERS, PIECES, looked_at_again, side_by_side
from qa.reading.spans import answer_spans, bounded, margin_between
from qa.reading.summary import summed_up
from qa.reading.tables import Place, View, view_of
from qa.reading.topics import TOPIC_FEATURES, Asked, ask_what_happened, topic_features
from qa.retrieval.copies import first_of, is_repeated
from qa.retrieval.retriever import ranked_again, score_in


class Reader(Protocol):
    """Finds answers in passages."""

    mode: str  # how the answer came about, for `Answer.mode`

    def read(self, queries: Sequence[Query], passages: Sequence[Sequence[ScoredPassage]]) -> list[Reading]:
        """For each query what its passages answer, best first; no passages, no answers. Never decides to abstain."""


WEIGHED = {"short": FEATURES, "sentences": FEATURES, "summary": TOPIC_FEATURES}  # form of question -> features


class Calibration:
    """What `python -m bench calibrate` fits: how a candidate's features make a score, and a score a probability.

    score = offset + Σ weight · feature; confidence = 1 / (1 + exp(-(slope · score + offset))) (Platt, 1999), the
    probability that the answer is right; weights for each form of question, slope and offset for each curve.
    """

    def __init__(self, weights: Mapping[str, Mapping[str, float]], platt: Mapping[str, tuple[float, float]]) -> None:
        """`weights`: form of question -> feature -> weight, and "offset"; `platt`: curve -> slope, offset.

        Forms: "short"; "sentences", whose weights serve yes or no as well; "summary". Curves: these; "long", for short
        answers to questions with clauses; "said", for somebody's words; "yes_no", whose probability is that the quote
        settles it; "summary", that an article is about what news, a timeline or a summary is asked of.
        """
        self.weights = weights
        self.platt = platt

    @staticmethod
    def read(path: Path = WEIGHTS / "reader.json") -> Calibration:
        """Raises ReaderWeightsError where the file is missing or damaged."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            return Calibration(
                {
                    form: {name: float(values["weights"][form][name]) for name in (*features, "offset")}
                    for form, features in WEIGHED.items()
                },
                {
                    curve: (float(values["platt"][curve]["slope"]), float(values["platt"][curve]["offset"]))
                    for curve in CURVES
                },
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise ReaderWeightsError(
                f"The reader's calibration in {path} cannot be read: {exc!r}. Install article-qa again."
            ) from exc

    def score(self, features: Mapping[str, float], form: Form) -> float:
        """Log-odds that a candidate is right; larger is better."""
        weights = self.weights[fitted_as(form)]
        return weights["offset"] + sum(weights[name] * value for name, value in features.items())

    def confidence(self, score: float, curve: Curve) -> float:
        """The probability, 0 to 1, that an answer with this score is right."""
        slope, offset = self.platt[curve]
        return 1 / (1 + math.exp(-max(-700.0, slope * score + offset)))


class JointReader:
    """Reads question and passage together with the shipped network: where an answer stands, and whether one does.

    Every passage gives its best spans, and all spans of a question compete by one score. What is then said, a short
    answer or sentences, is put together in qa.reading.compose. The measurements are in docs/decisions.md, "Reading".
    """

    mode = "extractive"
    name = "reader"

    def __init__(
        self, articles: ArticleIndex, network: ReaderNetwork | None = None, calibration: Calibration | None = None
    ) -> None:
        """Read passages of `articles`; nothing is loaded yet."""
        self._articles = articles
        self.network = network or ReaderNetwork()
        self._calibration = calibration

    @property
    def calibration(self) -> Calibration:
        """Read when it is first needed. Raises ReaderWeightsError."""
        if self._calibration is None:
            self._calibration = Calibration.read()
        return self._calibration

    def read(self, queries: Sequence[Query], passages: Sequence[Sequence[ScoredPassage]]) -> list[Reading]:
        """See Reader. Raises ReaderWeightsError.

        The first passages are read by themselves, and the others only where these do not settle the question.
        """
        if len(queries) < 2:
            return [self._read(query, found) for query, found in zip(queries, passages, strict=True)]
        with ThreadPoolExecutor(min(len(queries), _AT_ONCE)) as pool:
            return list(pool.map(self._read, queries, passages))

    def candidates(
        self, queries: Sequence[Query], passages: Sequence[Sequence[ScoredPassage]]
    ) -> list[list[Candidate]]:
        """For each query what its passages propose: spans, or sentences where it has no short answer.

        For `read`, and for fitting the weights.
        """
        return [
            self._proposed(query, found, self._seen(query, found))
            for query, found in zip(queries, passages, strict=True)
        ]

    def _read(self, query: Query, found: Sequence[ScoredPassage]) -> Reading:
        if fitted_as(query.form) == "summary":
            return self._read_about(query, found)
        first = len(first_of(found, _FIRST)) if not (query.several or query.clauses) else len(found)
        seen = self._seen(query, found[:first])
        proposed = self._proposed(query, found[:first], seen)
        reading = self._reading(query, found, proposed)
        unsettled = len(found) > first and max((span.confidence for span in reading.spans), default=0.0) < _SETTLED
        if unsettled:
            seen += self._seen(query, found[first:])
            proposed = self._proposed(query, found, seen)
        again = self._again(query, found, proposed)
        if unsettled or again is not proposed:
            reading = self._reading(query, found, again)
        return reading

    def _again(
        self, query: Query, found: Sequence[ScoredPassage], candidates: Sequence[Candidate]
    ) -> Sequence[Candidate]:
        """The candidates after a second look at the best answers, where one of them is to be told, in English."""
        if query.form != "short" or query.several or query.clauses or query.language != ENGLISH:
            return candidates
        answers = answers_in(query, found, wanted(query, found, candidates))[:ANSWERS]
        if len(answers) < 2 or any(answer.best.quote for answer in answers):  # rows are read in a view of their own
            return candidates
        seen = side_by_side(found, [answer.best for answer in answers], query.language)
        (scores,) = self.network.score([Pair(query.text, "", seen.text)], PIECES)
        return looked_at_again(candidates, answers, seen, scores, self.calibration.weights["short"]["margin"])

    def _read_about(self, query: Query, found: Sequence[ScoredPassage]) -> Reading:
        """News, a timeline or a summary: of what the first passages are asked as well, which tell more of a detail."""
        meaning = Meaning(self._articles.embedder)

        @cache  # a summary asks only where it is measured how sure that makes it
        def asked() -> Asked:
            return ask_what_happened(self.network, query.text, found)

        def sure(cosine: float) -> float:
            score = self.calibration.score(topic_features(cosine, asked()), "summary")
            return self.calibration.confidence(score, "summary")

        measured = sure if meaning.is_packaged else None
        if query.form == "summary":
            return summed_up(query, found, self._articles.find, meaning, measured)
        return told_in_order(query, found, asked(), meaning, measured)

    def _seen(self, query: Query, found: Sequence[ScoredPassage]) -> list[tuple[View, TokenScores]]:
        """Query by query, so that an answer does not depend, by as little as rounding, on what else is asked."""
        article = cache(self._articles.find)  # passages of a table are of one article
        views = [view_of(query.text, scored.passage, article, query.language) for scored in found]
        named = _PLACE.findall(query.text) if query.language == ENGLISH else []
        titles = [_titled(query, scored.passage, _told_elsewhere(named, scored.passage, article)) for scored in found]
        pairs = [Pair(query.text, title, view.text) for title, view in zip(titles, views, strict=True)]
        return list(zip(views, self.network.score(pairs), strict=True))

    def _proposed(
        self, query: Query, found: Sequence[ScoredPassage], seen: Sequence[tuple[View, TokenScores]]
    ) -> list[Candidate]:
        scores = [tokens for _, tokens in seen]
        places: list[tuple[int, Place, float]] = []  # passage, place in the article, margin
        if fitted_as(query.form) == "sentences":
            nearest = sorted(range(len(found)), key=lambda at: _promise(found[at], scores[at]), reverse=True)
            best = {id(scored) for scored in first_of([found[at] for at in nearest], _PASSAGES_FOR_SENTENCES)}
            for at in (each for each in nearest if id(found[each]) in best):
                for inside, place in seen[at][0].sentences():
                    places.append((at, place, margin_between(scores[at], *inside)))
        else:
            for at, (view, tokens) in enumerate(seen):
                for span in answer_spans(view.inside(tokens), view.text, view.borders):
                    places.append((at, view.place(span.start, span.end), span.margin))
        places = [each for each in places if not is_repeated(found[each[0]], each[1].start, each[1].end)]
        starts = [found[at].passage.start for at, *_ in places]
        texts = [
            found[at].passage.text[place.start - start : place.end - start]
            for (at, place, _), start in zip(places, starts, strict=True)
        ]
        article = cache(self._articles.find)
        stated = [_stated(query, found[at].passage, place, article) for at, place, _ in places]
        meaning = Meaning(self._articles.embedder)
        similar = [meaning.scaled(score_in(found[at], "dense")) for at, *_ in places]
        if texts and fitted_as(query.form) == "sentences":
            titled = [with_title(text, found[at].passage.title) for text, (at, *_) in zip(texts, places, strict=True)]
            similar = meaning.to_question(titled, query.text)
        features = [
            {
                "margin": bounded(margin),
                "answers": bounded(scores[at].answers),
                "retrieval": score_in(found[at], "fused"),
                "similarity": similarity,
                "fits": {None: 0.5, False: 0.0, True: 1.0}[
                    fits_there(query, found[at].passage, place.start, place.end)
                ],
            }
            for (at, place, margin), similarity in zip(places, similar, strict=True)
        ]
        rated = [self.calibration.score(each, query.form) for each in features]
        proposed = []
        for (at, place, _), text, each, score, cost in zip(
            places, texts, features, rated, shortfalls(query, stated), strict=True
        ):
            verdict = scores[at].verdict if query.form == "yes_no" and not cost else None
            proposed.append(Candidate(at, place.start, place.end, text, each, score - cost, verdict, place.quote))
        return proposed

    def _reading(self, query: Query, found: Sequence[ScoredPassage], candidates: Sequence[Candidate]) -> Reading:
        if query.clauses:  # no passage answers all of it, and they were found for one part each
            scores = [score_in(scored, "fused") for scored in found]
        else:
            scores = [min((each.score for each in candidates), default=0.0)] * len(found)
            for each in candidates:
                scores[each.passage] = max(scores[each.passage], each.score)
        ranked = wanted(query, found, candidates)
        if query.several and query.form == "short":
            ranked = itemised(query, found, ranked)
        composed = compose(query, found, ranked)
        return Reading(
            spans=tuple(replace(span, confidence=self._confidence(span, query)) for span in composed.spans),
            passages=tuple(ranked_again(found, scores, self.name)),
            text=composed.text,
            differs=composed.differs,
            nearest=nearest_spans(found, ranked),
            rival=composed.rival,
            as_of=composed.as_of,
            items=composed.items,
        )

    def _confidence(self, span: AnswerSpan, query: Query) -> float:
        return self.calibration.confidence(span.score, curve_of(query))


# The measurements behind these are in docs/decisions.md, "Reading".
_AT_ONCE = 4  # questions of a batch: while one is in the network, spans of another are compared
_FIRST = 8  # passages that are read before the others
_PLACE = re.compile(r"\b(?:of|in|at|near) (?:the )?([A-Z][\w’'-]+)")  # "the mayor of Tarnby"
_OPENING = 500  # characters of an article, which say where and of whom it tells
_SETTLED = 0.5  # confidence at which the others are not read
# Sentences are embedded one by one, which takes as long as reading them: those of the best passages only.
_PASSAGES_FOR_SENTENCES = 6


def _titled(query: Query, passage: Passage, elsewhere: str = "") -> str:
    """The title that a passage is read under; where the question names a time, with the article's day."""
    day = day_of(passage.published) if query.period else None
    beside = ", ".join(filter(None, [elsewhere, spoken_day(day) if day else ""]))
    return f"{passage.title} ({beside})" if beside else passage.title


def _told_elsewhere(named: Sequence[str], passage: Passage, article: Callable[[str], Article | None]) -> str:
    """The places of a question that a passage and its title lack, and that its article names where it opens.

    A local paper says once that it is about Tarnby, and then "the mayor". Persons are left out: what is told near them
    may be told of others.
    """
    missing = [name for name in named if name not in passage.text and name not in passage.title]
    whole = article(passage.article_id) if missing else None
    opening = whole.text[:_OPENING] if whole else ""
    return " ".join(name for name in missing if re.search(rf"\b{re.escape(name)}\b", opening))


def _stated(query: Query, passage: Passage, place: Place, article: Callable[[str], Article | None]) -> Stated:
    """A candidate in its passage, or where it matters who speaks in its article."""
    whole, language = article(passage.article_id) if query.speaker else None, passage.language or query.language
    if whole is not None:
        return Stated(whole.text, place.start, place.end, language)
    return Stated(passage.text, place.start - passage.start, place.end - passage.start, language)


def _promise(scored: ScoredPassage, scores: TokenScores) -> float:
    """How likely a passage holds the sentences that answer."""
    return bounded(scores.answers) / 10 + score_in(scored, "fused")
