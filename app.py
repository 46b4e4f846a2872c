"""The browser chat: shows what `qa.ArticleQA` answers. Knows Gradio and nothing of retrieval or reading.

Everything that comes from an article, a title or a question is data. It reaches the page through `escape` only.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import shlex
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from index.errors import ArticleQAError, IndexNotFoundError

if TYPE_CHECKING:
    import gradio as gr

    from index.article import ScoredPassage
    from index.article_index import IndexInfo
    from qa import ArticleQA
    from qa.answer import Answer, Citation
    from qa.language_model import LanguageModel

TITLE = "Article QA"
EXCERPT_CHARS = 200
SHORT_CHARS = 80  # a longer answer is set as text, not as a heading
NEAREST_PASSAGES = 3
CALLS_AT_ONCE = 4  # of programs; more wait
LOADING, READING = "Loading the model …", "Reading the articles …"

# The browser itself then refuses every request to another machine, whatever a later Gradio puts into its page.
# Gradio's page needs inline scripts and styles, and `eval` for its HTML component; links to articles still open.
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; base-uri 'self'; "
        b"form-action 'self'; frame-ancestors 'self'",
    ),
    (b"referrer-policy", b"same-origin"),
    (b"x-dns-prefetch-control", b"off"),
)

# No list inside parentheses, as in `:is(a, b)`: Gradio splits selectors at every comma to put its own in front.
CSS = """
.gradio-container > .main { padding: 0 1rem !important; }
main.contain { width: 100%; max-width: 46rem; margin: 0 auto !important; }
main.contain > .column { height: 100dvh; padding: .75rem 0 1rem; flex-wrap: nowrap; gap: .75rem; }
footer, #chat .icon-button-wrapper { display: none !important; }
#top { align-items: center; flex-wrap: nowrap; flex: none; }
#top .html-container { padding: 0; }
#top h1 { font-size: 1.25rem; margin: 0; }
.gradio-container .soft { color: var(--neutral-500); font-size: .9rem; }
.dark .gradio-container .soft { color: var(--neutral-400); }
#chat { border: 0; background: none; min-height: 0; }
#chat .message-row, #chat .message, #chat .panel-wrap, #chat .message-wrap { background: none; border: 0; padding: 0; }
#chat .message-row { padding: .4rem 0; }
#chat .message-content, #chat code { overflow-wrap: anywhere; }
#chat .question { width: fit-content; max-width: 85%; margin-inline-start: auto; padding: .5rem .9rem;
    border-radius: 1rem; background: var(--color-accent-soft); white-space: pre-wrap; }
#chat .answer p { margin: 0; }
#chat .said { font-size: 1.1rem; line-height: 1.5; font-weight: 500; white-space: pre-line; }
#chat .said.short { font-size: 1.35rem; line-height: 1.35; font-weight: 600; }
#chat .about { margin-bottom: 1rem !important; }
#chat figure { margin: 0 0 1.1rem; padding-inline-start: .9rem; border-inline-start: 3px solid var(--neutral-300); }
.dark #chat figure { border-color: var(--neutral-600); }
#chat blockquote { margin: 0 0 .25rem; padding: 0; border: 0; line-height: 1.6; white-space: pre-line; }
#chat mark { background: #fde68a; color: #1f2937; border-radius: .2em; padding: .05em .15em; }
.dark #chat mark { background: #854d0e; color: #fefce8; }
#chat summary { cursor: pointer; margin-bottom: .75rem; }
#chat .placeholder-content { padding-top: 10vh; }
#chat .examples { padding: .75rem 0 0; width: 100%; max-width: none;
    grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); }
