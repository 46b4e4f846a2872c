"""The page: its components, and what each of them sets off. Imports Gradio, so it is imported when a page is made."""

from __future__ import annotations

from typing import Any

import gradio as gr

from chat.api import Api
from chat.asking import Asking
from chat.context import ChatContext, Parts
from chat.conversation_panel import ConversationPanel
from chat.library_panel import LibraryPanel, LibraryParts
from chat.lists import render_brand
from chat.rating import Rating
from chat.render import TITLE, render_note
from chat.session import LastChange, Listing, OpenConversation
from chat.source_panel import SourcePanel
from chat.waiting import ASKING, QUESTIONS_AT_ONCE, wait_in_turn
from chat.words import for_gradio, retold, say
from index.errors import ArticleQAError
from index.filter import NO_FILTER
from qa import ArticleQA
from qa.kept.conversations import Conversations

# The conversation that was open last, in this window, else in this browser: see page.js. Storage may be forbidden.
LAST = """() => {
    try {
        return [sessionStorage.getItem("article-qa-here") ?? localStorage.getItem("article-qa-here") ?? ""];
    } catch {
        return [""];
    }
}"""
WORDS = gr.I18n(**for_gradio())  # in each browser those of its language
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
AT_ONCE = PRIVATE | {"queue": False}

# What the page's script may set off: the names of buttons.
CLICKS = (
    "cite open part edit keep again rate suggest talk forget restore only widen more remove undo rebuild"
).split()  # fmt: skip
BRIDGE = (
    "const names = " + str(CLICKS) + ";\n"
    "document.addEventListener('click', event => {\n"
    "    const button = event.target.closest('button[name]');\n"
    "    if (button && names.includes(button.name)) trigger(button.name, {value: button.value});\n"
    "});\n"
    "document.addEventListener('change', event => {\n"
    "    const box = event.target.closest('input[type=checkbox][name=only]');\n"
    "    if (box) trigger('only', {value: box.value, checked: box.checked});\n"
    "});"
)


