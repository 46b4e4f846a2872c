"""What happens in a conversation: asking, stopping, editing, rating, and the list of conversations beside it."""

from __future__ import annotations

import logging
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from chat.firewall import visitor_of
from chat.lists import index_in_words, render_brand, render_conversations, render_user, where_in_words
from chat.render import (
    TITLE,
    button,
    escape,
    render_answer,
    render_follow_ups,
    render_how_to_add,
    render_note,
    render_question,
)
from chat.session import Talk
from chat.source import Marks, render_gone, render_source
from index.article import Article
from index.article_index import IndexInfo
from index.errors import ArticleQAError, IndexNotFoundError, StoreError
from index.filter import PassageFilter
from qa import ArticleQA
from qa.answer import Answer, Citation
from qa.kept.conversations import Conversation, Conversations, SavedTurn, now
from qa.kept.export import to_json, to_markdown

LOADING, READING = "Loading the model …", "Reading the articles …"

# In the place of a conversation's id, for the page's script: there is none yet; the page has to be loaded again.
EMPTY, RELOAD = "-", "reload"
ABANDONED_S = 60.0  # nobody waits so long for an answer

Changes = dict[Any, Any]  # component -> its new value


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that a conversation changes."""

    box: gr.Textbox
    chat: gr.Chatbot
    talk: gr.State
    where: gr.State
    searched: gr.Textbox
    word: gr.Textbox
    after: gr.HTML  # what can be asked next
    title: gr.Textbox
    conversations: gr.HTML
    here: gr.HTML  # the id of the conversation, for the page's script
    brand: gr.HTML
    source: gr.HTML
    export: gr.JSON
    who: gr.HTML  # who is logged in


class Talking:
    """One for an app, shared by its visitors, so it keeps nothing of a conversation."""

    def __init__(self, qa: ArticleQA, conversations: Conversations, parts: Parts, read_only: bool = False) -> None:
        """With `read_only` nobody is told how to add articles."""
        self.qa = qa
        self.conversations = conversations
        self.parts = parts
        self.read_only = read_only
        self.loaded = threading.Event()
        self.suggesting = threading.Lock()
        self.suggested: tuple[object, list[str]] = (None, [])
        self.asking: dict[object, float] = {}  # questions that are being answered, and since when
        self.trouble = ""  # why no conversation can be kept

    # Beginning

    def greet(self, last: str, request: gr.Request) -> Changes:
        """The page as it is when it is loaded: the conversation that was open last, or an empty one."""
        parts = self.parts
        try:
            owner = self.owner(request)
            info = self.info()
            articles, passages = (info.articles, info.passages) if info else (0, 0)
            changes: Changes = {
                parts.brand: render_brand(TITLE, index_in_words(articles, passages)),
                parts.who: render_user(request.username or ""),
            }
            stored = self.conversations.find(owner, last) if owner and last else None
            if stored is not None:
                changes |= self.opened(stored) | {parts.conversations: self.listed(owner, stored.id)}
                changes.pop(parts.box)  # what was typed before the page was loaded again is put back there
                return changes
            return changes | {
                parts.talk: Talk(begun=True),
                parts.here: EMPTY,
                parts.chat: gr.Chatbot(placeholder=self.invitation(articles > 0), examples=[]),
                parts.conversations: self.listed(owner),
            }
        except ArticleQAError as error:
            return {
                parts.brand: render_brand(TITLE, "The index cannot be read"),
                parts.chat: gr.Chatbot(placeholder=render_note(str(error)), examples=[]),
            }

    def invite(self, talk: Talk) -> Any:
        """What an empty chat shows, with what could be asked first, which may take a while after the articles changed.

        What `greet` said is said again: while a page is being built, Gradio 6.31 loses a change of anything but a value
        now and then: docs/decisions.md, "The greeting is said twice".
        """
        if talk.turns or not talk.begun:
            return gr.skip()
        info = self.info()
        there = info is not None and info.articles > 0
        return gr.Chatbot(placeholder=self.invitation(there), examples=self.examples(info) if there else [])

    def invitation(self, there: bool) -> str:
        """What stands in an empty chat, as HTML: to ask, or how to add articles where none are `there`."""
        if not there:
            return render_how_to_add(self.qa.articles.location, self.read_only)
        return render_note("Ask a question. The answer comes with the words that it rests on.")

    def examples(self, info: object) -> list[dict[str, str]]:
        """Questions to begin with; made once for an index as it is, because each is tried out on the articles."""
        with self.suggesting:
            if self.suggested[0] != info:
                try:
                    self.suggested = (info, self.qa.suggested_questions())
                except Exception:  # the chat is of use without them
                    logging.getLogger(__name__).exception("No questions could be suggested.")
                    self.suggested = (info, [])
        return [{"text": question} for question in self.suggested[1]]

    # Asking

    def respond(  # noqa: PLR0917 - Gradio passes all of them by their places
        self, question: str, talk: Talk, where: PassageFilter, chosen: ArticleQA | None, here: str, request: gr.Request
    ) -> Iterator[Changes]:
        """Answer what is in the text box: the next question, or an earlier one that was edited."""
        yield from self.answer(question, talk, where, chosen, self.owner(request), here=here, keep=talk.editing)

    def suggest(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        talk: Talk,
        where: PassageFilter,
        chosen: ArticleQA | None,
        here: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[Changes]:
        """Answer a question that was suggested."""
        yield from self.answer(_value(event), talk, where, chosen, self.owner(request), here=here)

    def example(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        talk: Talk,
        where: PassageFilter,
        chosen: ArticleQA | None,
        here: str,
        event: gr.SelectData,
        request: gr.Request,
    ) -> Iterator[Changes]:
        """Answer one of the questions to begin with."""
        question = event.value.get("text") if isinstance(event.value, dict) else ""
        yield from self.answer(str(question), talk, where, chosen, self.owner(request), here=here)

    def again(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        talk: Talk,
        where: PassageFilter,
        chosen: ArticleQA | None,
        here: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[Changes]:
        """Answer a question once more, and go on from there."""
        owner = self.owner(request)
        talk = self.current(talk, owner)
        turn = _turn(event, talk)
        question = talk.turns[turn].question if turn is not None else ""
        if question or _is_lost(talk, here):
            yield from self.answer(question, talk, where, chosen, owner, here=here, keep=turn)

    def correct(  # noqa: PLR0917 - Gradio passes all of them by their places
        self, searched: str, talk: Talk, where: PassageFilter, chosen: ArticleQA | None, here: str, request: gr.Request
    ) -> Iterator[Changes]:
        """Answer the last question again, searching for what the user put in place of the standalone question."""
        owner = self.owner(request)
        talk = self.current(talk, owner)
        last = len(talk.turns) - 1
        question = talk.turns[last].question if talk.turns else ""
        if question or _is_lost(talk, here):
            yield from self.answer(question, talk, where, chosen, owner, here=here, keep=last, searched=searched)

    def answer(
        self,
        question: str,
        talk: Talk,
        where: PassageFilter,
        chosen: ArticleQA | None,
        owner: str | None,
        *,
        here: str,
        keep: int | None = None,
        searched: str | None = None,
    ) -> Iterator[Changes]:
        """Yield the page's changes until the answer is whole and stored.

        With `keep` it takes the place of all turns from there on. The text box is emptied once, so that what is typed
        meanwhile stays. `chosen` answers instead of the app's own. What a language model has written so far is part of
        the conversation, as it may be stopped.
        """
        parts = self.parts
        if _is_lost(talk, here):
            yield {parts.here: RELOAD}
            return
        qa = chosen or self.qa
        written = qa.language_model is not None
        begin = gr.Textbox(value="", submit_btn=False, stop_btn="Stop") if written else ""
        asked = question if question.strip() else None
        told: list[dict[str, str]] = []  # what was said before, made once
        this = object()
        self.asking[this] = time.monotonic()
        try:
            talk = self.current(talk, owner)
            earlier = talk.turns if keep is None else talk.turns[:keep]
            talk = replace(
                talk,
                turns=earlier,
                editing=None,
                rating=None,
                changed=frozenset(c for c in talk.changed if c[0] < len(earlier)),
            )
            # Where nothing is replaced, behind all that another window of the same browser may have added meanwhile.
            behind = sys.maxsize if keep is None else keep
            told = messages(talk)
            note = render_note(READING if self.loaded.is_set() else LOADING)
            hidden = {field: gr.Textbox(visible=False) for field in (parts.searched, parts.word)}
            yield {parts.box: begin, parts.chat: [*told, *exchange(asked, note)], parts.after: ""} | hidden
            if not self.loaded.is_set():
                qa.warm_up()
                self.loaded.set()
                yield {parts.chat: [*told, *exchange(asked, render_note(READING))]}
            within = where_in_words(where, self.titles(where))
            history = [(turn.answer.standalone_question or turn.question, turn.answer.text) for turn in earlier]
            turn = None
            for answer in qa.stream(question, history, where, standalone_question=searched):
                if answer.abstained and not answer.passages and self.is_empty():
                    how = self.invitation(False)
                    yield {parts.chat: [*told, *exchange(asked, how)], parts.box: ask_box() if written else gr.skip()}
                    return
                turn = SavedTurn(question, answer, now(), within=within)
                shown = render_answer(answer, len(earlier), within=within, whole=False)
                changes = {parts.chat: [*told, *exchange(asked, shown)]}
                yield changes | ({parts.talk: replace(talk, turns=(*earlier, turn), unsaved=behind)} if written else {})
            assert turn is not None
            yield self.kept(owner, talk, turn, where, behind) | {
                parts.box: ask_box() if written else gr.skip(),
                parts.searched: searched_for(turn.answer),
            }
        except ArticleQAError as error:
            # The question goes back into the text box for another try, and is no part of the conversation.
            back = question.encode(errors="replace").decode()  # half a surrogate pair cannot be sent
            again = ask_box(value=back) if written else back
            yield {parts.box: again, parts.chat: [*told, *exchange(asked, render_note(str(error)))]}
        except Exception:  # here rather than by Gradio, whose event for failures comes after a stop, too
            logging.getLogger(__name__).exception("The question could not be answered.")
            apology = render_note("Something went wrong. The terminal that runs Article QA says what.")
            yield {parts.box: ask_box() if written else gr.skip(), parts.chat: [*told, *exchange(None, apology)]}
        finally:
            self.asking.pop(this, None)

    def kept(self, owner: str | None, talk: Talk, turn: SavedTurn, where: PassageFilter, behind: int) -> Changes:
        """Store a turn behind so many others; the changes that show the conversation with it, also unstored."""
        parts = self.parts
        stored = None
        if owner is not None:
            try:
                conversation_id = self.conversations.save(owner, talk.id, behind, turn, where)
                stored = self.conversations.find(owner, conversation_id)
            except StoreError as error:
                self.trouble = str(error)
                owner = None
        talk = replace(talk, turns=(*talk.turns, turn), unsaved=None)
        if stored is not None:
            talk = replace(talk, id=stored.id, title=stored.title, turns=stored.turns)
        return {
            parts.talk: talk,
            parts.chat: messages(talk),
            parts.title: title_box(talk),
            parts.here: talk.id or EMPTY,
            parts.conversations: self.listed(owner, talk.id),
        }

    def stopped(self, talk: Talk, where: PassageFilter, request: gr.Request) -> Changes:
        """After "Stop": store what a language model has written so far; the text box is at rest."""
        changes: Changes = {self.parts.box: ask_box()}
        if talk.unsaved is None:
            return changes
        *earlier, turn = talk.turns
        kept = self.kept(self.owner(request), replace(talk, turns=tuple(earlier)), turn, where, talk.unsaved)
        return changes | kept

    def follow_ups(self, talk: Talk, where: PassageFilter) -> Changes:
        """What can be asked next, tried out on the articles while nobody waits for an answer."""
        # One whose visitor has left may stand there until it is collected.
        waited_for = any(time.monotonic() - began < ABANDONED_S for began in list(self.asking.values()))
        if not talk.turns or waited_for:
            return {self.parts.after: ""}
        *earlier, last = [turn.answer for turn in talk.turns]
        try:
            return {self.parts.after: render_follow_ups(self.qa.follow_up_questions(last, earlier, where))}
        except Exception:  # the answer stands without them
            logging.getLogger(__name__).exception("No question could be suggested to ask next.")
            return {self.parts.after: ""}

    # Editing and rating

    def edit(self, talk: Talk, here: str, event: gr.EventData, request: gr.Request) -> Changes:
        """Put an earlier question into the text box; when it is sent, it takes the place of all from there on."""
        if _is_lost(talk, here):
            return {self.parts.here: RELOAD}
        talk = self.current(talk, self.owner(request))
        turn = _turn(event, talk)
        if turn is None:
            return {self.parts.talk: talk}
        later = len(talk.turns) - turn - 1
        what = "Sending it takes the place of this question"
        what += f" and of the {'one' if later == 1 else later} after it" if later else ""
        note = f'<p class="next soft">{escape(what)}. {button("keep", "", "Keep them", classes="chip")}</p>'
        return {
            self.parts.talk: replace(talk, editing=turn),
            self.parts.box: talk.turns[turn].question,
            self.parts.searched: gr.Textbox(visible=False),  # it is about the last question
            self.parts.after: note,
        }

    def keep(self, talk: Talk) -> Changes:
        """Leave the earlier question as it was."""
        return {
            self.parts.talk: replace(talk, editing=None),
            self.parts.box: "",
            self.parts.searched: searched_for(talk.turns[-1].answer) if talk.turns else gr.skip(),
            self.parts.after: "",
        }

    def rate(self, talk: Talk, here: str, event: gr.EventData, request: gr.Request) -> Changes:
        """Store whether an answer is good; a second click takes it back. Then a word about it may follow."""
        if _is_lost(talk, here):
            return {self.parts.here: RELOAD}
        owner = self.owner(request)
        talk = self.current(talk, owner)
        place, _, value = _value(event).partition(":")
        turn, rating = _turn_of(place, talk), {"1": 1, "-1": -1}.get(value)
        if turn is None or rating is None or owner is None or talk.id is None:
            return {self.parts.talk: talk}
        if talk.turns[turn].rating == rating:
            rating = 0
        self.conversations.rate(owner, talk.id, turn, rating)
        talk = replace(self.current(talk, owner), rating=turn if rating else None)
        asked = "What would be right? “-” if the articles do not say" if rating < 0 else "What is good about it?"
        field = gr.Textbox(
            value="", label=f"{asked} (optional)", placeholder=f"{asked} (optional)", visible=bool(rating)
        )
        return {self.parts.talk: talk, self.parts.chat: messages(talk), self.parts.word: field}

    def say(self, word: str, talk: Talk, request: gr.Request) -> Changes:
        """Store the word about the answer that was rated last."""
        owner = self.owner(request)
        talk = self.current(talk, owner)
        if owner and talk.id and talk.rating is not None and talk.rating < len(talk.turns):
            self.conversations.rate(owner, talk.id, talk.rating, talk.turns[talk.rating].rating, word.strip())
        return {
            self.parts.talk: replace(talk, rating=None),
            self.parts.word: gr.Textbox(visible=False),
            self.parts.after: _aloud("Thank you. It is kept with the index."),
        }

    # Conversations

    def fresh(self, request: gr.Request) -> Changes:
        """An empty page for a new conversation, at once; `invite` follows."""
        parts = self.parts
        return {
            parts.box: ask_box(value=""),
            parts.chat: gr.Chatbot(value=[], placeholder=self.invitation(not self.is_empty())),
            parts.talk: Talk(begun=True),
            parts.searched: gr.Textbox(visible=False),
            parts.word: gr.Textbox(visible=False),
            parts.after: "",
            parts.title: title_box(Talk()),
            parts.here: EMPTY,
            parts.conversations: self.listed(self.owner(request)),
        }

    def open(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Show a stored conversation."""
        owner = self.owner(request)
        stored = self.conversations.find(owner, _value(event)) if owner else None
        if stored is None:
            note = _aloud("This conversation is not there any more.")
            return {self.parts.conversations: note + self.listed(owner)}
        return self.opened(stored) | {self.parts.conversations: self.listed(owner, stored.id)}

    def opened(self, stored: Conversation) -> Changes:
        """The changes that show a stored conversation, with what is asked narrowed as it was."""
        parts = self.parts
        talk = Talk(True, stored.id, stored.title, stored.turns, self.changed(stored.turns))
        there = {article.id for article in self.qa.articles.list(stored.where.article_ids)}
        kept = tuple(article_id for article_id in stored.where.article_ids if article_id in there)
        last = stored.turns[-1].answer if stored.turns else None
        return {
            parts.box: ask_box(value=""),
            parts.chat: messages(talk),
            parts.talk: talk,
            parts.where: replace(stored.where, article_ids=kept),
            parts.searched: searched_for(last) if last else gr.Textbox(visible=False),
            parts.word: gr.Textbox(visible=False),
            parts.after: "",
            parts.title: title_box(talk),
            parts.here: talk.id or EMPTY,
        }

    def find(self, words: str | None, talk: Talk, request: gr.Request) -> str:
        """The conversations that hold some words."""
        return self.listed(self.owner(request), talk.id, words or "")

    def rename(self, title: str | None, talk: Talk, request: gr.Request) -> Changes:
        """Give the conversation another name."""
        owner = self.owner(request)
        if owner and talk.id:
            self.conversations.rename(owner, talk.id, title or "")
            talk = self.current(talk, owner)
        return {
            self.parts.talk: talk,
            self.parts.title: title_box(talk),
            self.parts.conversations: self.listed(owner, talk.id),
        }

    def forget(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Changes:
        """Delete a conversation; the page offers to bring it back."""
        owner = self.owner(request)
        deleted = self.conversations.delete(owner, _value(event)) if owner else None
        if deleted is None:
            return {self.parts.conversations: self.listed(owner, talk.id)}
        changes = self.fresh(request) if deleted.id == talk.id else {}
        kept = replace(Talk(begun=True) if changes else talk, deleted=deleted)
        note = f'<p class="undo" role="status">Deleted. {button("restore", "", "Undo", classes="chip")}</p>'
        listed = self.listed(owner, kept.id)
        return changes | {self.parts.talk: kept, self.parts.conversations: note + listed}

    def restore(self, talk: Talk, request: gr.Request) -> Changes:
        """Bring back the conversation that was deleted last."""
        owner = self.owner(request)
        if owner and talk.deleted:
            self.conversations.restore(owner, talk.deleted)
            talk = replace(talk, deleted=None)
        return {self.parts.talk: talk, self.parts.conversations: self.listed(owner, talk.id)}

    def markdown(self, talk: Talk) -> Changes:
        """The conversation as a Markdown file, which the page's script hands to the browser."""
        return self.exported(talk, "md", "text/markdown", to_markdown(_whole(talk)))

    def json(self, talk: Talk) -> Changes:
        """The conversation as a JSON file, with its citations."""
        import json

        return self.exported(
            talk, "json", "application/json", json.dumps(to_json(_whole(talk)), ensure_ascii=False, indent=2)
        )

    def exported(self, talk: Talk, suffix: str, kind: str, text: str) -> Changes:
        """A file for the page's script."""
        if not talk.turns:
            return {self.parts.export: None, self.parts.after: _aloud("There is nothing to save yet.")}
        said = talk.title or talk.turns[0].question
        words = "".join(letter if unicodedata.category(letter)[0] in "LNM" else " " for letter in said).split()
        return {
            self.parts.export: {
                "name": f"{'-'.join(words[:8])[:60] or 'conversation'}.{suffix}",
                "type": kind,
                "text": text,
            }
        }

    # Sources

    def cite(self, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """The article of a citation, with all that the conversation cites from it marked, this quote above all."""
        talk = self.current(talk, self.owner(request))
        turn, place = _places(event)
        if turn >= len(talk.turns) or place >= len(talk.turns[turn].answer.citations):
            return _lost()
        citation = talk.turns[turn].answer.citations[place]
        article = self.qa.articles.find(citation.article_id)
        if article is None or not _holds(article, citation):
            return _gone(article, citation.title, citation.quote, "quote")
        return self.article(article, talk, citation.start)

    def near(self, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """The article of a passage that was near an answer."""
        talk = self.current(talk, self.owner(request))
        turn, place = _places(event)
        if turn >= len(talk.turns) or place >= len(talk.turns[turn].answer.passages):
            return _lost()
        passage = talk.turns[turn].answer.passages[place].passage
        article = self.qa.articles.find(passage.article_id)
        if article is None or article.text[passage.start : passage.end] != passage.text:
            return _gone(article, passage.title, passage.text, "passage")
        return _now(render_source(article, Marks(((passage.start, passage.end),), (), passage.start)))

    def whole(self, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """An article of the library."""
        article = self.qa.articles.find(_value(event))
        return _lost() if article is None else self.article(article, self.current(talk, self.owner(request)), None)

    def part(self, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """Another part of an article that is too long to show whole."""
        start, _, article_id = _value(event).partition(":")
        article = self.qa.articles.find(article_id)
        if article is None or not (start.isdecimal() and len(start) < 10):
            return _lost()
        talk = self.current(talk, self.owner(request))
        return self.article(article, talk, None, int(start))

    def article(self, article: Article, talk: Talk, current: int | None, start: int | None = None) -> str:
        """An article with everything marked that the conversation cites from it and that still stands there."""
        cited = [
            citation
            for turn in talk.turns
            for citation in turn.answer.citations
            if citation.article_id == article.id and _holds(article, citation)
        ]
        answers = [
            (citation.answer_start, citation.answer_end)
            for citation in cited
            if citation.answer_start is not None and citation.answer_end is not None
        ]
        marks = Marks(tuple((each.start, each.end) for each in cited), tuple(answers), current)
        return _now(render_source(article, marks, start))

    # What is there

    def owner(self, request: gr.Request) -> str | None:
        """Whose conversations these are; None where none can be kept, and the chat is used without."""
        try:
            owner = visitor_of(request)
            if owner is not None:
                self.conversations.find(owner, "")
            self.trouble = ""
        except StoreError as error:
            logging.getLogger(__name__).warning("%s", error)
            self.trouble = str(error)
            return None
        return owner

    def current(self, talk: Talk, owner: str | None) -> Talk:
        """The conversation as it is stored: another window of the same browser may have gone on with it."""
        stored = self.conversations.find(owner, talk.id) if owner and talk.id else None
        if stored is None:
            return talk
        return replace(talk, title=stored.title, turns=stored.turns)

    def changed(self, turns: Sequence[SavedTurn]) -> frozenset[tuple[int, int]]:
        """The citations, as (turn, citation), that do not stand in their article any more."""
        articles: dict[str, Article | None] = {}
        lost = set()
        for number, turn in enumerate(turns):
            for place, citation in enumerate(turn.answer.citations):
                if citation.article_id not in articles:
                    articles[citation.article_id] = self.qa.articles.find(citation.article_id)
                article = articles[citation.article_id]
                if article is None or not _holds(article, citation):
                    lost.add((number, place))
        return frozenset(lost)

    def listed(self, owner: str | None, current: str | None = None, words: str = "") -> str:
        """The list of conversations, as HTML."""
        if owner is None:
            why = self.trouble or "Conversations are kept where the browser allows this page a cookie."
            return render_note(why)
        return render_conversations(self.conversations.list(owner, words.strip()), current, words.strip())

    def titles(self, where: PassageFilter) -> list[str]:
        """The titles of the articles in a filter, in its order; "" for one that is gone."""
        found = {article.id: article.title for article in self.qa.articles.list(where.article_ids)}
        return [found.get(article_id, "") for article_id in where.article_ids]

    def info(self) -> IndexInfo | None:
        """What the index holds; None where there is none yet."""
        try:
            return self.qa.articles.info()
        except IndexNotFoundError:
            return None

    def is_empty(self) -> bool:
        """Whether there is nothing to answer from."""
        info = self.info()
        return info is None or info.articles == 0


def messages(talk: Talk, question: str | None = None, shown: str | None = None) -> list[dict[str, str]]:
    """A conversation as Gradio's messages, with a question that is being answered at its end."""
    told = [
        exchange(
            turn.question,
            render_answer(
                turn.answer,
                number,
                rating=turn.rating,
                within=turn.within,
                changed=[place for where, place in talk.changed if where == number],
            ),
            number,
        )
        for number, turn in enumerate(talk.turns)
    ]
    return [message for each in (*told, exchange(question, shown)) for message in each]


def exchange(question: str | None, shown: str | None, number: int | None = None) -> list[dict[str, str]]:
    """A question, which can be edited where its number is known, and what is shown for it; without what is None."""
    asked = render_question(question, number) if question is not None else None
    said = (("user", asked), ("assistant", shown))
    return [{"role": role, "content": content} for role, content in said if content is not None]


def ask_box(**changes: Any) -> Any:
    """The text box as it is while nothing is being written, with changes to what is in it."""
    return gr.Textbox(submit_btn="Ask", stop_btn=False, **changes)


def title_box(talk: Talk) -> Any:
    """The field with the conversation's name; there to be changed once the conversation is stored."""
    return gr.Textbox(value=talk.title, interactive=talk.id is not None)


def searched_for(answer: Answer) -> Any:
    """The field with what was searched for, shown where that is not the question itself."""
    standalone = answer.standalone_question
    return gr.Textbox(value=standalone, visible=standalone != answer.question.strip())


def _whole(talk: Talk) -> Conversation:
    changed = talk.turns[-1].asked_at if talk.turns else ""
    return Conversation(
        talk.id or "", talk.title or (talk.turns[0].question if talk.turns else ""), changed, talk.turns
    )


def _is_lost(talk: Talk, here: str) -> bool:
    """Whether the page shows what the program knows nothing of: it was started anew, or the page slept for too long."""
    return bool(here) and not talk.begun


def _value(event: gr.EventData) -> str:
    """The value of the button that was clicked; "" where a browser sent something else."""
    data = event._data
    value = data.get("value") if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""


def _turn(event: gr.EventData, talk: Talk) -> int | None:
    return _turn_of(_value(event), talk)


def _turn_of(text: str, talk: Talk) -> int | None:
    """A number of a turn that is there; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 9 and int(text) < len(talk.turns) else None


def _places(event: gr.EventData) -> tuple[int, int]:
    """Turn and place, as in "3:0"; places that are nowhere for anything else."""
    turn, _, place = _value(event).partition(":")
    if not (turn.isdecimal() and place.isdecimal() and len(turn) < 9 and len(place) < 9):
        return 10**9, 10**9
    return int(turn), int(place)


def _now(html: str) -> str:
    """The same HTML with a new number, so that the page scrolls to its mark also where it was shown already."""
    return f'<div id="shown-{time.monotonic_ns()}">{html}</div>'


def _aloud(text: str) -> str:
    """A line beside the text box, which a screen reader says."""
    return f'<p class="next soft" role="status">{escape(text)}</p>'


def _holds(article: Article, citation: Citation) -> bool:
    """Whether a quote stands in its article as it did."""
    return article.text[citation.start : citation.end] == citation.quote


def _gone(article: Article | None, title: str, text: str, what: str) -> str:
    state = "is not in the library any more" if article is None else "has changed since"
    return _now(render_gone(title, text, f"This article {state}. The {what} as it was:"))


def _lost() -> str:
    return _now(render_note("This is not there any more. Load the page again."))
