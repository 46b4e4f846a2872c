"""requirements.lock: what was tested, each with the hashes of its files, and nothing from another place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LOCK = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = {
    match[1]: (match[2], match[3])
    for match in re.finditer(r"^([\w.-]+)==(\S+)(.*(?:\n    .*)*)", LOCK, re.M)
}  # fmt: skip


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def versions_tested() -> dict[str, str]:
    lines = (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines if "==" in line)}


def test_each_package_has_the_hashes_of_its_files_and_no_address() -> None:
    assert len(LOCKED) > 150
    for name, (_, rest) in LOCKED.items():
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", rest), name
    assert "://" not in LOCK
    assert not [name for name in LOCKED if name.startswith(("nvidia", "cuda", "triton"))], "no use without a GPU"


def test_the_versions_are_those_that_were_tested() -> None:
    versions = versions_tested()
    differing = {
        name: version for name, (version, _) in LOCKED.items() if versions.get(normal(name), version) != version
    }
    assert not differing, "run: make lock"


def test_what_the_chat_needs_is_there_but_for_pytorch() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {normal(re.split(r"[\[<>=~! ]", line)[0]) for line in project["dependencies"]}
    assert needed - {normal(name) for name in LOCKED} == {"torch"}
