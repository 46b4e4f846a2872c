"""From records to batches of token ids: which passages a question meets in an epoch, cut and tokenised."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from tokenizers import Encoding, Tokenizer

from index.split import sentence_spans
from training.data import TRAINING_SETS, Record, training_records
from training.model import Batch, encoder_folder
from training.negatives import names_in, nearest_without_answer, swapped_question

MAX_QUESTION, MAX_TOKENS = 64, 320
# What a question that has an answer meets besides the passage that answers it; the rest of the time nothing.
NEGATIVES = {"retrieved": 0.45, "elsewhere": 0.15, "swapped": 0.3}
RETRIEVED = 2  # how many passages "retrieved" brings
_POOLS = {"shifts_amazon": "amazon", "shifts_reddit": "reddit", "qamr": "qamr", "nq_swap_train": "nq", "qed_dev": "nq"}
_CLS, _SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Row:
    """One question with one passage, as token ids."""

    ids: tuple[int, ...]
    types_from: int  # where the passage begins, with its title
    allowed_from: int  # where its text begins
    first: int  # the answer's first and last token, both 0 without one
    last: int

    @property
    def length(self) -> int:
        """In tokens."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Context:
    """A paragraph, tokenised, and where its sentences begin."""

    text: str
    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    sentences: tuple[tuple[int, int], ...]  # in tokens, end exclusive

    @staticmethod
    def of(text: str, encoding: Encoding) -> Context:
        """From the encoding of `text` without special tokens."""
        offsets = tuple(encoding.offsets)
        starts = [start for start, _ in offsets]
        borders = [int(np.searchsorted(starts, start)) for start, _ in sentence_spans(text)]
        borders = [*sorted(set(borders)), len(offsets)]
        spans = tuple((a, b) for a, b in pairwise(borders) if a < b)
        return Context(text, tuple(encoding.ids), offsets, spans)

    def tokens_of(self, start: int, end: int) -> tuple[int, int]:
        """The first and last token that overlap characters start to end; (-1, -1) where none does."""
        inside = [at for at, (a, b) in enumerate(self.offsets) if a < end and b > start]
        return (inside[0], inside[-1]) if inside else (-1, -1)


class Examples:
    """Everything that epochs are drawn from; `epoch` gives groups of rows that belong together."""

    def __init__(self, data: Path, negatives: dict[str, float] | None = None) -> None:
        """Read the sets below `data`, tokenise them and look up each question's near misses; a minute."""
        self._shares = NEGATIVES if negatives is None else negatives
        self._tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.sets = training_records(data)
        by_pool: dict[str, list[Record]] = defaultdict(list)
        for name, records in self.sets.items():
            by_pool[_POOLS.get(name, "wiki")].extend(records)
        self._near: dict[str, list[Context]] = {}
        self._contexts: dict[str, Context] = {}
        self._names: dict[str, list[str]] = {}
        for records in by_pool.values():
            texts = list(dict.fromkeys(record.context for record in records))
            encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
            self._contexts |= {
                text: Context.of(text, encoding) for text, encoding in zip(texts, encodings, strict=True)
            }
            self._names |= {text: names_in(text) for text in texts}
            for record, near in zip(records, nearest_without_answer(records, texts), strict=True):
                self._near[self._key(record)] = [self._contexts[texts[number]] for number in near]
        questions = list({record.question for records in self.sets.values() for record in records})
        encodings = self._tokenizer.encode_batch(questions, add_special_tokens=False)
        self._questions = {q: tuple(e.ids[:MAX_QUESTION]) for q, e in zip(questions, encodings, strict=True)}

    def epoch(self, seed: int) -> list[list[Row]]:
        """One epoch in random order: a group is the question's passage and, mostly, some that do not answer."""
        rng = random.Random(seed)
        groups = []
        for name, share in TRAINING_SETS.items():
            records = self.sets[name]
            chosen = [record for record in records for _ in range(int(share))]
            chosen += rng.sample(records, round((share - int(share)) * len(records)))
            groups += [self._group(record, rng) for record in chosen]
        rng.shuffle(groups)
        return [group for group in groups if group]

    def _group(self, record: Record, rng: random.Random) -> list[Row]:
        context = self._contexts[record.context]
        question = self._question(record.question, rng)
        if not record.spans:
            return [self._row(question, (record.title, context), None, rng)]
        first, last = context.tokens_of(*rng.choice(record.spans))
        if first < 0:
            return []
        rows = [self._row(question, (record.title, context), (first, last), rng)]
        draw = rng.random()
        for kind, share in self._shares.items():
            draw -= share
            if draw < 0:
                rows += self._negative(kind, record, question, rng)
                break
        return rows

    def _negative(self, kind: str, record: Record, question: tuple[int, ...], rng: random.Random) -> list[Row]:
        near = self._near[self._key(record)]
        if kind == "swapped":
            pool = [name for other in near[:4] for name in self._names[other.text]]
            swapped = swapped_question(record, pool, rng)
            if swapped is not None:
                ids = tuple(self._tokenizer.encode(swapped, add_special_tokens=False).ids[:MAX_QUESTION])
                ids = ids if question[-1] == self._questions[record.question][-1] or len(ids) < 3 else ids[:-1]
                context = self._contexts[record.context]
                tokens = context.tokens_of(*record.spans[0])
                return [self._row(ids, (record.title, context), tokens, rng, answers=False)]
        if kind == "elsewhere":
            part = _without(self._contexts[record.context], record, rng)
            if part is not None:
                return [self._row(question, (record.title, part), None, rng)]
        some = rng.sample(near, min(RETRIEVED if kind == "retrieved" else 1, len(near)))
        return [self._row(question, (record.title, passage), None, rng) for passage in some]

    def _question(self, question: str, rng: random.Random) -> tuple[int, ...]:
        """Its tokens; people often leave out the question mark."""
        ids = self._questions[question]
        return ids[:-1] if question.endswith("?") and rng.random() < 0.3 and len(ids) > 2 else ids

    def _row(
        self,
        question: tuple[int, ...],
        passage: tuple[str, Context],
        answer: tuple[int, int] | None,
        rng: random.Random,
        answers: bool = True,
    ) -> Row:
        """Put a question before a passage (title, text): half of the time all of it, else sentences around `answer`.

        With `answers` false, what is at `answer` is no answer to this question.
        """
        title, context = passage
        heading = self._heading(title) if title and rng.random() < 0.5 else ()
        room = MAX_TOKENS - len(question) - len(heading) - 3
        begin, end = 0, len(context.ids)
        if end > room or rng.random() < 0.5:
            begin, end = _window(context, answer, min(room, rng.randint(60, 200)), rng)
        text_at = len(question) + 2 + len(heading)
        first = last = 0
        if answer is not None and answers:
            first, last = text_at + answer[0] - begin, text_at + answer[1] - begin
        return Row(
            ids=(_CLS, *question, _SEP, *heading, *context.ids[begin:end], _SEP),
            types_from=len(question) + 2,
            allowed_from=text_at,
            first=first,
            last=last,
        )

    def _heading(self, title: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(f"{title}.", add_special_tokens=False).ids)

    @staticmethod
    def _key(record: Record) -> str:
        return f"{record.set}/{record.id}/{record.question}"


