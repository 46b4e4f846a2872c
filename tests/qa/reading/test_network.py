"""The shipped network: what comes of pairs of question and passage, and of weights that are not what they were."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from qa import ReaderWeightsError
from qa.reading.network import MAX_QUESTION, MAX_TITLE, MAX_WINDOW, WEIGHTS, Pair, ReaderNetwork, TokenScores
from qa.reading.spans import best_spans

pytestmark = pytest.mark.usefixtures("fresh_networks")

ECHO = Pair(
    "How long did the echo last?",
    "Orchestra",
    "The hall is closed. The echo lasted four seconds. About 450 people sat.",
)
FILLER = "It was a quiet day in the valley, and the growers talked about the weather and the road. "


@pytest.fixture(scope="module")
def network() -> ReaderNetwork:
    network = ReaderNetwork()
    network.load()
    return network


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A copy of the folder that a test may damage."""
    return Path(shutil.copytree(WEIGHTS, tmp_path / "weights"))


def assert_sound(scores: TokenScores, passage: str) -> None:
    """Every token has finite scores and a place in the text."""
    count = len(scores.offsets)
    assert len(scores.words) == len(scores.start) == len(scores.end) == count
    assert np.isfinite(scores.start).all()
    assert np.isfinite(scores.end).all()
    assert np.isfinite(scores.answers)
    assert all(0 <= start < end <= len(passage) for start, end in scores.offsets)
    assert list(scores.offsets) == sorted(scores.offsets)
    assert list(scores.words) == sorted(scores.words)


def assert_equal(one: TokenScores, other: TokenScores) -> None:
    assert (one.offsets, one.words, one.answers) == (other.offsets, other.words, other.answers)
    assert np.array_equal(one.start, other.start)
    assert np.array_equal(one.end, other.end)


def best(network: ReaderNetwork, question: str, passage: str) -> str:
    [scores] = network.score([Pair(question, "", passage)])
    [span] = best_spans(scores, 1)
    return passage[span.start : span.end]


# The weights


def test_readers_share_the_weights_that_are_loaded_and_wherever_they_lie(weights: Path) -> None:
    one, other = ReaderNetwork(), ReaderNetwork(weights)
    for network in (one, other):
        network.load()
    assert one._network is other._network
    assert other.score([ECHO])[0].answers == one.score([ECHO])[0].answers


def test_weights_of_which_a_byte_changed_are_refused(weights: Path) -> None:
    path = weights / "reader.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    for use in (ReaderNetwork(weights).load, lambda: ReaderNetwork(weights).score([ECHO])):
        with pytest.raises(ReaderWeightsError, match=r"are damaged: their SHA-256 is not \w{16}\.\.\.") as raised:
            use()
        assert str(path) in str(raised.value)
        assert str(raised.value).endswith("Install article-qa again.")


@pytest.mark.parametrize("name", ["reader.onnx", "reader.provenance.json"])
def test_a_file_that_is_missing_is_named(weights: Path, name: str) -> None:
    (weights / name).unlink()
    with pytest.raises(ReaderWeightsError, match=r"cannot be read: .* Install article-qa again\.$") as raised:
        ReaderNetwork(weights).load()
    assert str(weights) in str(raised.value)
    assert name in str(raised.value)


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", "5", "null", '{"sha256": null}', '{"sha256": 5}', "\x00", "é"])
def test_a_provenance_that_is_damaged_is_an_error_that_says_what_to_do(weights: Path, text: str) -> None:
    (weights / "reader.provenance.json").write_text(text, encoding="latin-1")
    with pytest.raises(ReaderWeightsError, match=r"^The reader's weights in .* Install article-qa again\.$") as raised:
        ReaderNetwork(weights).load()
    assert str(weights) in str(raised.value)


def test_a_hash_of_other_weights_is_refused(weights: Path) -> None:
    (weights / "reader.provenance.json").write_text('{"sha256": "' + "0" * 64 + '"}')
    with pytest.raises(ReaderWeightsError, match="SHA-256 is not 0000000000000000"):
        ReaderNetwork(weights).load()


def test_nothing_is_read_before_it_is_needed(tmp_path: Path) -> None:
    network = ReaderNetwork(tmp_path / "nowhere")
    assert network.score([]) == []
    with pytest.raises(ReaderWeightsError, match="nowhere"):
        network.score([ECHO])


# Scores


def test_the_best_span_of_an_easy_pair_is_the_answer(network: ReaderNetwork) -> None:
    assert "four seconds" in best(network, ECHO.question, ECHO.passage)


def test_a_passage_that_answers_has_the_larger_logit(network: ReaderNetwork) -> None:
    other = Pair(ECHO.question, "Bees", "Honey will be dear in autumn. A jar may cost nine euros.")
    right, wrong = network.score([ECHO, other])
    assert right.answers > wrong.answers
    assert max(span.margin for span in best_spans(right, 1)) > max(span.margin for span in best_spans(wrong, 1))


