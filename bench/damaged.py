"""`python -m bench damaged`: damaged files of every format among good ones, and what `qa add` makes of them.

The files are those of `python -m bench formats`, each with one damage of DAMAGES, drawn with a seed. Every one of them
must give articles or be named with a reason, and every good one be stored whole; what is neither is "lost". A file's
seconds are those of reading it alone.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import results
from bench.datasets import PROJECT
from bench.format_files import written_files
from index.formats import READERS, read_source

_GOOD = "The ferry of harbour {} sails at noon and comes back before the tide turns."
_GOOD_FILES = 20

Damage = Callable[[bytes, random.Random], bytes]


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Up to sixty bits are others."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 60)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(data: bytes, rng: random.Random) -> bytes:
    """The end is missing, or the beginning."""
    at = rng.randrange(len(data))
    return data[:at] if rng.random() < 0.7 else data[at:]


def zeroed(data: bytes, rng: random.Random) -> bytes:
    """A block is zeros, as after a crash."""
    at = rng.randrange(len(data))
    length = min(len(data) - at, rng.choice((16, 512, 4096)))
    return data[:at] + bytes(length) + data[at + length :]


def doubled(data: bytes, rng: random.Random) -> bytes:
    """A part stands there many times."""
    at, until = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:until] + data[at:until] * rng.randint(1, 40) + data[until:]


def shuffled(data: bytes, rng: random.Random) -> bytes:
    """Blocks stand in another order."""
    size = max(1, len(data) // 12)
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    rng.shuffle(blocks)
    return b"".join(blocks)


DAMAGES: tuple[Damage | None, ...] = (flipped, cut, zeroed, doubled, shuffled, None)  # None: a wrong ending


def written(whole: list[Path], folder: Path, count: int, rng: random.Random) -> list[Path]:
    """`count` damaged files: each of `whole` in turn, with each damage in turn."""
    found: list[Path] = []
    for number in range(count):
        path = whole[number % len(whole)]
        damage = DAMAGES[(number // len(whole) + number) % len(DAMAGES)]
        suffix = path.suffix if damage else rng.choice([each for each in READERS if each != path.suffix])
        data = path.read_bytes()
        to = folder / f"{number:03}-{path.stem}{suffix}"
        to.write_bytes(damage(data, rng) if damage else data)
        found.append(to)
    return found


def _slowest(files: list[Path]) -> tuple[float, str]:
    """The seconds of the file that takes longest to read, and its name."""
    taken = []
    for path in files:
        began = time.monotonic()
        list(read_source(path))
        taken.append((time.monotonic() - began, path.name))
    return max(taken)


def _added(folder: Path, index: Path) -> tuple[str, float, float]:
    """What `qa add` says of a folder, its seconds, and the most MB that one of its processes took."""
    command = [sys.executable, "-m", "qa", "--index", str(index), "add", str(folder)]
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode not in (0, 1) or "Traceback" in done.stdout:
        raise RuntimeError(f"qa add ended with {done.returncode}: {done.stdout[-2000:]}")
    return done.stdout, time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _listed(index: Path) -> str:
    command = [sys.executable, "-m", "qa", "--index", str(index), "list", "--json"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout


def run(count: int, seed: int) -> None:
    """Write files, add them, write bench/results/damaged.json and print. Raises RuntimeError where `qa add` breaks."""
    with TemporaryDirectory() as made, TemporaryDirectory() as damaged, TemporaryDirectory() as index:
        whole = [file for _, _, file in written_files(Path(made))]
        files = written(whole, Path(damaged), count, random.Random(seed))
        longest, name = _slowest(files)
        good = [Path(damaged) / f"{number * 25:03}-good.txt" for number in range(_GOOD_FILES)]
        for number, path in enumerate(good):
            path.write_text(_GOOD.format(number), encoding="utf-8")
        said, seconds, most = _added(Path(damaged), Path(index))
        stored = [json.loads(line) for line in _listed(Path(index)).splitlines()]
        places = {Path(each["address"]).name for one in stored for each in one["locations"]}
    figures: dict[str, object] = {
        "files": count,
        "gave articles": sum(path.name in places for path in files),
        "named": sum(path.name not in places and path.name in said for path in files),
        "lost": sorted(path.name for path in files if path.name not in places and path.name not in said),
        "good ones stored": sum(path.name in places for path in good),
        "longest seconds": round(longest, 1), "longest": name, "seconds in all": round(seconds), "MB": round(most),
    }  # fmt: skip
    results.write("damaged", figures, {"seed": seed})
    for name, figure in figures.items():
        print(f"{name}: {figure}")