#chat .unsupported { text-decoration: underline wavy #b45309; }
#language-model { flex: none; }
#searched { flex: none; overflow: visible !important; }
#searched textarea { padding: .65rem 8rem .65rem 1rem; border-radius: .75rem; height: auto; min-height: 2.7rem; }
#searched .submit-button { right: .4rem; bottom: .4rem; position: absolute; }
#chat .note p { margin: .5rem 0; }
#question { flex: none; overflow: visible !important; }
#question textarea { font-size: 1rem; padding: .65rem 5rem .65rem 1rem; border-radius: .75rem; height: auto; }
#question .submit-button { right: .4rem; bottom: .4rem; position: absolute; }
"""

# Two things that Gradio's chat does not do: its label for each message is the message's HTML, which a screen reader
# would read out, tags and all; and a new question moves to the top, so that an answer is read from its beginning.
SCRIPT = """<script>
let placed = null;
new MutationObserver(() => {
    const chat = document.querySelector("#chat .bubble-wrap, #chat .panel-wrap");
    if (!chat) return;
    chat.querySelectorAll("[data-testid][aria-label]").forEach(message => message.removeAttribute("aria-label"));
    const question = [...chat.querySelectorAll(".user-row")].pop();
    if (!question || question === placed) return;
    chat.scrollTop += question.getBoundingClientRect().top - chat.getBoundingClientRect().top;
    if (Math.abs(question.getBoundingClientRect().top - chat.getBoundingClientRect().top) < 2) placed = question;
}).observe(document, {childList: true, subtree: true});
</script>"""


class PortTakenError(ArticleQAError):
    """The port that was asked for cannot be used."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation: what was asked, what the page shows for it, what the next question may use."""

    question: str
    shown: str  # HTML
    answer_text: str
    standalone_question: str = ""  # what was searched for


# --- Rendering: an Answer in, HTML out ------------------------------------------------------------------------------


def escape(text: str) -> str:
    """Turn any text into HTML that shows exactly this text.

    Every ASCII character that could mean something to HTML, Markdown, LaTeX or Gradio's templates becomes a character
    reference, line ends too, so that no later stage can find markup in it. What HTML cannot hold (NUL, lone
    surrogates) shows as U+FFFD.
    >>> escape("<b>")
    '&#60;b&#62;'
    """
    text = re.sub("[\x00\ud800-\udfff]", "\ufffd", text)
    return re.sub(r"[\t\n\r!-/:-@\[-`{-~]", lambda match: f"&#{ord(match[0])};", text)


def render_top(summary: str) -> str:
    """The title and a line about the index, as HTML."""
    return f'<h1>{TITLE}</h1><p class="soft">{escape(summary)}</p>'


def render_question(question: str) -> str:
    """The user's own words, as HTML."""
    return f'<div class="question" dir="auto">{escape(question)}</div>'


def render_answer(answer: Answer) -> str:
    """An answer with its citations, or what was found instead, as HTML."""
    if answer.abstained:
        said, details = "The articles do not say.", render_nearest(answer.passages)
        facts = [render_time(answer)]
    else:
        numbers: Sequence[int | None] = range(1, len(answer.citations) + 1)
        if not answer.sentences:  # no number in the text stands for one
            numbers = [None] * len(answer.citations)
        said = render_text(answer)
        details = "".join(map(render_citation, answer.citations, numbers))
        facts = [render_confidence(answer.confidence), render_time(answer)]
    if answer.mode == "generative":
        facts.insert(0, "written by a language model")
    if answer.standalone_question != answer.question.strip():
        facts.append(f"searched for: {escape(answer.standalone_question)}")
    size = "said short" if _is_short(answer) else "said"
    if answer.note:
        details = f'<p dir="auto">{escape(answer.note)}</p>{details}'
    about = f'<p class="about soft">{" · ".join(filter(None, facts))}</p>'
    return f'<div class="answer"><p class="{size}" dir="auto">{said}</p>{about}{details}</div>'


def render_text(answer: Answer) -> str:
    """The answer's own words, with what a language model wrote and nothing supports underlined."""
    text, end = "", 0
    for sentence in answer.sentences:
        text += escape(answer.text[end : sentence.start])
        said, end = escape(sentence.text), sentence.end
        text += said if sentence.supported else f'<u class="unsupported" title="{escape(sentence.reason)}">{said}</u>'
    return text + escape(answer.text[end:])


def _is_short(answer: Answer) -> bool:
    """Whether to set it as a heading: by the words it will have, where they are known, as its text may still grow."""
    spans = [(cited.answer_start, cited.answer_end) for cited in answer.citations]
    lengths = [end - start for start, end in spans if start is not None and end is not None]
    return max(lengths, default=len(answer.text)) <= SHORT_CHARS


