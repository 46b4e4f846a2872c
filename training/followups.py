"""`python -m training followups`: trains the network that says what a follow-up question leaves out, and exports it.

CANARD (Elgohary et al., EMNLP 2019) has each question of a conversation with its rewrite by a human: the words of the
conversation that only the rewrite holds are what the question left out. CANARD's are about articles of Wikipedia; those
in training/written/talks, invented, are about the news: `turns`, each with `q`, `rewrite` and `answer` ("" for none).
"""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.canard import Added, Dialog, Pair, added_words, dialogs
from index.embedding.onnx_export import write_onnx
from index.embedding.packaged import packaged_model_folder
from index.words import keys
from qa.question.term_network import Encoded, TermNetwork, encode, load_tokenizer
from training.quantise import quantise

INPUTS = ("input_ids", "attention_mask", "token_type_ids")  # once exported
FROZEN_LAYERS = 2  # the lowest, with the embeddings
SEED, EPOCHS = 1, 5
LEARNING_RATE, HEAD_RATE, WARM_UP, WEIGHT_DECAY = 1e-4, 1e-3, 0.06, 0.01  # fall linearly to 0
BATCH_TOKENS = 5000  # with padding
WRITTEN = Path(__file__).parent / "written" / "talks"
THRESHOLDS = (0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True, slots=True)
class Example:
    """A follow-up as the network sees it, and the words that its rewrite adds, also those not said before."""

    encoded: Encoded
    added: frozenset[str]


def example(tokenizer: Any, question: str, rewrite: str, history: Sequence[Pair]) -> Example:
    """Encode one follow-up; the rewrite may be the question itself, which then leaves nothing out."""
    return Example(encode(tokenizer, question, history), frozenset(keys(rewrite) - keys(question)))


