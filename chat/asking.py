"""What asking a question does: answering it, stopping, asking again, and putting an earlier one in another way."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import gradio as gr

from chat.context import EMPTY, RELOAD, Changes, ChatContext
from chat.events import is_lost, turn_of, value_of
from chat.lists import where_in_words
from chat.messages import ask_box, exchange, messages, searched_for, title_box
from chat.render import button, escape, render_answer, render_follow_ups, render_note
from chat.session import OpenConversation
from chat.words import count, retold, say
from index.errors import ArticleQAError, StoreError
from index.filter import PassageFilter
from qa import ArticleQA
from qa.kept.conversations import SavedTurn, now

ABANDONED_S = 60.0  # nobody waits so long for an answer

Told = list[dict[str, str]]  # Gradio's messages


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is asked on a page."""

    text: str
    conversation: OpenConversation  # as the page shows it
    where: PassageFilter
    chosen: ArticleQA | None  # answers instead of the app's own
    owner: str | None
    here: str  # what the page says that it shows
    keep: int | None = None  # the answer takes the place of all turns from there on
    searched: str | None = None  # in place of the standalone question

    @property
    def bubble(self) -> str | None:
        """What is shown as asked; None for nothing."""
        return self.text if self.text.strip() else None

    @property
    def behind(self) -> int:
        """Behind how many turns the answer is stored.

        Where it replaces none, behind all that another window of the same browser may have added meanwhile.
        """
        return sys.maxsize if self.keep is None else self.keep


