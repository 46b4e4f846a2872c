"""What is said of spans and sentences that compete, on candidates made by hand."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from index import Passage, Rank, ScoredPassage
from qa.answer import ListItem
from qa.question.times import Period
from qa.question.turn import AnswerType, Form, Query
from qa.question.wording import query_of
from qa.reading.answers import NEAR, SEVERAL, Candidate
from qa.reading.compose import LISTED, QUOTES, SENTENCES, Composed, compose
from qa.reading.compose import wanted as ranked_as_wanted
from qa.reading.network import Verdict
from qa.reading.same import same_answer
from qa.reading.sentences import sentences_of


def query(form: Form, answer_type: AnswerType, several: bool = False, besides: tuple[str, ...] = ()) -> Query:
    """A query of any words."""
    return Query("", form, answer_type, several, besides)


WHO = query("short", "person", False)
HOW_MANY = query("short", "number", False)
WHICH = query("short", "other", True)


def passage(article: str, text: str, published: str | None = None, start: int = 100) -> ScoredPassage:
    """One that begins somewhere in its article, so that offsets in the passage are not those in the article."""
    ranks = (Rank("dense", 1, 0.625), Rank("fused", 1, 0.5))
    end = start + len(text)
    each = Passage(f"{article}-{start}", article, f"About {article}", start, end, text, published=published)
    return ScoredPassage(each, 0.5, "fused", ranks)


def candidate(found: Sequence[ScoredPassage], at: int, text: str, score: float) -> Candidate:
    inside = found[at].passage
    start = inside.start + inside.text.index(text)
    return Candidate(at, start, start + len(text), text, {"margin": 2 * score}, score)


def composed(wanted: Query, found: Sequence[ScoredPassage], *candidates: tuple[int, str, float]) -> Composed:
    """Compose from (passage, text, score), in any order; all spans point to what they say."""
    made = [candidate(found, *each) for each in candidates]
    random.Random(len(made)).shuffle(made)
    result = put_together(wanted, found, made)
    assert_exact(result)
    return result


def put_together(asked: Query, found: Sequence[ScoredPassage], candidates: Sequence[Candidate]) -> Composed:
    """Compose as the reader does, from candidates in any order."""
    return compose(asked, found, ranked_as_wanted(asked, found, candidates))


def assert_exact(result: Composed) -> None:
    """Quote and answer stand where the offsets say, the answer inside the quote."""
    for span in result.spans:
        text, begin = span.passage.text, span.passage.start
        assert span.answer_start is not None
        assert span.answer_end is not None
        assert begin <= span.start <= span.answer_start < span.answer_end <= span.end <= span.passage.end
        assert text[span.answer_start - begin : span.answer_end - begin] == span.text
        quote = text[span.start - begin : span.end - begin]
        assert quote == quote.strip() != ""


def quotes(result: Composed) -> list[str]:
    return [span.passage.text[span.start - span.passage.start : span.end - span.passage.start] for span in result.spans]


@pytest.mark.parametrize("form", ["short", "sentences", "yes_no"])
def test_without_candidates_there_is_nothing_to_say(form: Form) -> None:
    for found in ([], [passage("a", "Anna came.")]):
        assert put_together(query(form, "other", True), found, []) == Composed("", (), False)


# Short answers


def test_a_short_answer_is_quoted_with_the_sentences_around_it() -> None:
    found = [passage("a", "It rained. The fog rose. Anna Vane steered the ferry. It was late. All slept.")]
    result = composed(WHO, found, (0, "Anna Vane", 3.0))
    assert result.text == "Anna Vane"
    assert not result.differs
    assert quotes(result) == ["The fog rose. Anna Vane steered the ferry. It was late."]
    [span] = result.spans
    assert span.score == pytest.approx(3.0)  # half its margin: nothing else may be the answer
    assert span.passage == found[0].passage


@pytest.mark.parametrize("text", ["Anna Vane steered the ferry. It was late.", "It was late. It was Anna Vane"])
def test_a_quote_does_not_leave_its_passage(text: str) -> None:
    assert quotes(composed(WHO, [passage("a", text)], (0, "Anna Vane", 3.0))) == [text]


def test_the_same_answer_in_two_articles_is_one_answer_with_two_citations() -> None:
    found = [passage("a", "Anna Vane steered it."), passage("b", "The ferry was steered by Mrs. Vane, they said.")]
    result = composed(WHO, found, (0, "Anna Vane", 3.0), (1, "Mrs. Vane", 2.5))
    assert result.text == "Anna Vane"
    assert [span.passage.article_id for span in result.spans] == ["a", "b"]
    assert not result.differs


def test_an_answer_that_several_places_give_counts_more_than_one_that_is_a_little_better() -> None:
    found = [passage(name, f"Anna Vane steered it, says {name}. It was late.") for name in "abc"]
    found.append(passage("d", "Otto Brill steered it."))
    result = composed(WHO, found, *((at, "Anna Vane", 1.0) for at in range(3)), (3, "Otto Brill", 1.2))
    assert result.text == "Anna Vane"
    assert composed(WHO, found, (0, "Anna Vane", 1.0), (3, "Otto Brill", 1.2)).text == "Otto Brill"
    # What an agency wrote and three articles print has one witness.
    copied = [*(passage(name, "Anna Vane steered it. It was late.") for name in "abc"), found[3]]
    result = composed(WHO, copied, *((at, "Anna Vane", 1.0) for at in range(3)), (3, "Otto Brill", 1.2))
    assert result.text == "Otto Brill"
    assert [span.text for span in result.spans] == ["Otto Brill", "Anna Vane"]


def test_an_answer_is_as_sure_as_its_share_of_all_answers_and_none() -> None:
    found = [
        passage("a", "Anna Vane steered it."),
        passage("b", "Otto Brill steered it."),
        passage("c", "Mia Orr did."),
    ]
    result = composed(WHO, found, (0, "Anna Vane", 3.0), (1, "Otto Brill", 2.0), (2, "Mia Orr", -1.0))
    assert result.spans[0].score == pytest.approx(3.0 - math.log(1 + math.exp(2.0) + math.exp(-1.0)))
    assert result.spans[1].score == pytest.approx(2.0 - math.log(1 + math.exp(3.0) + math.exp(-1.0)))


def test_answers_that_are_told_together_are_as_sure_as_their_share_less_half_of_their_number() -> None:
    found = [passage("a", "Anna Vane came."), passage("b", "Otto Brill came."), passage("c", "Mia Orr stayed.")]
    result = composed(WHICH, found, (0, "Anna Vane", 3.0), (1, "Otto Brill", 2.9), (2, "Mia Orr", -1.0))
    assert result.text == "Anna Vane; Otto Brill"
    assert [span.score for span in result.spans] == [
        pytest.approx(math.log((math.exp(3) + math.exp(2.9)) / (1 + math.exp(-1))) - math.log(2) / 2)
    ] * 2


def test_of_several_answers_one_that_many_places_give_leaves_the_others_in() -> None:
    found = [passage(name, f"Anna Vane came to {name}.") for name in "abcd"] + [passage("e", "Otto Brill came.")]
    result = composed(WHICH, found, *((at, "Anna Vane", 1.0) for at in range(4)), (4, "Otto Brill", 0.5))
    assert result.text == "Anna Vane; Otto Brill"


def test_what_is_quoted_beside_an_answer_is_no_surer_than_the_answer() -> None:
    found = [passage("a", "Anna Vane steered it."), passage("b", "Otto Brill steered it.")]
    made = [candidate(found, 0, "Anna Vane", 3.0), candidate(found, 1, "Otto Brill", 2.9)]
    made[1] = replace(made[1], features={"margin": 8.0})  # the network likes it better, its passage is far off
    first, second = put_together(WHO, found, made).spans
    assert first.text == "Anna Vane"
    assert first.score == second.score == pytest.approx(3.0 - math.log(1 + math.exp(4.0)))


@pytest.mark.parametrize("score", [-1e4, -700.0, -40.0, -27.0, 0.0, 29.9, 40.0, 1e4])
def test_scores_far_out_stay_numbers(score: float) -> None:
    found = [passage("a", "Anna Vane steered it."), passage("b", "So Anna Vane steered it.")]
    result = composed(WHO, found, (0, "Anna Vane", score), (1, "Anna Vane", score))
    assert result.text == "Anna Vane"
    assert all(math.isfinite(span.score) for span in result.spans)


def test_another_answer_that_comes_close_is_quoted_but_not_said() -> None:
    found = [passage("a", "Anna Vane steered it."), passage("b", "Otto Brill steered it.")]
    close = composed(WHO, found, (0, "Anna Vane", 3.0), (1, "Otto Brill", 3.0 - NEAR + 0.1))
    assert (close.text, close.differs) == ("Anna Vane", False)
    assert [span.text for span in close.spans] == ["Anna Vane", "Otto Brill"]
    far = composed(WHO, found, (0, "Anna Vane", 3.0), (1, "Otto Brill", 3.0 - NEAR - 0.1))
    assert [span.text for span in far.spans] == ["Anna Vane"]


def test_no_more_is_quoted_than_is_wanted_and_no_words_twice() -> None:
    found = [passage(name, f"Anna Vane steered it, says {name}. She was tired.") for name in "abcdef"]
    result = composed(WHO, found, *((at, "Anna Vane", 3.0 - at / 10) for at in range(6)))
    assert [span.passage.article_id for span in result.spans] == ["a", "b", "c"]
    assert len(result.spans) == QUOTES
    # The same place, found in two passages that overlap, and two answers in one sentence.
    twice = [passage("a", "Anna Vane steered it."), passage("a", "Then Anna Vane steered it.", start=95)]
    assert len(composed(WHO, twice, (0, "Anna Vane", 3.0), (1, "Anna Vane", 2.9)).spans) == 1
    both = [passage("a", "Anna Vane and Otto Brill steered it.")]
    assert len(composed(WHO, both, (0, "Anna Vane", 3.0), (0, "Otto Brill", 2.9)).spans) == 1


def test_several_right_answers_are_said_each_with_a_quote() -> None:
    names = ("Ara", "Bel", "Cid", "Dor", "Eos", "Fay", "Gil", "Hel", "Ina")
    found = [passage(name, f"The ship {name} called at the port.") for name in names]
    near = [(at, name, 3.0 - SEVERAL * at / len(names)) for at, name in enumerate(names)]
    result = composed(WHICH, found, *near)
    assert result.text == "; ".join(names[:LISTED])
    assert [span.text for span in result.spans] == list(names[:LISTED])
    assert not result.differs
    far = composed(WHICH, found, (0, "Ara", 3.0), (1, "Bel", 3.0 - SEVERAL - 0.1))
    assert far.text == "Ara"
    one_wanted = composed(WHO, found, *near)
    assert one_wanted.text == "Ara"


def test_what_the_question_names_is_none_of_several_answers() -> None:
    found = [passage("a", "Ara and Bel raced the Cid."), passage("b", "Cid won before.")]
    asked = replace(WHICH, text="Which ships raced the Cid?")
    result = composed(asked, found, (1, "Cid", 4.0), (0, "Ara", 3.0), (0, "Bel", 2.9))
    assert result.text == "Ara; Bel"


@pytest.mark.parametrize("day", ["Jan. 9-10", "Sun, Feb. 25", "on Friday, 20 June 2025", "Tuesday and Thursday"])
def test_a_day_is_none_of_several_answers_unless_days_are_asked_for(day: str) -> None:
    found = [passage("a", f"The ships Ara and May called at the port, {day}, in the rain.")]
    said = [(0, day, 3.0), (0, "Ara", 2.9), (0, "May", 2.8)]
    assert composed(WHICH, found, *said).text == "Ara; May"
    assert composed(replace(WHICH, text="Which days did they call?"), found, *said).text.startswith(day)


def test_several_answers_in_one_sentence_share_its_quote() -> None:
    found = [passage("a", "The ships Ara and Bel called at the port.")]
    result = composed(WHICH, found, (0, "Ara", 3.0), (0, "Bel", 2.9))
    assert result.text == "Ara; Bel"
    assert len(result.spans) == 1


def test_each_answer_that_is_said_is_quoted_before_any_is_quoted_twice() -> None:
    found = [passage(str(at), f"The ship {'Ara' if at < 4 else 'Bel'} called at {at}.") for at in range(5)]
    result = composed(WHICH, found, *((at, "Ara", -4.0 - at / 100) for at in range(4)), (4, "Bel", -3.0))
    assert result.text == "Ara; Bel"
    assert [span.text for span in result.spans] == ["Ara", "Bel", "Ara"]


OLD = "At least 12 people died in the fire at the mill, police said."
NEW = "At least 31 people died in the fire at the mill, police say now."


@pytest.mark.parametrize("better", [0, 1])
def test_two_figures_for_the_same_thing_in_two_articles_differ_and_the_newer_comes_first(better: int) -> None:
    found = [passage("old", OLD, "2024-03-01"), passage("new", NEW, "2024-03-04T10:00:00Z")]
    scores = [2.6, 2.6]
    scores[better] = 3.0
    result = composed(HOW_MANY, found, (0, "12", scores[0]), (1, "31", scores[1]))
    assert (result.text, result.differs) == ("31; 12", True)
    assert [span.text for span in result.spans] == ["31", "12"]
    assert [span.passage.article_id for span in result.spans] == ["new", "old"]


def test_a_figure_of_an_article_without_a_date_comes_last() -> None:
    found = [passage("undated", OLD), passage("dated", NEW, "2001-01-01")]
    assert composed(HOW_MANY, found, (0, "12", 3.0), (1, "31", 2.9)).text == "31; 12"


def test_dates_may_differ_as_well() -> None:
    found = [
        passage("a", "The bridge will open to traffic on 3 May, the mayor said.", "2024-01-01"),
        passage("b", "The bridge will open to traffic on 9 June, the mayor said.", "2024-02-01"),
    ]
    result = composed(query_of("When will the bridge open?"), found, (0, "3 May", 3.0), (1, "9 June", 2.8))
    assert (result.text, result.differs) == ("9 June 2024; 3 May 2024", True)


def test_figures_of_unrelated_sentences_do_not_differ() -> None:
    found = [passage("a", OLD, "2024-03-01"), passage("b", "The council spent 31 thousand on new lamps.", "2024-03-04")]
    result = composed(HOW_MANY, found, (0, "12", 3.0), (1, "31", 2.9))
    assert (result.text, result.differs) == ("12", False)


def test_sentences_of_nothing_but_a_figure_are_not_of_the_same_thing() -> None:
    found = [passage("a", "Many died in the fire. 31."), passage("b", "Eggs are dear. 12.")]
    result = composed(HOW_MANY, found, (0, "31", 3.0), (1, "12", 2.9))
    assert (result.text, result.differs) == ("31", False)


@pytest.mark.parametrize(
    ("wanted", "texts", "answers", "score"),
    [
        (HOW_MANY, (OLD, NEW.replace("31", "12")), ("12", "12"), 2.9),  # the same figure
        (HOW_MANY, (OLD, NEW), ("12", "31"), 3.0 - max(NEAR, SEVERAL) - 0.1),  # not nearly as good
        (HOW_MANY, (OLD, NEW.replace("31", "a few")), ("12", "a few"), 2.9),  # no figure
        (WHO, (OLD, NEW), ("12", "31"), 2.9),  # no figure was asked for
    ],
)
def test_other_words_are_no_other_figure(
    wanted: Query, texts: tuple[str, str], answers: tuple[str, str], score: float
) -> None:
    found = [passage("a", texts[0], "2024-03-01"), passage("b", texts[1], "2024-03-04")]
    result = composed(wanted, found, (0, answers[0], 3.0), (1, answers[1], score))
    assert (result.text, result.differs) == (answers[0], False)


def test_two_figures_in_one_article_do_not_differ() -> None:
    found = [passage("a", OLD, "2024-03-01"), passage("a", NEW, "2024-03-01", start=400)]
    result = composed(HOW_MANY, found, (0, "12", 3.0), (1, "31", 2.9))
    assert (result.text, result.differs) == ("12", False)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Mr. Rubio", "Marco Rubio", True), ("30", "30 days", True), ("the Ferry,", "ferry", True),
        ("about 450", "450", True), ("3", "30", False), ("1.5", "15", False), ("Anna", "Otto", False),
        ("", "", False), ("the", "of", False), ("", "Anna", False),
    ],
)  # fmt: skip
def test_two_answers_say_the_same_where_one_holds_the_words_of_the_other(one: str, other: str, same: bool) -> None:
    assert same_answer(one, other) is same
    assert same_answer(other, one) is same


# Sentences

WHY = query("sentences", "other", False)
YES_NO = query("yes_no", "other", False)
STORY = (
    "Fog lay on the sound. Anna Vane steered the ferry. The radar had failed. He slept below. Nobody was hurt. "
    "The board will ask why."
)
SAID = [STORY[start:end] for start, end in sentences_of(passage("a", STORY, start=0).passage)]


def test_sentences_come_in_reading_order_the_best_article_first() -> None:
    found = [passage("a", STORY), passage("b", "The ferry hit a rock. A rock had moved.")]
    result = composed(
        WHY,
        found,
        (1, "The ferry hit a rock.", 2.0),
        (0, SAID[2], 1.9),
        (1, "A rock had moved.", 1.1),
    )
    assert result.text == "The ferry hit a rock. A rock had moved. The radar had failed."
    assert [span.text for span in result.spans] == quotes(result)
    assert [span.score for span in result.spans] == [2.0, 1.1, 1.9]
    assert not result.differs


def test_no_more_than_three_sentences_are_said_and_none_that_is_far_behind() -> None:
    found = [passage("a", STORY)]
    many = composed(WHY, found, *((0, sentence, 2.0 - at / 10) for at, sentence in enumerate(SAID) if at != 3))
    assert len(many.spans) == SENTENCES == 3
    assert many.text == " ".join([SAID[0], SAID[1], SAID[2]])
    one = composed(WHY, found, (0, SAID[2], 2.0), *((0, SAID[at], -2.0) for at in (0, 1, 4, 5)))
    assert one.text == SAID[2]


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    found = [passage("a", STORY)]
    everything = [(0, sentence, -5.0) for sentence in SAID if sentence != SAID[3]]
    assert composed(WHY, found, (0, SAID[3], 2.0), *everything).text == f"{SAID[2]} {SAID[3]}"
    assert composed(YES_NO, found, (0, SAID[3], 2.0), *everything).text == f"{SAID[2]} {SAID[3]}"


def test_the_first_sentence_of_a_passage_brings_none_of_another() -> None:
    found = [passage("a", STORY), passage("b", "He slept below. All was well.")]
    result = composed(WHY, found, (1, "He slept below.", 2.0), *((0, sentence, -5.0) for sentence in SAID))
    assert result.text == "He slept below."


def test_a_question_with_yes_or_no_gets_the_best_sentence_only() -> None:
    result = composed(YES_NO, [passage("a", STORY)], (0, SAID[2], 2.0), (0, SAID[4], 1.9), (0, SAID[0], 1.8))
    assert result.text == SAID[2]


@pytest.mark.parametrize(
    ("sentence", "verdict", "word"),
    [
        ("Anna Vane steered it.", Verdict(no=0.05, yes=0.9, open=0.05), "Yes. "),
        ("Anna Vane never steered it.", Verdict(no=0.6, yes=0.2, open=0.2), "No. "),
        ("Anna Vane didn’t steer it.", Verdict(no=0.6, yes=0.2, open=0.2), "No. "),
        ("Anna Vane steered it.", Verdict(no=0.6, yes=0.2, open=0.2), ""),
        ("Anna Vane never steered it.", Verdict(no=0.2, yes=0.6, open=0.2), ""),
        ("The wait for a first win goes on.", Verdict(no=0.2, yes=0.6, open=0.2), ""),
        ("Anna Vane has yet to steer it.", Verdict(no=0.6, yes=0.2, open=0.2), "No. "),
        ("Anna Vane steered it.", Verdict(no=0.1, yes=0.3, open=0.6), ""),
    ],
)
def test_the_sentence_is_led_by_yes_or_no_where_verdict_and_words_agree(
    sentence: str, verdict: Verdict, word: str
) -> None:
    found = [passage("a", sentence)]
    result = put_together(YES_NO, found, [replace(candidate(found, 0, sentence, 2.0), verdict=verdict)])
    assert result.text == f"{word}{sentence}"
    assert quotes(result) == [sentence]


def test_the_opposite_of_what_is_asked_denies_it() -> None:
    found = [passage("a", "All kiosks are closed on Sunday.")]
    asked = query_of("Are the kiosks open on Sunday?")
    said = candidate(found, 0, "All kiosks are closed on Sunday.", 2.0)
    no, yes = Verdict(no=0.6, yes=0.2, open=0.2), Verdict(no=0.2, yes=0.6, open=0.2)
    assert put_together(asked, found, [replace(said, verdict=no)]).text == "No. All kiosks are closed on Sunday."
    assert put_together(asked, found, [replace(said, verdict=yes)]).text == "All kiosks are closed on Sunday."


def test_a_figure_that_an_article_corrects_is_not_told_beside_the_right_one() -> None:
    found = [
        passage("old", "The museum paid 760,000 euros for the picture.", "2025-05-06"),
        passage("new", "The museum paid 670,000 euros for the picture, not 760,000.", "2025-05-07"),
    ]
    asked = query_of("How much did the museum pay for the picture?")
    result = composed(asked, found, (0, "760,000 euros", 3.1), (1, "670,000 euros", 3.0))
    assert result.text == "670,000 euros"
    assert not result.differs


def test_who_holds_an_office_is_not_who_has_left_it() -> None:
    found = [
        passage("old", "Deputy head Anna Vane spoke.", "2025-03-01"),
        passage("new", "Anna Vane resigned as deputy head. Her successor is Ben Amsel.", "2025-05-01"),
    ]
    asked = query_of("Who is the deputy head?")
    assert composed(asked, found, (0, "Anna Vane", 3.0), (1, "Ben Amsel", 2.9)).text == "Ben Amsel"


def test_whether_it_is_still_so_is_settled_by_the_newest_sentence_that_comes_close() -> None:
    found = [passage("old", "Anna Vane is head.", "2025-03-01"), passage("new", "Anna Vane left.", "2025-05-01")]
    asked = query_of("Is Anna Vane still head?")
    assert composed(asked, found, (0, "Anna Vane is head.", 2.0), (1, "Anna Vane left.", 1.5)).text == "Anna Vane left."
    assert (
        composed(asked, found, (0, "Anna Vane is head.", 4.0), (1, "Anna Vane left.", 1.5)).text == "Anna Vane is head."
    )


def test_a_time_is_said_with_the_day_that_it_means_and_the_quote_stays_as_it_is() -> None:
    found = [passage("a", "The envoy left on Friday.", "2025-06-23")]
    result = composed(query_of("When did the envoy leave?"), found, (0, "Friday", 3.0))
    assert result.text == "Friday, 20 June 2025"
    assert quotes(result) == ["The envoy left on Friday."]


def test_a_day_is_one_answer_in_any_words_and_a_weekday_of_other_weeks_is_another() -> None:
    found = [
        passage("one", "The bridge opened on Friday.", "2025-06-23"),
        passage("two", "The bridge opened on 20 June.", "2025-06-25"),
        passage("three", "The pool opened on Friday.", "2025-08-02"),
    ]
    places = [(0, "Friday", 1.2), (1, "20 June", 1.0), (2, "Friday", 1.5)]
    together = composed(query("short", "time"), found, *places)
    assert together.text == "Friday, 20 June 2025"
    apart = composed(query("short", "time"), found, places[0], places[2])
    assert apart.text == "Friday, 1 August 2025"
    alone, twice = (composed(query("short", "time"), found, *some) for some in (places[:1], places[:2]))
    assert twice.spans[0].score == alone.spans[0].score  # the other words take nothing from its share


def test_who_it_is_now_is_what_the_newest_article_says_with_its_date() -> None:
    found = [
        passage("old", "Anna Vane feeds the ducks.", "2024-03-01"),
        passage("new", "Ben Amsel feeds the ducks.", "2025-02-07"),
        passage("undated", "Carl Dunn feeds the ducks."),
    ]
    said = (0, "Anna Vane", 3.0), (1, "Ben Amsel", 2.0), (2, "Carl Dunn", 2.9)
    assert composed(query_of("Who feeds the ducks now?"), found, *said).text == "Ben Amsel (as of 7 February 2025)"
    assert composed(query_of("Who feeds the ducks?"), found, *said).text == "Anna Vane"
    far = (0, "Anna Vane", 3.0), (1, "Ben Amsel", 0.0)
    assert composed(query_of("Who feeds the ducks now?"), found, *far).text == "Anna Vane (as of 1 March 2024)"


def test_a_sentence_in_two_passages_that_overlap_is_said_once() -> None:
    found = [passage("a", STORY), passage("a", STORY[STORY.index(SAID[2]) :], start=100 + STORY.index(SAID[2]))]
    result = composed(WHY, found, (0, SAID[2], 2.0), (1, SAID[2], 1.9))
    assert result.text == SAID[2]


def test_sentences_end_as_in_the_article_s_language_else_as_in_the_question_s() -> None:
    text = "Die Brücke wird am 12. Mai eröffnet. Sie kostet viel."
    german = Passage("a", "a", "", 0, len(text), text, language="de")
    unknown = Passage("a", "a", "", 0, len(text), text)
    whole = [(0, text.index(" Sie")), (text.index("Sie"), len(text))]
    assert sentences_of(german, language="en") == whole
    assert sentences_of(unknown, language="de") == whole
    assert len(sentences_of(unknown, language="en")) == 3


# Everything


def test_quotes_of_odd_texts_hold_their_answer() -> None:
    rng = random.Random(7)
    pieces = [
        "Who came? ", "\r\n\r\n", "e\u0301a. ", "👩‍👩‍👧 ", "\u2028", "\xa0", "東京は雨だ。", "...", "!!! ", " ",
        "Dr. Ito left. ", "🎻🎻 ", "— ", "He won 3. ", "שלום. ",
    ]  # fmt: skip
    for _ in range(500):
        text = "".join(rng.choice(pieces) for _ in range(rng.randint(1, 12)))
        tokens = [at for at, character in enumerate(text) if not character.isspace()]
        if not tokens:
            continue
        first = rng.choice(tokens)
        last = rng.choice([at for at in tokens if first <= at < first + 20])
        for wanted in (WHO, HOW_MANY, WHICH):
            place = Candidate(0, 100 + first, 101 + last, text[first : last + 1], {"margin": 2.0}, 1.0)
            result = put_together(wanted, [passage("a", text)], [place])
            assert_exact(result)
            assert result.text == text[first : last + 1]
        spans = sentences_of(passage("a", text).passage)
        sentences = [Candidate(0, s, e, text[s - 100 : e - 100], {}, rng.random()) for s, e in spans]
        for wanted in (WHY, YES_NO):
            assert_exact(put_together(wanted, [passage("a", text)], sentences))


MARCH = Period(date(2024, 3, 1), date(2024, 3, 31), 0, 1)


def test_of_a_time_that_is_named_an_article_of_that_time_is_believed() -> None:
    found = [passage("a", "The rate is 4 percent.", "2025-06-20"), passage("b", "The rate is 3 percent.", "2024-03-02")]
    in_march = replace(HOW_MANY, period=MARCH)
    result = composed(in_march, found, (0, "4 percent", 3.0), (1, "3 percent", 2.0))
    assert (result.text, [span.passage.article_id for span in result.spans]) == ("3 percent", ["b"])
    assert result.spans[0].score == pytest.approx(2.0)  # what was so at another time does not make it less sure
    assert composed(HOW_MANY, found, (0, "4 percent", 3.0), (1, "3 percent", 2.0)).text != "3 percent"
    far_behind = composed(in_march, found, (0, "4 percent", 3.0), (1, "3 percent", 3.0 - NEAR - 0.1))
    assert far_behind.text == "4 percent"


def test_what_was_so_before_does_not_make_less_sure_what_is_so_now() -> None:
    found = [passage("a", "The rate is 4 percent.", "2025-06-20"), passage("b", "The rate is 3 percent.", "2024-03-02")]
    result = composed(replace(HOW_MANY, current=True), found, (0, "4 percent", 2.0), (1, "3 percent", 3.0))
    assert result.text == "4 percent (as of 20 June 2025)"
    assert result.spans[0].score == pytest.approx(2.0)


def test_what_is_so_now_is_told_with_the_day_of_its_article_in_the_text_and_beside_it() -> None:
    found = [passage("a", "The rate is 4 percent.", "2025-06-20T10:00"), passage("b", "Rent rose 3 percent.")]
    now = replace(HOW_MANY, current=True)
    assert composed(now, found, (0, "4 percent", 2.0)).as_of == "2025-06-20"
    undated = composed(now, found, (1, "3 percent", 2.0))
    assert (undated.text, undated.as_of) == ("3 percent", None)
    assert composed(HOW_MANY, found, (0, "4 percent", 2.0)).as_of is None


def test_several_things_that_are_so_now_are_all_told() -> None:
    found = [passage("a", "Anna rows.", "2024-01-01"), passage("b", "Cleo rows.", "2025-01-01")]
    result = composed(replace(WHICH, current=True), found, (0, "Anna", 3.0), (1, "Cleo", 2.9))
    assert result.text == "Anna (as of 1 January 2024); Cleo (as of 1 January 2025)"
    assert [each.text for each in result.items] == ["Anna", "Cleo"]
    assert result.as_of is None  # there is no one day


def test_each_thing_of_a_list_is_told_with_how_many_articles_give_it() -> None:
    found = [
        passage("a", "Tarnby came first."), passage("b", "Then came Tarnby and Port Elswick."),
        passage("b", "Tarnby again, in the same article.", start=900), passage("c", "Also Tarnby came first."),
        passage("d", "Tarnby came first."),
    ]  # fmt: skip
    told = [(0, "Tarnby", 3.0), (1, "Tarnby", 2.5), (2, "Tarnby", 2.4), (3, "Tarnby", 2.3), (4, "Tarnby", 2.2)]
    result = composed(WHICH, found, *told, (1, "Port Elswick", 2.2))
    assert result.text == "Tarnby; Port Elswick"
    assert result.items == (ListItem("Tarnby", 3), ListItem("Port Elswick", 1))  # "d" has the sentence of "a"
    assert composed(WHICH, found, (0, "Tarnby", 3.0)).items == (ListItem("Tarnby", 1),)
    assert composed(WHO, found, (0, "Tarnby", 3.0)).items == ()


def test_a_copy_of_the_time_that_is_named_counts() -> None:
    found = [passage("a", "Mia Orr led the talks.", "2024-06-20"), passage("b", "Otto Brill led them.", "2024-06-02")]
    copy = replace(found[1].passage, id="c-100", article_id="c", published="2024-03-02")
    found[1] = replace(found[1], copies=(copy,))
    result = composed(replace(WHO, period=MARCH), found, (0, "Mia Orr", 3.0), (1, "Otto Brill", 2.5))
    assert result.text == "Otto Brill"


def test_a_long_question_is_as_sure_as_its_best_places_make_it() -> None:
    found = [passage("a", "Anna Vane steered it."), passage("b", "Otto Brill steered it.")]
    asked = replace(WHO, clauses=("who steered the ferry to Karsund", "and was thanked by the mayor for it"))
    result = composed(asked, found, (0, "Anna Vane", 1.0), (1, "Otto Brill", 0.5))
    assert [span.score for span in result.spans] == [pytest.approx(1.0), pytest.approx(0.5)]


def test_what_somebody_is_may_be_said_in_several_ways() -> None:
    found = [
        passage("a", "Ida Brandt, the chief engineer, spoke."),
        passage("b", "The town's engineer, Ida Brandt, left."),
    ]
    asked = query_of("Who is Ida Brandt?")
    result = composed(asked, found, (0, "the chief engineer", 2.0), (1, "The town's engineer", 1.9))
    assert result.text == "the chief engineer"
    assert [span.text for span in result.spans] == ["the chief engineer", "The town's engineer"]


def test_who_has_left_is_not_told_as_who_it_is_now() -> None:
    found = [
        passage("a", "Ida Aske runs the port.", published="2025-03-01"),
        passage("b", "The port dismissed Ida Aske. Wim Roe will run it.", published="2025-05-01"),
    ]
    asked = query_of("Who runs the port now?")
    result = composed(asked, found, (1, "Ida Aske", 2.0), (0, "Ida Aske", 1.9), (1, "Wim Roe", 0.0))
    assert result.text == "Wim Roe (as of 1 May 2025)"
    assert composed(asked, found[:1], (0, "Ida Aske", 1.9)).text == "Ida Aske (as of 1 March 2025)"


def test_what_a_thing_is_is_told_by_the_sentence_that_says_so() -> None:
    found = [
        passage("a", "Aske left Glow in May. She swims."),
        passage("b", "It rained. Glow, an app for divers, was sold in June. Nobody knows why."),
    ]
    asked = query_of("What is Glow?")
    result = composed(asked, found, (0, "May", 1.0), (1, "app for divers", 0.5))
    assert result.text == "Glow, an app for divers, was sold in June."
    [best, *_] = result.spans
    assert best.passage.article_id == "b"
    alone = composed(asked, found[:1], (0, "May", 1.0))
    assert alone.text == "Aske left Glow in May."
    plain = replace(asked, answer_type="other", thing="")
    assert alone.spans[0].score < composed(plain, found[:1], (0, "May", 1.0)).spans[0].score


@pytest.mark.parametrize(
    ("answer_type", "text", "said", "less"),
    [
        ("money", "He was paid $455 for it.", "455", False),  # the sign stands before
        ("money", "He was paid 455 euros for it.", "455", False),
        ("money", "Odds of -455 for him.", "455", True),
        ("number", "Four ships came.", "ships", True),
        ("time", "It opened in May.", "May", False),
        ("time", "It opened in Tarnby.", "Tarnby", True),
        ("other", "It opened in Tarnby.", "Tarnby", False),
    ],
)
def test_what_cannot_be_of_the_type_that_is_asked_for_is_less_sure(
    answer_type: AnswerType, text: str, said: str, less: bool
) -> None:
    found = [passage("a", text)]
    asked = replace(query("short", answer_type), text="How much?")
    result = composed(asked, found, (0, said, 3.0))
    assert result.spans[0].score == pytest.approx(3.0 - 2.0 * less)


def test_other_sentences_are_no_other_answers_where_one_says_what_a_thing_is() -> None:
    found = [passage("a", "A grelin is a small boat."), passage("b", "Every grelin was sold.")]
    asked = Query("What is a grelin?", answer_type="definition", thing="grelin")
    both = composed(asked, found, (0, "small boat", 1.0), (1, "sold", 1.2))
    alone = composed(asked, found, (0, "small boat", 1.0))
    assert both.text == "A grelin is a small boat."
    assert (both.spans[0].score, both.rival) == (alone.spans[0].score, "")
