"""multilingual-e5-small: questions and passages in different languages, its file, and indexes that it builds."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index import Article, ArticleIndex, IndexSettings, SentenceTransformerEmbedder
from index.embedding.engines import PiecesEngine
from index.embedding.packaged import MULTILINGUAL_NETWORK, MULTILINGUAL_SHA256
from index.errors import EmbeddingModelError
from index.settings import MULTILINGUAL_MODEL, PACKAGED_MODEL

FERRY = {
    "en": "The ferry to the island leaves at nine.",
    "de": "Die Fähre zur Insel fährt um neun.",
    "es": "El transbordador a la isla sale a las nueve.",
    "zh": "渡轮九点开往该岛。",
}
LIBRARY = {
    "en": "The mayor opened a new library.",
    "de": "Der Bürgermeister eröffnete eine neue Bibliothek.",
    "es": "El alcalde inauguró una nueva biblioteca.",
    "zh": "市长为新图书馆揭幕。",
}


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(MULTILINGUAL_MODEL)


@pytest.mark.parametrize("question", ["When does the ferry leave?", "Wann fährt die Fähre ab?", "渡轮什么时候出发?"])
def test_in_every_language_what_answers_a_question_is_nearer_than_what_does_not(
    embedder: SentenceTransformerEmbedder, question: str
) -> None:
    [asked] = embedder.embed_queries([question])
    ferry, library = (embedder.embed_passages(list(texts.values())) @ asked for texts in (FERRY, LIBRARY))
    assert (ferry > library + 0.02).all()  # within a language: texts of the question's own are nearer than others


def test_vectors_have_length_one_and_depend_neither_on_order_nor_on_company(
    embedder: SentenceTransformerEmbedder,
) -> None:
    texts = [*FERRY.values(), "", "word " * 2000, "👩‍👩‍👧", "a\x00b", *LIBRARY.values()]
    vectors = embedder.embed_passages(texts)
    assert vectors.shape == (len(texts), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2)
    alone = np.concatenate([embedder.embed_passages([text]) for text in texts])
    np.testing.assert_allclose(alone, vectors, atol=1e-4)


def test_questions_and_passages_get_the_prompts_that_the_network_was_trained_with(
    embedder: SentenceTransformerEmbedder,
) -> None:
    engine = embedder.load()
    assert (engine.query_prompt, engine.passage_prompt) == ("query: ", "passage: ")
    [asked], [told] = embedder.embed_queries([FERRY["en"]]), embedder.embed_passages([FERRY["en"]])
    assert asked @ told < 0.99


def test_the_file_is_the_one_whose_making_is_described() -> None:
    provenance = json.loads(MULTILINGUAL_NETWORK.with_suffix(".provenance.json").read_text(encoding="utf-8"))
    assert provenance["sha256"] == hashlib.sha256(MULTILINGUAL_NETWORK.read_bytes()).hexdigest()
    assert provenance["model"]["sha256"] == MULTILINGUAL_SHA256
    assert MULTILINGUAL_NETWORK.stat().st_size < 50 * 2**20


@pytest.mark.parametrize("missing", [True, False])
def test_a_damaged_or_missing_file_is_named_with_what_to_do(tmp_path: Path, missing: bool) -> None:
    for suffix in (".json", ".provenance.json"):
        shutil.copy(MULTILINGUAL_NETWORK.with_suffix(suffix), tmp_path)
    model = tmp_path / MULTILINGUAL_NETWORK.name
    if not missing:
        model.write_bytes(b"\0" + MULTILINGUAL_NETWORK.read_bytes()[1:])
    with pytest.raises(EmbeddingModelError, match=r"cannot be read: .*Install article-qa again"):
        PiecesEngine(model)


def test_an_index_keeps_the_model_and_is_rebuilt_to_it_and_back(tmp_path: Path) -> None:
    texts = [FERRY["de"], LIBRARY["de"]]
    articles = [Article(id=str(number), title="", text=text) for number, text in enumerate(texts)]
    with ArticleIndex.open(tmp_path / "index", IndexSettings(model=MULTILINGUAL_MODEL)) as index:
        index.add(articles)
    for model in (MULTILINGUAL_MODEL, PACKAGED_MODEL, MULTILINGUAL_MODEL):
        with ArticleIndex.open(tmp_path / "index", create=False) as index:
            index.rebuild(IndexSettings(model=model))
        with ArticleIndex.open(tmp_path / "index", create=False) as index:
            assert (index.manifest.model, index.embedder.name) == (model, model)
            assert [summary.id for summary in index.list()] == ["0", "1"]
    assert index.manifest.fingerprint == MULTILINGUAL_SHA256
