"""`python -m training.deep.run OUT seconds=300`: trains for a time, and gives back weights and arrays in OUT.

It needs torch, numpy and a folder with what `training.deep.prepare` wrote, and nothing else of the project. On a CPU
one process for each core, each with batches of its own, is 1.3 times as fast as one that uses all cores:
`python -m torch.distributed.run --nproc-per-node 2 -m training.deep.run OUT steps=3000 threads=1 workers=0`.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed
from torch.utils.data import DataLoader

from training.deep.arrays import DIGESTS, ENCODER, Arrays
from training.deep.batches import Batch, Stream
from training.deep.groups import Groups
from training.deep.losses import WEIGHTS, losses
from training.deep.neighbours import nearest
from training.deep.network import DeepReader, EncoderArrays, behind_attention, put, save_trained
from training.deep.reading import Reader
from training.deep.results import measured

ARRAYS_FOLDER = Path("var/deep")
MEASURED, NEAREST = "measured.npz", "nearest.npz"
CHECKPOINT = "checkpoint.pt"
FEWEST_TOKENS = 4096  # of a batch, which must hold the largest group
_WARM_STEPS = 8  # before the clock starts: the first ones compile
_WARM_UP = 0.04  # share of the time in which the learning rate rises
_SAY_EVERY = 200  # steps
_IMPORTED = time.monotonic()


@dataclass(frozen=True, slots=True)
class Options:
    """What one run does; in the command each is given as NAME=VALUE, a yes or no as 1 or 0."""

    seconds: float = 120  # of training
    steps: int = 0  # in the place of seconds, if given
    keep: float = 0  # seconds between two checkpoints in OUT, where a run goes on (give it another seed); 0: none
    learning_rate: float = 2e-4  # rises, then falls linearly to 0
    tokens: int = 32768  # of a batch; twice as many where nothing is trained
    frozen: int = 2  # lowest layers that are not trained
    negatives: int = 7  # near misses of a question at most
    digests: float = 0.0  # share of the groups that are digests, which takes digests.npz
    workers: int = 12  # processes that draw batches
    threads: int = 0  # of torch; 0: as many as it likes
    seed: int = 1
    weights: bool = True  # are given back
    measure: bool = True  # what is to be measured is read
    only: int = 0  # so many of the measured questions; 0: all
    nearest: bool = False  # every question's nearest contexts are given back


def parsed(pairs: list[str]) -> Options:
    """The options of NAME=VALUE. Raises ValueError for a name that there is not, or a value that is no number."""
    values: dict[str, float | int | bool] = {}
    kinds: dict[str, type[float]] = {each.name: type(each.default) for each in fields(Options)}  # type: ignore[misc]
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in kinds:
            raise ValueError(f"There is no option {name!r}. There are: {', '.join(kinds)}.")
        values[name] = kinds[name](float(value))
    options = Options(**values)  # type: ignore[arg-type]
    if options.tokens < FEWEST_TOKENS:
        raise ValueError(f"tokens={options.tokens}: a batch has at least {FEWEST_TOKENS}, for its largest group.")
    return options


class Training:
    """A model with its optimizer, trained on batches until the time is over."""

    def __init__(self, model: DeepReader, options: Options) -> None:
        """Begin with the model as it is, where it is."""
        self.model, self._options = model, options
        self._device = model.span.weight.device
        self._trained = list(model.trained().values())
        matrices = [each for each in self._trained if each.ndim > 1]
        others = [each for each in self._trained if each.ndim < 2]
        decays = [{"params": matrices, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
        self._optimizer = torch.optim.AdamW(
            decays, lr=options.learning_rate, betas=(0.9, 0.98), fused=self._device.type == "cuda"
        )
        self.recent: dict[str, Tensor] = {}  # the parts of the loss, each a mean of some fifty steps
        self.done = 0  # steps, those of earlier runs among them

    def keep(self, path: Path) -> None:
        """Write what is needed to go on, whole or not at all."""
        state = {"steps": self.done, "trained": self.model.trained(), "optimizer": self._optimizer.state_dict()}
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def go_on(self, path: Path) -> None:
        """Take up what `keep` wrote. Raises KeyError where it is of another network.

        The optimizer begins anew where none was kept (training.deep.shipped) or one that had more to train: see `put`.
        """
        state = torch.load(path, map_location=self._device, weights_only=True)
        put(self.model, state["trained"])
        if state["optimizer"] is not None and state["trained"]["kind"].shape == self.model.kind.shape:
            self._optimizer.load_state_dict(state["optimizer"])
        self.done = state["steps"]

    def step(self, batch: Batch, rate: float) -> Tensor:
        """One step of the optimizer at a learning rate; gives the norm of the gradient, which is not waited for."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        parts = losses(self.model(batch), batch)
        torch.stack([WEIGHTS[name] * value for name, value in parts.items()]).sum().backward()  # type: ignore[no-untyped-call]
        if distributed.is_initialized():
            _share_gradients(self._trained)
        norm = torch.nn.utils.clip_grad_norm_(self._trained, 1.0, foreach=True)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        for name, value in parts.items():
            self.recent[name] = 0.98 * self.recent.get(name, value.detach()) + 0.02 * value.detach()
        return norm

    def train(self, batches: Iterator[Batch], checkpoint: Path) -> None:
        """Train for the time of the options. Raises FloatingPointError where the loss is no number."""
        options, began, kept, before = self._options, time.monotonic(), time.monotonic(), self.done
        groups = 0
        while True:
            batch = next(batches).to(self._device)
            steps = self.done - before
            if steps == _WARM_STEPS:
                began, groups = time.monotonic(), 0
            taken = time.monotonic() - began if steps >= _WARM_STEPS else 0.0
            past = max(0, self.done - _WARM_STEPS) / options.steps if options.steps else taken / options.seconds
            if past >= 1:
                break
            gradient = self.step(batch, options.learning_rate * rate_at(past))
            self.done, steps = self.done + 1, steps + 1
            groups += batch.groups * _processes()
            if options.keep and time.monotonic() - kept > options.keep:
                if _number() == 0:
                    self.keep(checkpoint)
                kept = time.monotonic()
            if steps in (1, 2, 4, _WARM_STEPS) or self.done % _SAY_EVERY == 0:
                norm = float(gradient)
                parts = " ".join(f"{name} {float(value):.3f}" for name, value in self.recent.items())
                speed = groups / max(time.monotonic() - began, 1e-9)
                say(f"step {self.done}, {groups:,} groups, {speed:,.1f} a second, {past:.3f}: {parts}, norm {norm:.2f}")
                if not all(math.isfinite(value) for value in self.recent.values()):
                    raise FloatingPointError(f"The loss is no number at step {self.done}; lower learning_rate.")
        say(f"trained {self.done} steps, {groups:,} groups")
        if options.keep and _number() == 0:
            self.keep(checkpoint)