def build(
    qa: ArticleQA,
    conversations: Conversations,
    *,
    language_model_settings: bool,
    read_only: bool,
    public_only: bool,
) -> gr.Blocks:
    """The chat over one ArticleQA, see `app.build_app`."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True) as blocks:
        page = _Page(blocks, qa, language_model_settings, read_only)
        opened = page.converse(ChatContext(qa, conversations, page.parts(), read_only))
        page.library(LibraryPanel(qa, page.library_parts(), read_only=read_only, public_only=public_only), opened)
        page.move()
        # Not queued: for a tool that is, Gradio starts its client, which looks up a list on the web.
        # A call in two requests waits all the same, in the same queue as the page's questions.
        api = Api(qa, lambda: blocks._queue.max_size)
        for called, name in ((api.ask, "ask"), (api.search, "search")):
            gr.api(
                called, api_name=name, queue=False, concurrency_id=ASKING, concurrency_limit=QUESTIONS_AT_ONCE
            )  # fmt: skip
    wait_in_turn(blocks)
    return blocks


class _Page:
    """The components, from left to right, and which of them sets off what."""

    def __init__(self, blocks: gr.Blocks, qa: ArticleQA, language_model_settings: bool, read_only: bool) -> None:
        self.blocks = blocks
        # What is kept on the server for one open page.
        self.conversation, self.where, self.listing = (
            gr.State(OpenConversation()),
            gr.State(NO_FILTER),
            gr.State(Listing()),
        )
        self.last_change = gr.State(LastChange())
        self.chosen = gr.State(None)  # answers with a language model of the visitor's own
        self.bridge = gr.HTML(elem_id="bridge", visible="hidden", js_on_load=BRIDGE)
        self.here = gr.HTML(elem_id="here", visible="hidden")
        self.last = gr.Textbox(visible=False)
        self.export = gr.JSON(visible=False)
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="aside", min_width=0):
                self.brand = gr.HTML(render_brand(TITLE, ""), elem_id="brand")
                self.fresh = gr.Button(WORDS("new_chat"), size="sm", variant="primary", elem_id="fresh")
                with gr.Tabs(elem_id="shelves"):
                    with gr.Tab(WORDS("chats"), id="chats", elem_id="chats"):
                        self._chats()
                    with gr.Tab(WORDS("library"), id="library", elem_id="library"):
                        self._library(read_only)
                self.who = gr.HTML(elem_id="who")
                self.light = gr.Button(WORDS("light_or_dark"), size="sm", elem_id="light")
            with gr.Column(elem_id="main", min_width=0):
                self._main()
                if language_model_settings:
                    with gr.Accordion(WORDS("language_model"), open=False, elem_id="language-model"):
                        self._language_model(qa)
            with gr.Column(elem_id="beside", min_width=0):
                self.close = gr.Button(WORDS("close_article"), size="sm", elem_id="close")
                self.source = gr.HTML(elem_id="source")

    def _chats(self) -> None:
        self.find_talk = _line("find_conversation", "find-talk")
        self.conversations = gr.HTML(elem_id="conversations")
        with gr.Row(elem_id="saving"):
            self.as_markdown = gr.Button(WORDS("save_markdown"), size="sm", min_width=0, elem_id="as-markdown")
            self.as_json = gr.Button(WORDS("save_json"), size="sm", min_width=0, elem_id="as-json")

    def _library(self, read_only: bool) -> None:
        self.drop = self.url = self.add = None
        if not read_only:
            self.drop = gr.File(label=WORDS("drop_here"), file_count="multiple", height=130, elem_id="drop")
            with gr.Row(elem_id="by-url"):
                self.url = _line("web_address", "url", placeholder=WORDS("web_address_hint"), scale=1)
                self.add = gr.Button(WORDS("add"), size="sm", scale=0, min_width=60)
        self.additions = gr.HTML(elem_id="additions")
        self.undo = gr.HTML(elem_id="undo")
        self.rebuild = gr.HTML(elem_id="rebuild")
        with gr.Accordion(WORDS("ask_only_some"), open=False, elem_id="narrow"):
            self.sources = gr.Dropdown([], multiselect=True, label=WORDS("sources"), elem_id="sources")
            self.languages = gr.Dropdown(
                [], multiselect=True, label=WORDS("languages"), elem_id="languages", visible=False
            )
            with gr.Row():
                self.published_from, self.published_to = (
                    gr.Textbox(label=WORDS(label), placeholder=date, max_lines=1, min_width=100, elem_id=label)
                    for label, date in (("from", "2025-03"), ("until", "2025-03-31"))
                )
        with gr.Row(elem_id="finding"):
            self.find = _line("find_article", "find", scale=2, min_width=110)
            self.order = gr.Dropdown(
                [(WORDS(order), order) for order in ("newest", "title", "source", "added")],
                value="newest", label=WORDS("order"), show_label=False, container=False, scale=1, min_width=90,
                filterable=False, elem_id="order",
            )  # fmt: skip
        self.articles = gr.HTML(elem_id="articles")

    def _main(self) -> None:
        with gr.Row(elem_id="top"):
            self.menu = gr.Button(WORDS("menu"), size="sm", scale=0, min_width=0, elem_id="menu")
            self.title = _line(
                "conversation_name", "title", placeholder=WORDS("new_conversation"), interactive=False, scale=1
            )
        # The chat is an output only: what a browser sends back is never taken for what was said. Its messages are
        # HTML made here, so Markdown and LaTeX are off; the sanitizer stays on as a second guard.
        self.chat = gr.Chatbot(
            elem_id="chat", show_label=False, container=False, scale=1, height=None, layout="panel", buttons=[],
            render_markdown=False, latex_delimiters=[], allow_tags=False, sanitize_html=True, feedback_options=None,
            autoscroll=False,
        )  # fmt: skip
        self.after = gr.HTML(elem_id="after")
        self.searched = gr.Textbox(
            elem_id="searched", label=WORDS("searched_hint"), show_label=False,
            container=False, visible=False, max_lines=3, submit_btn=WORDS("search_again"),
        )  # fmt: skip
        self.word = gr.Textbox(
            elem_id="word", label=WORDS("word_about_it"), show_label=False, container=False, visible=False, max_lines=3,
            submit_btn=WORDS("send"),
        )  # fmt: skip
        self.asking_only = gr.HTML(elem_id="where")
        self.queue = gr.HTML('<p class="soft" id="queue-said" role="status"></p>', elem_id="queue")
        self.box = gr.Textbox(
            elem_id="question", label=WORDS("question"), show_label=False, container=False, max_lines=6, autofocus=True,
            placeholder=WORDS("ask_hint"), submit_btn=WORDS("ask"),
        )  # fmt: skip

    def _language_model(self, qa: ArticleQA) -> None:
        with gr.Row():
            model = gr.Textbox(label=WORDS("model"), placeholder=WORDS("model_hint"))
            address = gr.Textbox(label=WORDS("server_address"), placeholder="http://localhost:8080/v1")
            key = gr.Textbox(label=WORDS("key"), type="password")
        use = gr.Button(WORDS("use"), size="sm")
        about = gr.HTML()
        self.blocks.load(lambda: render_note(_about(qa)), None, about, **AT_ONCE)
        use.click(_Chooser(qa), [model, address, key], [self.chosen, about], **PRIVATE)

    def parts(self) -> Parts:
        """What a conversation changes."""
        return Parts(
            box=self.box, chat=self.chat, conversation=self.conversation, where=self.where, searched=self.searched,
            word=self.word, after=self.after, title=self.title, conversations=self.conversations, here=self.here,
            brand=self.brand, source=self.source, export=self.export, who=self.who,
        )  # fmt: skip

    def library_parts(self) -> LibraryParts:
        """What the library changes."""
        return LibraryParts(
            listing=self.listing, where=self.where, last=self.last_change, brand=self.brand, articles=self.articles,
            undo=self.undo, additions=self.additions, rebuild=self.rebuild, drop=self.drop, url=self.url,
            sources=self.sources, languages=self.languages,
            published_from=self.published_from, published_to=self.published_to, chosen=self.asking_only,
        )  # fmt: skip

    def converse(self, context: ChatContext) -> tuple[Any, ...]:
        """Asking, and all that is done with conversations; gives the events after which another one is open."""
        shown = [
            self.box, self.chat, self.conversation, self.searched, self.word, self.after, self.title,
            self.conversations, self.here,
        ]  # fmt: skip
        answering = self._ask(Asking(context), shown)
        self._rate(Rating(context))
        self._open_articles(SourcePanel(context))
        return self._keep_conversations(ConversationPanel(context), shown, answering)

    def _ask(self, asking: Asking, shown: list[Any]) -> list[Any]:
        """The ways to ask, each of which another conversation ends."""
        conversation, box, bridge = self.conversation, self.box, self.bridge
        now = [conversation, self.where, self.chosen, self.here]
        answering: dict[str, Any] = PRIVATE | {
            "concurrency_id": ASKING, "concurrency_limit": QUESTIONS_AT_ONCE, "show_progress": "minimal",
            "show_progress_on": [self.queue],
        }  # fmt: skip
        events = [
            box.submit(asking.respond, [box, *now], shown, trigger_mode="always_last", **answering),
            self.chat.example_select(asking.example, now, shown, **answering),
            self.searched.submit(asking.correct, [self.searched, *now], shown, **answering),
            bridge.suggest(asking.suggest, now, shown, **answering),
            bridge.again(asking.again, now, shown, **answering),
        ]
        for event in events:
            event.then(asking.follow_ups, [conversation, self.where], [self.after], concurrency_id="after", **PRIVATE)
        stopped = box.stop(None, None, None, cancels=events, **AT_ONCE)
        stopped.then(asking.stopped, [conversation, self.where], shown, **AT_ONCE)
        edited = [conversation, box, self.searched, self.after]
        bridge.edit(asking.edit, [conversation, self.here], [*edited, self.here], **AT_ONCE)
        bridge.keep(asking.keep, [conversation], edited, **AT_ONCE)
        return events

    def _rate(self, rating: Rating) -> None:
        conversation = self.conversation
        self.bridge.rate(
            rating.rate, [conversation, self.here], [conversation, self.chat, self.word, self.here], **AT_ONCE
        )
        self.word.submit(rating.say, [self.word, conversation], [conversation, self.word, self.after], **AT_ONCE)

    def _open_articles(self, source: SourcePanel) -> None:
        for opens, article in (
            (self.bridge.cite, source.cite),
            (self.bridge.open, source.whole),
            (self.bridge.part, source.part),
        ):
            opens(article, [self.conversation], self.source, **AT_ONCE)

    def _keep_conversations(self, panel: ConversationPanel, shown: list[Any], answering: list[Any]) -> tuple[Any, ...]:
        conversation, bridge = self.conversation, self.bridge
        greeted = self.blocks.load(
            panel.greet, self.last, [*shown, self.brand, self.where, self.who],
            js=LAST, concurrency_limit=None, **PRIVATE,
        )  # fmt: skip
        fresh = self.fresh.click(panel.fresh, None, shown, cancels=answering, **AT_ONCE)
        forgotten = bridge.forget(panel.forget, [conversation], shown, **AT_ONCE)
        for emptied in (greeted, fresh, forgotten):
            emptied.then(panel.invite, conversation, self.chat, concurrency_limit=None, **PRIVATE)
        bridge.restore(panel.restore, [conversation], [conversation, self.conversations], **AT_ONCE)
        # "change", as Gradio's "input" comes with characters only: not with Backspace, pasting or undoing.
        self.find_talk.change(
            panel.find, [self.find_talk, conversation], self.conversations, trigger_mode="always_last", **AT_ONCE
        )
        for renamed in (self.title.submit, self.title.blur):
            renamed(panel.rename, [self.title, conversation], [conversation, self.title, self.conversations], **AT_ONCE)
        for exported, making in ((self.as_markdown, panel.markdown), (self.as_json, panel.json)):
            made = exported.click(making, [conversation], [self.export, self.after], **AT_ONCE)
            made.then(None, [self.export], None, js="file => window.articleQA.save(file)", **PRIVATE)
        return greeted, bridge.talk(panel.open, None, [*shown, self.where], cancels=answering, **AT_ONCE)

    def move(self) -> None:
        """What only the page itself changes, so that nobody need be asked."""
        for clicked, js in (
            (self.menu, "toggle('aside')"),
            (self.close, "toggle('beside', false)"),
            (self.light, "light()"),
        ):
            clicked.click(None, None, None, js=f"() => window.articleQA.{js}", **PRIVATE)

    def library(self, library: LibraryPanel, opened: tuple[Any, ...]) -> None:
        """The library, and what is asked."""
        kept = [self.listing, self.where]
        drawn = [*kept, self.articles, self.asking_only]
        shown = [*drawn, self.brand, self.sources, self.languages, self.rebuild]
        fields = [self.sources, self.languages, self.published_from, self.published_to]
        # One after the other, so that none draws what another has changed meanwhile, and none is left out.
        in_turn = PRIVATE | {"concurrency_id": "library", "concurrency_limit": 1, "trigger_mode": "multiple"}
        newest = in_turn | {"trigger_mode": "always_last"}
        # Also when the page is loaded: beside the greeting, which says what a kept conversation asks, it could put
        # back what it had read before.
        for event in opened:
            event.then(library.asked, kept, [*drawn, *fields, self.rebuild], **in_turn)
        for changed in (self.find.change, self.order.change):
            changed(library.find, [self.find, self.order, *kept], drawn, **newest)
        for narrows in (
            self.sources.input, self.languages.input, self.published_from.submit, self.published_from.blur,
            self.published_to.submit, self.published_to.blur,
        ):  # fmt: skip
            narrows(library.narrow, [*fields, *kept], [*drawn, self.undo], **newest)
        bridge = self.bridge
        bridge.more(library.more, kept, drawn, **in_turn)
        ticked = bridge.only(library.only, kept, drawn, **in_turn)
        ticked.failure(None, None, None, js="() => window.articleQA.tickWhatIsAsked()", **PRIVATE)
        bridge.widen(library.widen, kept, [*drawn, *fields, self.rebuild], **in_turn)
        rebuilt = bridge.rebuild(library.rebuild, None, [self.rebuild, self.undo], concurrency_limit=None, **PRIVATE)
        rebuilt.then(library.show, kept, shown, **in_turn)
        if self.drop is not None and self.url is not None and self.add is not None:
            adding = PRIVATE | {"concurrency_id": "add", "concurrency_limit": 1}
            changes = [self.last_change, self.undo, self.additions]
            for changed in (
                self.drop.upload(library.add_files, self.drop, [*changes, self.drop], **adding),
                self.url.submit(library.add_url, self.url, [*changes, self.url], **adding),
                self.add.click(library.add_url, self.url, [*changes, self.url], **adding),
                bridge.remove(library.remove, None, changes, **AT_ONCE),
                bridge.undo(library.undo, self.last_change, changes, **AT_ONCE),
            ):
                changed.then(library.show, kept, shown, **in_turn)


def _line(label: str, elem_id: str, **others: Any) -> gr.Textbox:
    """A field of one line, whose label, given by its key, is for those who do not see the words in it."""
    others.setdefault("placeholder", WORDS(label))
    return gr.Textbox(label=WORDS(label), show_label=False, container=False, max_lines=1, elem_id=elem_id, **others)


class _Chooser:
    """Lets a visitor name a language model: answers with it or, where nothing is named, with none; and a line on it."""

    def __init__(self, qa: ArticleQA) -> None:
        self.qa = qa

    def __call__(self, model: str, url: str, key: str) -> tuple[ArticleQA | None, str]:
        """Give what answers from now on (None: as the app does) and a line about it, as HTML."""
        from pydantic import SecretStr

        from qa.settings import generation_settings
        from qa.writing.language_model import LanguageModel

        try:
            settings = generation_settings(model, url)
            if settings is None:
                return self.qa.with_language_model(None), render_note(say("own_words"))
            if key:
                settings = settings.model_copy(update={"api_key": SecretStr(key)})
            writer = LanguageModel(settings)
            writer.load()
        except ArticleQAError as error:
            return None, render_note(retold(str(error)))
        return self.qa.with_language_model(writer), render_note(say("written_by", name=writer.name))


def _about(qa: ArticleQA) -> str:
    if qa.language_model is None:
        return say("own_words_or_model")
    return say("written_by", name=qa.language_model.name)
