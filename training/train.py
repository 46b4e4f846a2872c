"""`python -m training train`: trains the reader; a run that was cut off goes on from its last checkpoint."""

from __future__ import annotations

import json
import math
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from training.batches import Examples, Row, batches, collate
from training.data import Record, held_out_records
from training.evaluate import ReaderOf, TorchNetwork, measure
from training.model import Batch, ReaderModel, load_trained, reader_loss

LEARNING_RATE, WARM_UP, WEIGHT_DECAY = 1.5e-4, 0.03, 0.01  # falls linearly to 0
BATCH_TOKENS = 6144  # with padding
LOSS_WEIGHTS = {"span": 1.0, "answers": 0.25, "together": 0.5}
SEED = 20261124
CURVE_EVERY = 15_000  # questions between two points of the learning curve
SAVE_SECONDS = 300
_PROGRESS = ("before", "done", "epoch", "batch", "seconds")


class Run:
    """A model in training and how far it is; what a checkpoint holds."""

    def __init__(self, folder: Path, start: Path | None = None) -> None:
        """Begin, or go on from the checkpoint in `folder`; a new run begins with the weights in `start`, if given.

        What `start` was trained on counts into `before`, and its learning curve beside it is drawn on.
        """
        torch.manual_seed(SEED)
        self.model = ReaderModel()
        if start is not None:
            load_trained(self.model, start)
        self.trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trained, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.98))
        self.before = self.done = self.epoch = self.batch = 0  # questions of the runs before, and of this; batches
        self.seconds = 0.0
        self._path = folder / "checkpoint.pt"
        self._curve = folder / "curve.jsonl"
        if self._path.exists():
            saved: dict[str, Any] = torch.load(self._path, weights_only=True)
            self.model.load_state_dict(saved["model"])
            self.optimizer.load_state_dict(saved["optimizer"])
            for name in _PROGRESS:
                setattr(self, name, saved[name])
            print(f"going on from {self.done:,} questions", flush=True)
        elif start is not None and (earlier := start.with_suffix(".curve.jsonl")).exists():
            shutil.copy(earlier, self._curve)
            self.before = json.loads(earlier.read_text(encoding="utf-8").splitlines()[-1])["questions"]

    def step(self, batch: Batch, rate: float) -> dict[str, float]:
        """One step of the optimizer; gives the parts of the loss. Raises FloatingPointError where it is no number."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16):
            outputs = self.model(batch.input_ids, batch.attention_mask, batch.token_type_ids)
        losses = reader_loss(outputs, batch)
        loss = torch.stack([LOSS_WEIGHTS[name] * value for name, value in losses.items()]).sum()
        if not math.isfinite(loss.item()):
            raise FloatingPointError(f"The loss is {loss.item()} after {self.done:,} questions; lower LEARNING_RATE.")
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return {name: value.item() for name, value in losses.items()}

    def save(self) -> None:
        """Write the checkpoint; the old one stays whole until the new one is."""
        values = {name: getattr(self, name) for name in _PROGRESS}
        values |= {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        part = self._path.with_suffix(".part")
        torch.save(values, part)
        part.replace(self._path)

    def measure(self, held_out: dict[str, list[Record]]) -> None:
        """Add a point to the learning curve, which is kept beside the checkpoint."""
        self.model.eval()
        network = ReaderOf(TorchNetwork(self.model))
        figures = {name: asdict(measure(network, records)) for name, records in held_out.items()}
        self.model.train()
        line = json.dumps({"questions": self.before + self.done, "minutes": round(self.seconds / 60, 1), **figures})
        print(line, flush=True)
        with self._curve.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def train(
    data: Path, out: Path, questions: int, negatives: dict[str, float] | None = None, start: Path | None = None
) -> None:
    """Train over `questions` questions, each with its passages; checkpoint and learning curve go to `out`.

    With a checkpoint in `out` the run goes on from there; `questions` may differ from what it was begun with. Otherwise
    it begins with the weights in `start`, or with the package's encoder.
    """
    out.mkdir(parents=True, exist_ok=True)
    run = Run(out, start)
    examples = Examples(data, negatives)
    held_out = held_out_sample(data)
    started = time.monotonic() - run.seconds
    saved = time.monotonic()
    measured = run.done // CURVE_EVERY
    for groups in _from(run, examples):
        rate = LEARNING_RATE * min(1.0, (run.done + 1) / (WARM_UP * questions)) * max(0.0, 1 - run.done / questions)
        losses = run.step(collate(groups), rate)
        run.done += len(groups)
        run.batch += 1
        run.seconds = time.monotonic() - started
        finished = run.done >= questions
        if run.batch % 50 == 0:
            parts = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
            print(f"{run.done:,} of {questions:,}  {run.seconds / 60:.1f} min  {parts}", flush=True)
        if finished or time.monotonic() - saved > SAVE_SECONDS:
            run.save()
            saved = time.monotonic()
        if finished or run.done // CURVE_EVERY > measured:
            measured = run.done // CURVE_EVERY
            run.measure(held_out)
        if finished:
            break


def held_out_sample(data: Path) -> dict[str, list[Record]]:
    """600 held-out records of each of the two sets that the learning curve is drawn for."""
    return {
        name: random.Random(SEED).sample(held_out_records(data, name), 600)
        for name in ("shifts_new_wiki", "squad2_dev_half")
    }


def _from(run: Run, examples: Examples) -> Iterator[list[list[Row]]]:
    """Batches without end, from where the run is."""
    while True:
        ordered = list(batches(examples.epoch(SEED + run.epoch), BATCH_TOKENS, SEED + run.epoch))
        yield from ordered[run.batch :]
        run.epoch += 1
        run.batch = 0
