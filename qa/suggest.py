"""Questions to begin with, made from the articles that are in the index and tried out before they are offered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index import Article, ArticleSummary

if TYPE_CHECKING:
    from qa.article_qa import ArticleQA

_ARTICLES = 12  # looked at, the newest of each source in turn: a question or two from each is plenty
_NAME = r"(?!The )[A-Z][\w’'-]+(?: (?:[A-Z][\w’'-]+|of|the|de|van|von|al)){0,3} [A-Z][\w’'-]+"
_SAYING = "said|says|told|warned|announced|confirmed|argued|added|promised|called"
# What the text must hold, and the question that it answers.
_TEMPLATES = (
    (re.compile(rf"\b({_NAME}),? (?:a|an|the|who|chief|head|director|professor)\b"), "Who is {}?"),
    (re.compile(rf"\b({_NAME}) (?:{_SAYING})\b|\b(?:said|says) ({_NAME})\b"), "What did {} say?"),
    (re.compile(rf"\b(?:in|at|near) ({_NAME})"), "What happened in {}?"),
)


def suggested_questions(qa: ArticleQA, count: int) -> list[str]:
    """Up to `count` questions that are answered with confidence, from as many articles; in no two the same name."""
    questions: list[str] = []
    used: set[str] = set()
    for article in _articles(qa):
        for name, question in _candidates(article):
            if len(questions) == count:
                return questions
            if name in used:
                continue
            used.add(name)
            answer = qa.ask(question)
            if not answer.abstained and any(name.split()[-1] in citation.quote for citation in answer.citations):
                questions.append(question)
                break
    return questions


def _articles(qa: ArticleQA) -> Iterator[Article]:
    waiting = list(qa.articles.list())
    order: list[ArticleSummary] = []
    while waiting and len(order) < _ARTICLES:
        first_of_source = list({summary.source: summary for summary in reversed(waiting)}.values())[::-1]
        order += first_of_source
        waiting = [summary for summary in waiting if summary not in first_of_source]
    for summary in order[:_ARTICLES]:
        if (article := qa.articles.find(summary.id)) is not None:
            yield article


def _candidates(article: Article) -> Iterator[tuple[str, str]]:
    """Names that are in the article with what can be asked of them, the most frequent name first."""
    found: Counter[tuple[str, str]] = Counter()
    for pattern, template in _TEMPLATES:
        for match in pattern.finditer(article.text):
            name = next(group for group in match.groups() if group)
            if "\n" not in name:
                found[name, template.format(name)] += article.text.count(name)
    for (name, question), _ in found.most_common(3):
        yield name, question
