"""Which words of a conversation a follow-up question leaves out: a small network over the question and what preceded.

Each word of the earlier questions and answers gets the probability that the question, asked alone, would name it
("query resolution by term classification", Voskarides et al., SIGIR 2020). Weights, data and figures:
qa/weights/MODEL_CARD.md; trained by training/followups.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from index.embedding.packaged import packaged_model_folder
from index.words import keys, words
from qa.question.turn import History
from qa.reading.network import ShippedNetwork

MAX_QUESTION, MAX_TOKENS = 48, 256  # of a longer question the first, of a longer conversation the latest
_CLS, _SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question and what came before it as the network sees them: [CLS] question [SEP] latest text [SEP] ... [SEP].

    `places`: the token where each word of the conversation that the question lacks begins, and the word's key.
    """

    ids: tuple[int, ...]
    history_at: int
    places: tuple[tuple[int, str], ...]


def encode(tokenizer: Any, question: str, history: History) -> Encoded:
    """The latest pair comes first, so that a word's position says how long ago it was."""
    ids = [_CLS, *tokenizer.encode(question, add_special_tokens=False).ids[:MAX_QUESTION], _SEP]
    history_at = len(ids)
    asked = keys(question)
    places: list[tuple[int, str]] = []
    for pair in reversed(history):
        for text in pair:
            room = MAX_TOKENS - len(ids) - 1
            if room <= 0:
                break
            encoding = tokenizer.encode(text, add_special_tokens=False)
            token_at = {start: at for at, (start, _) in reversed(list(enumerate(encoding.offsets[:room])))}
            places += [
                (len(ids) + token_at[word.start], word.key)
                for word in words(text)
                if word.start in token_at and word.key not in asked
            ]
            ids += [*encoding.ids[:room], _SEP]
    return Encoded(tuple(ids), history_at, tuple(places))


@cache
def load_tokenizer() -> Any:
    """The tokenizer of the packaged encoder, from which the network was trained; it neither pads nor cuts."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(packaged_model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


class TermNetwork(ShippedNetwork):
    """How likely a question leaves out each word of what was said before it."""

    file = "terms.onnx"

    @cached_property
    def _words(self) -> Any:
        return load_tokenizer()

    def probabilities(self, question: str, history: History) -> dict[str, float]:
        """For each word of the conversation that the question lacks, by key: that the question leaves it out, 0 to 1.

        Of a word that stands in several places the highest. Raises ReaderWeightsError.
        """
        self.load()
        encoded = encode(self._words, question, history)
        if not encoded.places:
            return {}
        ids = np.array([encoded.ids], dtype=np.int64)
        types = (np.arange(ids.shape[1]) >= encoded.history_at).astype(np.int64)[None]
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        logits = self._network.run(inputs)["logits"]
        found: dict[str, float] = {}
        for place, key in encoded.places:
            found[key] = max(found.get(key, 0.0), 1 / (1 + float(np.exp(-logits[0, place]))))
        return found
