"""Whether a summary is asked for, and of what."""

from __future__ import annotations

import pytest

from qa.question.summaries import SummaryAsked, summary_asked


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Summarise the article about the ferry that ran aground", "the ferry that ran aground"),
        ("summarize the piece on bees", "bees"),
        ("Gist of the story about the mayor who could not swim", "the mayor who could not swim"),
        ("Can you sum up the Gazette article on heat pumps, please?", "heat pumps"),
        ("Give me a short summary of the report by the Northern Wire on the mine", "the mine"),
        ("I'd like a summary of the bridge story", "bridge"),
        ("What does the heat pump article say?", "heat pump"),
        ("What is the story about the Heron saying, in short?", "the Heron"),
        ("tell me briefly what the piece on ticket prices says", "ticket prices"),
        ("In a few sentences: the article on jellyfish", "jellyfish"),
        ("What's the article on Pebble about?", "Pebble"),
        ("key points of the harbour report", "harbour"),
    ],
)
def test_a_summary_of_one_article_is_about_what_the_article_is_about(question: str, topic: str) -> None:
    assert summary_asked(question) == SummaryAsked(topic, several=False)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Sum up the news on the strike", "the strike"),
        ("Overview of the Cruise crisis", "the Cruise crisis"),
        ("The row around the harbour, in short", "The row around the harbour"),
        ("Summarise everything about the Quill Prize", "the Quill Prize"),
        ("summarise the three articles on the mine", "the mine"),
        ("recap of the Northern Cup", "the Northern Cup"),
        ("tl;dr the bridge", "the bridge"),
        ("sum the strike up", "the strike"),
        ("What are the main points of the lawsuit?", "the lawsuit"),
        ("Tell me more about Ruben Aske", "Ruben Aske"),
        ("tell me about the mine", "the mine"),
        ("What do the articles say about the bridge?", "the bridge"),
        ("What is known about the glowing worm?", "the glowing worm"),
    ],
)
def test_a_summary_of_a_topic_is_of_several_articles(question: str, topic: str) -> None:
    assert summary_asked(question) == SummaryAsked(topic, several=True)


@pytest.mark.parametrize(
    "question",
    [
        "Give me a summary please",
        "tl;dr",
        "Sum it up",
        "Summarize this",
        "What is this article about?",
        "sum up the news",
    ],
)
def test_what_is_not_named_has_no_topic(question: str) -> None:
    asked = summary_asked(question)
    assert asked is not None
    assert asked.topic == ""


def test_what_a_follow_up_leaves_out_is_its_topic() -> None:
    assert summary_asked("Sum it up (the strike, Tarnby)") == SummaryAsked("the strike, Tarnby", several=True)
    assert summary_asked("Tell me more about that match? (Tarnby Rovers)") == SummaryAsked(
        "that match Tarnby Rovers", several=True
    )
    assert summary_asked("Who won (Tarnby Rovers)?") is None


@pytest.mark.parametrize(
    "question",
    [
        "Who won, in short?",
        "What does the minister say about the bridge?",
        "Which article is the summary from?",
        "Who wrote the summary of the report?",
        "What is the story behind the prize?",
        "What is the highlight of the match?",
        "When was the report on the mine published?",
        "Why did the paper close?",
    ],
)
def test_other_questions_ask_for_no_summary(question: str) -> None:
    assert summary_asked(question) is None
