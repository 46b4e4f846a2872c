"""What the documents and the comments point at is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
_SECTION = re.compile(r'decisions\.md(?:\]\([^)]*\))?,[\s#]+"([^"]+)"')
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#([\w-]+))?\)")


def _files(*suffixes: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=False).stdout
    names = listed.splitlines() or [str(path.relative_to(PROJECT)) for path in PROJECT.glob("[a-z]*/**/*")]
    return [PROJECT / name for name in names if name.endswith(suffixes) and (PROJECT / name).is_file()]


def test_each_section_of_the_decisions_that_is_cited_is_there() -> None:
    text = (PROJECT / "docs" / "decisions.md").read_text(encoding="utf-8")
    there = {*re.findall(r"^#+ (.+)$", text, re.M), *re.findall(r"^\*\*(.+?)\.?\*\*", text, re.M)}
    cited = {
        (str(path.relative_to(PROJECT)), " ".join(section.split()).rstrip("."))
        for path in _files(".py", ".md")
        if path != Path(__file__).resolve()
        for section in _SECTION.findall(path.read_text(encoding="utf-8"))
    }
    assert cited, "no module cites a decision: the pattern no longer fits how they do"
    assert {each for each in cited if each[1] not in there} == set()


@pytest.mark.parametrize("path", _files(".md"), ids=lambda path: path.name)
def test_each_link_of_a_document_leads_to_a_file_and_a_heading(path: Path) -> None:
    for target, anchor in _LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"\w+:", target):
            continue
        file = path.parent / target
        assert file.exists(), f"{path.name} points at {target}, which is not there"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
            anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, f"{path.name} points at {target}#{anchor}, which is not there"
