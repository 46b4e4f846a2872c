"""Whose words a question asks for."""

from __future__ import annotations

import pytest

from qa.question.speakers import speaker_asked
from qa.question.wording import understood


@pytest.mark.parametrize(
    ("question", "speaker"),
    [
        ("What did Ida Aske say about the port?", "Ida Aske"),
        ("what does the mayor of Tarnby think of it", "the mayor of Tarnby"),
        ("What did Glow tell its staff on Monday?", "Glow"), ("What did Aske mean by “stone by stone”?", "Aske"),
        ("What else has Wim Roe said about eels?", "Wim Roe"), ("How did Aske react to the strike?", "Aske"),
        ("how did the fishermen respond?", "the fishermen"), ("What was Glow's response to the letter?", "Glow"),
        ("What is Wim Roe's view of the port?", "Wim Roe"), ("Ida Aske on why the port is full", "Ida Aske"),
        ("Do you know what Aske thinks?", ""), ("What did he say about it?", ""), ("What did Aske build?", ""),
        ("How did Aske build the port?", ""), ("What is Aske's job?", ""), ("What do people think of it?", ""),
        ("Tarnby on Monday", ""), ("Who said that the port is full?", ""),
    ],
)  # fmt: skip
def test_whose_words_are_asked_for(question: str, speaker: str) -> None:
    query = understood(question)
    assert speaker_asked(question) == query.speaker == speaker
    assert not speaker or query.form == "sentences"
