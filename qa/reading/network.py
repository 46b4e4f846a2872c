"""The shipped network: for a question and a passage, where the answer may stand, and whether it is there at all.

Weights, data and figures: qa/weights/MODEL_CARD.md; trained by training/deep/.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbeddingModelError
from index.inference import Inputs, Network, load_network
from index.pieces import Pieces, load_pieces
from qa.errors import ReaderWeightsError

Floats = NDArray[np.float32]

WEIGHTS = Path(__file__).parents[1] / "weights"
MAX_QUESTION, MAX_TITLE, MAX_WINDOW = 64, 32, 320  # pieces, as in training; of a longer question the first
_OVERLAP = 64  # pieces that two windows of a long passage share
_MULTIPLE = 8  # to which lengths in pieces are padded: OpenVINO keeps something for every length that it meets
_BATCH_PIECES = 2048  # with padding: a larger batch waits for memory, a smaller one for the call


@dataclass(frozen=True, slots=True)
class Pair:
    """What is read together."""

    question: str
    title: str  # may be empty
    passage: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Probabilities that a passage refutes, supports or leaves open what is asked or claimed; their sum is 1."""

    no: float
    yes: float
    open: float


NOTHING_SAID = Verdict(no=0.0, yes=0.0, open=1.0)


@dataclass(frozen=True, slots=True, eq=False)
class TokenScores:
    """What the network makes of a pair. `start` and `end` have one value for each token, or piece, of the passage.

    `offsets` holds each token's characters in the passage, `words` the number of the word that it belongs to. `start`
    and `end` are logits less that of "no answer here", so that 0 is undecided and passages compare; `answers` is the
    logit of "this passage answers the question". `verdict`: what the passage says to a yes-or-no question or a claim.
    A passage without a token has empty arrays.
    """

    offsets: tuple[tuple[int, int], ...]
    words: tuple[int, ...]
    start: Floats
    end: Floats
    answers: float
    verdict: Verdict = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class _Window:
    pair: int
    first: int  # token of the passage
    ids: tuple[int, ...]
    passage_at: int  # where the passage begins in ids
    types_from: int  # where title and passage begin


class ShippedNetwork:
    """Loads weights that ship with the program when they are first needed, once. Thread-safe."""

    file: ClassVar[str]  # in the folder; its hash stands in a .provenance.json beside it

    def __init__(self, folder: Path = WEIGHTS) -> None:
        """Read the weights in `folder`."""
        self._folder = folder
        self._lock = threading.Lock()

    def load(self) -> None:
        """Load the weights now. Raises ReaderWeightsError where they are missing or damaged."""
        with self._lock:
            _ = self._network, self._words

    @cached_property
    def _words(self) -> Any:
        """What turns texts into the network's tokens."""
        raise NotImplementedError

    @cached_property
    def _network(self) -> Network:
        return load_shipped(self._folder / self.file)


