"""From records to token ids: the targets are the answer's tokens, whatever was cut."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from tests.training.conftest import PLACES, paragraph, record
from training.batches import MAX_TOKENS, Context, Examples, Row, _window, _without, batches, collate
from training.data import TRAINING_SETS
from training.model import encoder_folder


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def context_of(text: str, tokenizer: Tokenizer) -> Context:
    return Context.of(text, tokenizer.encode(text, add_special_tokens=False))


def marked(row: Row, tokenizer: Tokenizer) -> str:
    """What the target of a row points to."""
    return str(tokenizer.decode(list(row.ids[row.first : row.last + 1]), skip_special_tokens=False))


def test_targets_point_to_the_answers_tokens(data: Path, tokenizer: Tokenizer) -> None:
    answers = {str(1800 + number) for number in range(len(PLACES))} | {"ruth amsel"}
    examples = Examples(data)
    found, empty = set(), 0
    for seed in range(3):
        for group in examples.epoch(seed):
            for row in group:
                assert row.length <= MAX_TOKENS
                assert row.ids[0] == 101
                assert row.ids[-1] == row.ids[row.types_from - 1] == 102
                assert row.types_from <= row.allowed_from < row.length
                if row.first:
                    assert row.allowed_from <= row.first <= row.last < row.length - 1
                    found.add(marked(row, tokenizer))
                else:
                    assert row.last == 0
                    empty += 1
            assert all(not row.first for row in group[1:])
    assert found == answers
    assert empty


def test_a_group_is_a_passage_that_answers_and_mostly_some_that_do_not(data: Path, tokenizer: Tokenizer) -> None:
    lengths: dict[tuple[int, bool], int] = {}
    for group in Examples(data).epoch(1):
        key = (len(group), bool(group[0].first))
        lengths[key] = lengths.get(key, 0) + 1
    assert lengths.keys() == {(1, True), (2, True), (3, True), (1, False)}
    assert lengths[2, True] > lengths[1, True]  # of some questions every other paragraph holds the answer
    assert all(len(group) == 1 for group in Examples(data, {}).epoch(1))


def test_an_epoch_is_the_same_for_the_same_seed_and_has_each_set_as_often_as_it_should(data: Path) -> None:
    examples = Examples(data)
    assert examples.epoch(5) == examples.epoch(5) != examples.epoch(6)
    expected = sum(round(len(examples.sets[name]) * share) for name, share in TRAINING_SETS.items())
    assert len(examples.epoch(5)) == expected


@pytest.mark.parametrize("most", [1, 20, 60, 200])
def test_windows_keep_the_answer_and_are_whole_sentences(tokenizer: Tokenizer, most: int) -> None:
    text = " ".join(paragraph(place, number) for number, place in enumerate(PLACES))
    context = context_of(text, tokenizer)
    assert "".join(text[context.offsets[a][0] : context.offsets[b - 1][1]] for a, b in context.sentences)
    for seed, answer in enumerate(("1803", "forty years", "the northern pier was opened by Ruth Amsel, who lived")):
        start = text.rindex(answer)
        tokens = context.tokens_of(start, start + len(answer))
        assert text[context.offsets[tokens[0]][0] : context.offsets[tokens[1]][1]] == answer
        for again in range(20):
            begin, end = _window(context, tokens, most, random.Random(100 * seed + again))
            assert begin <= tokens[0] <= tokens[1] < end
            assert begin in {a for a, _ in context.sentences}
            assert end in {b for _, b in context.sentences}
            assert end - begin <= max(most, 60)


def test_a_sentence_that_is_too_long_is_cut_around_the_answer(tokenizer: Tokenizer) -> None:
    text = "the harbour board met again " * 200 + "and Anna Vane came " + "and the board went home " * 100
    context = context_of(text, tokenizer)
    start = text.index("Anna Vane")
    tokens = context.tokens_of(start, start + 9)
    for answer in (tokens, (0, 1), (len(context.ids) - 2, len(context.ids) - 1), (300, 600)):
        begin, end = _window(context, answer, 200, random.Random(1))
        assert 0 <= begin <= answer[0] <= answer[1] < end <= len(context.ids)
        assert end - begin < MAX_TOKENS or answer[1] - answer[0] > 200


def test_sentences_tile_the_tokens(tokenizer: Tokenizer) -> None:
    for text in (paragraph("Amsel", 1), "One. ", "👩‍👩‍👧 won. e\u0301a.\n\nTwo!", "... ... Three."):
        context = context_of(text, tokenizer)
        assert context.sentences[0][0] == 0
        assert context.sentences[-1][1] == len(context.ids)
        assert all(one[1] == two[0] for one, two in zip(context.sentences, context.sentences[1:], strict=False))


def test_what_stands_elsewhere_does_not_hold_the_answer(tokenizer: Tokenizer) -> None:
    text = paragraph("Dunmore", 3)
    each = record(text, "When does the market open?", "Tuesday")
    context = context_of(text, tokenizer)
    found = set()
    for seed in range(10):
        part = _without(context, each, random.Random(seed))
        assert part is not None
        said = text[part.offsets[0][0] : part.offsets[-1][1]]
        assert "Tuesday" not in said
        found.add(said)
    assert len(found) == 2  # the side before, and the one behind
    twice = record("Anna came to the old harbour of the town on that day. " * 2, "Who came?", "Anna")
    assert _without(context_of(twice.context, tokenizer), twice, random.Random(1)) is None
    alone = record("Anna came.", "Who came?", "Anna")
    assert _without(context_of(alone.context, tokenizer), alone, random.Random(1)) is None


def test_a_batch_says_what_may_be_an_answer_and_which_rows_belong_together() -> None:
    answers = Row((101, 5, 102, 6, 7, 8, 102), types_from=3, allowed_from=4, first=4, last=5)
    other = Row((101, 5, 102, 9, 102), types_from=3, allowed_from=3, first=0, last=0)
    batch = collate([[other], [answers, other]])
    assert batch.input_ids.shape == (3, 8)
    assert batch.input_ids[1].tolist() == [101, 5, 102, 6, 7, 8, 102, 0]
    assert batch.attention_mask.sum(dim=1).tolist() == [5, 7, 5]
    assert batch.token_type_ids[1].tolist() == [0, 0, 0, 1, 1, 1, 1, 0]
    assert batch.allowed[1].tolist() == [True, False, False, False, True, True, False, False]
    assert batch.allowed[0].tolist() == [True, False, False, True, False, False, False, False]
    assert batch.target.tolist() == [[0, 0], [4, 5], [0, 0]]
    assert batch.together.tolist() == [[1, 2]]
    assert collate([[answers, other], [answers, other, other]]).together.tolist() == [[0, 1, -1], [2, 3, 4]]
    assert len(collate([[other]]).together) == 0


def test_batches_hold_every_group_once_and_no_more_tokens_than_allowed(data: Path) -> None:
    groups = Examples(data).epoch(2)
    made = list(batches(groups, 512, 3))
    assert sorted(map(id, (group for batch in made for group in batch))) == sorted(map(id, groups))
    for batch in made:
        rows = [row for group in batch for row in group]
        assert len(batch) == 1 or len(rows) * max(row.length for row in rows) <= 512
    assert list(batches(groups, 512, 3)) == made
    assert list(batches([], 512, 3)) in ([], [[]])
