"""An Answer in, HTML out. Knows no Gradio.

Everything that comes from an article, a title, a file name or a question is data. It reaches the page through `escape`
only. The page's script finds what can be clicked by the names of buttons, and the program by their values: Gradio's
sanitizer, which stays on as a second guard, leaves a message's buttons these two, and takes `data-` and `aria-` away.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from datetime import datetime

from chat.timeline import points_of
from chat.words import language, retold, said_date, said_language, said_number, said_time, say, say_html
from qa.answer import NOT_CERTAIN, Answer, Citation
from qa.answer_text import day, is_only_respelt, one_line, parts

TITLE = "Article QA"
SHORT_CHARS = 80  # a longer answer is set as text, not as a heading

# Drawn for this page, on a field of 16 by 16.
_ICONS = {
    "copy": "M6 2h8v8H6zM2 6h2v6h6v2H2z",
    "again": "M13 3v4H9M13 7a5.5 5.5 0 1 0 .3 3",
    "good": "M2 7h3v7H2zM5 7l3-5c2 0 2 2 1.5 4H14l-1 8H5",
    "bad": "M2 9h3V2H2zM5 9l3 5c2 0 2-2 1.5-4H14l-1-8H5",
    "edit": "M3 13l1-4 7-7 3 3-7 7z",
    "remove": "M3 4h10M6 4V2h4v2M4 4l1 10h6l1-10",
    "out": "M9 2h5v5M14 2L7 9M6 3H2v11h11v-4",
    "close": "M3 3l10 10M13 3L3 13",
    "back": "M10 3L5 8l5 5",
    "on": "M6 3l5 5-5 5",
}


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


def button(name: str, value: str, shown: str, *, about: str = "", classes: str = "") -> str:
    """A button that the page's script or the program knows by its name; `shown` is HTML, `about` a tooltip, text."""
    title = f' title="{escape(about)}"' if about else ""
    kind = f' class="{classes}"' if classes else ""
    return f'<button type="button" name="{name}" value="{escape(value)}"{kind}{title}>{shown}</button>'


def icon(name: str, said: str) -> str:
    """A drawing, with the words that a screen reader says for it."""
    drawing = f'<svg viewBox="0 0 16 16" width="16" height="16"><path d="{_ICONS[name]}"></path></svg>'
    return f'{drawing}<span class="aside">{escape(said)}</span>'


def icon_button(name: str, value: str, said: str, drawing: str | None = None, classes: str = "") -> str:
    """A button with a drawing, by default the one of its name; what it does is in its tooltip, too."""
    return button(name, value, icon(drawing or name, said), about=said, classes=f"icon {classes}".strip())


# --- A conversation -------------------------------------------------------------------------------------------------


def render_question(question: str, turn: int | None = None) -> str:
    """The user's own words, as HTML; with the number of their turn, from 0, they can be edited."""
    shown = f'<div class="question" dir="auto">{escape(question)}</div>'
    if turn is None:
        return shown
    edit = icon_button("edit", str(turn), say("edit_question"))
    return f'<div class="asked">{edit}{shown}</div>'