class ReaderNetwork(ShippedNetwork):
    """Where an answer may stand in a passage, and whether it is there at all."""

    file = "reader.onnx"

    @cached_property
    def _words(self) -> Pieces:
        try:
            return load_pieces()
        except EmbeddingModelError as exc:
            raise ReaderWeightsError(str(exc)) from exc

    def score(self, pairs: Sequence[Pair], most: int = MAX_WINDOW) -> list[TokenScores]:
        """One result for each pair, in order; a long passage is read in windows of `most` pieces.

        Raises ReaderWeightsError.
        """
        if not pairs:
            return []
        self.load()
        questions = self._words.encode([pair.question for pair in pairs])
        titles = self._words.encode([pair.title for pair in pairs])
        passages = self._words.encode([pair.passage for pair in pairs])
        windows = [
            window
            for at in range(len(pairs))
            for window in self._windows(at, questions[at].ids, titles[at].ids, passages[at].ids, most)
        ]
        starts = [np.full(len(passage.ids), -np.inf, dtype=np.float32) for passage in passages]
        ends = [each.copy() for each in starts]
        answers = np.full(len(pairs), -np.inf, dtype=np.float32)
        verdicts = [NOTHING_SAID] * len(pairs)
        groups = _groups(windows, self._network.streams)
        for group, outputs in zip(groups, self._network.run_each(map(self._inputs, groups)), strict=True):
            found = (outputs[name] for name in ("start", "end", "answers", "verdict"))
            for window, start, end, logit, verdict in zip(group, *found, strict=True):
                length = len(window.ids) - 1 - window.passage_at
                inside = slice(window.passage_at, window.passage_at + length)
                place = slice(window.first, window.first + length)
                for total, logits in ((starts[window.pair], start), (ends[window.pair], end)):
                    total[place] = np.maximum(total[place], logits[inside] - logits[0])
                if logit > answers[window.pair]:
                    answers[window.pair], verdicts[window.pair] = logit, _verdict(verdict)
        return [
            TokenScores(passage.offsets, passage.words, start, end, float(logit), verdict)
            for passage, start, end, logit, verdict in zip(passages, starts, ends, answers, verdicts, strict=True)
        ]

    def _inputs(self, windows: Sequence[_Window]) -> Inputs:
        longest = max(len(window.ids) for window in windows)
        shape = (len(windows), math.ceil(longest / _MULTIPLE) * _MULTIPLE)
        ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        for row, window in enumerate(windows):
            length = len(window.ids)
            ids[row, :length] = window.ids
            mask[row, :length] = 1
            types[row, window.types_from : length] = 1
        return {"vectors": self._words.vectors(ids), "attention_mask": mask, "token_type_ids": types}

    def _windows(
        self, pair: int, question: Sequence[int], title: Sequence[int], passage: Sequence[int], most: int
    ) -> list[_Window]:
        pieces = self._words
        head = (pieces.begin, *question[:MAX_QUESTION], pieces.end)
        before = (*head, *title[:MAX_TITLE])
        room = most - len(before) - 1
        windows = []
        first = 0
        while True:
            part = passage[first : first + room]
            windows.append(_Window(pair, first, (*before, *part, pieces.end), len(before), len(head)))
            if first + room >= len(passage):
                return windows
            first += room - _OVERLAP


def _verdict(logits: Floats) -> Verdict:
    shares = np.exp(logits - logits.max())
    return Verdict(*(shares / shares.sum()).tolist())


# What is in use, by the hash of its weights: the readers of several indexes share it, as it may run in many threads.
_networks: WeakValueDictionary[str, Network] = WeakValueDictionary()


def load_shipped(path: Path) -> Network:
    """Weights that ship with the program, ready to run; their hash stands in a .provenance.json beside them.

    Raises ReaderWeightsError where they are missing or damaged.
    """
    try:
        weights = path.read_bytes()
        expected = str(json.loads(path.with_suffix(".provenance.json").read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ReaderWeightsError(
            f"The reader's weights in {path.parent} cannot be read: {exc}. Install article-qa again."
        ) from exc
    digest = hashlib.sha256(weights).hexdigest()
    if digest != expected:
        raise ReaderWeightsError(
            f"The reader's weights in {path} are damaged: their SHA-256 is not {expected[:16]}... "
            "Install article-qa again."
        )
    network = _networks.get(digest)
    if network is None:
        network = _networks[digest] = load_network(weights)
    return network


def _groups(windows: Sequence[_Window], streams: int) -> list[list[_Window]]:
    """Windows of like length together, longest first, so that little is padding; about as many pieces in each group."""
    ordered = sorted(windows, key=lambda window: len(window.ids), reverse=True)
    pieces = sum(len(window.ids) for window in windows)
    number = streams * math.ceil(pieces / (streams * _BATCH_PIECES))
    size = pieces / number
    while len(groups := _cut(ordered, size)) > number:
        size *= 1.05
    return groups


def _cut(windows: Sequence[_Window], size: float) -> list[list[_Window]]:
    """Groups of at most `size` pieces with padding, or of one window."""
    groups: list[list[_Window]] = []
    for window in windows:
        if groups and (len(groups[-1]) + 1) * len(groups[-1][0].ids) <= size:
            groups[-1].append(window)
        else:
            groups.append([window])
    return groups