def test_the_same_pair_gives_the_same_scores_alone_and_twice_in_a_list(network: ReaderNetwork) -> None:
    [alone] = network.score([ECHO])
    first, second = network.score([ECHO, ECHO])
    assert_equal(first, second)
    assert_equal(alone, first)
    assert_equal(alone, network.score([ECHO])[0])


def test_scores_come_in_the_order_of_the_pairs(network: ReaderNetwork) -> None:
    passages = ["Anna came. " * count for count in (3, 200, 1, 0, 40, 90)]
    for scores, passage in zip(network.score([Pair("Who?", "", each) for each in passages]), passages, strict=True):
        assert_sound(scores, passage)
        assert len(scores.offsets) == 3 * passage.count("Anna")


@pytest.mark.parametrize(
    "before", [0, 15, 17, *(pytest.param(each, marks=pytest.mark.soak) for each in (8, 13, 14, 16, 18, 40, 80))]
)
def test_a_long_passage_is_read_in_windows_and_offsets_are_those_of_the_passage(
    network: ReaderNetwork, before: int
) -> None:
    passage = FILLER * before + "The echo lasted four seconds. " + FILLER * 20
    [scores] = network.score([Pair(ECHO.question, "Orchestra", passage)])
    assert_sound(scores, passage)
    assert len(scores.offsets) > MAX_WINDOW
    assert all(passage[start:end].strip() == passage[start:end] != "" for start, end in scores.offsets)
    [span] = best_spans(scores, 1)
    assert "four seconds" in passage[span.start : span.end]


@pytest.mark.parametrize("extra", [0, *(pytest.param(each, marks=pytest.mark.soak) for each in (-1, 1, 2))])
def test_every_token_is_read_around_the_length_of_a_window(network: ReaderNetwork, extra: int) -> None:
    question, title = "w " * (MAX_QUESTION + 5), "t " * (MAX_TITLE + 5)
    room = MAX_WINDOW - MAX_QUESTION - MAX_TITLE - 3
    for windows in range(1, 4):
        passage = "word " * (room + (windows - 1) * (room - 64) + extra)
        [scores] = network.score([Pair(question, title, passage)])
        assert_sound(scores, passage)
        assert len(scores.offsets) == len(passage.split())


def test_of_a_long_question_the_first_tokens_count(network: ReaderNetwork) -> None:
    start = "How long did the echo last, said " + "the man and " * 20
    assert len(start.split()) > MAX_QUESTION
    one, other = (
        network.score([Pair(question, "", ECHO.passage)])[0] for question in (start, start + "who was it? " * 300)
    )
    assert_equal(one, other)


def test_a_question_may_be_the_passage(network: ReaderNetwork) -> None:
    for passage in (ECHO.passage, ECHO.passage * 30):
        [scores] = network.score([Pair(passage, "", passage)])
        assert_sound(scores, passage)
        assert scores.offsets


ODD = {
    "emoji": "👩‍👩‍👧 won. 🎻🎻 " * 40,
    "right to left": "قال الوزير إن الجسر سيفتح. הגשר ייפתח ביום שלישי. \u202eabc\u202c " * 20,
    "control": "\x00\x01\x1b[31mAnna\x07 came\x7f\x85.\u2028\u2029\ufeff",
    "no full stop": "the harbour board met again and " * 625,
    "one word": "a" * 20_000,
    "other scripts": "東京は雨だ。 Κύριε Лебедь सेतु 다리 สะพาน İ ß ﬁ e\u0301",
    "markup": "<p class='x'>Anna &amp; <script>alert(1)</script></p> {question} %s [SEP] [CLS] [MASK]",
    "surrogates joined": "\U0001f600\U000e0041",
}
LONG = {"no full stop", "one word"}  # 20,000 characters
TOKENLESS = {"empty": "", "space": " \n\t\u3000", "nul": "\x00\x00", "invisible": "\ufeff\u200b"}


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.soak] if name in LONG else []) for name in ODD])
def test_odd_passages_have_scores_for_every_token_inside_the_text(network: ReaderNetwork, name: str) -> None:
    passage = ODD[name]
    for question, title in (("Who came?", "A title"), (passage[:2000], passage[:200]), ("", "")):
        [scores] = network.score([Pair(question, title, passage)])
        assert scores.offsets
        assert_sound(scores, passage)
        for span in best_spans(scores, 3):
            assert 0 <= span.start < span.end <= len(passage)


@pytest.mark.parametrize("name", TOKENLESS)
def test_a_passage_without_a_token_has_empty_scores_and_a_logit(network: ReaderNetwork, name: str) -> None:
    pairs: Sequence[Pair] = [Pair("Who came?", "", TOKENLESS[name]), ECHO]
    nothing, echo = network.score(pairs)
    assert (nothing.offsets, nothing.words, len(nothing.start), len(nothing.end)) == ((), (), 0, 0)
    assert np.isfinite(nothing.answers)
    assert_sound(echo, ECHO.passage)