def render_answer(
    answer: Answer, turn: int = 0, *, rating: int = 0, within: str = "", changed: Iterable[int] = (), whole: bool = True
) -> str:
    """An answer with its citations, or what was found instead, as HTML.

    `turn` is its place in the conversation, from 0. `within` says which articles were asked, where not all were.
    `changed` are the places of citations whose article is not as it was any more. Only a `whole` answer can be copied,
    rated and asked again.
    """
    numbered = bool(answer.sentences) or len(answer.citations) > 1
    lost = set(changed)
    details = "".join(
        render_citation(citation, turn, place, numbered=numbered, changed=place in lost)
        for place, citation in enumerate(answer.quotes)
    )
    if answer.abstained:
        said, numbers, facts = escape(retold(answer.said)), "", [render_time(answer)]
        details = render_nearest(details)
    else:
        said = render_text(answer, turn)
        places = range(len(answer.citations))
        numbers = "" if answer.sentences or _lines_of(answer) else "".join(_number(turn, place) for place in places)
        facts = [render_confidence(answer.confidence), render_time(answer)]
    if answer.mode == "generative":
        facts.insert(0, escape(say("model_wrote")))
    if answer.corrections:
        words = ", ".join(dict.fromkeys(answer.corrections.values()))
        facts.append(f"<bdi>{escape(say('showing_results', words=words))}</bdi>")
    if not is_only_respelt(answer):
        facts.append(say_html("searched_for", escape, question=f"<bdi>{escape(answer.standalone_question)}</bdi>"))
    facts.append(escape(_time_asked_for(answer)))
    if within:
        facts.append(say_html("only_in", escape, articles=f"<bdi>{escape(within)}</bdi>"))
    size = "said short" if _is_short(answer) else "said"
    if answer.note:
        details = f'<p dir="auto">{escape(answer.note)}</p>{details}'
    words = f'<p class="{size}" dir="auto"><span class="words">{said}</span>{numbers}</p>'
    reason = f'<p class="reason" dir="auto">{escape(retold(answer.reason))}</p>' if answer.reason else ""
    about = f'<p class="about soft">{" · ".join(filter(None, facts))}</p>'
    acts = _acts(turn, rating) if whole else ""
    return f'<div class="answer">{render_dates(answer, turn)}{words}{reason}{about}{details}{acts}</div>'


def _acts(turn: int, rating: int) -> str:
    good, bad = ("toggle on" if rating == value else "toggle" for value in (1, -1))
    return (
        '<div class="acts">'
        + icon_button("copy", str(turn), say("copy_answer"))
        + icon_button("again", str(turn), say("ask_again"))
        + icon_button("rate", f"{turn}:1", say("good_answer"), "good", good)
        + icon_button("rate", f"{turn}:-1", say("bad_answer"), "bad", bad)
        + "</div>"
    )


def render_text(answer: Answer, turn: int = 0) -> str:
    """The answer's own words, with what a language model wrote and nothing supports underlined.

    The numbers of citations in a language model's sentences open them; of an answer in lines the one behind each.
    """
    if lines := _lines_of(answer):
        return "\n".join(
            f'<span class="line">{escape(line)}{_number(turn, at)}</span>' for at, line in enumerate(lines)
        )
    text, end = "", 0
    for sentence in answer.sentences:
        text += escape(answer.text[end : sentence.start])
        said, end = _with_numbers(sentence.text, turn, len(answer.citations)), sentence.end
        text += said if sentence.supported else f'<u class="unsupported" title="{escape(sentence.reason)}">{said}</u>'
    return text + escape(answer.text[end:])


def render_dates(answer: Answer, turn: int = 0) -> str:
    """The times of news or a timeline on a line; each opens the article at its first sentence. "" for fewer than two.

    A place is two classes, the tens and the ones of its hundredths, as the page's own HTML holds no styles.
    """
    shown = ""
    for point in points_of(answer.events):
        words = f"{said_time(point.said)}: {_first_words(point.event.text)}"
        label = f'<bdi class="day">{escape(said_time(point.said, short=True))}</bdi>' if point.row else ""
        inside = f'{label}<span class="aside">{escape(words)}</span>'
        opens = button("cite", f"{turn}:{point.event.citation}", inside, about=words, classes="point")
        kind = " ".join(filter(None, (f"tens-{point.place // 10}", f"ones-{point.place % 10}", point.row)))
        shown += f'<li class="{kind}">{opens}</li>'
    return f'<ul class="dates"><li class="aside">{escape(say("in_order_of_time"))}</li>{shown}</ul>' if shown else ""


def _first_words(text: str) -> str:
    """The beginning of a sentence, cut between words where it has some."""
    cut = text[:SHORT_CHARS]
    return text if cut == text else f"{cut[: cut.rfind(' ')] if ' ' in cut else cut}…"


