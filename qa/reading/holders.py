"""Who holds a post, by what passages tell of somebody and the post.

The network learned from questions whose words stand beside the answer, and takes any name near a post's: the deputy,
who has just left, who holds the same post elsewhere. In the news a holder is told in one of a few ways, by which they
are found here in all passages that were found; who has left is none any more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from index import ScoredPassage
from index.words import WORD, key_of
from qa.question.languages import ENGLISH
from qa.question.posts import ALL_POSTS, Post, kind_called
from qa.question.turn import Query
from qa.reading.answers import Candidate, Said
from qa.reading.bearing import has_left
from qa.reading.posts_told import Holder, family_name, names_place, told_of
from qa.reading.sentences import around, sentences_of


def who_holds(query: Query, found: Sequence[ScoredPassage], answers: Sequence[Said]) -> tuple[list[Said], float]:
    """Who holds the post that is asked for, of a query with one: the answers, the best first.

    Where sentences say it the newest does, and no other name is an answer. Besides, by how much the first one is less
    sure, in log-odds: where nothing tells that they hold it, and more where something tells otherwise.
    """
    assert query.post is not None
    post = _with_role(query.post, found)
    articles: defaultdict[str, str] = defaultdict(str)
    for scored in found:
        articles[scored.passage.article_id] += f" {scored.passage.title} {scored.passage.text}"
    whole = {each for each, text in articles.items() if names_place(text, post)}
    told = [
        each
        for at, scored in enumerate(found)
        for each in told_of(post, at, scored.passage, scored.passage.article_id in whole)
    ]
    standing = _standing(query, post, found, told)
    if sure := [each for each in standing if each.sure]:
        newest = max(sure, key=lambda each: (not each.interim, each.day, each.state != "holds"))
        return [_said([each for each in sure if each.key == newest.key], answers)], 0.0
    names = {each.key for each in standing}
    if first := [answer for answer in answers if family_name(answer.best.text) in names]:
        return [*first, *(each for each in answers if each not in first)], 0.0
    if answers and answers[0].best.quote:  # a table's row says it in its own way
        return list(answers), 0.0
    others = {each.key for each in told}
    fair = [
        answer
        for answer in answers
        if _is_abroad(found, answer.best)
        or (family_name(answer.best.text) not in others and not _has_another(post, found, answer.best))
    ]
    ordered = [*fair, *(each for each in answers if each not in fair)]
    if not post.is_known or (fair and _is_abroad(found, fair[0].best)):  # "the winner of the race" is told as "she won"
        return ordered, 0.0
    return ordered, _UNTOLD if fair else _UNTOLD + _DENIED


def _is_abroad(found: Sequence[ScoredPassage], each: Candidate) -> bool:
    """Whether an answer stands in another language, whose words for posts are not known."""
    return (found[each.passage].passage.language or ENGLISH) != ENGLISH


_SURE = 3.0  # the margin of who is said to hold a post
_UNTOLD, _DENIED = 2.0, 2.0  # log-odds, see docs/decisions.md, "Abstaining"


def _said(places: Sequence[Holder], answers: Sequence[Said]) -> Said:
    """One person, by the places that say so: with the whole name first, then the newest."""
    margins = [each.margin for each in answers if family_name(each.best.text) == places[0].key]
    of = {"margin": max([_SURE, *margins]), "answers": 0.0, "retrieval": 1.0, "similarity": 1.0, "fits": 1.0}
    ordered = sorted(places, key=lambda each: (" " in each.text, each.day), reverse=True)
    return Said([Candidate(each.passage, each.start, each.end, each.text, of, of["margin"]) for each in ordered])


def _standing(query: Query, post: Post, found: Sequence[ScoredPassage], told: Sequence[Holder]) -> list[Holder]:
    """Where somebody is told to hold the post who has not left it. Who is named in the question is no answer."""
    named = set(map(key_of, WORD.findall(query.text)))
    holding = [each for each in told if each.state not in ("left", "elsewhere") and each.key not in named]
    if post.past:
        return [*holding, *(each for each in told if each.state == "left" and each.key not in named)]
    gone = {
        key
        for key in {each.key for each in holding}
        if _has_gone(post, found, [each for each in told if each.key == key])
    }
    return [each for each in holding if each.key not in gone]


def _has_gone(post: Post, found: Sequence[ScoredPassage], told: Sequence[Holder]) -> bool:
    """Whether somebody has left the post, by what is newer than the last that tells that they came to it.

    Of who is not told to have come, and not to have returned, also by what is of the same day.
    """
    came = max((each.day for each in told if each.state in ("comes", "returns")), default="")
    new = {each.sentence for each in told if each.state in ("comes", "returns")}
    if any(each.state == "returns" for each in told):
        return False
    for each in told:
        if each.state == "left" and each.sentence not in new and (each.day > came or (each.day == came and each.sure)):
            return True
    since = came or max(each.day for each in told)
    later = [
        scored.passage
        for scored in found
        if (day := scored.passage.published or "") > since or (day == since and not came)
    ]
    name = max((each.text for each in told), key=len)
    sentences = (
        passage.text[start - passage.start : end - passage.start]
        for passage in later
        if name.split()[-1] in passage.text
        for start, end in sentences_of(passage)
    )
    return has_left(name, "\n".join(each for each in sentences if not _is_of_another(post, each)))


def _is_of_another(post: Post, sentence: str) -> bool:
    """Whether a sentence is about posts, and none of these is the one that is asked for."""
    return _POST.search(sentence) is not None and not post.is_called_in(sentence)


def _with_role(post: Post, found: Sequence[ScoredPassage]) -> Post:
    """A post of which only is known who had it, as what that one is called: "coach Ida Aske"."""
    if post.called or not post.before:
        return post
    name = rf"(?i:{re.escape(WORD.findall(post.before)[-1])})"
    before = re.compile(rf"\b(?P<role>(?i:{ALL_POSTS})) (?:[A-Z]\w+ ){{0,2}}{name}\b")
    behind = re.compile(rf"\b{name}, (?:[\w’'-]+ ){{0,4}}(?P<role>(?i:{ALL_POSTS}))\b")
    said = (each.search(scored.passage.text) for scored in found for each in (before, behind))
    role = next((match["role"] for match in said if match), "")
    called, done = kind_called(role) if role else ("", "")
    return replace(post, called=called, done=done)


def _has_another(post: Post, found: Sequence[ScoredPassage], each: Candidate) -> bool:
    """Whether beside a name stands a post of another kind: "chief executive Ida Aske", where the coach is asked for."""
    passage = found[each.passage].passage
    begin, finish = around(passage, each.start, each.end)
    before = passage.text[begin - passage.start : each.start - passage.start]
    behind = passage.text[each.end - passage.start : finish - passage.start]
    beside = [_POST_BEFORE.search(before), _POST_BEHIND.match(behind), _POST_INSIDE.search(each.text)]
    said = [match[0] for match in beside if match]
    return post.is_known and bool(said) and not any(map(post.is_called_in, said))


_POST = re.compile(rf"\b(?:{ALL_POSTS})\b", re.IGNORECASE)
_POST_BEFORE = re.compile(rf"\b(?i:{ALL_POSTS})(?: and [\w -]{{1,30}})?,? $")
_POST_INSIDE = re.compile(rf"\b(?i:{ALL_POSTS}) (?=[A-Z])")
_POST_BEHIND = re.compile(rf"(?:, \d\d)?, [^,.;]{{0,60}}?\b(?i:{ALL_POSTS})\b")
