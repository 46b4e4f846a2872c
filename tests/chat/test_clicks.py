"""What the chat makes of what a browser sends, without a browser: nothing raises, nothing is another's."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import orjson
import pytest
from filelock import FileLock
from gradio.context import LocalContext

from chat.asking import Asking, Question
from chat.context import EMPTY, RELOAD, ChatContext, Parts
from chat.conversation_panel import ConversationPanel
from chat.events import places_of, turn_at, value_of
from chat.library_panel import LibraryPanel, LibraryParts
from chat.messages import messages
from chat.rating import Rating
from chat.render import render_note
from chat.session import LastChange, Listing, OpenConversation
from chat.source_panel import SourcePanel
from index import Article, ArticleIndex
from index.errors import ArticleNotFoundError
from index.filter import NO_FILTER, PassageFilter, is_unicode
from index.settings import MULTILINGUAL_MODEL, PACKAGED_MODEL
from qa import ArticleQA
from qa.answer import Answer, Citation
from qa.kept.conversations import Conversations, SavedTurn, now
from tests.chat.made import abstention, answer, passage
from tests.fakes import WordEmbedder
from tests.hostile import HOSTILE
from tests.markup import Page, assert_text_stays_text

TEXT = "It rained.\r\nAnn won the race. 😀 Bob was second."
ANN: Any = SimpleNamespace(username="ann")
BOB: Any = SimpleNamespace(username="bob")
NOBODY: Any = SimpleNamespace(username=None, cookies={})
HERE = EMPTY  # what a page says that shows no conversation

# What is no value of a button at all, and values that no button has.
NO_VALUES = [
    None, 7, 1.5, True, "text", [], [1], {}, {"value": None}, {"value": 3}, {"value": True}, {"value": ["0:0"]},
    {"value": {"value": "0:0"}}, {"VALUE": "0:0"}, {"value": float("nan")}, {"value": b"0:0"},
]  # fmt: skip
VALUES = [
    "", ":", "::", "-1", "-1:0", "0:-2", "1:0", "0:7", "2:0", "0:0:0", "0: 0", "0.0:0", "1e3:0", "²:0", "0:²",
    "nan:inf",     "9" * 9, "9" * 9 + ":0", "0:" + "9" * 9, "9" * 5000, "9" * 5000 + ":race", "0:" + "9" * 5000,
    "0:nothing", "0:", ":0",     "race\0", "race\ud800",
    "RACE", " race", "race:race", "article:", "source:", "from:x", "all", "published_from:",
    "__class__:x", "0\n:0\n", "+0:0", "0x0:0", "1_0:0",
]  # fmt: skip


def event(data: object) -> Any:
    return gr.EventData(None, data)


def clicked(value: str, **more: object) -> Any:
    return event({"value": value, **more})


def cited(quote: str = "Ann won the race.", said: str = "Ann", **changes: Any) -> Citation:
    start, first = TEXT.index(quote), TEXT.index(said)
    about: dict[str, Any] = {"title": "The race", "url": None, "source": None, "published": None}
    values = {"article_id": "race", "start": start, "end": start + len(quote), "quote": quote}
    return Citation(**(about | values | {"answer_start": first, "answer_end": first + len(said)} | changes))


def turn(question: str = "Who won?", said: Answer | None = None, rating: int = 0) -> SavedTurn:
    return SavedTurn(question, said or answer("Ann", cited(), question=question), now(), rating)


@pytest.fixture(autouse=True)
def in_an_event() -> Iterator[None]:
    """As Gradio does around an event: a component that is made is a change of one that is there."""
    token = LocalContext.in_event_listener.set(True)
    yield
    LocalContext.in_event_listener.reset(token)


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as index:
        index.add([Article("race", TEXT, "The race", source="Gazette"), Article("bees", "Bees hum.", "Bees")])
        yield index


class Chat:
    """All that can be done with conversations."""

    def __init__(self, context: ChatContext) -> None:
        self.context = context
        self.asking, self.rating = Asking(context), Rating(context)
        self.conversations, self.source = ConversationPanel(context), SourcePanel(context)
        self.asking.loaded.set()


@pytest.fixture
def chat(articles: ArticleIndex, tmp_path: Path) -> Chat:
    parts = Parts(**{field.name: field.name for field in fields(Parts)})  # type: ignore[arg-type]
    return Chat(ChatContext(ArticleQA(articles), Conversations(tmp_path / "conversations.sqlite"), parts))


@pytest.fixture
def library(articles: ArticleIndex) -> LibraryPanel:
    return library_over(articles)


def library_over(articles: ArticleIndex) -> LibraryPanel:
    parts = LibraryParts(**{field.name: field.name for field in fields(LibraryParts)})  # type: ignore[arg-type]
    return LibraryPanel(ArticleQA(articles), parts, read_only=False, public_only=True)


def kept(chat: Chat, owner: str = "user:ann", *turns: SavedTurn) -> OpenConversation:
    """A conversation of somebody's, stored."""
    conversation_id = None
    for number, each in enumerate(turns or (turn(),)):
        conversation_id = chat.context.store.save(owner, conversation_id, number, each)
    assert conversation_id is not None
    stored = chat.context.store.find(owner, conversation_id)
    assert stored is not None
    return OpenConversation(begun=True, id=stored.id, title=stored.title, turns=stored.turns)