def _lines_of(answer: Answer) -> list[str]:
    """The lines of an answer that has one for each citation, as news and timelines do; none of any other answer."""
    lines = answer.text.split("\n")
    if not 1 < len(lines) == len(answer.citations) or answer.mode != "extractive":
        return []
    quoted = zip(lines, answer.citations, strict=True)
    return lines if all(" ".join(each.quote.split()) in line for line, each in quoted) else []


def _with_numbers(text: str, turn: int, citations: int) -> str:
    shown, end = "", 0
    for match in re.finditer(r"\[(\d{1,4})\]", text):
        place = int(match[1]) - 1
        if 0 <= place < citations:
            shown += escape(text[end : match.start()]) + _number(turn, place, match[0])
            end = match.end()
    return shown + escape(text[end:])


def _number(turn: int, place: int, shown: str = "") -> str:
    words = escape(shown) if shown else f'<span class="aside">{escape(say("quote"))}</span>{place + 1}'
    return button("cite", f"{turn}:{place}", words, about=say("show_in_article"), classes="number")


def _is_short(answer: Answer) -> bool:
    """Whether to set it as a heading: by the words it will have, where they are known, as its text may still grow."""
    spans = [(cited.answer_start, cited.answer_end) for cited in answer.citations]
    lengths = [end - start for start, end in spans if start is not None and end is not None]
    return not answer.events and max(lengths, default=len(answer.text)) <= SHORT_CHARS


def render_citation(
    citation: Citation, turn: int = 0, place: int = 0, *, numbered: bool = False, changed: bool = False
) -> str:
    """The quote with the answer marked in it and where it stands; the number and the title open the article there."""
    before, answer, after = map(escape, parts(citation))
    quote = f"{before}<mark>{answer}</mark>{after}" if answer else before
    value = f"{turn}:{place}"
    facts = render_facts(citation.source, citation.published, citation.url)
    if citation.pages:
        facts.append(f"<bdi>{escape(say('page', number=_from_to(citation.pages)))}</bdi>")
    if citation.also_in:
        facts.append(f"<bdi>{escape(_also_in(citation))}</bdi>")
    if changed:
        facts.append(f'<em class="changed">{escape(say("article_changed"))}</em>')
    opens = button(
        "cite", value, f"<bdi>{title_of(citation.title)}</bdi>", about=say("show_in_article"), classes="open"
    )
    origin = f'<span class="facts">{in_a_row([opens, *facts])}</span>'
    origin = f"{_number(turn, place)} {origin}" if numbered else origin
    return f'<figure><blockquote dir="auto">{quote}</blockquote><figcaption class="soft">{origin}</figcaption></figure>'


def render_nearest(quotes: str) -> str:
    """The quotes that came nearest to an answer, which are HTML, under their heading; "" without any."""
    return f'<div class="nearest"><p class="unsure">{escape(retold(NOT_CERTAIN))}</p>{quotes}</div>' if quotes else ""


def name_of(title: str) -> str:
    """What an article is called, by its title: "Untitled" where it has none."""
    return title if title.strip() else say("untitled")


def title_of(title: str) -> str:
    """What an article is called, as HTML."""
    return escape(name_of(title))


def render_facts(source: str | None, published: str | None, url: str | None, author: str | None = None) -> list[str]:
    """Source, author and date of an article and a link to where it is on the web, those that there are, as HTML."""
    texts = [source, author, readable_date(published) if published else ""]
    facts = [f"<bdi>{escape(text)}</bdi>" for text in texts if text]
    if url and re.fullmatch(r"https?://\S+", url, re.IGNORECASE):
        there = say("on_the_web")
        facts.append(
            f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer" title="{escape(there)}">'
            f"{icon('out', there)}</a>"
        )
    return facts


def in_a_row(facts: Iterable[str]) -> str:
    """HTML of facts side by side, for an element of class "facts", which shows no dot where a line begins.

    >>> in_a_row(["Gazette", "2025"])
    '<span class="fact">Gazette</span><span class="fact"><span class="dot"> · </span>2025</span>'
    """
    dot = '<span class="dot"> · </span>'
    return "".join(f'<span class="fact">{dot if place else ""}{fact}</span>' for place, fact in enumerate(facts))