class Asking:
    """One for an app, shared by its visitors, so it keeps nothing of a conversation."""

    def __init__(self, context: ChatContext) -> None:
        """Answer what visitors ask."""
        self.context = context
        self.loaded = threading.Event()
        self.asking: dict[object, float] = {}  # questions that are being answered, and since when

    def respond(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        question: str,
        conversation: OpenConversation,
        where: PassageFilter,
        chosen: ArticleQA | None,
        here: str,
        request: gr.Request,
    ) -> Iterator[Changes]:
        """Answer what is in the text box: the next question, or an earlier one that was edited."""
        yield from self.answer(
            Question(
                question, conversation, where, chosen, self.context.owner(request), here, keep=conversation.editing
            )
        )

    def suggest(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        conversation: OpenConversation,
        where: PassageFilter,
        chosen: ArticleQA | None,
        here: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[Changes]:
        """Answer a question that was suggested."""
        yield from self.answer(
            Question(value_of(event), conversation, where, chosen, self.context.owner(request), here)
        )

    def example(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        conversation: OpenConversation,
        where: PassageFilter,
        chosen: ArticleQA | None,
        here: str,
        event: gr.SelectData,
        request: gr.Request,
    ) -> Iterator[Changes]:
        """Answer one of the questions to begin with."""
        question = event.value.get("text") if isinstance(event.value, dict) else ""
        yield from self.answer(Question(str(question), conversation, where, chosen, self.context.owner(request), here))

    def again(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        conversation: OpenConversation,
        where: PassageFilter,
        chosen: ArticleQA | None,
        here: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[Changes]:
        """Answer a question once more, and go on from there."""
        owner = self.context.owner(request)
        conversation = self.context.current(conversation, owner)
        turn = turn_of(event, conversation)
        question = conversation.turns[turn].question if turn is not None else ""
        if question or is_lost(conversation, here):
            yield from self.answer(Question(question, conversation, where, chosen, owner, here, keep=turn))

    def correct(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        searched: str,
        conversation: OpenConversation,
        where: PassageFilter,
        chosen: ArticleQA | None,
        here: str,
        request: gr.Request,
    ) -> Iterator[Changes]:
        """Answer the last question again, searching for what the user put in place of the standalone question."""
        owner = self.context.owner(request)
        conversation = self.context.current(conversation, owner)
        last = len(conversation.turns) - 1
        question = conversation.turns[last].question if conversation.turns else ""
        if question or is_lost(conversation, here):
            yield from self.answer(
                Question(question, conversation, where, chosen, owner, here, keep=last, searched=searched)
            )

    def answer(self, asked: Question) -> Iterator[Changes]:
        """Yield the page's changes until the answer is whole and stored.

        The text box is emptied once, so that what is typed meanwhile stays. What a language model has written so far is
        part of the conversation, as it may be stopped.
        """
        parts = self.context.parts
        if is_lost(asked.conversation, asked.here):
            yield {parts.here: RELOAD}
            return
        qa = asked.chosen or self.context.qa
        written = qa.language_model is not None
        told: list[dict[str, str]] = []  # what was said before, made once
        this = object()
        self.asking[this] = time.monotonic()
        try:
            conversation = self.cut(asked)
            told = messages(conversation)
            yield from self.begin(asked, qa, told)
            yield from self.grow(asked, qa, conversation, told)
        except ArticleQAError as error:
            # The question goes back into the text box for another try, and is no part of the conversation.
            back = asked.text.encode(errors="replace").decode()  # half a surrogate pair cannot be sent
            again = ask_box(value=back) if written else back
            yield {parts.box: again, parts.chat: [*told, *exchange(asked.bubble, render_note(retold(str(error))))]}
        except Exception:  # here rather than by Gradio, whose event for failures comes after a stop, too
            logging.getLogger(__name__).exception("The question could not be answered.")
            apology = render_note(say("went_wrong"))
            yield {parts.box: ask_box() if written else gr.skip(), parts.chat: [*told, *exchange(None, apology)]}
        finally:
            self.asking.pop(this, None)

    def cut(self, asked: Question) -> OpenConversation:
        """The conversation as it is stored, up to where the answer is to stand."""
        conversation = self.context.current(asked.conversation, asked.owner)
        earlier = conversation.turns if asked.keep is None else conversation.turns[: asked.keep]
        changed = frozenset(place for place in conversation.changed if place[0] < len(earlier))
        return replace(conversation, turns=earlier, editing=None, rating=None, changed=changed)

    def begin(self, asked: Question, qa: ArticleQA, told: Told) -> Iterator[Changes]:
        """Show the question, and that it is being answered; load the models for the first of all."""
        parts = self.context.parts
        written = qa.language_model is not None
        box = gr.Textbox(value="", submit_btn=False, stop_btn=say("stop")) if written else ""
        note = render_note(say("reading" if self.loaded.is_set() else "loading"))
        hidden = {field: gr.Textbox(visible=False) for field in (parts.searched, parts.word)}
        yield {parts.box: box, parts.chat: [*told, *exchange(asked.bubble, note)], parts.after: ""} | hidden
        if not self.loaded.is_set():
            qa.warm_up()
            self.loaded.set()
            yield {parts.chat: [*told, *exchange(asked.bubble, render_note(say("reading")))]}

    def grow(self, asked: Question, qa: ArticleQA, conversation: OpenConversation, told: Told) -> Iterator[Changes]:
        """Show the answer as it grows, and store it once it is whole."""
        parts, where, earlier = self.context.parts, asked.where, conversation.turns
        written = qa.language_model is not None
        at_rest = ask_box() if written else gr.skip()
        within = where_in_words(where, self.context.titles(where))
        history = [(turn.answer.standalone_question or turn.question, turn.answer.text) for turn in earlier]
        turn = None
        for answer in qa.stream(asked.text, history, where, standalone_question=asked.searched):
            if answer.abstained and not answer.passages and self.context.is_empty():
                how = self.context.invitation(False)
                yield {parts.chat: [*told, *exchange(asked.bubble, how)], parts.box: at_rest}
                return
            turn = SavedTurn(asked.text, answer, now(), within=within)
            shown = render_answer(answer, len(earlier), within=within, whole=False)
            changes: Changes = {parts.chat: [*told, *exchange(asked.bubble, shown)]}
            if written:
                changes[parts.conversation] = replace(conversation, turns=(*earlier, turn), unsaved=asked.behind)
            yield changes
        assert turn is not None
        yield self.kept(asked.owner, conversation, turn, where, asked.behind) | {
            parts.box: at_rest,
            parts.searched: searched_for(turn.answer),
        }

    def kept(
        self, owner: str | None, conversation: OpenConversation, turn: SavedTurn, where: PassageFilter, behind: int
    ) -> Changes:
        """Store a turn behind so many others; the changes that show the conversation with it, also unstored."""
        parts = self.context.parts
        stored = None
        if owner is not None:
            try:
                conversation_id = self.context.store.save(owner, conversation.id, behind, turn, where)
                stored = self.context.store.find(owner, conversation_id)
            except StoreError as error:
                self.context.trouble = str(error)
                owner = None
        conversation = replace(conversation, turns=(*conversation.turns, turn), unsaved=None)
        if stored is not None:
            conversation = replace(conversation, id=stored.id, title=stored.title, turns=stored.turns)
        return {
            parts.conversation: conversation,
            parts.chat: messages(conversation),
            parts.title: title_box(conversation),
            parts.here: conversation.id or EMPTY,
            parts.conversations: self.context.listed(owner, conversation.id),
        }

    def stopped(self, conversation: OpenConversation, where: PassageFilter, request: gr.Request) -> Changes:
        """After "Stop": store what a language model has written so far; the text box is at rest."""
        changes: Changes = {self.context.parts.box: ask_box()}
        if conversation.unsaved is None:
            return changes
        *earlier, turn = conversation.turns
        kept = self.kept(
            self.context.owner(request), replace(conversation, turns=tuple(earlier)), turn, where, conversation.unsaved
        )
        return changes | kept

    def follow_ups(self, conversation: OpenConversation, where: PassageFilter) -> Changes:
        """What can be asked next, tried out on the articles while nobody waits for an answer."""
        # One whose visitor has left may stand there until it is collected.
        waited_for = any(time.monotonic() - began < ABANDONED_S for began in list(self.asking.values()))
        if not conversation.turns or waited_for:
            return {self.context.parts.after: ""}
        *earlier, last = [turn.answer for turn in conversation.turns]
        try:
            return {
                self.context.parts.after: render_follow_ups(self.context.qa.follow_up_questions(last, earlier, where))
            }
        except Exception:  # the answer stands without them
            logging.getLogger(__name__).exception("No question could be suggested to ask next.")
            return {self.context.parts.after: ""}

    def edit(self, conversation: OpenConversation, here: str, event: gr.EventData, request: gr.Request) -> Changes:
        """Put an earlier question into the text box; when it is sent, it takes the place of all from there on."""
        if is_lost(conversation, here):
            return {self.context.parts.here: RELOAD}
        conversation = self.context.current(conversation, self.context.owner(request))
        turn = turn_of(event, conversation)
        if turn is None:
            return {self.context.parts.conversation: conversation}
        later = len(conversation.turns) - turn - 1
        what = count("replaces_more", later) if later else say("replaces")
        keep = button("keep", "", escape(say("keep_them")), classes="chip")
        note = f'<p class="next soft">{escape(what)} {keep}</p>'
        return {
            self.context.parts.conversation: replace(conversation, editing=turn),
            self.context.parts.box: conversation.turns[turn].question,
            self.context.parts.searched: gr.Textbox(visible=False),  # it is about the last question
            self.context.parts.after: note,
        }

    def keep(self, conversation: OpenConversation) -> Changes:
        """Leave the earlier question as it was."""
        return {
            self.context.parts.conversation: replace(conversation, editing=None),
            self.context.parts.box: "",
            self.context.parts.searched: searched_for(conversation.turns[-1].answer)
            if conversation.turns
            else gr.skip(),
            self.context.parts.after: "",
        }
