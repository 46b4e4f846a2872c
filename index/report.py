"""What came of adding articles, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

Outcome = Literal["added", "updated", "moved", "unchanged", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class AddResult:
    """What came of one article, file or record. `reason` is set for those skipped or failed."""

    outcome: Outcome
    source: str  # the file, URL or record it came from; for an Article, its id
    article_id: str | None = None
    title: str = ""
    reason: str = ""


@dataclass(slots=True)
class AddReport:
    """What came of one call of `add`; grows as articles are committed. An article counted is stored for good."""

    results: list[AddResult] = field(default_factory=list)
    passages_embedded: int = 0
    lists: dict[str, int] = field(default_factory=dict)  # by name of a list of addresses, how many it has
    gone: list[str] = field(default_factory=list)  # files that were read from these folders and are there no more
    # By id of each article stored that is a version of articles there already, or read before it, the ids of these.
    versions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # lines about the index: which model it takes, what to do

    def of(self, outcome: Outcome) -> list[AddResult]:
        """The results with this outcome, in order."""
        return [result for result in self.results if result.outcome == outcome]

    @property
    def added(self) -> int:
        """How many articles are new."""
        return len(self.of("added"))

    @property
    def updated(self) -> int:
        """How many articles replaced another version of themselves."""
        return len(self.of("updated"))

    @property
    def moved(self) -> int:
        """How many articles are of files that lie in another place now, with the same content."""
        return len(self.of("moved"))

    @property
    def unchanged(self) -> int:
        """How many articles were there already, with the same content."""
        return len(self.of("unchanged"))

    @property
    def skipped(self) -> int:
        """How many files are of a kind that is not read."""
        return len(self.of("skipped"))

    @property
    def failed(self) -> int:
        """How many files or records could not be read."""
        return len(self.of("failed"))

    def __str__(self) -> str:
        """One line: "3 added, 1 failed"."""
        counts = ((name, len(self.of(name))) for name in get_args(Outcome))
        return ", ".join(f"{count} {name}" for name, count in counts if count) or "nothing to add"


@dataclass(frozen=True, slots=True)
class AddProgress:
    """How far `add` has come: sources read of those known, passages embedded, and what came of the articles so far.

    An Article or a SourceFailure is a source of its own. Those of an iterator are known when they come.
    """

    sources_done: int
    sources: int
    current: str
    report: AddReport
    waiting: int = 0  # passages that are not embedded yet, of the articles read so far; the current batch is among them
