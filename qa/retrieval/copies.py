"""The same words under another name are no second witness: they count once, in passages and in what is cited."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from index import ArticleIndex, ScoredPassage, Version
from index.sentences import keys_at, sentence_keys, sentences_by_key
from qa.answer import Answer, Citation, OtherArticle

_WORD = re.compile(r"\w+")
_SHORTER = 0.7  # of the words of a sentence, at least, are left where one of an older version was shortened
_KNOWN = 0.5  # of the sentences of a passage: so many stand in passages of older versions


def words_of(text: str) -> str:
    """What two texts share of which one is a copy of the other: its words and figures, without case and marks.

    >>> words_of("“It rained,” she said.") == words_of("It rained, she said")
    True
    """
    return " ".join(_WORD.findall(text.casefold()))


def without_copies(
    found: Sequence[ScoredPassage], versions: Mapping[str, Version] | None = None, before: Collection[str] = ()
) -> list[ScoredPassage]:
    """The best passage of each text, in the order given, with the others among its `copies`, which have none.

    Of the `versions` of a story, by their articles' ids, the oldest is read, as if it were the only one: a passage of
    another is a copy where half of its sentences stand in passages of older ones, and the rest in their articles. One
    that says more stays, with what is `repeated` in it. The articles `before` go before older ones.
    """
    kept: dict[str, list[ScoredPassage]] = {}
    for scored in _each_version_once(found, versions or {}, before):
        kept.setdefault(words_of(scored.passage.text) or scored.passage.id, []).append(scored)
    return [_with_copies(*each) for each in kept.values()]


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage of a version of a story that is kept, by its place among those found."""

    at: int
    article_id: str
    sentences: dict[str, str]  # see index.sentences.sentences_by_key


def _each_version_once(
    found: Sequence[ScoredPassage], versions: Mapping[str, Version], before: Collection[str]
) -> list[ScoredPassage]:
    kept = dict(enumerate(found))
    of_story: defaultdict[str, list[_Read]] = defaultdict(list)
    told = [at for at, scored in kept.items() if scored.passage.article_id in versions]
    for at in sorted(told, key=lambda at: (found[at].passage.article_id not in before, _age(found[at]))):
        article_id = found[at].passage.article_id
        story = versions[article_id].story[0]
        sentences = sentences_by_key(found[at].passage.text)
        older = [each for each in of_story[story] if each.article_id != article_id]
        known = sentences.keys() & {key for each in older for key in each.sentences}
        known |= {key for key in sentences.keys() - known if _says_no_more(sentences[key], older)}
        held = known | (sentences.keys() & {key for each in older for key in versions[each.article_id].sentences})
        if known and len(known) >= _KNOWN * len(sentences) and len(held) == len(sentences):
            first = max(older, key=lambda each: len(each.sentences.keys() & known)).at
            kept[first] = _with_copies(kept[first], kept.pop(at))
        else:
            of_story[story].append(_Read(at, article_id, sentences))
            kept[at] = replace(kept[at], story=story, repeated=frozenset(held if known else ()))
    return list(kept.values())


def _says_no_more(sentence: str, older: Sequence[_Read]) -> bool:
    """Whether a sentence is one of an older version, shortened: a word that is new may be what was corrected."""
    words = sentence.split()
    others = (other.split() for each in older for other in each.sentences.values())
    return any(len(words) >= _SHORTER * len(other) and set(words) <= set(other) for other in others)


def _age(scored: ScoredPassage) -> tuple[bool, str, str]:
    """Less for a passage of an older article; all of one article have the same, and none is as old as another's."""
    return not scored.passage.published, scored.passage.published or "", scored.passage.article_id


def first_of(found: Sequence[ScoredPassage], count: int) -> list[ScoredPassage]:
    """The first passages, `count` of them that repeat nothing: what newer versions say else takes no place."""
    places = [at for at, scored in enumerate(found) if not scored.repeated]
    return list(found[: places[count]] if len(places) > count else found)


def is_repeated(scored: ScoredPassage, start: int, end: int) -> bool:
    """Whether words of a passage, by offsets in its article, stand in sentences that are read in an older version."""
    passage = scored.passage
    return (
        bool(scored.repeated) and keys_at(passage.text, start - passage.start, end - passage.start) <= scored.repeated
    )


def _with_copies(first: ScoredPassage, *others: ScoredPassage) -> ScoredPassage:
    known = {each.article_id for each in (first.passage, *first.copies)}
    elsewhere = {
        each.article_id: each
        for scored in others
        for each in (scored.passage, *scored.copies)
        if each.article_id not in known
    }
    return replace(first, copies=(*first.copies, *elsewhere.values())) if elsewhere else first


def with_versions(articles: ArticleIndex, answer: Answer) -> Answer:
    """The same answer, with the other versions of their stories named beside its quotes."""
    citations, nearest = (also_printed(articles, each) for each in (answer.citations, answer.nearest))
    return replace(answer, citations=citations, nearest=nearest)


def with_versions_of_all(articles: ArticleIndex, first: Answer, growing: Iterable[Answer]) -> Iterator[Answer]:
    """The same for answers that grow from `first`, which has them: with its quotes nothing is looked up again."""
    for answer in growing:
        has_them = answer.citations is first.citations and answer.nearest is first.nearest
        yield answer if has_them else with_versions(articles, answer)


def also_printed(articles: ArticleIndex, citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """The same citations, each also naming the other versions of its story that have the sentence with the answer.

    The oldest first, and behind them copies of the passage in articles that are no versions.
    """
    of = articles.versions(each.article_id for each in citations) if citations else {}
    if not of:
        return tuple(citations)
    others = sorted({article_id for version in of.values() for article_id in version.story})
    sentences = {article_id: version.sentences for article_id, version in articles.versions(others).items()}
    summaries = {each.id: each for each in articles.list(others)}

    def told(citation: Citation) -> Citation:
        version = of.get(citation.article_id)
        said = _sentences_with_answer(citation)
        if version is None or not said:
            return citation
        here = [
            summaries[each] for each in version.story if each in summaries and said <= sentences.get(each, frozenset())
        ]
        named = {
            each.id: OtherArticle(each.id, each.title, each.published)
            for each in sorted(here, key=lambda each: (not each.published, each.published or "", each.id))
            if each.id != citation.article_id
        }
        copies = [each for each in citation.also_in if each.article_id not in version.story]
        return replace(citation, also_in=(*named.values(), *copies))

    return tuple(map(told, citations))


def _sentences_with_answer(citation: Citation) -> frozenset[str]:
    """The keys of the sentences of a quote in which the answer stands; without one, of all."""
    if citation.answer_start is None or citation.answer_end is None:
        return sentence_keys(citation.quote)
    start, end = citation.answer_start - citation.start, citation.answer_end - citation.start
    return keys_at(citation.quote, start, end) or sentence_keys(citation.quote)