def written_dialogs(folder: Path | None = None) -> list[Dialog]:
    """The conversations written for training, by file and line; before the first question nothing was said."""
    found = []
    for path in sorted((folder or WRITTEN).glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            turns = json.loads(line)["turns"]
            pairs = tuple((each["q"], each["answer"]) for each in turns)
            asked = {at: (each["q"], each["rewrite"]) for at, each in enumerate(turns)}
            found.append(Dialog(f"{path.stem}-{number}", pairs, asked))
    return found


def epoch(found: Sequence[Dialog], tokenizer: Any, rng: random.Random) -> Iterator[Example]:
    """Each question once, with a conversation like a person's; and questions that leave nothing out.

    CANARD's conversations begin with a title. Half of the time ours begin with a question in its rewritten form, as a
    chat does, a fifth of these behind turns of another conversation. One question in eight comes again in its rewritten
    form, behind another conversation or its own: nothing is to be added to it.
    """
    for dialog in found:
        for number, (question, rewrite) in dialog.turns.items():
            whole = history = dialog.pairs[:number]
            if number > 1 and rng.random() < 0.5:
                first = rng.randint(max(1, number - 4), number - 1)
                opening = dialog.turns[first][1] if first in dialog.turns else dialog.pairs[first][0]
                history = ((opening, dialog.pairs[first][1]), *dialog.pairs[first + 1 : number])
            other = rng.choice(found).pairs
            if history is not whole and rng.random() < 0.2:
                history = (*other[1 : 1 + rng.randint(1, 3)], *history)
            yield example(tokenizer, question, rewrite, history)
            kind = rng.random()
            if kind < 0.08:
                yield example(tokenizer, rewrite, rewrite, history)
            elif kind < 0.2:
                before = other[1 : 1 + rng.randint(1, 5)]
                yield example(tokenizer, rewrite, rewrite, before if rng.random() < 0.5 else (other[0], *before))


class TermModel(nn.Module):
    """The packaged encoder, trained as a reader of English, with one output for each token."""

    def __init__(self, start: Path, attention: str = "sdpa") -> None:
        """Begin with a trained reader's weights (safetensors, names "encoder.*"). Raises ValueError for others."""
        from safetensors.torch import load_file
        from transformers import BertModel

        super().__init__()
        self.encoder = BertModel.from_pretrained(
            str(packaged_model_folder()), attn_implementation=attention, add_pooling_layer=False, local_files_only=True
        )
        for module in self.encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0  # costs four fifths of the speed on a CPU
        frozen = [self.encoder.embeddings, *self.encoder.encoder.layer[:FROZEN_LAYERS]]
        for module in frozen:
            module.requires_grad_(False)
        values = {name: each.float() for name, each in load_file(str(start)).items()}
        trained = {name.removeprefix("encoder."): each for name, each in values.items() if name.startswith("encoder.")}
        if trained.keys() != {name for name, each in self.encoder.named_parameters() if each.requires_grad}:
            raise ValueError(f"{start} holds the weights of another network.")
        self.encoder.load_state_dict(trained, strict=False)
        self.head = nn.Linear(self.encoder.config.hidden_size, 1)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Token ids, shape (n, length), to the logits of "the question leaves this word out", of the same shape."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        logits: Tensor = self.head(hidden).squeeze(-1)
        return logits


def train(data: Path, start: Path, out: Path) -> None:
    """Train on the dialogs that are not reported on, from the reader's weights in `start`; write `out` (ONNX, int8).

    Six minutes on two cores. Beside `out` goes `out` with the suffix .provenance.json.
    """
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    tokenizer = load_tokenizer()
    used = [dialog for dialog in (*dialogs(data), *written_dialogs()) if not dialog.reported]
    model = TermModel(start)
    body = [each for each in model.encoder.parameters() if each.requires_grad]
    groups = [{"params": body, "lr": LEARNING_RATE}, {"params": model.head.parameters(), "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.98))
    rates = [LEARNING_RATE, HEAD_RATE]
    epochs = [_batches(list(epoch(used, tokenizer, rng)), rng) for _ in range(EPOCHS)]
    steps = sum(map(len, epochs))
    started, step = time.monotonic(), 0
    for number, batches in enumerate(epochs, start=1):
        total = 0.0
        for batch in batches:
            step += 1
            factor = min(1.0, step / (WARM_UP * steps)) * (1 - (step - 1) / steps)
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            inputs, targets, counted = _tensors(batch)
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(*inputs)
            loss = functional.binary_cross_entropy_with_logits(logits.float()[counted], targets[counted])
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_([*body, *model.head.parameters()], 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total += loss.item()
        minutes = (time.monotonic() - started) / 60
        print(f"epoch {number} of {EPOCHS}  {minutes:.1f} min  loss {total / len(batches):.3f}", flush=True)
    _export(model, start, out, {"dialogs": len(used), "minutes": round((time.monotonic() - started) / 60, 1)})


@dataclass(frozen=True, slots=True)
class Figures(Added):
    """The same at one threshold."""

    threshold: float


def evaluate(data: Path, folder: Path, canard: bool = True) -> list[Figures]:
    """Measure terms.onnx in `folder` on CANARD's or our dialogs that were not trained on, at several thresholds."""
    network = TermNetwork(folder)
    cases = [
        (network.probabilities(question, dialog.pairs[:number]), keys(question), keys(rewrite))
        for dialog in (dialogs(data) if canard else written_dialogs())
        if dialog.reported
        for number, (question, rewrite) in dialog.turns.items()
    ]
    return [_figures(cases, threshold) for threshold in THRESHOLDS]


def _figures(cases: Sequence[tuple[dict[str, float], set[str], set[str]]], threshold: float) -> Figures:
    chosen = ({key for key, probability in found.items() if probability > threshold} for found, _, _ in cases)
    added = added_words((asked, asked | ours, rewrite) for ours, (_, asked, rewrite) in zip(chosen, cases, strict=True))
    return Figures(**asdict(added), threshold=threshold)


def _batches(examples: Sequence[Example], rng: random.Random) -> list[list[Example]]:
    """Examples of like length together, in random order."""
    ordered = sorted(examples, key=lambda each: len(each.encoded.ids) + 20 * rng.random())
    made: list[list[Example]] = [[]]
    for each in ordered:
        if made[-1] and (len(made[-1]) + 1) * len(each.encoded.ids) > BATCH_TOKENS:
            made.append([])
        made[-1].append(each)
    rng.shuffle(made)
    return [batch for batch in made if any(each.encoded.places for each in batch)]


def _tensors(batch: Sequence[Example]) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor, Tensor]:
    """The network's inputs, the targets and which of them count, all of shape (n, length)."""
    length = -(-max(len(each.encoded.ids) for each in batch) // 8) * 8
    ids = np.zeros((len(batch), length), dtype=np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    targets, counted = np.zeros(ids.shape, dtype=np.float32), np.zeros(ids.shape, dtype=bool)
    for row, each in enumerate(batch):
        size = len(each.encoded.ids)
        ids[row, :size] = each.encoded.ids
        mask[row, :size] = 1
        types[row, each.encoded.history_at : size] = 1
        for place, key in each.encoded.places:
            targets[row, place] = key in each.added
            counted[row, place] = True
    inputs = torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(types)
    return inputs, torch.from_numpy(targets), torch.from_numpy(counted)


def _export(model: TermModel, start: Path, out: Path, about: Mapping[str, Any]) -> None:
    whole = TermModel(start, attention="eager")  # the one that the exporter can follow
    whole.load_state_dict(model.state_dict())
    example_input = torch.ones((2, 9), dtype=torch.int64)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "terms.onnx"
        write_onnx(whole, dict.fromkeys(INPUTS, example_input), {"logits": ("batch", "length")}, path)
        quantise(path, out)
    provenance = {
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        **about,
        "data": "CANARD, development part; training/written/talks; without dialogs whose SHA-256 modulo 4 is 3",
        "start": hashlib.sha256(start.read_bytes()).hexdigest(),
        "seed": SEED,
        "epochs": EPOCHS,
        "frozen_layers": FROZEN_LAYERS,
        "learning_rate": LEARNING_RATE,
        "learning_rate_of_head": HEAD_RATE,
        "warm_up": WARM_UP,
        "weight_decay": WEIGHT_DECAY,
        "batch_tokens": BATCH_TOKENS,
        "versions": {name: version(name) for name in ("torch", "transformers", "tokenizers", "nncf", "numpy")},
    }
    out.with_suffix(".provenance.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")


def rows(figures: Sequence[Figures]) -> list[dict[str, Any]]:
    """As rows of a table."""
    return [{"threshold": each.threshold, **asdict(each)} for each in figures]
