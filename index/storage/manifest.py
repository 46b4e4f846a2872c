"""What built an index. Kept as manifest.json in its folder, or in the metadata of its collection on a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from index.embedding.embedder import Embedder
from index.errors import ManifestMismatchError, NotAnIndexError
from index.settings import IndexSettings

SCHEMA = 1
PUT_BACK = (
    "Put the file back from a copy, or build the index again in another place: qa --index ANOTHER_PLACE add ARTICLES"
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What built an index, and how to read it."""

    schema: int
    model: str
    fingerprint: str
    passage_chars: int
    overlap_chars: int

    @classmethod
    def of(cls, settings: IndexSettings, embedder: Embedder) -> Manifest:
        """The manifest of a new index."""
        return cls(SCHEMA, embedder.name, embedder.fingerprint, settings.passage_chars, settings.overlap_chars)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], location: str) -> Manifest:
        """Read back what `to_mapping` gave. Raises NotAnIndexError or ManifestMismatchError."""
        if values.get("schema") != SCHEMA:
            raise ManifestMismatchError(
                f"The index at {location} has schema {values.get('schema')!r}; this version reads schema {SCHEMA}. "
                f"Build it again with this version: qa add ARTICLES --index ANOTHER_PLACE"
            )
        kinds = {"schema": int, "model": str, "fingerprint": str, "passage_chars": int, "overlap_chars": int}
        for name, kind in kinds.items():
            if not isinstance(value := values.get(name), kind):
                raise NotAnIndexError(
                    f"The manifest of the index at {location} is damaged: its {name} is {value!r}. {PUT_BACK}"
                )
        return cls(**{name: values[name] for name in kinds})

    @property
    def settings(self) -> IndexSettings:
        """The settings that built the index."""
        return IndexSettings(model=self.model, passage_chars=self.passage_chars, overlap_chars=self.overlap_chars)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values, for JSON or a collection's metadata."""
        return asdict(self)

    def to_json(self) -> str:
        """The text of manifest.json."""
        return json.dumps(self.to_mapping(), indent=2) + "\n"

    def check_splitting(self, settings: IndexSettings, location: str) -> None:
        """Raise ManifestMismatchError unless articles are cut as `settings` say."""
        for name in ("passage_chars", "overlap_chars"):
            if (built := getattr(self, name)) != (wanted := getattr(settings, name)):
                raise ManifestMismatchError(
                    f"The index at {location} was built with {name} = {built}; you asked for {wanted}. "
                    f"Open it without settings, or build one in another place."
                )

    def check(self, embedder: Embedder, location: str) -> None:
        """Raise ManifestMismatchError unless `embedder` is the one that built the index."""
        if embedder.fingerprint != self.fingerprint and embedder.name == self.model:
            raise ManifestMismatchError(
                f"The index at {location} was built with another edition of the embedding model {self.model} than the "
                "one that is here, whose vectors cannot be compared with it. Make it anew with this one: "
                f"qa --index {location} rebuild"
            )
        if embedder.fingerprint != self.fingerprint:
            raise ManifestMismatchError(
                f"The index at {location} was built with the embedding model {self.model}; you asked for "
                f"{embedder.name}, whose vectors cannot be compared with it. Open it with {self.model}, or build one "
                f"with {embedder.name} in another place: qa --model {embedder.name} add ARTICLES --index ANOTHER_PLACE"
            )


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index holds and what built it."""

    location: str
    articles: int
    passages: int
    manifest: Manifest
    revision: str  # another after each write