# What a browser sends


@pytest.mark.parametrize("data", NO_VALUES, ids=repr)
def test_what_is_no_value_is_an_empty_one(data: object) -> None:
    assert value_of(event(data)) == ""


@pytest.mark.parametrize("text", [*HOSTILE, *VALUES], ids=range(len(HOSTILE) + len(VALUES)))
def test_a_value_comes_as_it_was_sent_and_a_place_is_two_numbers_or_nowhere(text: str) -> None:
    assert value_of(clicked(text)) == text
    turn, place = places_of(clicked(text))
    assert (turn, place) == (10**9, 10**9) or text.split(":") == [str(turn), str(place)]
    assert turn_at(text, OpenConversation(turns=(SavedTurn("q", answer(), now()),))) in {None, 0}


def test_places_are_read_as_they_are_written() -> None:
    assert places_of(clicked("3:0")) == (3, 0)
    assert places_of(clicked("12345678:12345678")) == (12345678, 12345678)
    assert places_of(clicked("3")) == places_of(clicked("")) == (10**9, 10**9)


def clicks(chat: Chat, conversation: OpenConversation, data: Any, who: Any) -> dict[str, Callable[[], Any]]:
    """Everything in the conversation that one click could set off."""
    return {
        "cite": lambda: chat.source.cite(conversation, data, who),
        "part": lambda: chat.source.part(conversation, data, who),
        "whole": lambda: chat.source.whole(conversation, data, who),
        "edit": lambda: chat.asking.edit(conversation, HERE, data, who),
        "rate": lambda: chat.rating.rate(conversation, HERE, data, who),
        "again": lambda: list(chat.asking.again(conversation, NO_FILTER, None, HERE, data, who)),
        "open": lambda: chat.conversations.open(data, who),
        "forget": lambda: chat.conversations.forget(conversation, data, who),
    }


@pytest.mark.filterwarnings("ignore:This conversation is not there any more:UserWarning")
@pytest.mark.parametrize("who", [ANN, NOBODY], ids=["ann", "nobody"])
@pytest.mark.parametrize("name", "cite part whole edit rate again open forget".split())
def test_no_click_raises_or_changes_anything_whatever_it_says(chat: Chat, name: str, who: Any) -> None:
    mine = kept(chat)
    theirs = kept(chat, "user:bob", turn("What is the secret?"))
    before = [chat.context.current(mine, "user:ann"), chat.context.current(theirs, "user:bob")]
    texts = [*VALUES, *HOSTILE[::20], str(theirs.id), f"{theirs.id}:0", f"0:{theirs.id}", f"0:{'x' * 9999}"]
    for data in [*map(event, NO_VALUES), *map(clicked, texts)]:
        made = str(clicks(chat, mine, data, who)[name]())
        assert "secret" not in made
        if name in {"cite", "part", "whole"}:
            assert Page(made).text.startswith("This is not there any more.")
    after = [chat.context.current(mine, "user:ann"), chat.context.current(theirs, "user:bob")]
    assert after == before


def test_the_conversation_that_was_open_last_is_shown_to_its_owner_only(chat: Chat) -> None:
    theirs = kept(chat, "user:bob", turn("What is the secret?"))
    chat.conversations.suggested = (chat.context.info(), [])
    assert "secret" in str(chat.conversations.greet(str(theirs.id), BOB))
    for who in (ANN, NOBODY):
        for last in (str(theirs.id), "", *VALUES, *HOSTILE[::20]):
            assert "secret" not in str(chat.conversations.greet(last, who))


