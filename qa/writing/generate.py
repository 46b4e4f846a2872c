"""An answer that a language model writes from the passages that were read, held to what they say.

The reader has decided before that the articles answer, and its answer stays in reserve: where the model cannot be
reached, is too slow, or writes what no passage supports, that one is given, and the answer's note says why.
"""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index import Article, Passage
from index.split import sentence_spans
from qa.answer import NOT_SAID, Answer, CheckedSentence, Citation, cited
from qa.answer_text import day, one_line
from qa.errors import LanguageModelError
from qa.question.turn import History
from qa.reading.nearest import narrowed
from qa.reading.sentences import sentences_of
from qa.settings import GenerationSettings
from qa.writing.faithfulness import EvidenceCheck, coverage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PROMPT = Path(__file__).parent / "prompt.md"
_NOT_SAID = NOT_SAID.rstrip(".")  # as prompt.md asks for it, and as it is found in what a model wrote
_AROUND = 20_000  # characters of the article on both sides of a passage, where a name may have been introduced
_UNSUPPORTED = 0.5  # share of a model's sentences; with more the articles' own words are shown
_LEAST_QUOTED = 0.3  # of an unsupported sentence's words: less, and the passage has nothing to do with it
TURNS = 3  # of the conversation, the latest, are given to the model

_CITED = re.compile(r"\s*\[(\d+(?:\s*[,;]\s*\d+)*)\]")
_FRAME = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")"})  # what the prompt's own frame is made of
_FORMATTING = ("Cc", "Cf", "Co", "Cs", "Cn")


class Writer(Protocol):
    """Writes text; `qa.writing.language_model.LanguageModel` is one."""

    @property
    def name(self) -> str:
        """What it is, for people."""

    @property
    def passages(self) -> int:
        """How many passages it is given."""

    def stream(self, system: str, user: str) -> Iterator[str]:
        """Pieces of text as they come. Raises LanguageModelError."""


def writer_of(language_model: Writer | BaseChatModel | str | None) -> Writer | None:
    """The writer that somebody names, a chat model of LangChain's or its name ("ollama:llama3.2"); None for none."""
    if language_model is None:
        return None
    from langchain_core.language_models import BaseChatModel

    from qa.writing.language_model import LanguageModel

    if isinstance(language_model, str):
        return LanguageModel(GenerationSettings(model=language_model))
    if isinstance(language_model, BaseChatModel):
        return LanguageModel(GenerationSettings(model=language_model.get_name()), language_model)
    return language_model


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model is to put into words: the extractive answer, and what was asked before."""

    answer: Answer
    history: History


class Generator:
    """Writes answers with a language model and checks every sentence. Thread-safe where the model is."""

    def __init__(self, writer: Writer, check: EvidenceCheck, find: Callable[[str], Article | None]) -> None:
        """Let `writer` write; `find` gives a stored article by its id."""
        self.writer = writer
        self._check = check
        self._find = find

    def stream(self, draft: Draft) -> Iterator[Answer]:
        """Answers whose text grows, without citation numbers; the last one is whole and checked."""
        extractive = draft.answer
        if extractive.abstained:  # nothing for the model to say
            yield extractive
            return
        started = time.perf_counter()
        passages = [scored.passage for scored in extractive.passages[: self.writer.passages]]
        text = ""
        try:
            for piece in self.writer.stream(*prompt(extractive.standalone_question, passages, draft.history)):
                text += piece
                kept, ended = unechoed(text, growing=True)
                if shown := _CITED.sub("", kept).strip():
                    yield replace(_bare(extractive), text=shown, mode="generative")
                if ended:
                    break
        except LanguageModelError as exc:
            yield _instead(extractive, f"{exc} These are the articles' own words instead.", started)
            return
        yield self._checked(extractive, unechoed(text)[0].strip(), passages, started)

    def _checked(self, extractive: Answer, text: str, passages: Sequence[Passage], started: float) -> Answer:
        written, removed = cited_sentences(text, len(passages))
        if len(written) <= 1 and _NOT_SAID.lower() in text.lower():
            return _timed(self._withheld(extractive), started)
        articles = {key: self._find(key) for key in {passage.article_id for passage in passages}}
        sources = [_Source(passage, articles[passage.article_id]) for passage in passages]
        citations: list[Citation] = []
        sentences: list[CheckedSentence] = []
        said = ""
        other = ""  # than what was written; only of a word or two is it known what the answer is
        if extractive.form == "short":
            other = self._check.other_answer(extractive.standalone_question, _CITED.sub("", text), passages)
        for each in written:
            numbers, reason = self._supported(each, sources)
            reason = reason or (f"the articles seem to answer “{other}”" if other else "")
            places = []
            for number in numbers:
                citation = sources[number].citation(each.text)
                if citation is None:
                    reason = reason or "the article was changed meanwhile"
                    continue
                if reason and coverage(each.text, citation.quote) < _LEAST_QUOTED:
                    continue  # a quote about something else would look like support
                if citation not in citations:
                    citations.append(citation)
                places.append(citations.index(citation))
            places = list(dict.fromkeys(places))
            said += each.space
            marked = _marked(each.text, places)
            sentences.append(
                CheckedSentence(marked, len(said), len(said) + len(marked), tuple(places), not reason, reason)
            )
            said += marked
        unsupported = sum(not sentence.supported for sentence in sentences)
        if not sentences or unsupported > _UNSUPPORTED * len(sentences):
            much = "Most of what" if unsupported < len(sentences) else "What"
            why = f"{much} {self.writer.name} wrote could not be tied to the articles."
            return _instead(extractive, f"{why} These are their own words instead.", started)
        answer = replace(
            _bare(extractive),
            text=said,
            mode="generative",
            confidence=extractive.confidence * (1 - unsupported / len(sentences)),
            citations=tuple(citations),
            note=_note(unsupported, len(sentences), removed),
            sentences=tuple(sentences),
            removed_citations=removed,
        )
        return _timed(answer, started)

    def _withheld(self, extractive: Answer) -> Answer:
        nearest = narrowed(extractive.citations, self._find)
        reason = "The language model finds no answer in what was found."
        answer = replace(_bare(extractive), text="", abstained=True, citations=())
        return replace(answer, mode="generative", nearest=nearest, reason=reason)

    def _supported(self, each: Written, sources: Sequence[_Source]) -> tuple[list[int], str]:
        """What a sentence cites, and what is wrong with it; without any, the passage that supports it."""
        if each.cited:
            return list(each.cited), self._problem(each.text, [sources[number] for number in each.cited])
        for number, source in enumerate(sources):
            if not self._problem(each.text, [source]):
                return [number], ""
        return [], self._problem(each.text, [])

    def _problem(self, sentence: str, sources: Sequence[_Source]) -> str:
        return self._check.problem(
            sentence, [source.passage for source in sources], [source.around for source in sources]
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """A passage that the model was given, with its article as it is now; None where that was removed."""

    passage: Passage
    article: Article | None

    @property
    def around(self) -> str:
        """What stands on both sides of the passage, and the passage."""
        text = self.article.text if self.article else ""
        return text[max(self.passage.start - _AROUND, 0) : self.passage.end + _AROUND]

    def citation(self, sentence: str) -> Citation | None:
        """The passage's sentences that come nearest to one that was written; None where they no longer stand."""
        return cited(self.article, self.passage, _nearest(sentence, self.passage))


