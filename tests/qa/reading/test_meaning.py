"""Cosines of every network that embeds are on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from index.settings import MULTILINGUAL_MODEL, PACKAGED_MODEL
from qa.reading.meaning import Meaning


@dataclass
class Named:
    """An embedder of which only the name is asked."""

    name: str


def meaning(name: str) -> Meaning:
    embedder: Any = Named(name)
    return Meaning(embedder)


def test_cosines_of_the_multilingual_network_are_put_where_those_of_the_packaged_one_lie() -> None:
    assert meaning(MULTILINGUAL_MODEL).scaled(0.878) == pytest.approx(0.6, abs=0.01)
    assert meaning(MULTILINGUAL_MODEL).scaled(np.array([0.878, 0.816])) == pytest.approx([0.6, 0.33], abs=0.01)
    assert meaning(PACKAGED_MODEL).scaled(0.6) == 0.6
    assert meaning("another").scaled(0.6) == 0.6


def test_only_the_packaged_network_is_the_one_that_curves_were_fitted_with() -> None:
    assert [meaning(name).is_packaged for name in (PACKAGED_MODEL, MULTILINGUAL_MODEL)] == [True, False]