def test_a_state_that_names_anothers_conversation_reads_and_changes_nothing_of_it(chat: Chat) -> None:
    theirs = kept(chat, "user:bob", turn("What is the secret?"))
    stolen = OpenConversation(begun=True, id=theirs.id, turns=(turn(),), rating=0)
    assert chat.context.current(stolen, "user:ann") == stolen
    for made in (
        chat.rating.rate(stolen, HERE, clicked("0:-1"), ANN),
        chat.conversations.rename("Mine", stolen, ANN),
        chat.rating.say("mine", stolen, ANN),
        chat.conversations.forget(stolen, clicked(str(theirs.id)), ANN),
        chat.conversations.restore(replace(stolen, deleted=None), ANN),
        chat.asking.stopped(stolen, NO_FILTER, ANN),
        chat.conversations.markdown(stolen),
    ):
        assert "secret" not in str(made)
    assert chat.context.current(OpenConversation(begun=True, id=theirs.id), "user:bob") == replace(theirs, rating=None)
    assert list(chat.context.store.feedback()) == []


def test_a_citation_opens_its_article_with_all_that_is_cited_marked(chat: Chat) -> None:
    both = answer("Ann; Bob", cited(), cited("Bob was second.", "Bob"))
    shown_here = Page(chat.source.cite(kept(chat, "user:ann", turn(), turn(said=both)), clicked("1:1"), ANN))
    assert shown_here.within("text") == TEXT
    assert shown_here.within("now") == "Bob was second."
    assert shown_here.within("b") == "AnnBob"
    assert shown_here.within("place") == "2 of 2"


def test_a_citation_of_a_changed_or_removed_article_shows_the_quote_as_it_was(chat: Chat) -> None:
    changed = SavedTurn("q", answer("Ann", replace(cited(), quote="Ann lost the race.")), now())
    gone = SavedTurn("q", answer("Ann", replace(cited(), article_id="gone")), now())
    conversation = OpenConversation(turns=(changed, gone))
    first, second = (Page(chat.source.cite(conversation, clicked(f"{number}:0"), ANN)) for number in range(2))
    assert first.within("note") == "This article has changed since. The quote as it was:"
    assert first.within("text") == "Ann lost the race."
    assert second.within("note") == "This article is not in the library any more. The quote as it was:"
    assert chat.conversations.changed(conversation.turns) == {(0, 0), (1, 0)}


def test_a_quote_near_an_answer_opens_its_article_there(chat: Chat) -> None:
    near = (cited("Bob was second.", "Bob"), replace(cited(), quote="Bob won the race."))
    conversation = OpenConversation(turns=(turn(said=abstention(nearest=near)),))
    opened = Page(chat.source.cite(conversation, clicked("0:0"), ANN))
    assert (opened.within("now"), opened.within("b")) == ("Bob was second.", "Bob")
    assert "has changed since" in Page(chat.source.cite(conversation, clicked("0:1"), ANN)).text
    assert chat.conversations.changed(conversation.turns) == {(0, 1)}


def test_a_rating_is_stored_and_a_second_click_takes_it_back(chat: Chat) -> None:
    conversation = kept(chat)
    conversation = chat.rating.rate(conversation, HERE, clicked("0:-1"), ANN)["conversation"]
    assert [each.rating for each in conversation.turns] == [-1]
    conversation = chat.rating.rate(conversation, HERE, clicked("0:-1"), ANN)["conversation"]
    assert [each.rating for each in conversation.turns] == [0]
    assert list(chat.context.store.feedback()) == []


@pytest.mark.parametrize("text", ["", " \n", "half a pair \ud800", "x" * 3000])
def test_a_question_that_cannot_be_asked_is_shown_and_goes_back_into_the_text_box(chat: Chat, text: str) -> None:
    *_, last = chat.asking.answer(Question(text, OpenConversation(begun=True), NO_FILTER, None, "user:ann", HERE))
    assert "note" in last["chat"][-1]["content"]
    orjson.dumps([last["box"], last["chat"]])  # as Gradio sends it
    assert list(chat.context.store.list("user:ann")) == []


def test_a_page_that_the_program_knows_nothing_of_is_loaded_again(chat: Chat) -> None:
    for name in ("edit", "rate", "again"):
        made = clicks(chat, OpenConversation(), clicked("0:1" if name == "rate" else "0"), ANN)[name]()
        assert made in ({"here": RELOAD}, [{"here": RELOAD}])


