"""The lists beside the chat, as HTML: conversations, articles, what is being added, what is asked. Knows no Gradio."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chat.render import (
    button,
    escape,
    icon,
    icon_button,
    in_a_row,
    name_of,
    readable_date,
    render_facts,
    render_language,
    render_note,
    title_of,
)
from chat.words import count, said_language, said_number, say
from index import ArticleSummary, PassageFilter
from qa.kept.conversations import ConversationSummary

if TYPE_CHECKING:
    from chat.library import Addition

SHOWN_ARTICLES = 50  # at first, and more with each "Show more"


def render_brand(title: str, summary: str) -> str:
    """The program's name and a line about the index."""
    return f'<h1>{escape(title)}</h1><p class="soft">{escape(summary)}</p>'


def index_in_words(articles: int, passages: int) -> str:
    """How much the index holds.

    >>> index_in_words(1, 2000)
    '1 article, 2,000 passages'
    """
    if not articles:
        return say("no_articles")
    return say("index_holds", articles=count("articles", articles), passages=count("passages", passages))


def render_user(name: str) -> str:
    """Who is logged in, and the way out; "" for nobody."""
    return (
        f'<p class="soft"><bdi>{escape(name)}</bdi> · <a href="logout">{escape(say("log_out"))}</a></p>' if name else ""
    )


def render_conversations(conversations: Sequence[ConversationSummary], current: str | None, words: str = "") -> str:
    """The conversations of a visitor, the one that is open marked."""
    if not conversations:
        return render_note(say("no_conversation_with", words=words) if words else say("conversations_here"))
    rows = "".join(_conversation(each, each.id == current) for each in conversations)
    return f'<ul class="rows">{rows}</ul>'


def _conversation(conversation: ConversationSummary, current: bool) -> str:
    here = ' aria-current="true"' if current else ""
    title = f"<bdi>{escape(conversation.title)}</bdi>"
    about = f"{readable_moment(conversation.changed_at)} · {count('questions', conversation.turns)}"
    return (
        f'<li class="row"{here}><div>{button("talk", conversation.id, title, classes="open")}'
        f'<p class="soft">{escape(about)}</p></div>'
        f"{icon_button('forget', conversation.id, say('delete', title=conversation.title), 'remove')}</li>"
    )


def render_articles(
    articles: Sequence[Sequence[ArticleSummary]],
    shown: int,
    only: Collection[str],
    words: str = "",
    read_only: bool = False,
) -> str:
    """The first `shown` stories, each by its first article with its other versions below it.

    The articles in `only` are ticked, as they alone are asked.
    """
    if not articles:
        return render_note(say("no_article_with", words=words) if words else say("no_articles_yet"))
    rows = "".join(_article(first, only, read_only, others) for first, *others in articles[:shown])
    left = len(articles) - shown
    said = escape(say("show_more", left=said_number(left)))
    more = button("more", str(shown + SHOWN_ARTICLES), said, classes="chip") if left > 0 else ""
    return f'<ul class="rows">{rows}</ul>{more}'


def _article(
    article: ArticleSummary, only: Collection[str], read_only: bool, versions: Sequence[ArticleSummary] = ()
) -> str:
    title = title_of(article.title)
    facts = render_facts(article.source, article.published, article.url)
    facts += [*render_language(article.known_language), escape(count("passages", article.passages))]
    about = say("ask_only", title=name_of(article.title))
    tick = (
        f'<input type="checkbox" name="only" value="{escape(article.id)}" title="{escape(about)}"'
        f' aria-label="{escape(about)}"{" checked" if article.id in only else ""}>'
    )
    others = ""
    if versions:
        rows = "".join(_article(each, only, read_only) for each in versions)
        is_open = " open" if any(each.id in only for each in versions) else ""
        said = escape(say("also_in", title=count("articles", len(versions))))
        others = f'<details class="versions"{is_open}><summary>{said}</summary><ul class="rows">{rows}</ul></details>'
    remove = "" if read_only else icon_button("remove", article.id, say("remove", title=name_of(article.title)))
    return (
        f'<li class="row">{tick}<div>{button("open", article.id, f"<bdi>{title}</bdi>", classes="open")}'
        f'<p class="soft facts">{in_a_row(facts)}</p>{others}</div>{remove}</li>'
    )


def render_additions(additions: Sequence[Addition]) -> str:
    """What is being added, each with its own bar, and what came of it; "" without any."""
    if not additions:
        return ""
    about = escape(say("being_added"))
    return f'<ul class="rows additions" aria-label="{about}">{"".join(map(_addition, additions))}</ul>'


def _addition(addition: Addition) -> str:
    name = escape(addition.name)
    bar = ""
    if addition.state in {"waiting", "reading"}:
        bar = f'<progress max="1" value="{addition.share:.3f}" aria-label="{name}"></progress>'
    said = f'<p class="soft" dir="auto">{escape(addition.message)}</p>' if addition.message else ""
    return f'<li class="row {addition.state}"><div><bdi>{name}</bdi>{bar}{said}</div></li>'


def render_undo(said: str) -> str:
    """What was removed, and a button that brings it back."""
    back = button("undo", "", escape(say("undo")), classes="chip")
    return f'<p class="undo" role="status"><span dir="auto">{escape(said)}</span> {back}</p>'


def render_where(where: PassageFilter, titles: Sequence[str]) -> str:
    """What the next question is asked of, where that is not everything; each part can be taken away.

    `titles` are those of the articles in `where`, in its order.
    """
    if not where:
        return ""
    parts = [
        ("article", article_id, name_of(title)) for article_id, title in zip(where.article_ids, titles, strict=True)
    ]
    parts += [("source", source, source) for source in where.sources]
    parts += [("language", code, said_language(code)) for code in where.languages]
    parts += [(kind, "", said) for kind, said in _dates(where)]
    close = icon("close", say("take_away"))
    chips = "".join(
        f"<li>{button('widen', f'{kind}:{value}', f'<bdi>{escape(said)}</bdi> {close}', classes='chip')}</li>"
        for kind, value, said in parts
    )
    everything = f"<li>{button('widen', 'all:', escape(say('ask_all')), classes='chip')}</li>" if len(parts) > 1 else ""
    return f'<ul class="where"><li class="soft">{escape(say("asking_only"))}</li>{chips}{everything}</ul>'


def where_in_words(where: PassageFilter, titles: Sequence[str]) -> str:
    """The same in a line of text; "" for everything.

    >>> where_in_words(PassageFilter(sources=("Gazette",), published_from="2025-03"), [])
    'Gazette, from March 2025'
    """
    parts = [name_of(title) for title in titles[:2]]
    if len(titles) > 2:
        parts[1:] = [count("more_articles", len(titles) - 1)]
    languages = map(said_language, where.languages)
    return ", ".join([*parts, *where.sources, *languages, *(said for _, said in _dates(where))])


def _dates(where: PassageFilter) -> list[tuple[str, str]]:
    """The borders of its span of time that there are, "from" and "to", in words."""
    borders = (("from", "from_day", where.published_from), ("to", "until_day", where.published_to))
    return [(kind, say(key, day=readable_date(date))) for kind, key, date in borders if date]


def readable_moment(moment: str, now: datetime | None = None) -> str:
    """A moment (ISO 8601, UTC) as a person here would date it: "today", "yesterday", "7 March 2025"."""
    try:
        day = datetime.fromisoformat(moment).astimezone().date()
    except (ValueError, OverflowError):
        return moment
    days = ((now or datetime.now(UTC)).astimezone().date() - day).days
    if days in (0, 1):
        return say("yesterday" if days else "today")
    return readable_date(day.isoformat())
