"""A question with a paragraph, and which titles are kept from training."""

from __future__ import annotations

from dataclasses import dataclass

from bench.datasets import held_out

__all__ = ["NO_TITLE", "Record", "held_out", "without_tags"]

# What stands as a title in these names a collection, not the paragraph's subject.
NO_TITLE = ("shifts_amazon", "shifts_reddit", "nq_swap_train", "nq_swap_dev", "qamr")


@dataclass(frozen=True, slots=True)
class Record:
    """A question and a paragraph. Invariant: `context[start:end]` is an answer for each of `spans`; none: no answer."""

    id: str
    set: str
    title: str  # may be empty
    context: str
    question: str
    spans: tuple[tuple[int, int], ...]

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers' texts, as many as annotators gave."""
        return tuple(self.context[start:end] for start, end in self.spans)


def without_tags(context: str) -> tuple[str, int]:
    """Natural Questions' paragraphs come between "<P> " and " </P>"; the text without, and what was cut before it."""
    if not context.startswith("<P> "):
        return context, 0
    return context[4:].removesuffix("</P>").rstrip(), 4