def render_follow_ups(questions: Sequence[str]) -> str:
    """Questions that can be asked next; "" without any."""
    if not questions:
        return ""
    offered = "".join(
        f"<li>{button('suggest', question, f'<bdi>{escape(question)}</bdi>', classes='chip')}</li>"
        for question in questions
    )
    return f'<ul class="next"><li class="aside">{escape(say("ask_next"))}</li>{offered}</ul>'


def render_confidence(confidence: float) -> str:
    """A confidence in words; the number is in the tooltip."""
    number = escape(say("confidence", number=said_number(confidence, places=2)))
    return f'<span title="{number}">{escape(confidence_in_words(confidence))}</span>'


def render_time(answer: Answer) -> str:
    """How long the answer took; "" while it is not known."""
    total = answer.timings_ms.get("total")
    if total is None:
        return ""
    if total < 1000:
        return escape(say("milliseconds", number=f"{total:.0f}"))
    return escape(say("seconds", number=said_number(round(total / 1000, 1), places=1)))


def render_note(text: str) -> str:
    """One line of our own or of an error, as HTML."""
    return f'<div class="note soft" dir="auto">{escape(text)}</div>'


def render_how_to_add(location: str, read_only: bool = False) -> str:
    """What to do while nothing is indexed, as HTML."""
    if read_only:
        return render_note(say("nobody_added"))
    where = f"qa add --index {shlex.quote(location)}"
    return (
        f'<div class="note" dir="auto"><p>{escape(say("no_articles_yet"))} '
        + button("show", "library", escape(say("add_in_library")), classes="chip")
        + f"</p><p>{escape(say('or_in_terminal'))}</p>"
        f'<p class="left" dir="ltr"><code>{escape(where)} FILE_OR_FOLDER_OR_URL</code></p>'
        f"<p>{escape(say('or_samples'))}</p>"
        f'<p class="left" dir="ltr"><code>{escape(where)} examples/articles</code></p></div>'
    )


# --- Words ----------------------------------------------------------------------------------------------------------


def confidence_in_words(confidence: float) -> str:
    """Give "sure" from 0.8, "fairly sure" from 0.5, else "not sure"."""
    return say("sure" if confidence >= 0.8 else "fairly_sure" if confidence >= 0.5 else "not_sure")


def readable_date(published: str) -> str:
    """An ISO 8601 date or time as "7 March 2025", a year or month as far as it goes; anything else as it is.

    In the page's language. The day is the one that was written, in the time zone that was written.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}", published):
            return said_date(datetime.fromisoformat(published + "-01"), days=False)
        if re.fullmatch(r"\d{4}", published):
            return published
        return said_date(datetime.fromisoformat(published))
    except ValueError:
        return published


def _from_to(pages: Sequence[str]) -> str:
    return pages[0] if len(pages) == 1 else f"{pages[0]}–{pages[-1]}"


def _also_in(citation: Citation) -> str:
    """Which other articles have the same words, in a few words; "" where none has."""
    titles = [one_line(each.title or each.article_id) for each in citation.also_in]
    if len(titles) > 1:
        return say("also_in_more", title=titles[0], more=said_number(len(titles) - 1))
    return say("also_in", title=titles[0]) if titles else ""


def _time_asked_for(answer: Answer) -> str:
    """Which articles came first because the question names a time, in a few words; "" where it names none."""
    begins, ends = answer.period or (None, None)
    if begins and ends:
        return say("articles_between", day=day(begins), last=day(ends))
    if begins or ends:
        return say("articles_from" if begins else "articles_until", day=day(begins or ends))
    return ""


def render_language(code: str | None) -> list[str]:
    """The language of an article, as HTML, where it is known and another one than the page's."""
    return [escape(say("in_language", language=said_language(code)))] if code and code != language() else []
