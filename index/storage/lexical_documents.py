"""What is in the word index: its fields, and the documents that are made of passages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import tantivy

from index.article import Passage
from index.filter import day_number
from index.language import language_of
from index.sentences import sentence_keys
from index.terms import DEFAULT_LANGUAGE, terms_of

FIELDS = ("own", "near")
_TOKENIZER = "terms-4"  # another name where what it does changes: files with the old one are made anew
_OWN_WORDS = 5  # times that a passage stands in the field "near"; docs/decisions.md, "The word index"
_FILLER = "0filler0"  # a word that nobody looks for


@cache
def schema() -> tantivy.Schema:
    """Of two kinds of documents: a note "passage" for each passage, and the one note "revision".

    The first passage of an article has a note "article", too, and the keys of all its sentences. With the revision
    stands which articles are versions of one story; see story_groups.
    """
    builder = tantivy.SchemaBuilder()
    for name, stored in (
        ("note", False),
        ("id", True),
        ("revision", True),
        ("article_id", True),
        ("source", False),
        ("language", False),  # of the text, whatever its own mark says: a page's "en" is often that of the site
        ("written_in", True),  # of the article, as it is shown and asked for; "" where it is not known
        ("sentence", True),
    ):
        builder.add_text_field(name, stored=stored, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("day", indexed=True, fast=True)
    builder.add_bytes_field("stories", stored=True)
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name=_TOKENIZER, index_option="freq")
    return builder.build()


def index_at(path: Path) -> tantivy.Index:
    """The files at a path as they are now, to be read and written; made where there are none."""
    index = tantivy.Index(schema(), str(path))
    index.register_tokenizer(_TOKENIZER, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    index.config_reader("manual")  # no thread that watches the files
    index.reload()
    return index


def documents_of(passages: Sequence[Passage]) -> dict[str, tantivy.Document]:
    """By id, of passages that stand in the order of their articles. Each text is analysed once."""
    whole = _texts_of(passages)
    guessed = {article_id: language_of(text) for article_id, text in whole.items()}
    about = cache(terms_of)
    texts = [terms_of(passage.text, guessed[passage.article_id] or DEFAULT_LANGUAGE) for passage in passages]
    found = {}
    for at, passage in enumerate(passages):
        language = guessed[passage.article_id] or DEFAULT_LANGUAGE
        own = texts[at] + about(said_of_article(passage), language)
        near = [
            texts[by]
            for by in (at - 1, at + 1)
            if 0 <= by < len(passages) and passages[by].article_id == passage.article_id
        ]
        context = [term for each in near for term in each]
        is_first = at == 0 or passages[at - 1].article_id != passage.article_id
        values: dict[str, str | int | list[str] | None] = {
            "note": ["passage", "article"] if is_first else "passage",
            "id": passage.id,
            "article_id": passage.article_id,
            "source": passage.source,
            "language": language,
            "written_in": passage.language or guessed[passage.article_id] or "",
            "day": day_number(passage.published),
            "sentence": sorted(sentence_keys(whole[passage.article_id])) if is_first else None,
            # Filled up to the length that it has with its neighbours, or the shortest passages would come first.
            "own": " ".join(own + [_FILLER] * len(context)),
            "near": " ".join(own * _OWN_WORDS + context),
        }
        given = {name: value for name, value in values.items() if value is not None}
        found[passage.id] = tantivy.Document.from_dict(given, schema())
    return found


def _texts_of(passages: Sequence[Passage]) -> dict[str, str]:
    """By article's id: its text, as far as these passages have it. Of what overlaps each part counts once."""
    parts: dict[str, list[str]] = {}
    ends: dict[str, int] = {}
    for passage in passages:
        end = ends.get(passage.article_id, passage.start)
        parts.setdefault(passage.article_id, []).append(passage.text[max(0, end - passage.start) :])
        ends[passage.article_id] = max(end, passage.end)
    return {article_id: "".join(texts) for article_id, texts in parts.items()}


def said_of_article(passage: Passage) -> str:
    """What a passage is found by besides its text: title, source, author and date (as 2025-03-13 and in words)."""
    day = (passage.published or "")[:10]
    try:
        spoken = f"{date.fromisoformat(day):%A %B} {date.fromisoformat(day).day}"
    except ValueError:
        spoken = ""
    parts = (passage.title, passage.source, passage.author, day, spoken)
    return "\n".join(part for part in parts if part)