def rate_at(past: float) -> float:
    """The share of the learning rate where `past` of the time has passed, from 0 to 1."""
    return min(1.0, past / _WARM_UP + 0.02) * max(0.0, 1 - past)


def _number() -> int:
    """Which of the processes that train together this one is, from 0."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def _processes() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def _share_gradients(parameters: Sequence[Tensor]) -> None:
    """Give each process the mean of all processes' gradients; what a batch did not ask for has a gradient of 0."""
    gradients = [torch.zeros_like(each) if each.grad is None else each.grad for each in parameters]
    flat = torch.cat([each.flatten() for each in gradients])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    begin = 0
    for each in parameters:
        each.grad = flat[begin : begin + each.numel()].view_as(each)
        begin += each.numel()


def say(text: str) -> None:
    """Print a line with the seconds since this module was imported; of several processes the first one does."""
    if _number():
        return
    print(f"[{time.monotonic() - _IMPORTED:6.1f}] {text}", flush=True)


def run(folder: Path, out: Path, options: Options) -> None:
    """Train with the arrays in `folder`; weights and results go to `out`, a file for each kind of result.

    Raises FileNotFoundError where arrays are missing, FloatingPointError where the loss is no number, and ValueError
    where several processes are to train for a time and not for a number of steps.
    """
    if "WORLD_SIZE" in os.environ:
        if not options.steps:
            raise ValueError("Several processes train for a number of steps: give steps=N.")
        distributed.init_process_group("gloo")
    if options.threads:
        torch.set_num_threads(options.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    say(f"{device}, torch {torch.__version__}, {options}")
    torch.manual_seed(options.seed)  # the same new heads in each process
    torch.backends.cuda.matmul.allow_tf32 = True
    arrays = Arrays.open(folder)
    if options.digests and "d_q" not in arrays:
        raise FileNotFoundError(f"No {DIGESTS} in {folder}. Make it first: python -m training.deep.digests")
    if options.only:
        arrays.measure_only(options.only)
    encoder = EncoderArrays(np.load(folder / ENCODER))
    # The processes that draw batches are forked here, before the GPU is in use and so that they share the arrays.
    batches = _loaded(arrays, options, device)
    model = DeepReader(encoder, options.frozen).to(device)
    _make_fast(model, next(batches).to(device))
    out.mkdir(parents=True, exist_ok=True)
    training = Training(model, options)
    if options.keep and (out / CHECKPOINT).exists():
        training.go_on(out / CHECKPOINT)
        say(f"goes on behind step {training.done}")
    training.train(batches, out / CHECKPOINT)
    del batches
    if _number():
        return
    model.eval()
    reader = Reader(model, arrays, device, 2 * options.tokens)
    if options.weights:
        say(f"weights in {save_trained(model, out)} files")
    if options.measure:
        np.savez_compressed(out / MEASURED, **measured(reader))  # type: ignore[arg-type]
        say("measured")
    if options.nearest:
        fresh = DeepReader(encoder, options.frozen).to(device).eval()
        fresh.packed, fresh.behind = model.packed, model.behind
        np.savez_compressed(out / NEAREST, dense=nearest(fresh, arrays, device, 2 * options.tokens))
        say("nearest contexts")


def _loaded(arrays: Arrays, options: Options, device: torch.device) -> Iterator[Batch]:
    groups, seed = Groups(arrays, options.negatives), options.seed + 100 * _number()
    loader = DataLoader(
        Stream(groups, options.tokens, seed, options.digests),
        batch_size=None,
        num_workers=options.workers,
        prefetch_factor=6 if options.workers else None,
        pin_memory=device.type == "cuda",
    )
    return iter(loader)


def _make_fast(model: DeepReader, batch: Batch) -> None:
    """On a GPU, attend to packed rows if that computes what one row after another does, and compile what follows."""
    say(f"first batch: {len(batch)} rows in {batch.groups} groups")
    if batch.ids.device.type != "cuda":
        return
    rows = int(batch.starts[-2])
    try:
        with torch.no_grad():
            by_rows = model.encode(batch)[:rows].float()
            model.packed = True
            packed = model.encode(batch)[:rows].float()
        difference, size = (packed - by_rows).abs().max().item(), by_rows.abs().mean().item()
        say(f"packed attention differs by up to {difference:.3f} from row by row; the mean state is {size:.3f}")
        model.encode(batch).float().pow(2).mean().backward()  # type: ignore[no-untyped-call]
    except (ImportError, RuntimeError, NotImplementedError) as exc:
        say(f"packed attention fails: {exc!r:.300}")
        model.packed = False
    model.zero_grad(set_to_none=True)
    model.behind = torch.compile(behind_attention, dynamic=False)


def main() -> None:
    """Run the command."""
    defaults = ", ".join(f"{each.name}={each.default}" for each in fields(Options))
    parser = argparse.ArgumentParser(prog="training.deep.run", description=__doc__, epilog=f"Options: {defaults}")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for what is given back")
    parser.add_argument("options", nargs="*", metavar="NAME=VALUE", help="see below")
    parser.add_argument("--arrays", type=Path, default=ARRAYS_FOLDER, help=f"what was prepared ({ARRAYS_FOLDER})")
    given = parser.parse_intermixed_args()
    try:
        options = parsed(given.options)
    except ValueError as exc:
        parser.error(str(exc))
    run(given.arrays, given.out, options)


if __name__ == "__main__":
    main()