# --- The prompt -----------------------------------------------------------------------------------------------------


def prompt(question: str, passages: Sequence[Passage], history: History = ()) -> tuple[str, str]:
    """The system message and the user message, from qa/writing/prompt.md.

    Retrieved text cannot leave its frame: the frame's own signs are changed in it, characters that only format are left
    out, and the tags carry a number that no article can know. What stands in a tag, and what was said before, is put on
    one line.
    """
    system, user = _parts()
    secret = secrets.token_hex(4)
    framed = "\n\n".join(_framed(passage, number, secret) for number, passage in enumerate(passages, start=1))
    earlier = "".join(
        f"Asked before: {one_line(_data(asked))}\nAnswered: {one_line(_data(answer)) or _NOT_SAID}\n"
        for asked, answer in history[-TURNS:]
    )
    values = {
        "conversation": f"{earlier}\n" if earlier else "",
        "passages": framed,
        "question": _data(question),
    }
    # In one pass, so that nothing in an article is taken for a place to fill.
    filled = re.sub(r"\{(\w+)\}", lambda match: values[match[1]], user)
    return system.replace("<passage>", f"<passage-{secret}>"), filled


def _framed(passage: Passage, number: int, secret: str) -> str:
    about = {
        "number": str(number), "title": passage.title, "source": passage.source or "", "date": day(passage.published),
    }  # fmt: skip
    attributes = " ".join(f'{name}="{_attribute(value)}"' for name, value in about.items())
    return f"<passage-{secret} {attributes}>\n{_data(passage.text)}\n</passage-{secret}>"


def _data(text: str) -> str:
    kept = (c if c in "\n\t" or unicodedata.category(c) not in _FORMATTING else "" for c in text)
    return "".join(kept).translate(_FRAME)


def _attribute(text: str) -> str:
    """Text for between the quotation marks of a tag."""
    return one_line(_data(text)).replace('"', "'")


@cache
def _parts() -> tuple[str, str]:
    text = PROMPT.read_text(encoding="utf-8")
    match = re.fullmatch(r"# System\n(.*)\n# User\n(.*)", text, re.DOTALL)
    if match is None:
        raise LanguageModelError(f"{PROMPT} has lost its two headings, # System and # User. Install article-qa again.")
    return match[1].strip(), match[2].strip()


# --- What was written -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """One sentence without its citation numbers, the space before it, and the passages that it cites, from 0."""

    text: str
    space: str
    cited: tuple[int, ...]


