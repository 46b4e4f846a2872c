"""The manifest: what built an index, read back and checked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from index import IndexSettings
from index.errors import ManifestMismatchError, NotAnIndexError
from index.storage.manifest import SCHEMA, Manifest
from tests.fakes import WordEmbedder


class OtherEmbedder(WordEmbedder):
    name = "other words"
    fingerprint = "other-64"


def test_a_manifest_is_read_back_as_it_was_written() -> None:
    manifest = Manifest.of(IndexSettings(passage_chars=200, overlap_chars=50), WordEmbedder())
    assert manifest == Manifest(SCHEMA, "words", "words-64", 200, 50)
    assert Manifest.from_mapping(json.loads(manifest.to_json()), "here") == manifest
    assert Manifest.from_mapping(manifest.to_mapping(), "here") == manifest


@pytest.mark.parametrize("schema", [SCHEMA + 1, str(SCHEMA), None])
def test_another_schema_is_refused_with_the_way_out(schema: object) -> None:
    values = Manifest.of(IndexSettings(), WordEmbedder()).to_mapping() | {"schema": schema}
    with pytest.raises(ManifestMismatchError) as raised:
        Manifest.from_mapping(values, "var/index")
    assert str(raised.value).startswith(
        f"The index at var/index has schema {schema!r}; this version reads schema {SCHEMA}."
    )
    assert "Build it again" in str(raised.value)


@pytest.mark.parametrize("name", ["model", "fingerprint", "passage_chars", "overlap_chars"])
def test_a_manifest_that_lacks_something_is_none_of_ours(name: str) -> None:
    values = Manifest.of(IndexSettings(), WordEmbedder()).to_mapping()
    del values[name]
    with pytest.raises(NotAnIndexError) as raised:
        Manifest.from_mapping(values, "var/index")
    assert str(raised.value).startswith(f"The manifest of the index at var/index is damaged: its {name} is None. Put ")


@pytest.mark.parametrize(("name", "value"), [("model", 7), ("passage_chars", "x"), ("overlap_chars", None)])
def test_a_manifest_with_a_value_of_another_kind_is_damaged(name: str, value: object) -> None:
    values = Manifest.of(IndexSettings(), WordEmbedder()).to_mapping() | {name: value}
    with pytest.raises(NotAnIndexError, match=rf"its {name} is {value!r}\. Put the file back from a copy"):
        Manifest.from_mapping(values, "var/index")


def test_a_model_that_was_changed_under_its_name_says_to_rebuild() -> None:
    manifest = replace(Manifest.of(IndexSettings(), WordEmbedder()), fingerprint="before")
    with pytest.raises(ManifestMismatchError, match=r"another edition .* qa --index var/index rebuild$"):
        manifest.check(WordEmbedder(), "var/index")


def test_another_models_vectors_are_refused_with_both_names_and_the_way_out() -> None:
    manifest = Manifest.of(IndexSettings(), WordEmbedder())
    manifest.check(WordEmbedder(), "var/index")
    with pytest.raises(ManifestMismatchError) as raised:
        manifest.check(OtherEmbedder(), "var/index")
    message = str(raised.value)
    assert message.startswith(
        "The index at var/index was built with the embedding model words; you asked for other words"
    )
    assert "Open it with words, or build one with other words in another place" in message
