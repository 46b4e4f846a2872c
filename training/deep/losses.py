"""What training lowers: the losses of spans, of spans side by side, of answers, verdicts and judged spans."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.deep.batches import Batch
from training.deep.network import Outputs, Places

WEIGHTS = {"span": 1.0, "answers": 0.25, "together": 1.0, "verdict": 1.0, "judge": 0.5}
_LOW = -1e9  # in the place of minus infinity, whose gradient is no number


def losses(outputs: Outputs, batch: Batch) -> dict[str, Tensor]:
    """The parts of the loss, to be summed by WEIGHTS; each is 0 where nothing in the batch asks for it.

    - "span": cross-entropy of an answer's first and of its last token over the tokens of its row and "no answer here",
      the row's first token; by the rows' weights, and over the number of groups.
    - "together": the same over all rows of a group, each token's logit less that of its row's "no answer here", and
      "none of them" at 0.
    - "answers": binary cross-entropy of "this passage answers the question", by the rows' weights.
    - "verdict": cross-entropy of the three verdicts.
    - "judge": over the marked spans of a group the negative log of the share of the right ones, and of "none of them",
      at 0, where none is right; and half of their binary cross-entropy.
    """
    span, together = _span_losses(outputs.spans, batch)
    labelled = batch.weight * (batch.label >= 0)
    answers = _binary(outputs.answers, batch.label.clamp(min=0))
    asked = (batch.verdict >= 0).float()
    verdicts = functional.cross_entropy(outputs.verdicts, batch.verdict.clamp(min=0), reduction="none")
    return {
        "span": span,
        "together": together,
        "answers": _mean(answers, labelled),
        "verdict": _mean(verdicts, asked),
        "judge": _judge_loss(outputs.judged, batch),
    }


def _span_losses(logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    places = Places.of(batch)
    allowed = batch.allowed[places.at] & places.there
    reads = batch.reads & ~batch.marked  # the rows that ask for a span
    answered = (batch.first > 0) & reads
    asked = _any_of(reads, batch).float()
    groups = asked.sum().clamp(min=1)
    wide = logits[places.at]
    span, together = logits.new_zeros(()), logits.new_zeros(())
    for side, target in enumerate((batch.first, batch.last)):
        of_tokens = wide[:, :, side]
        nowhere = of_tokens[:, 0]
        inside = torch.logsumexp(of_tokens.masked_fill(~allowed, _LOW), dim=1)
        gold = of_tokens.gather(1, target[:, None])[:, 0]  # target 0 is "no answer here"
        rows = (torch.logaddexp(inside, nowhere) - gold) * batch.weight * reads
        span = span + rows.sum() / groups / 2
        of_group = _log_sum(inside - nowhere, reads, batch, torch.ones_like(asked, dtype=torch.bool))
        right = torch.zeros_like(asked).index_add(0, batch.group, (gold - nowhere) * answered)
        together = together + ((of_group - right) * asked).sum() / groups / 2
    return span, together


def _judge_loss(judged: Tensor, batch: Batch) -> Tensor:
    counts = batch.marked & (batch.judge >= 0)
    right = counts & (batch.judge == 1)
    asked, some_right = _any_of(counts, batch), _any_of(right, batch)
    everything = _log_sum(judged, counts, batch, torch.ones_like(asked))
    of_groups = everything - _log_sum(judged, right, batch, ~some_right)
    return _mean(of_groups, asked.float()) + 0.5 * _mean(_binary(judged, right.float()), counts.float())


def _log_sum(values: Tensor, counts: Tensor, batch: Batch, none: Tensor) -> Tensor:
    """For each group the log of the sum of exp of its rows that count, and of "none of them", at 0, where `none`.

    A group of which nothing counts has no sum: it must have `none`.
    """
    values = torch.where(counts, values, _LOW)
    zero = torch.where(none, 0.0, _LOW)
    largest = zero.scatter_reduce(0, batch.group, values.detach(), "amax")
    sums = torch.exp(zero - largest).index_add(0, batch.group, torch.exp(values - largest[batch.group]))
    return largest + torch.log(sums)


def _any_of(rows: Tensor, batch: Batch) -> Tensor:
    """Which groups have one of these rows: (groups,) bool."""
    return torch.zeros(batch.groups, device=rows.device).index_add(0, batch.group, rows.float()) > 0


def _binary(logits: Tensor, targets: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=1)
