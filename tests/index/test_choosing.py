"""Which embedding network a new index takes, with the real ones, and what is said to an index that has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Article, ArticleIndex, IndexSettings
from index.choosing import LOOKED_AT, choice_for
from index.settings import MULTILINGUAL_MODEL, PACKAGED_MODEL
from tests.fakes import WordEmbedder

ENGLISH = Article(id="ferry", text="The ferry was late on Monday because of the fog over the lake, and nobody minded.")
GERMAN = Article(
    id="faehre", text="Die Fähre kam am Montag wegen des Nebels über dem See zu spät, und niemand war böse."
)
OVEN = Article(
    id="ofen", text="Der neue Ofen der Bäckerei wird mit Buchenholz geheizt und backt vierzig Brote zugleich."
)
NUMBERS = Article(id="numbers", text="2024: 17, 18")
TOWN = Article(
    id="ville", text="La ville a ouvert une bibliothèque sur le port, et les enfants y viennent chaque mercredi."
)


def test_an_index_of_other_languages_takes_the_network_that_reads_them_and_finds_across_languages(
    tmp_path: Path,
) -> None:
    with ArticleIndex.open(tmp_path / "index", IndexSettings(passage_chars=300)) as articles:
        assert articles.manifest.model == PACKAGED_MODEL
        report = articles.add([ENGLISH, GERMAN, OVEN])
        assert str(report) == "3 added"
        assert report.notes == [
            f"The index takes the embedding model {MULTILINGUAL_MODEL}, as its first articles are not all in English: "
            "de. To choose yourself, name one for the first: qa --model MODEL add ARTICLES"
        ]
        assert (articles.manifest.model, articles.manifest.passage_chars) == (MULTILINGUAL_MODEL, 300)
        assert articles.embedder.name == MULTILINGUAL_MODEL
        assert articles.add([TOWN]).notes == []
        vectors = articles.embedder.embed_queries(["What is the bakery's oven heated with?"])
        [found] = articles.search(vectors, ["heated"], 1)
        assert [each.article_id for each in articles.passages(list(found.scores)).values()] == ["ofen"]
    with ArticleIndex.open(tmp_path / "index", create=False) as articles:
        assert articles.manifest.model == MULTILINGUAL_MODEL
        assert {each.id for each in articles.list()} == {"ferry", "faehre", "ofen", "ville"}


def test_an_index_of_english_articles_takes_the_small_network_and_is_told_once_what_to_do_for_others(
    tmp_path: Path,
) -> None:
    with ArticleIndex.open(tmp_path / "index") as articles:
        [note] = articles.add([ENGLISH, NUMBERS]).notes
        assert note.startswith(
            f"The index takes the embedding model {PACKAGED_MODEL}, as its first articles are in English."
        )
        assert articles.add([NUMBERS]).notes == []
        [hint] = articles.add([GERMAN, TOWN]).notes
        assert hint == (
            "The first articles that are not in English (de, fr) are found by their words alone, as the index's "
            f"embedding model, {PACKAGED_MODEL}, reads English. To have them found by meaning, too: "
            f"qa --model {MULTILINGUAL_MODEL} rebuild"
        )
        assert articles.add([OVEN]).notes == []
        assert articles.manifest.model == PACKAGED_MODEL


def test_a_model_that_is_named_is_taken_whatever_the_articles_are(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "named", IndexSettings(model=PACKAGED_MODEL)) as articles:
        assert articles.add([GERMAN]).notes == []
        assert articles.manifest.model == PACKAGED_MODEL
    with ArticleIndex.open(tmp_path / "given", embedder=WordEmbedder()) as articles:
        assert articles.add([GERMAN]).notes == []
        assert articles.embedder.name == WordEmbedder().name


def test_what_is_only_looked_at_chooses_nothing(tmp_path: Path) -> None:
    (tmp_path / "faehre.txt").write_text(GERMAN.text, encoding="utf-8")
    with ArticleIndex.open(tmp_path / "index") as articles:
        articles.sync([tmp_path / "faehre.txt"], dry_run=True)
        assert articles.manifest.model == PACKAGED_MODEL


@pytest.mark.parametrize(("before", "model"), [(LOOKED_AT - 1, MULTILINGUAL_MODEL), (LOOKED_AT, None)])
def test_the_first_articles_decide(before: int, model: str | None) -> None:
    english = Article(id="e", text="A", language="en-GB")
    first = [*[english] * before, Article(id="d", text="A", language="de")]
    assert choice_for(first, list, rebuilds=True)[0] == model


def test_an_index_on_a_server_keeps_its_model_and_is_told_what_to_do() -> None:
    model, note = choice_for([Article(id="d", text="A", language="de")], list, rebuilds=False)
    assert model is None
    assert note.endswith(f"build an index on another server, qa --model {MULTILINGUAL_MODEL} --index URL add ARTICLES")
