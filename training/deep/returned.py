"""What a run gave back, beside the arrays that it was given and the texts that stayed here."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from training.deep.arrays import Arrays
from training.deep.prepare import TEXTS_FOLDER
from training.deep.run import ARRAYS_FOLDER
from training.deep.texts import Texts


@dataclass(frozen=True, slots=True)
class Returned:
    """The folder with what a run gave back, and what that refers to; `travels` is the folder of `arrays`."""

    out: Path
    travels: Path
    arrays: Arrays
    texts: Texts

    @staticmethod
    def from_command_line(program: str, about: str | None) -> Returned:
        """Open the folders that are named. Raises FileNotFoundError."""
        parser = argparse.ArgumentParser(prog=program, description=about)
        parser.add_argument("out", type=Path, metavar="OUT", help="what a run gave back")
        parser.add_argument("--arrays", type=Path, default=ARRAYS_FOLDER, help=f"what travels ({ARRAYS_FOLDER})")
        parser.add_argument("--texts", type=Path, default=TEXTS_FOLDER, help=f"what stays here ({TEXTS_FOLDER})")
        options = parser.parse_args()
        arrays = Arrays.open(options.arrays)
        return Returned(options.out, options.arrays, arrays, Texts.open(options.texts, arrays["ctx_off"]))
