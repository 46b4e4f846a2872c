"""Who says what an article tells."""

from __future__ import annotations

import pytest

from qa.reading.speech import is_said_by

STORY = """The port of Tarnby is full. Ida Aske, who runs it, said on Monday that it would grow. “We need the room,” \
she added. “It takes years. And it costs a fortune.”

Fishermen are angry. “Nobody asked us,” said Wim Roe, a fisherman of forty years. “We read it in the paper.”

A Glow spokeswoman denied that the harbour would be sold. “We build ferries,” the company said.

The mayor's adviser, Per Lund, head of planning at Quillholm, called it a bad idea. "It will flood," Lund warned.

Siv Holm (of the union) was already arguing that it was too late.

Commenting in a letter, Eva Mørk, a biologist, said:

The eels will leave within a year. Nothing will bring them back.

Aske opened the port's new gate in March.

Eider, who has two boats — one with Ida Aske, one with friends — called the gate “too narrow”.

“We shall need a pilot,” said Quillholm Rowing Club captain Per Lund before the race.
"""


def said(speaker: str, sentence: str) -> bool:
    start = STORY.index(sentence)
    return is_said_by(speaker, STORY, start, start + len(sentence))


@pytest.mark.parametrize(
    ("speaker", "sentence"),
    [
        ("Ida Aske", "Ida Aske, who runs it, said on Monday that it would grow."),
        ("ida aske", "Ida Aske, who runs it, said on Monday that it would grow."),
        ("Ida Aske", "“We need the room,” she added."),  # a pronoun
        ("per lund", "\"It will flood,\" Lund warned."),
        ("Aske", "“It takes years."),  # a quotation that goes on
        ("Aske", "And it costs a fortune.”"),
        ("Wim Roe", "“Nobody asked us,” said Wim Roe, a fisherman of forty years."),
        ("Roe of Tarnby", "“We read it in the paper.”"),
        ("Glow", "A Glow spokeswoman denied that the harbour would be sold."),
        ("Glow", "“We build ferries,” the company said."),
        ("Per Lund", "\"It will flood,\" Lund warned."),
        ("the Quillholm head of planning", "\"It will flood,\" Lund warned."),  # by what he is
        ("siv holm", "Siv Holm (of the union) was already arguing that it was too late."),
        ("Eva Mørk", "The eels will leave within a year."),  # behind a colon
        ("Eva Mørk", "Nothing will bring them back."),
        ("Eider", "Eider, who has two boats — one with Ida Aske, one with friends — called the gate “too narrow”."),
        ("Per Lund", "“We shall need a pilot,” said Quillholm Rowing Club captain Per Lund before the race."),
    ],
)  # fmt: skip
def test_what_somebody_said_is_theirs(speaker: str, sentence: str) -> None:
    assert said(speaker, sentence)


@pytest.mark.parametrize(
    ("speaker", "sentence"),
    [
        ("Ida Aske", "The port of Tarnby is full."),  # nobody says it
        ("Ida Aske", "Aske opened the port's new gate in March."),  # what she did
        ("Ida Aske", "“Nobody asked us,” said Wim Roe, a fisherman of forty years."),
        ("Ida Aske", "“We read it in the paper.”"),
        ("Wim Roe", "“We need the room,” she added."),
        ("Wim Roe", "\"It will flood,\" Lund warned."),
        ("Glow", "Fishermen are angry."),
        ("the Tarnby head of planning", "\"It will flood,\" Lund warned."),
        ("Per Lund", "The eels will leave within a year."),
        ("nobody", "“It takes years."),
        ("Ida Aske", "Eider, who has two boats — one with Ida Aske, one with friends — called the gate “too narrow”."),
    ],
)  # fmt: skip
def test_what_others_say_or_somebody_did_is_not(speaker: str, sentence: str) -> None:
    assert not said(speaker, sentence)


def test_in_an_interview_the_opening_names_who_speaks() -> None:
    text = "Ida Aske runs the port.\n\n" + "How will it grow?\n\n“Slowly. Stone by stone.”\n\n" * 20
    at = text.rindex("Stone by stone.”")
    assert is_said_by("Ida Aske", text, at, at + 16)
    assert not is_said_by("Wim Roe", text, at, at + 16)


@pytest.mark.parametrize("text", ["Aa " * 9000, "“Aa said " * 4000, "said " * 9000, '"' * 9000, "Aa, bb (" * 4000])
def test_a_hostile_text_takes_no_time(text: str) -> None:
    assert not is_said_by("Ida Aske", text, 5000, 5300)
    assert not is_said_by("the head of a firm", text, 5000, 5300)
