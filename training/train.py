"""`python -m training train`: trains the reader; a run that was cut off goes on from its last checkpoint."""

from __future__ import annotations

import json
import math
import random
import time
from dataclasses import asdict
from pathlib import Path

import torch

from training.batches import Examples, batches, collate
from training.data import Record, held_out_records
from training.evaluate import measure, torch_network
from training.model import ReaderModel, reader_loss

LEARNING_RATE, WARM_UP, WEIGHT_DECAY = 2e-4, 0.03, 0.01  # falls linearly to 0
BATCH_TOKENS = 6144  # with padding
LOSS_WEIGHTS = {"span": 1.0, "answers": 0.5, "pair": 0.5}
SEED = 20261124


def train(
    data: Path,
    out: Path,
    groups: int,
    negatives: dict[str, float] | None = None,
    curve_every: int = 15_000,
    save_minutes: float = 5,
) -> None:
    """Train over `groups` questions, each with its passages; checkpoints, log and learning curve go to `out`.

    With a checkpoint in `out` the run goes on from there; `groups` may differ from what it was begun with.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    model = ReaderModel()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.98))
    checkpoint = out / "checkpoint.pt"
    done = skip = epoch = 0
    seconds = 0.0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        done, epoch, skip, seconds = saved["done"], saved["epoch"], saved["batch"], saved["seconds"]
        print(f"going on from {done:,} questions", flush=True)
    examples = Examples(data, negatives)
    held_out = _held_out_sample(data)
    started = saved_at = time.monotonic() - seconds
    saved_at = time.monotonic()
    measured = done // curve_every
    while done < groups:
        ordered = list(batches(examples.epoch(SEED + epoch), BATCH_TOKENS, SEED + epoch))
        for number, batch_groups in enumerate(ordered):
            if number < skip:
                continue
            batch = collate(batch_groups)
            rate = LEARNING_RATE * min(1.0, (done + 1) / (WARM_UP * groups)) * max(0.0, 1 - done / groups)
            for each in optimizer.param_groups:
                each["lr"] = rate
            with torch.autocast("cpu", torch.bfloat16):
                outputs = model(batch.input_ids, batch.attention_mask, batch.token_type_ids)
            losses = reader_loss(*outputs, batch.allowed, batch.target, batch.pair)
            loss = torch.stack([LOSS_WEIGHTS[name] * value for name, value in losses.items()]).sum()
            if not math.isfinite(loss.item()):
                raise FloatingPointError(f"The loss is {loss.item()} after {done:,} questions; lower LEARNING_RATE.")
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            done += len(batch_groups)
            if number % 50 == 0:
                parts = " ".join(f"{name} {value.item():.3f}" for name, value in losses.items())
                minutes = (time.monotonic() - started) / 60
                print(f"{done:,} of {groups:,}  {minutes:.1f} min  {parts}", flush=True)
            if time.monotonic() - saved_at > save_minutes * 60 or done >= groups:
                _save(checkpoint, model, optimizer, done, epoch, number + 1, time.monotonic() - started)
                saved_at = time.monotonic()
            if done // curve_every > measured or done >= groups:
                measured = done // curve_every
                _append(out / "curve.jsonl", model, held_out, done, (time.monotonic() - started) / 60)
            if done >= groups:
                break
        epoch += 1
        skip = 0


def _held_out_sample(data: Path) -> dict[str, list[Record]]:
    """600 held-out records of each of the two sets that the learning curve is drawn for."""
    return {
        name: random.Random(SEED).sample(held_out_records(data, name), 600)
        for name in ("shifts_new_wiki", "squad2_dev_half")
    }


def _append(path: Path, model: ReaderModel, held_out: dict[str, list[Record]], done: int, minutes: float) -> None:
    model.eval()
    figures = {name: asdict(measure(torch_network(model), records)) for name, records in held_out.items()}
    model.train()
    line = json.dumps({"questions": done, "minutes": round(minutes, 1), **figures})
    print(line, flush=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def _save(
    path: Path, model: ReaderModel, optimizer: torch.optim.Optimizer, done: int, epoch: int, batch: int, seconds: float
) -> None:
    part = path.with_suffix(".part")
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "done": done,
            "epoch": epoch,
            "batch": batch,
            "seconds": seconds,
        },
        part,
    )
    part.replace(path)
