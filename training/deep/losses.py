"""What training lowers: the losses of spans, of spans side by side, of answers and verdicts."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.deep.batches import Batch
from training.deep.network import Outputs, Places

WEIGHTS = {"span": 1.0, "answers": 0.25, "together": 1.0, "verdict": 1.0}
_LOW = -1e9  # in the place of minus infinity, whose gradient is no number


def losses(outputs: Outputs, batch: Batch) -> dict[str, Tensor]:
    """The parts of the loss, to be summed by WEIGHTS; each is 0 where nothing in the batch asks for it.

    - "span": cross-entropy of an answer's first and of its last token over the tokens of its row and "no answer here",
      the row's first token; by the rows' weights, and over the number of groups.
    - "together": the same over all rows of a group, each token's logit less that of its row's "no answer here", and
      "none of them" at 0.
    - "answers": binary cross-entropy of "this passage answers the question", by the rows' weights.
    - "verdict": cross-entropy of the three verdicts.
    """
    span, together = _span_losses(outputs.spans, batch)
    labelled = batch.weight * (batch.label >= 0)
    answers = functional.binary_cross_entropy_with_logits(outputs.answers, batch.label.clamp(min=0), reduction="none")
    asked = (batch.verdict >= 0).float()
    verdicts = functional.cross_entropy(outputs.verdicts, batch.verdict.clamp(min=0), reduction="none")
    return {
        "span": span,
        "together": together,
        "answers": _mean(answers, labelled),
        "verdict": _mean(verdicts, asked),
    }


def _span_losses(logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    places = Places.of(batch)
    allowed = batch.allowed[places.at] & places.there
    answered = (batch.first > 0) & batch.reads
    # Which groups have a row that asks for a span: 1 or 0.
    asked = logits.new_zeros(batch.groups).index_add(0, batch.group, batch.reads.float()).clamp(max=1)
    groups = asked.sum().clamp(min=1)
    wide = logits[places.at]
    span, together = logits.new_zeros(()), logits.new_zeros(())
    for side, target in enumerate((batch.first, batch.last)):
        of_tokens = wide[:, :, side]
        nowhere = of_tokens[:, 0]
        inside = torch.logsumexp(of_tokens.masked_fill(~allowed, _LOW), dim=1)
        gold = of_tokens.gather(1, target[:, None])[:, 0]  # target 0 is "no answer here"
        rows = (torch.logaddexp(inside, nowhere) - gold) * batch.weight * batch.reads
        span = span + rows.sum() / groups / 2
        of_group = _log_sum(inside - nowhere, batch)
        right = torch.zeros_like(asked).index_add(0, batch.group, (gold - nowhere) * answered)
        together = together + ((of_group - right) * asked).sum() / groups / 2
    return span, together


def _log_sum(values: Tensor, batch: Batch) -> Tensor:
    """For each group the log of the sum of exp of its rows that ask for a span, and of "none of them", at 0."""
    values = torch.where(batch.reads, values, _LOW)
    largest = values.new_zeros(batch.groups).scatter_reduce(0, batch.group, values.detach(), "amax")
    sums = torch.exp(-largest).index_add(0, batch.group, torch.exp(values - largest[batch.group]))
    return largest + torch.log(sums)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=1)