def _window(context: Context, answer: tuple[int, int] | None, most: int, rng: random.Random) -> tuple[int, int]:
    """Whole sentences of at most `most` tokens, or the one that holds the answer, cut where it is longer."""
    sentences = context.sentences
    at = rng.randrange(len(sentences))
    until = at
    if answer is not None:
        at = next(i for i, (_, end) in enumerate(sentences) if end > answer[0])
        until = next(i for i, (_, end) in enumerate(sentences) if end > answer[1])
    while True:
        ways = [(at - 1, until), (at, until + 1)]
        ways = [(a, b) for a, b in ways if a >= 0 and b < len(sentences) and sentences[b][1] - sentences[a][0] <= most]
        if not ways:
            break
        at, until = rng.choice(ways)
    begin, end = sentences[at][0], sentences[until][1]
    limit = MAX_TOKENS - MAX_QUESTION - 3 - 40
    if end - begin > limit:
        first, last = answer if answer is not None else (begin, begin)
        begin = max(begin, min(first, last - limit // 2) - limit // 4)
        end = min(end, max(begin + limit, last + 1))
    return begin, end


def _without(context: Context, record: Record, rng: random.Random) -> Context | None:
    """The longer side of the paragraph beside the sentences that hold an answer; None where one stands there, too."""
    tokens = [context.tokens_of(*span) for span in record.spans]
    first, last = min(t[0] for t in tokens), max(t[1] for t in tokens)
    before = [s for s in context.sentences if s[1] <= first]
    behind = [s for s in context.sentences if s[0] > last]
    side = rng.choice([before, behind]) if before and behind else before or behind
    if not side:
        return None
    begin, end = side[0][0], side[-1][1]
    if end - begin < 12:
        return None
    text = context.text[context.offsets[begin][0] : context.offsets[end - 1][1]].lower()
    if any(answer.lower() in text for answer in record.answers):
        return None
    return Context(
        context.text,
        context.ids[begin:end],
        context.offsets[begin:end],
        tuple((a - begin, b - begin) for a, b in side),
    )


def batches(groups: Sequence[list[Row]], tokens: int, seed: int) -> Iterator[list[list[Row]]]:
    """Groups of like length together, at most `tokens` a batch with padding; the batches in random order."""
    rng = random.Random(seed)
    made: list[list[list[Row]]] = []
    for at in range(0, len(groups), 4096):
        part = sorted(groups[at : at + 4096], key=lambda group: max(row.length for row in group))
        ready: list[list[list[Row]]] = [[]]
        rows = 0
        for group in part:
            longest = max(row.length for row in group)
            if ready[-1] and (rows + len(group)) * longest > tokens:
                ready.append([])
                rows = 0
            ready[-1].append(group)
            rows += len(group)
        rng.shuffle(ready)
        made += ready
    yield from made


def collate(groups: Sequence[list[Row]]) -> Batch:
    """One batch; the length is a multiple of 8."""
    rows = [row for group in groups for row in group]
    length = -(-max(row.length for row in rows) // 8) * 8
    ids = np.zeros((len(rows), length), dtype=np.int64)
    mask, types, allowed = np.zeros_like(ids), np.zeros_like(ids), np.zeros(ids.shape, dtype=bool)
    for at, row in enumerate(rows):
        ids[at, : row.length] = row.ids
        mask[at, : row.length] = 1
        types[at, row.types_from : row.length] = 1
        allowed[at, row.allowed_from : row.length - 1] = True
        allowed[at, 0] = True
    widest = max(len(group) for group in groups)
    together, at = [], 0
    for group in groups:
        if len(group) > 1:
            together.append([*range(at, at + len(group)), *[-1] * (widest - len(group))])
        at += len(group)
    return Batch(
        input_ids=torch.from_numpy(ids),
        attention_mask=torch.from_numpy(mask),
        token_type_ids=torch.from_numpy(types),
        allowed=torch.from_numpy(allowed),
        target=torch.tensor([(row.first, row.last) for row in rows]),
        together=torch.tensor(together, dtype=torch.long).reshape(-1, widest),
    )
