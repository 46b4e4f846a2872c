"""The joint reader with the real models: what it answers, where that stands, and how sure it is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, ArticleIndex, Passage, Rank, ScoredPassage, SentenceTransformerEmbedder
from qa import AnswerSettings, ArticleQA, HybridRetriever, JointReader, QuestionError, ReaderWeightsError, Reading
from qa.question.turn import Form
from qa.question.wording import query_of
from qa.reading.network import MAX_WINDOW, WEIGHTS, Pair, ReaderNetwork, TokenScores
from qa.reading.reader import Calibration

LONG = (
    "Who bought the lighthouse on Skerry Point, what did he pay for it, who will run the hostel in the cottage, and "
    "what did the vet say about the bees of the valley?"
)
FORMS: tuple[Form, ...] = ("short", "sentences", "yes_no", "summary")


@pytest.fixture(scope="module")
def reader(real_articles: ArticleIndex) -> JointReader:
    return JointReader(real_articles)


def read(reader: JointReader, articles: ArticleIndex, *questions: str) -> list[Reading]:
    queries = [query_of(question) for question in questions]
    return reader.read(queries, HybridRetriever(articles).retrieve(queries))


def said(reading: Reading) -> str:
    return reading.text or reading.spans[0].text


def assert_sound(reading: Reading, articles: ArticleIndex) -> None:
    """Every span stands in its article, the answer in its quote, and no two quotes overlap."""
    assert reading.spans
    places = []
    for span in reading.spans:
        article = articles.get(span.passage.article_id)
        assert span.answer_start is not None
        assert span.answer_end is not None
        assert span.passage.start <= span.start <= span.answer_start < span.answer_end <= span.end <= span.passage.end
        assert article.text[span.answer_start : span.answer_end] == span.text == span.text.strip()
        assert article.text[span.passage.start : span.passage.end] == span.passage.text
        quote = article.text[span.start : span.end]
        assert quote == quote.strip()
        assert 0 <= span.confidence <= 1
        assert math.isfinite(span.score)
        places += [(article.id, at) for at in range(span.start, span.end)]
    assert len(set(places)) == len(places)


# What is answered


def test_a_passage_need_not_say_again_where_its_article_is_about(
    tmp_path: Path, real_embedder: SentenceTransformerEmbedder
) -> None:
    story = (
        "Tarnby town council voted on Friday for a new roof on the swimming bath.\n\n"
        + "The old one has leaked since a storm tore off forty panels, and rain falls into the pool. " * 6
        + "\n\nIda Aske, who chairs the leisure committee, called it the best day in sixty years."
    )
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add([Article(id="roof", title="A new roof", text=story)])
        qa = ArticleQA(articles)
        there, elsewhere = (
            qa.ask(f"Who chairs the leisure committee of {place}?").confidence for place in ("Tarnby", "Quillholm")
        )
    assert there > elsewhere + 0.2


@pytest.mark.parametrize(
    ("question", "words", "article"),
    [
        ("Who will run the hostel in the cottage?", "Ingrid", "lighthouse"),
        ("Who bought the lighthouse?", "Oskar Lindqvist", "lighthouse"),
        ("How much did the dentist pay for the lighthouse?", "312,000 pounds", "lighthouse"),
        ("Since when has the lamp been automatic?", "1987", "lighthouse"),
        ("How long did the echo last?", "four seconds", "orchestra"),
        ("When does the hall open again?", "September", "orchestra"),
        ("How many people sat on the tiles?", "450", "orchestra"),
        ("Who blames a frost in April?", "Ruth Amsel", "bees"),
        ("What does the vet Ruth Amsel blame?", "frost", "bees"),
        ("How many leaks did the robot find?", "23", "robot"),
        ("What is the machine called?", "Pipsqueak", "robot"),
        ("How many litres of water do repaired leaks save?", "two million", "robot"),
    ],
)
def test_what_has_a_short_answer_is_answered_in_short(
    reader: JointReader, real_articles: ArticleIndex, question: str, words: str, article: str
) -> None:
    [reading] = read(reader, real_articles, question)
    assert words in said(reading)
    assert len(said(reading).split()) <= 6
    assert reading.spans[0].passage.article_id == article
    assert not reading.differs
    assert_sound(reading, real_articles)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Why will Mr Lindqvist live in the tower?", "because the sea air is good for his asthma."),
        ("What did the conductor say about the concert?", "“It was like playing inside a bell,” said the conductor"),
        ("Why did the vet blame the frost?", "which killed the cherry blossom that the insects feed on."),
    ],
)
def test_why_and_what_was_said_are_answered_with_whole_sentences(
    reader: JointReader, real_articles: ArticleIndex, question: str, words: str
) -> None:
    [reading] = read(reader, real_articles, question)
    assert words in said(reading)
    assert said(reading) == " ".join(span.text for span in reading.spans)
    assert 1 <= len(reading.spans) <= 4
    for span in reading.spans:
        assert (span.start, span.end) == (span.answer_start, span.answer_end)
        assert span.text[-1] in ".!?”"
    assert_sound(reading, real_articles)


def test_a_question_with_yes_or_no_gets_the_sentence_that_settles_it(
    reader: JointReader, real_articles: ArticleIndex
) -> None:
    [reading] = read(reader, real_articles, "Does the lamp of the lighthouse stay lit?")
    assert "The lamp itself stays lit." in said(reading)
    assert len(reading.spans) <= 2


def test_a_summary_is_the_beginning_of_the_article_that_is_meant(
    reader: JointReader, real_articles: ArticleIndex
) -> None:
    [reading] = read(reader, real_articles, "Summarise the article about the robot in the water pipes")
    assert said(reading).startswith("Engineers at the Brennick waterworks have built a robot the size of a mouse")
    assert len(reading.spans) == 4
    assert_sound(reading, real_articles)


@pytest.mark.parametrize("most", [5, pytest.param(12, marks=pytest.mark.soak)])
def test_spans_and_offsets_are_sound_whatever_is_asked(
    reader: JointReader, real_articles: ArticleIndex, most: int
) -> None:
    questions = (
        "How long did the echo last?", "Why are the bees dying?", "zzz", "Is it late?", "Summarise everything",
        "Which people are named?", "What did the conductor say?", "robot", "Who is Oskar Lindqvist?", LONG, "🎻", "why",
    )[:most]  # fmt: skip
    for question, reading in zip(questions, read(reader, real_articles, *questions), strict=True):
        assert_sound(reading, real_articles)
        assert said(reading), question


def test_a_question_that_the_articles_answer_has_the_larger_probability(
    reader: JointReader, real_articles: ArticleIndex
) -> None:
    answered, unrelated, nonsense = (
        max(span.confidence for span in reading.spans)
        for reading in read(
            reader, real_articles, "When does the hall open again?", "When was Westphalia signed?", "zzz"
        )
    )
    assert answered > max(unrelated, nonsense) + 0.2


# Passages


def test_the_passages_come_back_in_the_readers_order_with_its_rank(
    reader: JointReader, real_articles: ArticleIndex
) -> None:
    for question, article in (
        ("How long did the echo last?", "orchestra"),
        ("Why will Mr Lindqvist live in the tower?", "lighthouse"),
    ):
        [passages] = HybridRetriever(real_articles).retrieve([query_of(question)])
        [reading] = reader.read([query_of(question)], [passages[::-1]])
        assert {scored.passage.id for scored in reading.passages} == {scored.passage.id for scored in passages}
        assert reading.passages[0].passage.article_id == article
        scores = [scored.score for scored in reading.passages]
        assert scores == sorted(scores, reverse=True)
        for position, scored in enumerate(reading.passages, start=1):
            assert scored.scorer == "reader"
            assert [rank.order for rank in scored.ranks] == ["dense", "lexical", "fused", "reader"]
            assert (scored.ranks[-1].rank, scored.ranks[-1].score) == (position, scored.score)


def test_the_passages_of_a_question_with_clauses_keep_their_order(reader: JointReader) -> None:
    def scored(article: str, start: int, fused: float) -> ScoredPassage:
        each = Passage(f"{article}{start}", article, "", start, start + 11, "Anna came. ")
        return ScoredPassage(each, fused, "fused", (Rank("fused", 1, fused),))

    passages = [scored("a", 0, 0.9), scored("b", 0, 0.88), scored("a", 11, 0.86), scored("a", 22, 0.85)]
    [reading] = reader.read([query_of(LONG)], [passages[::-1]])
    assert [each.passage.id for each in reading.passages] == ["a0", "b0", "a11", "a22"]
    assert [each.score for each in reading.passages] == [0.9, 0.88, 0.86, 0.85]
    assert {each.scorer for each in reading.passages} == {"reader"}
    [few_words] = reader.read([query_of("Who came?")], [passages])
    assert [each.score for each in few_words.passages] != [each.score for each in reading.passages]


def test_without_passages_or_questions_there_is_nothing_to_read(reader: JointReader) -> None:
    assert reader.read([], []) == []
    for question in ("Who?", "Why?", "Is it?", "Summarise it", LONG):
        assert reader.read([query_of(question)], [[]]) == [Reading((), ())]


@pytest.mark.parametrize("text", ["", " \n ", "\x00", "\ufeff\u200b"])
def test_passages_without_a_token_give_no_answer_and_are_kept(reader: JointReader, text: str) -> None:
    empty = ScoredPassage(Passage("p", "a", "", 0, len(text), text), 0.1, "fused")
    for question in ("Who?", "Why?", "Summarise it", LONG):
        [reading] = reader.read([query_of(question)], [[empty]])
        assert (reading.spans, reading.text) == ((), "")
        assert [scored.passage for scored in reading.passages] == [empty.passage]


@pytest.mark.parametrize("question", ["Who?", "Why?", "Is it?"])
def test_passages_without_a_word_are_read_all_the_same(reader: JointReader, question: str) -> None:
    dots = ScoredPassage(Passage("p", "a", "", 7, 12, " ... "), 0.1, "fused")
    [reading] = reader.read([query_of(question)], [[dots]])
    assert [scored.passage for scored in reading.passages] == [dots.passage]
    assert all(set(span.text) == {"."} and 8 <= span.start < span.end <= 11 for span in reading.spans)


@pytest.mark.parametrize("most", [3, pytest.param(6, marks=pytest.mark.soak)])
def test_a_batch_gives_exactly_what_single_questions_give(
    reader: JointReader, real_articles: ArticleIndex, most: int
) -> None:
    questions = [
        "How long did the echo last?",
        "Why are the bees dying?",
        "Sum up the bees",
        LONG,
        "Is it lit?",
        "robot",
    ][:most]
    passages = [HybridRetriever(real_articles).retrieve([query_of(question)])[0] for question in questions]
    alone = [reader.read([query_of(question)], [found])[0] for question, found in zip(questions, passages, strict=True)]
    queries = [query_of(question) for question in questions]
    assert reader.read(queries, passages) == alone
    assert reader.read(queries[::-1], passages[::-1]) == alone[::-1]


class Counting(ReaderNetwork):
    """Counts the passages that it is given, and how often it looks at the best answers again."""

    def __init__(self) -> None:
        super().__init__()
        self.read = self.again = 0

    def score(self, pairs: Sequence[Pair], most: int = MAX_WINDOW) -> list[TokenScores]:
        if most == MAX_WINDOW:
            self.read += len(pairs)
        else:
            self.again += 1
        return super().score(pairs, most)


@pytest.mark.parametrize(
    ("question", "rounds"),
    [
        ("How long did the echo last?", 1),
        ("What is the name of the moon's third dog?", 2),  # nothing says so
        ("Which towns are named?", 2),  # may have several answers, anywhere
    ],
)
def test_the_later_passages_are_read_where_the_first_do_not_settle_the_question(
    real_articles: ArticleIndex, question: str, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.reading.reader._FIRST", 2)
    monkeypatch.setattr("qa.reading.reader._SETTLED", 0.3)
    [found] = HybridRetriever(real_articles).retrieve([query_of(question)])
    network = Counting()
    reader = JointReader(real_articles, network)
    [reading] = reader.read([query_of(question)], [found])
    assert network.read == (len(found) if rounds == 2 else 2)
    assert {scored.passage.id for scored in reading.passages} == {scored.passage.id for scored in found}
    assert network.again == (0 if query_of(question).several else 1)
    if rounds == 2:  # in two rounds it is what it is in one, but for how other lengths are rounded
        monkeypatch.setattr("qa.reading.reader._FIRST", len(found))
        [at_once] = reader.read([query_of(question)], [found])
        assert [scored.score for scored in reading.passages] == pytest.approx(
            [scored.score for scored in at_once.passages], abs=0.05
        )


# Calibration


def test_the_shipped_calibration_covers_every_form_and_feature(reader: JointReader) -> None:
    calibration = Calibration.read()
    assert reader.calibration.weights == calibration.weights
    for form in FORMS:
        assert 0 <= calibration.confidence(0.0, form) <= 1
    features = dict.fromkeys(("margin", "answers", "retrieval", "similarity", "fits"), 1.0)
    forms: tuple[Form, ...] = ("short", "sentences", "yes_no")
    for form in forms:
        assert calibration.score(features, form) > calibration.score(dict.fromkeys(features, 0.0), form)


@pytest.mark.parametrize("form", FORMS)
def test_the_probability_grows_with_the_score_and_is_never_outside_of_0_and_1(form: Form) -> None:
    calibration = Calibration.read()
    scores = (-1e6, -700.0, -5.0, -1.0, 0.0, 0.25, 0.5, 1.0, 1.5, 3.0, 6.0, 700.0, 1e6)
    confidences = [calibration.confidence(score, form) for score in scores]
    assert confidences == sorted(confidences)
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert len(set(confidences)) > 5


def test_score_and_confidence_are_those_of_their_formulas() -> None:
    calibration = Calibration(
        {
            "short": {"margin": 0.5, "fits": 2.0, "offset": -1.0},
            "sentences": {"margin": 1.0, "fits": 0.0, "offset": 0.25},
            "summary": {"margin": 2.0, "fits": 1.0, "offset": 0.0},
        },
        {"short": (2.0, -1.0), "sentences": (1.0, 0.0), "yes_no": (0.0, 0.0), "summary": (4.0, -2.0)},
    )
    features = {"margin": 3.0, "fits": 0.5}
    assert [calibration.score(features, form) for form in FORMS] == [1.5, 3.25, 3.25, 6.5]
    assert [calibration.confidence(0.5, form) for form in FORMS] == pytest.approx(
        [0.5, 1 / (1 + math.exp(-0.5)), 0.5, 0.5]
    )


def test_a_calibration_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "reader.json"
    path.write_text((WEIGHTS / "reader.json").read_text(encoding="utf-8"), encoding="utf-8")
    values = json.loads(path.read_text(encoding="utf-8"))
    calibration = Calibration.read(path)
    assert calibration.weights == values["weights"]
    assert calibration.platt == {form: (each["slope"], each["offset"]) for form, each in values["platt"].items()}


def test_a_calibration_that_is_missing_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReaderWeightsError, match=r"reader\.json cannot be read: .*Install article-qa again\.$"):
        Calibration.read(tmp_path / "reader.json")


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "5", "null", "{}", "\x00", "ü", '{"weights": {}}', '{"weights": [], "platt": {}}',
        '{"weights": {"short": 5}, "platt": {}}', '{"weights": {"short": {"fits": "x"}}, "platt": {}}',
        '{"weights": {"short": {"fits": null}}, "platt": {}}', '{"weights": {}, "platt": {"short": {"slope": 1}}}',
        '{"weights": {}, "platt": {"short": [1, 2]}}',
    ],
)  # fmt: skip
def test_a_calibration_that_is_damaged_is_an_error_that_says_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "reader.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ReaderWeightsError, match=r"cannot be read: .*Install article-qa again\.$") as raised:
        Calibration.read(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("part", ["weights", "platt"])
@pytest.mark.parametrize("form", ["short", "sentences"])
def test_a_calibration_that_lacks_a_form_is_an_error_before_anything_is_asked(
    tmp_path: Path, part: str, form: str
) -> None:
    values = json.loads((WEIGHTS / "reader.json").read_text(encoding="utf-8"))
    del values[part][form]
    path = tmp_path / "reader.json"
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(ReaderWeightsError, match="cannot be read"):
        Calibration.read(path)


def test_a_reader_without_its_weights_is_made_but_does_not_read(real_articles: ArticleIndex, tmp_path: Path) -> None:
    reader = JointReader(real_articles, ReaderNetwork(tmp_path))
    assert reader.read([query_of("Who?")], [[]]) == [Reading((), ())]
    with pytest.raises(ReaderWeightsError, match="Install article-qa again"):
        ArticleQA(real_articles, reader=reader).ask("Who bought the lighthouse?")


# Hostile input

SPRAWL = "the harbour board met again about the price of rope and " * 1800
HOSTILE = (
    Article(id="sprawl", title="Without a stop", text=f"Anna Vane said {SPRAWL}nothing was decided"),
    Article(id="word", title="", text="x" * 30_000),
    Article(
        id="markup",
        title="<script>alert('x')</script>",
        text="<p class='x'>Otto Brill</p> sold 40 &amp; 50 boats. {question} %s {{0}} [SEP] [CLS] [MASK] **Ida** `x`.\n"
        "</body>| a | b |\n|---|---|\n\\u0000 ${HOME} ' OR 1=1 --",
    ),
    Article(
        id="emoji",
        title="🎻🎻",
        text="👩‍👩‍👧 won. 🎻🎻🎻 👍🏽! Ida Moss 🏴󠁧󠁢󠁳󠁣󠁴󠁿 scored 3 ⚽⚽⚽ … e\u0301a. 🎻🎻 " * 30,
    ),
    Article(
        id="arabic",
        title="فتح الجسر",
        text="قال الوزير أحمد إن الجسر سيفتح يوم الثلاثاء. بلغت التكلفة ٤٥ مليون جنيه.\n\n"
        "הגשר ייפתח ביום שלישי, אמרה השרה רות. \u202eabc\u202c \u2067x\u2069 עלותו 45 מיליון.",
    ),
    Article(
        id="control",
        title="\x1b[31mred\x07",
        text="\x01\x02\x1b[31mIda\x08 Moss\x7f came\x0b\x0c on\x85 Monday.\u2028 4 left.",
    ),
    Article(id="nul", title="nul\x00", text="Otto\x00Brill left.\x00\x00 He paid \x00 9 euros.\x00"),
    Article(id="dots", title="...", text="... !!! — — —\n\n???\n\n🎻\n\n" * 5),
    Article(
        id="script",
        title="東京",
        text="東京は雨だ。大阪は晴れだ。二人が来た。\nΚύριε ελέησον; Лебедь летит. สะพานเปิด ﬁ İ ß.",
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(
    tmp_path_factory: pytest.TempPathFactory, real_embedder: SentenceTransformerEmbedder
) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path_factory.mktemp("hostile") / "index", embedder=real_embedder) as articles:
        articles.add(HOSTILE)
        yield articles


def test_every_hostile_article_is_in_the_index(hostile: ArticleIndex) -> None:
    stored = {article.id: hostile.get(article.id).text for article in HOSTILE}
    assert stored == {article.id: article.text for article in HOSTILE}
    assert len(max(stored.values(), key=len)) > 100_000


QUESTIONS = (
    *(article.text[:2000] for article in HOSTILE),
    *(article.title for article in HOSTILE if article.title.strip()),
    "Who sold boats?", "How many boats did Otto Brill sell?", "Why did he leave?", "Did Ida Moss come?",
    "why", "how many",
    "Which names are there?", "Who are the people?", "Summarise the article about the bridge", "Summarise nothing",
    "tl;dr", "What did the board say?", "متى سيفتح الجسر؟", "מתי ייפתח הגשר?", "誰が来た?",
    "🎻", "\u202e", "\x00", "[MASK]",
    "%s", "{question}", "who " * 500, "what did they say about " * 80, "? " * 1000, LONG,
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile_qas(hostile: ArticleIndex) -> tuple[ArticleQA, ArticleQA]:
    """What answers always, and what may abstain."""
    reader = JointReader(hostile)
    always, seldom = (
        ArticleQA(hostile, reader, settings=AnswerSettings(threshold=threshold)) for threshold in (0.0, 0.4)
    )
    return always, seldom


@pytest.mark.parametrize(
    "number",
    [pytest.param(number, marks=[pytest.mark.soak] if number % 18 else []) for number in range(len(QUESTIONS))],
)
def test_hostile_articles_and_questions_give_an_answer_that_stands_or_an_abstention(
    hostile: ArticleIndex, hostile_qas: tuple[ArticleQA, ArticleQA], number: int
) -> None:
    question = QUESTIONS[number]
    texts = {article.id: hostile.get(article.id).text for article in HOSTILE}
    for qa in hostile_qas:
        try:
            answer = qa.ask(question)
        except QuestionError:
            assert not question.strip()  # the one reason: nothing was asked
            return
        assert answer.abstained == (not answer.citations) == (answer.text == "")
        assert 0 <= answer.confidence <= 1
        json.dumps(answer.to_json()).encode()
        for citation in answer.citations:
            assert texts[citation.article_id][citation.start : citation.end] == citation.quote != ""
            assert citation.answer_start is not None
            assert citation.answer_end is not None
            assert citation.start <= citation.answer_start < citation.answer_end <= citation.end
        for scored in answer.passages:
            place = scored.passage
            assert texts[place.article_id][place.start : place.end] == place.text


def test_what_stands_among_markup_and_marks_is_still_found(hostile: ArticleIndex) -> None:
    qa = ArticleQA(hostile, settings=AnswerSettings(threshold=0))
    assert qa.ask("How many did Ida Moss score?").citations[0].article_id == "emoji"
    assert qa.ask("Who sold 40 boats?").citations[0].article_id == "markup"


def test_an_article_that_changed_gives_the_readers_answer_of_what_is_there_now(
    reader: JointReader, real_articles: ArticleIndex
) -> None:
    question = "How long did the echo last?"
    [passages] = HybridRetriever(real_articles).retrieve([query_of(question)])
    changed = [
        replace(each, passage=replace(each.passage, text=each.passage.text.replace("four seconds", "nine seconds")))
        for each in passages
    ]
    [reading] = reader.read([query_of(question)], [changed])
    assert "nine seconds" in said(reading)
