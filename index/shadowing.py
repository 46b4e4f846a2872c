"""Whether Python imports our packages, or files of the user's that have their names.

It imports nothing of ours, so that an entry point can run it by its path where `index` itself may be hidden.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

OURS = Path(__file__).resolve().parents[1]


def check_not_shadowed(*names: str) -> None:
    """Raise ImportError if another file than ours would be imported by one of our names: index, qa, chat or app.

    The message names that file and says what to do. Nothing is imported by it.
    """
    for name in names:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue  # not there at all, which importing it says
        if Path(spec.origin).resolve().parent not in {OURS, OURS / name}:
            raise ImportError(
                f"{spec.origin} has the name of a part of Article QA and is imported in its place. Rename it, or start "
                "Article QA in another folder."
            )
