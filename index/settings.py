"""Settings of the article side. Defaults live here only; the reasons for them are in docs/decisions.md."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

PACKAGED_MODEL = "all-MiniLM-L6-v2"  # reads English
MULTILINGUAL_MODEL = "multilingual-e5-small"  # comes with the program as well; reads a hundred languages


class IndexSettings(BaseModel):
    """How articles are cut and embedded. What is stored with an index cannot be changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(
        PACKAGED_MODEL,
        min_length=1,
        description=f"Embedding model: {PACKAGED_MODEL}, {MULTILINGUAL_MODEL}, a folder, or a name on this machine.",
    )
    passage_chars: int = Field(450, ge=100, le=5000, description="Longest passage, in characters.")
    overlap_chars: int = Field(0, ge=0, le=1000, description="Longest overlap of two passages, in characters.")


class StoreSettings(BaseModel):
    """How the store is used; may differ at every opening."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lock_timeout_s: float = Field(120.0, gt=0, description="How long to wait for another writing process, in seconds.")
    commit_passages: int = Field(
        1024, ge=1, le=5000, description="Passages gathered before articles are written to the store together."
    )
    lease_s: float = Field(60.0, ge=1, description="How long a writer's claim on a Chroma server holds, in seconds.")
    server_timeout_s: float = Field(30.0, gt=0, description="How long a Chroma server may take to answer, in seconds.")


class FetchSettings(BaseModel):
    """How web addresses are fetched."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_once: int = Field(8, ge=1, le=64, description="Pages that are fetched at once.")
    at_once_of_host: int = Field(2, ge=1, le=8, description="Of these, pages of one host.")
    delay_s: float = Field(
        0.5, ge=0, le=60, description="Between two pages of a host, in seconds; more where its robots.txt asks for it."
    )
    obey_robots: bool = Field(True, description="Whether what sites ask of programs in their robots.txt is done.")
    public_only: bool = Field(False, description="Whether addresses inside this network are refused.")
    full: frozenset[str] = Field(
        frozenset(), description="Feeds, or lists of them, whose items' pages are fetched instead of the feed's text."
    )
    max_addresses: int = Field(
        50_000, ge=1, description="Addresses that are fetched at a time because lists have them."
    )
