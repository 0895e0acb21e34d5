# SPDX-License-Identifier: GPL-2.0-or-later
"""What a fuzz target is, and how an input of it is judged."""

import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Final

from linuxmm.errors import InputError, LinuxmmError
from tests.fuzz.mutate import mutated

TARGETS: Final = (
    "mails",
    "scenarios",
    "kernels",
    "trees",
    "notes",
    "procfs",
    "answers",
    "plans",
    "ctext",
)
MOST_WORDS: Final = 4000  # characters of a sentence about bad input
ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Target:
    """Where inputs come from and what they go through.

    `run` gives nothing or raises; of what it raises `allowed` are answers.  `missing` says what
    this machine lacks for it; `in_bounds`: the memory of the worker and its children is limited;
    `most_seconds` are of CPU time, for one input.
    """

    make_seeds: Callable[[], Iterable[bytes]]
    run: Callable[[bytes], None]
    pieces: Sequence[bytes] = ()
    binary: bool = False
    allowed: tuple[type[LinuxmmError], ...] = (InputError,)
    missing: str = ""
    in_bounds: bool = True
    most_seconds: float = 5.0

    @cached_property
    def seeds(self) -> list[bytes]:
        return list(self.make_seeds())

    def input(self, seed: int, number: int) -> bytes:
        """The input of that number."""
        rng = Random(f"{seed} {number}")
        return mutated(rng, self.seeds, self.pieces, self.binary)


@dataclass(frozen=True)
class Find:
    """An input with no answer: where it went wrong, in words that are the same for its kind."""

    kind: str
    details: str


def target(name: str) -> Target:
    """The target of a module of `targets/`."""
    found = import_module(f"tests.fuzz.targets.{name}").TARGET
    assert isinstance(found, Target)
    return found


def judge(target: Target, data: bytes) -> Find | None:
    """Run an input; a find unless it has an answer."""
    try:
        target.run(data)
    except target.allowed as error:
        said = str(error)
        if not said.isprintable() or not 0 < len(said) <= MOST_WORDS:
            return Find(f"{type(error).__name__} is no sentence", repr(said[:MOST_WORDS]))
    except Exception as error:  # whatever it is: that is what we are after
        return Find(_kind(error), "".join(traceback.format_exception(error)))
    return None


def _kind(error: Exception) -> str:
    """The exception and the innermost place of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(str(ROOT))]
    last = (ours or list(frames))[-1]
    place = last.filename.removeprefix(f"{ROOT}/")
    return f"{type(error).__name__} {place}:{last.lineno} {last.name}"