def render_citation(citation: Citation, number: int | None = None) -> str:
    """The quote with the answer marked in it, where it stands, and the number that stands for it in the text."""
    quote = escape(citation.quote)
    if citation.answer_start is not None and citation.answer_end is not None:
        start, end = citation.answer_start - citation.start, citation.answer_end - citation.start
        before, answer, after = citation.quote[:start], citation.quote[start:end], citation.quote[end:]
        quote = f"{escape(before)}<mark>{escape(answer)}</mark>{escape(after)}"
    origin = render_origin(citation.title, citation.url, citation.source, citation.published)
    return _figure(quote, f"[{number}] {origin}" if number else origin)


def render_nearest(passages: Sequence[ScoredPassage]) -> str:
    """The passages that came nearest to an answer that was not found, folded; "" without passages."""
    figures = [
        _figure(escape(excerpt(near.text)), render_origin(near.title, near.url, near.source, near.published))
        for near in (scored.passage for scored in passages[:NEAREST_PASSAGES])
    ]
    folded = f'<details><summary class="soft">Nearest passages</summary>{"".join(figures)}</details>'
    return folded if figures else ""


def _figure(quote: str, origin: str) -> str:
    return f'<figure><blockquote dir="auto">{quote}</blockquote><figcaption class="soft">{origin}</figcaption></figure>'


def render_origin(title: str, url: str | None, source: str | None, published: str | None) -> str:
    """An article's title (a link where it has a web address), its source and its date."""
    name = f"<bdi>{escape(title if title.strip() else 'Untitled')}</bdi>"
    if url and re.fullmatch(r"https?://\S+", url, re.IGNORECASE):
        name = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{name}</a>'
    rest = [escape(source) if source else "", escape(readable_date(published)) if published else ""]
    return " · ".join([name, *(f"<bdi>{text}</bdi>" for text in rest if text)])


def render_confidence(confidence: float) -> str:
    """A confidence in words; the number is in the tooltip."""
    return f'<span title="confidence {confidence:.2f}">{confidence_in_words(confidence)}</span>'


def render_time(answer: Answer) -> str:
    """How long the answer took; "" while it is not known."""
    total = answer.timings_ms.get("total")
    if total is None:
        return ""
    return f"{total:.0f} ms" if total < 1000 else f"{total / 1000:.1f} s"


def render_note(text: str) -> str:
    """One line of our own or of an error, as HTML."""
    return f'<div class="note soft" dir="auto">{escape(text)}</div>'


def render_how_to_add(location: str) -> str:
    """What to do while nothing is indexed, as HTML."""
    where = f"qa add --index {shlex.quote(location)}"
    return (
        '<div class="note"><p>No articles yet. Add some, then load this page again:</p>'
        f"<p><code>{escape(where)} FILE_OR_FOLDER_OR_URL</code></p>"
        "<p>To try it with the sample articles that come with the project:</p>"
        f"<p><code>{escape(where)} examples/articles</code></p></div>"
    )


def confidence_in_words(confidence: float) -> str:
    """Give "sure" from 0.8, "fairly sure" from 0.5, else "not sure"."""
    return "sure" if confidence >= 0.8 else "fairly sure" if confidence >= 0.5 else "not sure"