def unechoed(text: str, *, growing: bool = False) -> tuple[str, bool]:
    """What a model wrote of its own: without the prompt's frame, up to where it begins to repeat itself.

    The second value: whether it ends there. Small models copy the tags of the passages and go round in circles. Of a
    `growing` text the last sentence may still become another one.

    >>> unechoed('<passage-1a2b number="1">It rained. It rained. It')
    ('It rained.', True)
    """
    own = _FRAME_ECHOED.sub("", text)
    if end := _PROMPT_ECHOED.search(own):
        return own[: end.start()], True
    said: set[str] = set()
    spans = sentence_spans(own)
    for start, stop in spans[:-1] if growing else spans:
        sentence = " ".join(own[start:stop].lower().split())
        if len(sentence) > _REPEATED_CHARS and sentence in said:
            return own[:start].rstrip(), True
        said.add(sentence)
    circle = _CIRCLE.search(own)
    return (own[: circle.end(1)].rstrip(), True) if circle else (own, False)


_FRAME_ECHOED = re.compile(
    r"""</?passage(?:-[0-9a-f]*)?(?=[\s>]|$)(?:[^<>"\n]|"[^"\n]*")*(?:>|(?=<)|$|\n)""", re.IGNORECASE
)
_PROMPT_ECHOED = re.compile(
    r"(?:^|\n)[ \t]*(?:Passages:|The passages end here|Question:|Asked before:|Answered:|# (?:System|User))",
    re.IGNORECASE,
)
_REPEATED_CHARS = 8  # a shorter sentence may come twice
_CIRCLE = re.compile(r"(\b[^\W\d_][^.!?\n]{11,120}?)\1\1")


def cited_sentences(text: str, passages: int) -> tuple[list[Written], int]:
    """The sentences of a model's answer; and how many numbers it cites that no passage has.

    >>> cited_sentences("It rained [1]. [2] Nobody came [7].", 3)[0]
    [Written(text='It rained.', space='', cited=(0, 1)), Written(text='Nobody came.', space=' ', cited=())]
    """
    # A number behind the full stop belongs to the sentence before it.
    text = re.sub(r"([.!?][\"”’')]*)((?:\s*\[\d+(?:\s*[,;]\s*\d+)*\])+)", _before_stop, text)
    found: list[Written] = []
    removed, end = 0, 0
    for start, stop in sentence_spans(text):
        sentence = text[start:stop]
        space = sentence[: len(sentence) - len(sentence.lstrip())]
        numbers = [int(n) for match in _CITED.finditer(sentence) for n in re.findall(r"\d+", match[1])]
        plain = _CITED.sub("", sentence).strip()
        removed += sum(not 1 <= number <= passages for number in numbers)
        cited = tuple(dict.fromkeys(number - 1 for number in numbers if 1 <= number <= passages))
        before = text[end:start] + space if found else ""
        trailing = len(sentence) - len(sentence.rstrip())
        end = stop - trailing
        if any(character.isalnum() for character in plain):
            found.append(Written(plain, before or (" " if found else ""), cited))
        elif found and cited:
            found[-1] = replace(found[-1], cited=tuple(dict.fromkeys((*found[-1].cited, *cited))))
    return found, removed


def _before_stop(match: re.Match[str]) -> str:
    return f" {match[2].strip()}{match[1]}"


def _marked(sentence: str, places: Sequence[int]) -> str:
    """The sentence with its citation numbers before the full stop."""
    if not places:
        return sentence
    marks = "".join(f"[{place + 1}]" for place in places)
    match = re.search(r"[.!?]+[\"”’')]*$", sentence)
    return f"{sentence[: match.start()]} {marks}{match[0]}" if match else f"{sentence} {marks}"


def _nearest(sentence: str, passage: Passage) -> tuple[int, int]:
    """The one or two sentences of the passage that hold most of a sentence's words, by offsets in the article."""
    spans = sentences_of(passage)
    if not spans:
        return passage.start, passage.end
    ways = [*spans, *((one[0], two[1]) for one, two in pairwise(spans))]
    held: Mapping[tuple[int, int], float] = {
        way: coverage(sentence, passage.text[way[0] - passage.start : way[1] - passage.start]) for way in ways
    }
    # A second sentence has to be worth it.
    return max(ways, key=lambda way: held[way] - 0.1 * (way not in spans))


def _note(unsupported: int, sentences: int, removed: int) -> str | None:
    notes = []
    if unsupported:
        notes.append(f"{unsupported} of {sentences} sentences are not supported by the articles, and marked.")
    if removed:
        notes.append(f"Citations of no passage that were removed: {removed}.")
    return " ".join(notes) or None


def _bare(extractive: Answer) -> Answer:
    """Without what is told of the articles' own words only."""
    return replace(extractive, note=None, as_of=None, items=(), events=())


def _instead(extractive: Answer, why: str, started: float) -> Answer:
    return _timed(replace(extractive, note=" ".join(filter(None, [why, extractive.note]))), started)


def _timed(answer: Answer, started: float) -> Answer:
    took_ms = (time.perf_counter() - started) * 1000
    timings = {**answer.timings_ms, "generate": took_ms, "total": answer.timings_ms.get("total", 0.0) + took_ms}
    return replace(answer, timings_ms=timings)
