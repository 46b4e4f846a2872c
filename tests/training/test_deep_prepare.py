"""From the data sets to the arrays of the deeper reader."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.conftest import PLACES, line
from tests.training.made_up import arrays, collection, encoder, encoder_bytes, everything, text_of, texts
from training.data import held_out
from training.deep import prepare
from training.deep.arrays import Arrays
from training.deep.encoder import EncoderFile
from training.deep.records import (
    MEASURED_SETS,
    TRAINING_SETS,
    MeasuredSet,
    TrainingSet,
    measured_examples,
    training_examples,
)
from training.deep.texts import Texts, save
from training.deep.variants import mistyped

pytestmark = pytest.mark.soak

# The sets


def write(data: Path, folder: str, name: str, *lines: dict[str, Any]) -> None:
    path = data / folder / f"{name}.jsonl.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(json.dumps(each) + "\n" for each in lines).encode()))


def trained_on(data: Path, folder: str, name: str) -> list[Any]:
    return training_examples(data, TrainingSet(folder, name, 1.0, "wiki"))


@pytest.mark.parametrize("name", ["squad11_dev", "disfl_qa", "boolq_dev"])
def test_a_title_is_trained_on_or_measured(tmp_path: Path, name: str) -> None:
    folder = "yesno" if name == "boolq_dev" else "reader"
    titles = [f"Town_{number}" for number in range(40)]
    lines = [
        line(at, title, f"A text about {title}.", f"What is {title}?") | {"answer": "yes"}
        for at, title in enumerate(titles)
    ]
    write(tmp_path, folder, name, *lines)
    trained = {each.record.title for each in trained_on(tmp_path, folder, name)}
    measured = {each.record.title for each in measured_examples(tmp_path, MeasuredSet(folder, name, held_out=True))}
    assert trained | measured == {title.replace("_", " ") for title in titles}
    assert measured == {title for title in trained | measured if held_out(title)}
    assert trained
    assert measured


def test_every_measured_set_that_is_trained_on_is_measured_on_its_held_out_titles_only() -> None:
    trained = {each.name for each in TRAINING_SETS}
    assert {each.name for each in MEASURED_SETS if each.name in trained} == {
        each.name for each in MEASURED_SETS if each.held_out and not each.name.startswith(("xquad", "adversarial"))
    }


def test_yes_or_no_and_claims_have_a_verdict_and_no_span(tmp_path: Path) -> None:
    write(tmp_path, "yesno", "strategyqa_train_facts", *(line(at, "T", "Some facts.", "is it so") for at in range(2)))
    path = tmp_path / "yesno" / "strategyqa_train_facts.jsonl.gz"
    asked = [json.loads(each) for each in gzip.decompress(path.read_bytes()).splitlines()]
    write(tmp_path, "yesno", path.name[:-9], asked[0] | {"answer": "no"}, asked[1] | {"answer": "yes"})
    assert [(each.verdict, each.record.spans) for each in trained_on(tmp_path, "yesno", path.name[:-9])] == [
        (0, ()),
        (1, ()),
    ]
    claim = {"id": "c", "claim": " It is so. ", "evidence": "It is.", "page": "A_page", "label": "refuted"}
    write(
        tmp_path, "entailment", "fool_me_twice_dev",
        claim | {"other_sentences": ["It is.", "One.", "Two.", "Three.", "Four.", "Five."]},
        claim | {"other_sentences": ["It is.", "One."], "label": "supported"},
    )  # fmt: skip
    one, other = trained_on(tmp_path, "entailment", "fool_me_twice_dev")
    assert (one.verdict, one.record.title, one.record.question, one.beside) == (
        0,
        "A page",
        "It is so.",
        "One. Two. Three. Four.",
    )
    assert (other.verdict, other.beside) == (1, "")


def test_what_is_in_another_set_or_asks_nothing_is_not_trained_on(tmp_path: Path) -> None:
    kept = line(1, "T", "Anna came.", "Who came?", "Anna")
    write(
        tmp_path, "reader", "nq_open_oracle",
        kept | {"also_in": None}, kept | {"also_in": "qed_dev"}, kept | {"question": "Who"}, kept | {"context": " "},
        kept | {"context": "<P> Anna came. </P>", "answers": [{"text": "Anna", "start": 4}] * 2},
    )  # fmt: skip
    found = trained_on(tmp_path, "reader", "nq_open_oracle")
    assert [each.record.context for each in found] == ["Anna came.", "Anna came."]
    assert [each.record.answers for each in found] == [("Anna",), ("Anna",)]


def test_a_sample_is_the_same_each_time(tmp_path: Path) -> None:
    write(tmp_path, "reader", "made", *(line(at, "T", "Anna came.", f"Who came {at}?") for at in range(30)))
    chosen = MeasuredSet("reader", "made", most=10)
    one, again = measured_examples(tmp_path, chosen), measured_examples(tmp_path, chosen)
    assert [each.record.id for each in one] == [each.record.id for each in again]
    assert len(one) == 10
    assert len(measured_examples(tmp_path, MeasuredSet("reader", "made", most=30))) == 30


# The encoder's file


def test_the_files_tokenizer_gives_pieces_and_their_characters() -> None:
    encoding = encoder().tokenizer().encode("The  harbour of\nAmsel, xq!", add_special_tokens=False)
    assert encoding.tokens[:4] == ["▁The", "▁harbour", "▁of", "▁Amsel"]
    assert encoding.tokens[4:-1] == [",", "▁", "x", "q"]
    assert encoding.ids[-1] == 3  # unknown
    assert encoding.offsets[1][1] == len("The  harbour")
    assert encoder().sizes.words == len(encoder()._pieces)
    assert (encoder().begin, encoder().padding, encoder().end) == (0, 1, 2)


def test_another_file_is_refused_and_so_are_heads_of_another_size(tmp_path: Path) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match=r"other\.bin begins with b'GGUF': it is not the 4-bit file"):
        EncoderFile(other)
    data = bytearray(encoder_bytes())
    data[16:20] = (4).to_bytes(4, "little")
    other.write_bytes(data)
    with pytest.raises(ValueError, match="4 heads of 64 are not of 32 each"):
        EncoderFile(other)


# The arrays


def test_a_records_tokens_say_its_texts() -> None:
    prepared = arrays()
    tokenizer = encoder().tokenizer()
    for number, record in enumerate(everything()[2].records):
        context, question = (prepared[name][number] for name in ("r_ctx", "r_q"))
        for ids, text in (
            (prepared.context(context), record.example.record.context),
            (prepared.question(question), record.example.record.question),
            (prepared.title(prepared["r_title"][number]), f"{record.example.record.title}."),
        ):
            if len(ids):
                assert (
                    prepared["used"][ids].tolist() == tokenizer.encode(text, add_special_tokens=False).ids[: len(ids)]
                )
            else:
                assert text == "."
    assert text_of(np.array([prepared.begin, prepared.end, prepared.padding])) == "<s> </s> <pad>"
    assert text_of(prepared["prefix_q"]).replace(" ", "") in ("query:", "▁query:")
    assert [text_of(np.array([mark])) for mark in sorted(prepared.question_marks)] == ["?"]


def test_the_tokens_of_an_answer_say_it() -> None:
    prepared, made = arrays(), texts()
    count = 0
    for number, record in enumerate(everything()[2].records):
        spans = prepared.spans(number).tolist()
        answers = record.example.record.answers
        assert tuple(made.said(record.context, *span) for span in spans) == answers
        count += len(spans)
    assert count == 2 * len(PLACES) + 1


def test_a_span_of_spaces_has_no_tokens() -> None:
    text = "Anna  came."
    encoding = encoder().tokenizer().encode(text, add_special_tokens=False)
    assert prepare.tokens_of((4, 6), encoding, text) is None
    assert prepare.tokens_of((3, 7), encoding, text) is not None


def test_sentences_begin_with_the_token_of_their_first_word() -> None:
    prepared = arrays()
    for context, text in enumerate(texts().contexts):
        starts, ends = prepared.sentences(context)
        assert starts[0] == 0
        assert ends[-1] == len(prepared.context(context))
        for one, two in zip(starts.tolist(), ends.tolist(), strict=True):
            said = texts().said(context, one, two - 1)
            assert said in text
            assert said.endswith((".", "!", "?")) or text.endswith(said)
            assert ". " not in said


def test_near_misses_are_others_of_the_pool_without_the_answer() -> None:
    prepared, made = arrays(), collection()
    asked = {(record.question, record.context) for record in made.records}
    some = 0
    for number, record in enumerate(made.records):
        pool = prepared[f"pool_{prepared['set_pool'][record.set]}"].tolist()
        for context in prepared.near(number):
            assert context in pool
            assert (record.question, context) not in asked  # not its own, nor what another record says of it
            assert not any(answer.lower() in texts().contexts[context].lower() for answer in texts().answers[number])
            some += 1
    assert some > 100
    # The nearest paragraph to "When was the harbour of Amsel built?" without 1800 is not that of any town.
    assert len(set(map(tuple, prepared["r_neg"].tolist()))) > len(PLACES)


def test_near_misses_of_a_claim_do_not_hold_the_sentence_that_decides_it() -> None:
    prepared, made = arrays(), collection()
    claims = [number for number, record in enumerate(made.records) if record.example.verdict >= 0 and record.set == 22]
    assert len(claims) == 2 * len(PLACES)
    for number in claims:
        place = made.records[number].example.record.title
        near = [texts().contexts[context] for context in prepared.near(number)]
        assert len(near) > 3
        assert not any(f"{place} is a town by the sea" in context for context in near)


def test_a_paragraph_that_is_measured_is_not_trained_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = TrainingSet("reader", "one", 1.0, "wiki"), TrainingSet("reader", "other", 1.0, "wiki")
    monkeypatch.setattr(prepare, "TRAINING_SETS", (one, other))
    monkeypatch.setattr(prepare, "MEASURED_SETS", (MeasuredSet("reader", "measured"),))
    anna, emil = line(1, "T", "Anna came.", "Who came?", "Anna"), line(2, "T", "Emil left.", "Who left?", "Emil")
    write(tmp_path, "reader", "one", anna, emil)
    write(tmp_path, "reader", "other", anna)
    write(tmp_path, "reader", "measured", anna)
    retrieved = tmp_path / "newsqa.jsonl.gz"
    retrieved.write_bytes(gzip.compress(b""))
    found = prepare.collected(tmp_path, retrieved)
    assert [each.example.record.context for each in found.records] == ["Emil left."]
    assert [each.set for each in found.measured] == ["measured"]


def test_questions_come_in_lower_case_mistyped_and_changed() -> None:
    prepared, collected = arrays(), everything()[2]
    asked = collected.questions.texts
    swapped = mistyped_ = 0
    for number, record in enumerate(collected.records):
        question = record.example.record.question
        assert asked[prepared["r_lower"][number]] == question.lower()
        other = asked[prepared["r_typo"][number]]
        assert abs(len(other) - len(question)) <= 1
        mistyped_ += other.lower() != question.lower()
        if prepared["r_swap"][number] >= 0:
            assert record.example.record.spans
            assert asked[prepared["r_swap"][number]] not in (question, question.lower())
            swapped += 1
    assert swapped > 3
    assert mistyped_ > 0.7 * len(collected.records)  # a letter may take its own place


def test_a_word_is_mistyped_in_four_ways() -> None:
    found = {mistyped("who is Marta", random.Random(seed)) for seed in range(200)}
    assert {"who is Mrta", "who is Mrata", "who is Marrta"} <= found
    assert any(len(each) == 12 and each not in ("who is Marta", "who is Mrata") for each in found)
    assert all(each.startswith("who is M") and abs(len(each) - 12) <= 1 for each in found)
    assert mistyped("who is it", random.Random(1)) == "who is it"


def test_arrays_are_written_small_and_what_belongs_to_earlier_ones_goes(tmp_path: Path) -> None:
    for name in ("dense.npz", "digests.npz", "arrays.npz"):
        (tmp_path / name).write_bytes(b"of before")
    prepare.write(everything()[0], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["arrays.npz.xz"]
    opened = Arrays.open(tmp_path)
    for name, values in everything()[0].items():
        assert np.array_equal(opened[name], values)
    assert [path.name for path in tmp_path.iterdir()] == ["arrays.npz.xz"]  # nothing large is left where it travels
    np.savez(tmp_path / "dense.npz", r_dense=np.full((len(opened["r_q"]), 10), 3))
    assert 3 in Arrays.open(tmp_path).near(0)
    (tmp_path / "arrays.npz.xz").unlink()
    with pytest.raises(FileNotFoundError, match=r"Prepare them first: python -m training\.deep\.prepare"):
        Arrays.open(tmp_path)
    np.savez(tmp_path / "arrays.npz", **everything()[0])  # type: ignore[arg-type]
    assert "r_dense" in Arrays.open(tmp_path)


def test_texts_are_opened_as_they_were_written(tmp_path: Path) -> None:
    save(everything()[2], everything()[1], tmp_path)
    opened = Texts.open(tmp_path, arrays()["ctx_off"])
    assert list(opened.contexts) == texts().contexts
    assert opened.measured == texts().measured
    assert opened.answers == texts().answers
    assert opened.said(0, 3, 5) == texts().said(0, 3, 5)


def test_a_context_that_is_too_long_is_an_error_that_says_so() -> None:
    with pytest.raises(OverflowError, match="70000 does not fit into 16 bits"):
        prepare._in_16_bits(np.array([1, 70_000]), np.uint16)


def test_retrieved_passages_are_measured_side_by_side(tmp_path: Path) -> None:
    passages = [{"title": "", "text": "Anna came."}, {"title": "Towns", "text": "Nobody came."}]
    values = {"id": "1", "key": "article", "question": "Who came?", "answers": ["Anna"], "passages": passages}
    path = tmp_path / "newsqa.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(values).encode()))
    made = collection()
    before = len(made.contexts.texts)
    made.measure_retrieved("newsqa", path)
    [question] = [each for each in made.measured if each.set == "newsqa"]
    assert question.passages == ((-1, before), (made.titles("Towns."), before + 1))
    assert (question.key, question.answers, made.questions.texts[question.question]) == (
        "article",
        ("Anna",),
        "Who came?",
    )