def test_questions_to_begin_with_are_made_anew_when_an_article_is_replaced_by_one_of_equal_length(
    chat: Chat, articles: ArticleIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iter(["Who won?", "Who lost?"])
    monkeypatch.setattr(chat.context.qa, "suggested_questions", lambda: [next(made)])
    assert (
        chat.conversations.examples(chat.context.info())
        == chat.conversations.examples(chat.context.info())
        == [{"text": "Who won?"}]
    )
    articles.add(Article("bees", "Owls hum.", "Owls"))
    assert chat.conversations.examples(chat.context.info()) == [{"text": "Who lost?"}]


# What is shown of a conversation


def test_text_stays_text_in_all_messages() -> None:
    def everywhere(text: str) -> str:
        said = answer(text, cited(title=text, source=text, published=text), note=text, standalone_question=f"so {text}")
        conversation = OpenConversation(
            id="c", title=text, turns=(turn(text, said), turn(text, abstention(passage("x", title=text))))
        )
        return "".join(message["content"] for message in messages(conversation, text, render_note(text)))

    for text in HOSTILE:
        assert_text_stays_text(everywhere, text)


def test_a_conversation_is_questions_and_answers_in_turn_with_what_is_being_asked_at_its_end() -> None:
    conversation = OpenConversation(
        id="c", turns=(turn("Who won?", rating=1), turn("Who lost?")), changed=frozenset({(1, 0)})
    )
    shown_now = messages(conversation, "Why?", render_note("Reading"))
    assert [message["role"] for message in shown_now] == ["user", "assistant"] * 3
    pages = [Page(message["content"]) for message in shown_now]
    assert [page.within("question") for page in pages[::2]] == ["Who won?", "Who lost?", "Why?"]
    assert [page.values("edit") for page in pages[::2]] == [["0"], ["1"], []]
    assert [page.values("copy") for page in pages[1::2]] == [["0"], ["1"], []]
    assert [page.within("changed") for page in pages[1::2]] == ["", "the article has changed since", ""]
    assert [page.attributes.count(("class", "icon toggle on")) for page in pages] == [0, 1, 0, 0, 0, 0]


def test_a_blank_question_leaves_no_empty_bubble() -> None:
    assert [message["role"] for message in messages(OpenConversation(), None, render_note("Ask something."))] == [
        "assistant"
    ]
    assert messages(OpenConversation()) == []


# What is saved


@pytest.mark.parametrize("named", ["by its title", "by its first question"])
def test_an_exported_file_has_a_name_that_is_only_a_name(chat: Chat, named: str) -> None:
    for text in HOSTILE:
        conversation = (
            OpenConversation(title=text, turns=(turn(),))
            if named == "by its title"
            else OpenConversation(turns=(turn(text),))
        )
        for suffix, made in (
            ("md", chat.conversations.markdown(conversation)),
            ("json", chat.conversations.json(conversation)),
        ):
            name = made["export"]["name"]
            stem, _, ending = name.rpartition(".")
            assert ending == suffix
            assert 0 < len(stem) <= 60
            assert not stem.startswith("-")
            assert all(unicodedata.category(letter)[0] in "LNM" or letter == "-" for letter in stem), (text, name)


def test_an_exported_file_holds_the_conversation(chat: Chat) -> None:
    conversation = OpenConversation(title="The race: who won?", turns=(turn("Who <b>won</b>?"),))
    saved = chat.conversations.json(conversation)["export"]
    assert (saved["name"], saved["type"]) == ("The-race-who-won.json", "application/json")
    assert "Who <b>won</b>?" in str(json.loads(saved["text"]))
    assert "# The race: who won?" in chat.conversations.markdown(conversation)["export"]["text"]


def test_what_is_exported_is_the_text_whatever_it_is(chat: Chat) -> None:
    for text in filter(is_unicode, HOSTILE):  # a question or a title can be no other
        conversation = OpenConversation(
            title=text, turns=(turn(text, answer("Ann", cited(title=text), question=text, note=text)),)
        )
        saved = json.loads(chat.conversations.json(conversation)["export"]["text"])
        assert (saved["title"], saved["turns"][0]["question"]) == (text, text)
        assert chat.conversations.markdown(conversation)["export"]["text"].encode()


def test_an_empty_conversation_is_not_exported(chat: Chat) -> None:
    for made in (chat.conversations.markdown(OpenConversation()), chat.conversations.json(OpenConversation())):
        assert made["export"] is None


# The library


@pytest.mark.parametrize("name", "more only widen".split())
def test_no_click_in_the_library_raises_or_removes_anything_whatever_it_says(library: LibraryPanel, name: str) -> None:
    where = PassageFilter(("bees",), ("Gazette",), "2025")
    texts = [*VALUES, *HOSTILE[::20]]
    for data in [*map(event, NO_VALUES), *map(clicked, texts), *(clicked(text, checked=True) for text in texts)]:
        made = getattr(library, name)(Listing(), where, data)
        assert made.get("where", where).article_ids in {("bees",), ()}
        if name != "widen":
            assert made.get("where", where) == where
        Page(made["articles"])
        Page(made["chosen"])


def test_no_click_removes_what_it_does_not_name(library: LibraryPanel) -> None:
    for data in [*map(event, NO_VALUES), *map(clicked, [*VALUES, *HOSTILE[::20]])]:
        assert set(library.remove(data)) == {"undo"}
    assert {article.id for article in library.qa.articles.list()} == {"race", "bees"}


def test_an_article_that_is_ticked_is_asked_and_one_that_is_not_there_cannot_be(library: LibraryPanel) -> None:
    where = library.only(Listing(), NO_FILTER, clicked("race", checked=True))["where"]
    assert where == PassageFilter(("race",))
    assert library.only(Listing(), where, clicked("gone", checked=True))["where"] == where
    assert library.only(Listing(), where, clicked("race", checked=False))["where"] == NO_FILTER


def test_a_reader_can_remove_nothing(library: LibraryPanel) -> None:
    library.read_only = True
    assert set(library.remove(clicked("race"))) == {"undo"}
    assert set(library.undo(LastChange(removed=(Article("new", "New."),)))) == {"undo"}
    assert list(library.add_url("https://example.org")) == []
    assert {article.id for article in library.qa.articles.list()} == {"race", "bees"}


def test_what_was_removed_comes_back(library: LibraryPanel) -> None:
    made = library.remove(clicked("race"))
    assert Page(made["undo"]).text == "Removed “The race”. Undo"
    with pytest.raises(ArticleNotFoundError):
        library.qa.articles.get("race")
    assert library.undo(made["last"])["undo"] == ""
    assert library.qa.articles.get("race").text == TEXT


def test_an_index_for_english_with_other_articles_is_rebuilt_by_a_button_and_answers_meanwhile(tmp_path: Path) -> None:
    german = Article("mole", "Die Mole ist nachts geschlossen, und niemand darf sie betreten.", "Die Mole")
    with ArticleIndex.open(tmp_path / "index") as articles:
        library = library_over(articles)
        articles.add([Article("race", TEXT, "The race")])
        assert library.show(Listing(), NO_FILTER)["rebuild"] == ""
        assert list(library.rebuild()) == []
        articles.add([german])
        assert Page(library.show(Listing(), NO_FILTER)["rebuild"]).values("rebuild") == [""]
        shown = library.rebuild()
        assert "<progress" in next(shown)["rebuild"]
        assert library.qa.search("race")[0].passage.article_id == "race"
        assert all("<progress" in each["rebuild"] for each in shown)
        assert library.show(Listing(), NO_FILTER)["rebuild"] == ""
        assert articles.manifest.model == MULTILINGUAL_MODEL
        assert library.qa.search("Mole")[0].passage.article_id == "mole"


def test_a_rebuild_that_fails_says_why_and_leaves_the_index_and_readers_are_not_offered_one(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "index") as articles:
        library = library_over(articles)
        articles.add([Article("race", TEXT, "The race")])
        articles.add([Article("mole", "Die Mole ist nachts geschlossen, und niemand darf sie betreten.")])
        with FileLock(tmp_path / "index" / "rebuilding.lock"):
            *_, last = library.rebuild()
        assert "Another process is rebuilding the index" in last["undo"]
        assert articles.manifest.model == PACKAGED_MODEL
        assert Page(library.show(Listing(), NO_FILTER)["rebuild"]).values("rebuild") == [""]
        library.read_only = True
        assert library.show(Listing(), NO_FILTER)["rebuild"] == gr.skip()
        assert list(library.rebuild()) == []


def test_what_is_not_there_any_more_is_not_asked_any_more(library: LibraryPanel) -> None:
    library.remove(clicked("race"))
    where = PassageFilter(("race", "bees"), ("Gazette",))
    for made in (library.show(Listing(), where), library.find("", "title", Listing(), where)):
        assert made["where"] == PassageFilter(("bees",), ("Gazette",))
        assert Page(made["chosen"]).values("widen") == ["article:bees", "source:Gazette", "all:"]


def test_articles_in_some_languages_are_asked_and_each_can_be_taken_away(library: LibraryPanel) -> None:
    where = library.narrow([], ["de", "en"], "", "", Listing(), PassageFilter(("race",)))["where"]
    assert where == PassageFilter(("race",), languages=("de", "en"))
    made = library.widen(Listing(), where, clicked("language:de"))
    assert made["where"] == PassageFilter(("race",), languages=("en",))
    assert Page(made["chosen"]).values("widen") == ["article:race", "language:en", "all:"]
    assert library.narrow([], ["nonsense!"], "", "", Listing(), where).keys() == {"undo"}
