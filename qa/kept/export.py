"""A conversation as a file to take away: JSON with every citation, or Markdown to read."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from qa.answer import NOT_CERTAIN, Citation
from qa.answer_text import day, joined, on_pages, parts, unsupported
from qa.kept.conversations import Conversation


def to_json(conversation: Conversation) -> dict[str, Any]:
    """A conversation with all its citations; each "answer" is the object of `qa ask --json` without "passages"."""
    return {
        "schema": 1,
        "title": conversation.title,
        "changed_at": conversation.changed_at,
        "filter": {name: value for name, value in asdict(conversation.where).items() if name != "languages" or value},
        "turns": [
            {
                "question": turn.question,
                "asked_at": turn.asked_at,
                "within": turn.within,
                "rating": turn.rating,
                "word": turn.word,
                "answer": {name: value for name, value in turn.answer.to_json().items() if name != "passages"},
            }
            for turn in conversation.turns
        ],
    }


def to_markdown(conversation: Conversation) -> str:
    """A conversation as CommonMark: questions as headings, under each the answer and its numbered quotes.

    Nothing that a person or an article says becomes markup; every text is put on one line, as the exact words with
    their line breaks are in `to_json`.
    """
    told = [f"# {_escaped(conversation.title)}"]
    for turn in conversation.turns:
        answer = turn.answer
        told.append(f"## {_escaped(turn.question)}")
        if answer.standalone_question not in ("", turn.question):
            told.append(f"Searched for: {_escaped(answer.standalone_question)}")
        if turn.within:
            told.append(f"In {_escaped(turn.within)} only")
        told += [_escaped(line) for line in answer.said.splitlines() if line.strip()]
        told += [_escaped(answer.reason)] if answer.reason else []
        if answer.note:
            told.append(_escaped(answer.note))
        told += [f"Not supported: {_escaped(each.text)} ({_escaped(each.reason)})" for each in unsupported(answer)]
        told += [_quoted(number, citation) for number, citation in enumerate(answer.citations, start=1)]
        told += [NOT_CERTAIN] if answer.nearest else []
        told += [_near(citation) for citation in answer.nearest]
    return "\n\n".join(told) + "\n"


def _quoted(number: int, citation: Citation) -> str:
    return f"> \\[{number}\\] “{_escaped(citation.quote)}”\n>\n> — {_place(citation)}"


def _near(citation: Citation) -> str:
    """A quote that came near an answer, the words that may be it in bold."""
    before, words, behind = parts(citation)
    bare = words.strip()
    at = words.find(bare)
    before, behind = before + words[:at], words[at + len(bare) :] + behind
    said = "".join([_piece(before), f"**{_escaped(bare)}**" if bare else "", _piece(behind)])
    return f"> “{said}”\n>\n> — {_place(citation)}"


def _place(citation: Citation) -> str:
    title = _escaped(citation.title or citation.article_id)
    if citation.url and citation.url.lower().startswith(("http://", "https://")):
        title = f"[{title}]({_link(citation.url)})"
    return joined(
        title, _escaped(citation.source or ""), _escaped(day(citation.published)), _escaped(on_pages(citation))
    )


def _escaped(text: str) -> str:
    """A text as one line of CommonMark in which nothing is markup, GitHub's tables and bare links included.

    >>> print(_escaped("# 1 * 2 < 3"), _escaped("1. [a](b)"), _escaped("well-known (1).\\n- x"), sep=" | ")
    \\# 1 \\* 2 \\< 3 | 1\\. \\[a\\](b) | well-known (1). - x
    """
    line = " ".join(text.replace("\0", "\ufffd").split())
    # A mark that begins a block does so only at the start of a line; an address becomes a link by itself on GitHub.
    line = re.sub(r"[\\`*_{}\[\]<>#|~$^&!@]|^[-+=:]|:(?=//)|(?<=www)\.", r"\\\g<0>", line)
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", line)


def _piece(text: str) -> str:
    """Part of a line, `_escaped`, with one space where there is white space at an end."""
    if not text.strip():
        return " " if text else ""
    return f"{' ' * text[0].isspace()}{_escaped(text)}{' ' * text[-1].isspace()}"


def _link(url: str) -> str:
    """An address as the target of a CommonMark link; what would end it is percent-encoded, "&" is an entity."""
    return quote(url, safe="%:/?#[]@!$&'*+,;=~", errors="replace").replace("&", "&amp;")