def readable_date(published: str) -> str:
    """An ISO 8601 date or time as "7 March 2025", a year or month as far as it goes; anything else as it is.

    The day is the one that was written, in the time zone that was written.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}", published):
            return f"{datetime.fromisoformat(published + '-01'):%B %Y}"
        if re.fullmatch(r"\d{4}", published):
            return published
        day = datetime.fromisoformat(published)
    except ValueError:
        return published
    return f"{day.day} {day:%B} {day.year}"


def excerpt(text: str, limit: int = EXCERPT_CHARS) -> str:
    """The first words of a text, at most `limit` characters and "…" where something was left out."""
    text = text.strip()
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    cut = head.rfind(" ")
    return f"{head[: cut if cut > limit // 2 else limit].rstrip()}…"


# --- The page -------------------------------------------------------------------------------------------------------


class _Chat:
    """What happens on the page: one for an app, shared by its visitors, so it keeps nothing of a conversation."""

    def __init__(self, qa: ArticleQA) -> None:
        self.qa = qa
        self.loaded = threading.Event()
        self.suggesting = threading.Lock()
        self.suggested: tuple[object, list[str]] = (None, [])
        self.calls = threading.BoundedSemaphore(CALLS_AT_ONCE)

    def greet(self) -> Iterator[tuple[Any, Any]]:
        """Yield top line and the empty chat's content; asked for again each time that the page loads."""
        import gradio as gr

        try:
            info = self.info()
            if info is None or info.articles == 0:
                note = render_how_to_add(self.qa.articles.location)
                yield render_top("No articles in the index"), gr.Chatbot(placeholder=note, examples=[])
                return
            summary = "1 article in the index" if info.articles == 1 else f"{info.articles:,} articles in the index"
            note = render_note("Ask a question. The answer comes with the words that it rests on.")
            yield render_top(summary), gr.Chatbot(placeholder=note, examples=[])
            # Later than the rest, and once for an index as it is: each is tried out on the articles, which takes time.
            with self.suggesting:
                if self.suggested[0] != info:
                    self.suggested = (info, self.qa.suggested_questions())
            yield gr.skip(), gr.Chatbot(examples=[{"text": question} for question in self.suggested[1]])
        except ArticleQAError as error:
            yield render_top("The index cannot be read"), gr.Chatbot(placeholder=render_note(str(error)), examples=[])

    def respond(
        self,
        question: str,
        turns: tuple[Turn, ...],
        chosen: ArticleQA | None = None,
        standalone_question: str | None = None,
    ) -> Iterator[tuple[Any, Any, Any, Any]]:
        """Yield text box, messages, conversation and what was searched for, until the answer is whole.

        The text box is emptied once, so that what is typed meanwhile stays. `chosen` answers instead of the app's own.
        What a language model has written so far is part of the conversation, as it may be stopped.
        """
        import gradio as gr

        qa = chosen or self.qa
        written = qa.language_model is not None
        asked = question if question.strip() else None
        begin: Any = gr.Textbox(value="", submit_btn=False, stop_btn="Stop") if written else ""
        try:
            note = render_note(READING if self.loaded.is_set() else LOADING)
            yield begin, messages(turns, asked, note), gr.skip(), gr.Textbox(visible=False)
            if not self.loaded.is_set():
                qa.warm_up()
                self.loaded.set()
                yield gr.skip(), messages(turns, asked, render_note(READING)), gr.skip(), gr.skip()
            turn = Turn(question, render_note(READING), "")
            history = [(turn.standalone_question or turn.question, turn.answer_text) for turn in turns]
            for answer in qa.stream(question, history, standalone_question=standalone_question):
                nothing_to_read = answer.abstained and not answer.passages and self.is_empty()
                shown = render_how_to_add(self.qa.articles.location) if nothing_to_read else render_answer(answer)
                turn = Turn(question, shown, answer.text, answer.standalone_question)
                yield gr.skip(), messages(turns, asked, shown), (*turns, turn) if written else gr.skip(), gr.skip()
            yield ask_box() if written else gr.skip(), gr.skip(), (*turns, turn), searched_for(turn)
        except ArticleQAError as error:
            # The question goes back into the text box for another try, and is no part of the conversation.
            again = ask_box(value=question) if written else question
            yield again, messages(turns, asked, render_note(str(error))), gr.skip(), gr.skip()
        except Exception:  # here rather than by Gradio, whose event for failures comes after a stop, too
            logging.getLogger(__name__).exception("The question could not be answered.")
            apology = render_note("Something went wrong. The terminal that runs Article QA says what.")
            yield ask_box() if written else gr.skip(), messages(turns, None, apology), gr.skip(), gr.skip()

    def correct(
        self, searched: str, turns: tuple[Turn, ...], chosen: ArticleQA | None = None
    ) -> Iterator[tuple[Any, Any, Any, Any]]:
        """`respond` to the last question again, searching for what the user put in place of the standalone question."""
        *earlier, last = turns
        yield from self.respond(last.question, tuple(earlier), chosen, searched)

    def choose(self, model: str, url: str, key: str) -> tuple[ArticleQA | None, str]:
        """Answers with another language model, or with none where nothing is named; and a line about it, as HTML."""
        from pydantic import SecretStr

        from qa.language_model import LanguageModel
        from qa.settings import generation_settings

        try:
            settings = generation_settings(model, url)
            if settings is None:
                return self.qa.with_language_model(None), render_note("Answers are the articles' own words.")
            if key:
                settings = settings.model_copy(update={"api_key": SecretStr(key)})
            writer = LanguageModel(settings)
            writer.load()
        except ArticleQAError as error:
            return None, render_note(str(error))
        return self.qa.with_language_model(writer), render_note(f"Answers are written by {writer.name}.")

    # The next two are the API. Their names, types and docstrings are what a program or a language model is told; an
    # argument has one line, because Gradio reads no further.

    def ask(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        question: str,
        history: list[list[str]] | list[dict[str, Any]] | None = None,
        article_ids: list[str] | None = None,
        sources: list[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
    ) -> dict[str, Any]:
        """Answer one question from the user's own collection of articles, with exact quotes.

        Use it for what an article may say: who, where, when, how many, why, how, what happened. Every answer comes with
        the words that it rests on, and where the articles do not say, "abstained" is true and "answer" is empty.
        Ask one whole question in plain English. To get passages without an answer, use search.

        The result has "answer", "abstained", "confidence" (0 to 1), "note" (that articles differ, or null), "citations"
        (each a "quote", which is the article's text from "start" to "end" in characters, with "article_id", "title",
        "url", "source" and "published") and "passages" (what was read, best first).

        Args:
            question: The question, up to 2,000 characters.
            history: Earlier turns, oldest first: [question, answer] pairs or {"role", "content"} messages.
            article_ids: Answer from these articles only, by "article_id". Without it, from all.
            sources: Answer from articles of these sources only, by exact name, such as a newspaper's.
            published_from: Only articles published on this day or later, such as "2025-03-13" or "2025-03".
            published_to: Only articles published on this day or earlier, written in the same way.

        """
        return self.called(
            lambda: self.qa.ask(
                question, history or (), self.qa.narrowed_to(article_ids, sources, published_from, published_to)
            ).to_json()
        )

    def search(  # noqa: PLR0917
        self,
        words: str,
        top_k: int = 10,
        article_ids: list[str] | None = None,
        sources: list[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
    ) -> dict[str, Any]:
        """Find the passages of the user's own articles that fit some words best, by meaning and by words.

        Use it to read what the articles say about a subject, or where ask gave no answer. The result has "passages",
        best first: each a "text", which is the article's text from "start" to "end" in characters, with "article_id",
        "title" and "score" (0 to 1, larger is better).

        Args:
            words: What to look for: a question, a sentence or a few words, up to 2,000 characters.
            top_k: How many passages at most, a whole number above 0.
            article_ids: Look in these articles only, by "article_id". Without it, in all.
            sources: Look in articles of these sources only, by exact name, such as a newspaper's.
            published_from: Only articles published on this day or later, such as "2025-03-13" or "2025-03".
            published_to: Only articles published on this day or earlier, written in the same way.

        """
        return self.called(
            lambda: self.qa.search_json(
                words, top_k, self.qa.narrowed_to(article_ids, sources, published_from, published_to)
            )
        )

    def called(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do what a program asked for, as soon as few others are at it; it gets the one line of an error."""
        import gradio as gr

        class Told(gr.Error):  # type: ignore[misc]
            def __str__(self) -> str:
                return str(self.message)  # Gradio's own would stand in quotation marks

        try:
            with self.calls:
                return work()
        except ArticleQAError as error:
            raise Told(str(error), print_exception=False) from error

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


def build_app(qa: ArticleQA, language_model_settings: bool = True) -> gr.Blocks:
    """The chat over one ArticleQA. Opens nothing and loads no model; `launch` serves it.

    With `language_model_settings` a visitor may name a language model: a folder of this machine, or a server that this
    machine then asks. Not for strangers.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio reads it at import and wherever it would report
    # Else it loads pandas to sum up its statistics after each event, which nobody looks at: monitoring is off.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    import gradio as gr

    actions = _Chat(qa)

    def pick(turns: tuple[Turn, ...], chosen: Any, event: Any) -> Iterator[tuple[Any, Any, Any, Any]]:
        yield from actions.respond(str(event.value["text"]), turns, chosen)

    # Set by hand: Gradio reads it to find out what to pass, and cannot resolve a name that is imported in a function.
    pick.__annotations__["event"] = gr.SelectData

    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True) as app:
        turns = gr.State(())  # on the server, one for each visitor
        chosen = gr.State(None)  # likewise: answers with a language model of the visitor's
        with gr.Row(elem_id="top"):
            top = gr.HTML(render_top(""))
            fresh = gr.Button("New chat", size="sm", scale=0, min_width=100)
        # The chat is an output only: what a browser sends back is never taken for what was said. Its messages are
        # HTML made here, so Markdown and LaTeX are off; the sanitizer stays on as a second guard.
        chat = gr.Chatbot(
            elem_id="chat", show_label=False, container=False, scale=1, height=None, layout="panel", buttons=[],
            render_markdown=False, latex_delimiters=[], allow_tags=False, sanitize_html=True, feedback_options=None,
            autoscroll=False,
        )  # fmt: skip
        searched = gr.Textbox(
            elem_id="searched", label="What was searched for; correct it and search again", show_label=False,
            container=False, visible=False, max_lines=3, submit_btn="Search again",
        )  # fmt: skip
        box = gr.Textbox(
            elem_id="question", label="Question", show_label=False, container=False, max_lines=6, autofocus=True,
            placeholder="Ask a question of your articles", submit_btn="Ask",
        )  # fmt: skip
        page: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        outputs = [box, chat, turns, searched]
        app.load(actions.greet, None, [top, chat], concurrency_limit=None, **page)
        asking = [
            box.submit(
                actions.respond, [box, turns, chosen], outputs, concurrency_id="ask", concurrency_limit=4, **page
            ),
            chat.example_select(pick, [turns, chosen], outputs, concurrency_id="ask", **page),
            searched.submit(actions.correct, [searched, turns, chosen], outputs, concurrency_id="ask", **page),
        ]
        stopped = box.stop(None, None, None, cancels=asking, queue=False, **page)
        stopped.then(ask_box, None, box, queue=False, **page)
        fresh.click(
            lambda: (ask_box(value=""), [], (), gr.Textbox(visible=False)),
            None, outputs, cancels=asking, queue=False, **page,
        )  # fmt: skip
        if language_model_settings:
            with gr.Accordion("Language model", open=False, elem_id="language-model"):
                with gr.Row():
                    model = gr.Textbox(label="Model", placeholder="ollama:llama3.2, or a folder")
                    url = gr.Textbox(label="Server's address", placeholder="http://localhost:8080/v1")
                    key = gr.Textbox(label="Key", type="password")
                use = gr.Button("Use", size="sm")
                about = gr.HTML(render_note(_about(qa)))
            use.click(actions.choose, [model, url, key], [chosen, about], **page)
        # Not queued: for a tool that is, Gradio starts its client, which looks up a list on the web.
        gr.api(actions.ask, api_name="ask", queue=False)
        gr.api(actions.search, api_name="search", queue=False)
    return app


def ask_box(**changes: Any) -> Any:
    """The text box as it is while nothing is being written, with changes to what is in it."""
    import gradio as gr

    return gr.Textbox(submit_btn="Ask", stop_btn=False, **changes)


def searched_for(turn: Turn) -> Any:
    """The field with what was searched for, shown where that is not the question itself."""
    import gradio as gr

    return gr.Textbox(value=turn.standalone_question, visible=turn.standalone_question != turn.question.strip())


def _about(qa: ArticleQA) -> str:
    if qa.language_model is None:
        return "Answers are the articles' own words. A language model of yours can write them instead."
    return f"Answers are written by {qa.language_model.name}."


def messages(turns: Sequence[Turn], question: str | None = None, shown: str | None = None) -> list[dict[str, str]]:
    """A conversation as Gradio's messages, with a question that is being answered at its end."""
    pairs: list[tuple[str | None, str | None]] = [(render_question(turn.question), turn.shown) for turn in turns]
    pairs.append((render_question(question) if question is not None else None, shown))
    return [
        {"role": role, "content": content}
        for pair in pairs
        for role, content in zip(("user", "assistant"), pair, strict=True)
        if content is not None
    ]


# --- Serving --------------------------------------------------------------------------------------------------------


def launch(app: gr.Blocks, host: str = "127.0.0.1", port: int | None = None, open_browser: bool = False) -> str:
    """Serve the page in a thread and return its address; `app.close()` ends it.

    Without a port it takes the first free one from 7860. Raises PortTakenError where the port is in use.
    """
    import gradio as gr
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    # Gradio asks its own server whether it is up, which must not go through a proxy that the environment names.
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "localhost", "127.0.0.1", host]))
    # A web page elsewhere must not reach the articles by having its own name point at this machine.
    hosts = ["*"] if host in {"0.0.0.0", "::"} else ["localhost", "127.0.0.1", host]
    fonts = ["system-ui", "-apple-system", "'Segoe UI'", "Roboto", "'Helvetica Neue'", "Arial", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    try:
        # Gradio prints where the tools for language models are, even when it is told to be quiet.
        with redirect_stdout(io.StringIO()):
            _, address, _ = app.launch(
                server_name=host, server_port=port, inbrowser=open_browser, prevent_thread_lock=True, quiet=True,
                theme=gr.themes.Default(primary_hue="blue", neutral_hue="slate", font=fonts, font_mono=mono),
                css=CSS, head=SCRIPT, mcp_server=True,
                app_kwargs={
                    "middleware": [Middleware(TrustedHostMiddleware, allowed_hosts=hosts), Middleware(_Headers)]
                },
                # Every way out that Gradio has, closed by name rather than left to its defaults and the environment.
                share=False, footer_links=[], run_history=False, enable_monitoring=False, pwa=False, ssr_mode=False,
                inline=False,
            )  # fmt: skip
    except OSError as exc:
        where = f"Port {port}" if port is not None else "Every port from 7860"
        raise PortTakenError(f"{where} on {host} cannot be used. Name a free one: qa chat --port NUMBER") from exc
    _only_tools(app.mcp_server_obj)
    return str(address)


def _only_tools(server: Any) -> None:
    """Let Gradio's MCP server give JSON, and answer nothing but what is about tools."""
    from mcp.types import CallToolRequest, ListToolsRequest, PingRequest

    server.postprocess_output_data = _as_json
    handlers: dict[type, Any] = server.mcp_server.request_handlers
    kept: set[type] = {CallToolRequest, ListToolsRequest, PingRequest}
    # The rest, of which there is nothing here, would start Gradio's client, which looks up a list on the web.
    for request in handlers.keys() - kept:
        del handlers[request]


def _as_json(results: Sequence[Any], _: str) -> list[Any]:
    """What a tool gives as MCP's text. Gradio would write Python's notation, which is no JSON."""
    from mcp.types import TextContent

    return [TextContent(type="text", text=json.dumps(result, ensure_ascii=False)) for result in results]


class _Headers:
    """Add the headers above to every response."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_HEADERS]}
            await send(message)

        await self.app(scope, receive, send_with_headers)


def main(
    location: str | None = None,
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool = True,
    model: str | None = None,
    *,
    language_model: LanguageModel | None = None,
) -> None:
    """Open the index, serve the chat and wait for Ctrl-C. Raises an ArticleQAError where that cannot be done."""
    from index import ArticleIndex
    from qa import ArticleQA
    from qa.settings import index_location, index_settings

    with ArticleIndex.open(index_location(location), index_settings(model)) as articles:
        qa = ArticleQA(articles, language_model=language_model)
        app = build_app(qa, language_model_settings=host in {"127.0.0.1", "localhost", "::1"})
        address = launch(app, host, port, open_browser)
        print(f"Article QA is at {address} (Ctrl-C ends it)", flush=True)
        # After the page is up, so that the two do not slow each other; a question asked meanwhile waits for it.
        loading = threading.Thread(target=qa.warm_up, name="warm-up", daemon=True)
        loading.start()
        try:
            while True:
                time.sleep(1)  # rather than one long wait, which Ctrl-C does not end on Windows
        except KeyboardInterrupt:
            print("Article QA ends.", flush=True)
        finally:
            app.close(verbose=False)
            loading.join()  # the index must not be closed under it


if __name__ == "__main__":
    try:
        main()
    except ArticleQAError as error:
        sys.exit(str(error))
