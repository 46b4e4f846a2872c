"""The loss on a batch that was worked out by hand, and a run that was cut off."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from training.batches import Row, batches, collate
from training.model import Batch, ReaderModel, load_trained, reader_loss, save_trained
from training.train import SEED, Run, _from

ANSWERS = Row((101, 5, 102, 6, 7, 8, 102), types_from=3, allowed_from=3, first=3, last=4)
OTHER = Row((101, 5, 102, 9, 102), types_from=3, allowed_from=3, first=0, last=0)


@pytest.fixture
def batch() -> Batch:
    return collate([[ANSWERS, OTHER]])


def outputs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    start, end = torch.full((2, 8), 50.0), torch.full((2, 8), 50.0)  # what may not be an answer does not count
    start[0, [0, 3, 4, 5]] = torch.tensor([0.0, 2.0, 1.0, -1.0])
    end[0, [0, 3, 4, 5]] = torch.tensor([0.0, 1.0, 3.0, 0.0])
    start[1, [0, 3]] = torch.tensor([1.0, 0.0])
    end[1, [0, 3]] = torch.tensor([2.0, -1.0])
    return start, end, torch.tensor([1.0, -2.0])


def nll(logits: list[float], at: int) -> float:
    return math.log(sum(map(math.exp, logits))) - logits[at]


def test_the_loss_is_that_of_a_batch_worked_by_hand(batch: Batch) -> None:
    losses = {name: value.item() for name, value in reader_loss(outputs(), batch).items()}
    start = (nll([0.0, 2.0, 1.0, -1.0], 1) + nll([1.0, 0.0], 0)) / 2
    end = (nll([0.0, 1.0, 3.0, 0.0], 2) + nll([2.0, -1.0], 0)) / 2
    assert losses == pytest.approx(
        {
            "span": (start + end) / 2,
            "answers": (math.log(1 + math.exp(-1.0)) + math.log(1 + math.exp(-2.0))) / 2,
            # What may be an answer, less position 0: 2, 1, -1 of the first row, -1 of the second; and so the ends.
            "together": (nll([2.0, 1.0, -1.0, -1.0], 0) + nll([1.0, 3.0, 0.0, -3.0], 1)) / 2,
        }
    )


def test_a_question_with_one_passage_is_normalised_over_that_passage_alone() -> None:
    assert reader_loss(outputs(), collate([[ANSWERS], [OTHER]])).keys() == {"span", "answers"}


def test_a_better_answer_has_a_smaller_loss(batch: Batch) -> None:
    start, end, answers = outputs()
    before = reader_loss((start, end, answers), batch)
    start[0, 3] += 1
    end[0, 4] += 1
    answers[0] += 1
    after = reader_loss((start, end, answers), batch)
    assert all(after[name] < before[name] for name in before)


# A run that was cut off


@pytest.fixture(scope="module")
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_a_run_goes_on_from_its_checkpoint_as_if_it_had_not_been_cut_off(tmp_path: Path, batch: Batch) -> None:
    run = Run(tmp_path)
    first = run.step(batch, 1e-4)
    assert first.keys() == {"span", "answers", "together"}
    run.done, run.epoch, run.batch, run.seconds = 7, 1, 3, 12.5
    run.save()
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    again = Run(tmp_path)
    assert (again.done, again.epoch, again.batch, again.seconds) == (7, 1, 3, 12.5)
    assert again.step(batch, 1e-4) == run.step(batch, 1e-4) != first
    for one, other in zip(run.trained, again.trained, strict=True):
        assert torch.equal(one, other)
    # It did learn: the loss of the batch is smaller than it was.
    assert sum(run.step(batch, 1e-4).values()) < sum(first.values())


@pytest.mark.usefixtures("threads")
def test_a_run_that_trains_on_counts_the_questions_of_the_run_before_and_draws_its_curve_on(tmp_path: Path) -> None:
    start, out = tmp_path / "reader.safetensors", tmp_path / "out"
    out.mkdir()
    save_trained(ReaderModel(), start)
    assert Run(out, start).before == 0
    line = '{"questions": 5000, "minutes": 4.0}\n'
    start.with_suffix(".curve.jsonl").write_text(line)
    run = Run(out, start)
    assert (run.before, run.done) == (5000, 0)
    run.done = 7
    run.measure({})
    assert (out / "curve.jsonl").read_text() == line + '{"questions": 5007, "minutes": 0.0}\n'
    run.save()
    again = Run(out, start)
    assert (again.before, again.done) == (5000, 7)


class _Epochs:
    """Examples whose epochs are groups of different length, told apart by the seed."""

    def epoch(self, seed: int) -> list[list[Row]]:
        return [[Row((101, seed % 1000, *range(number)), 1, 1, 0, 0)] for number in range(20)]


class _Position:
    def __init__(self, epoch: int, batch: int) -> None:
        self.epoch, self.batch = epoch, batch


def test_batches_go_on_where_the_run_was_also_over_the_end_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.train.BATCH_TOKENS", 40)

    def taken(position: _Position, count: int) -> list[list[list[Row]]]:
        found = []
        for groups in _from(position, _Epochs()):  # type: ignore[arg-type]
            found.append(groups)
            position.batch += 1
            if len(found) == count:
                break
        return found

    in_epoch = len(list(batches(_Epochs().epoch(SEED), 40, SEED)))
    assert in_epoch > 4
    whole = taken(_Position(0, 0), 2 * in_epoch)
    assert whole[:in_epoch] != whole[in_epoch:]
    for cut in (1, 3, in_epoch):
        begun = _Position(0, 0)
        before = taken(begun, cut)
        assert before + taken(_Position(begun.epoch, begun.batch), 2 * in_epoch - cut) == whole


def test_trained_weights_are_read_back_and_others_are_refused(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = ReaderModel()
    save_trained(model, tmp_path / "reader.safetensors")
    torch.manual_seed(2)
    other = ReaderModel()
    assert not torch.equal(other.span.weight, model.span.weight)
    load_trained(other, tmp_path / "reader.safetensors")
    assert torch.allclose(other.span.weight, model.span.weight, atol=1e-3)
    save_file({"span.weight": torch.zeros(2, 384)}, str(tmp_path / "other.safetensors"))
    with pytest.raises(ValueError, match="another network"):
        load_trained(other, tmp_path / "other.safetensors")
