# SPDX-License-Identifier: GPL-2.0-or-later
"""The texts of a tree compiled, with the core around them: the same functions, as C again.

What runs is not the tree's C: it is what the translator made of it, so that this judges the
translation, the emitter and the core in one go, at the core's compiled speed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Final

from linuxmm.source.enter import left
from linuxmm.source.execute import Executed
from linuxmm.steps import compile
from linuxmm.steps.rebind import Function

# `left` (enter.py) as C: out of the walk, whatever loop waits.
LEFT: Final = """\
static word left(const struct state *m)
{
    return fail(FAIL_LEFT, "a function");
}"""
Progress = Callable[[int, int], None]


def _nobody(done: int, of: int) -> None:
    """Nobody wants to know how far it is."""


@dataclass(frozen=True, eq=False)
class Compiled(Executed):
    """Twins as text, compiled.  Nothing is counted or noted while they run.

    checked: rows and values are held against their columns.
    """

    checked: bool = False
    progress: Progress = _nobody

    @cached_property
    def step(self) -> Function:
        """Raises: Skipped without a C compiler."""
        assert not self.noted
        step, _ = self.bound(lambda place, enter: enter)
        engine = compile.build(
            step,
            self.checked,
            compile.kept_in(self.checked, self._name()),
            self.progress,
            {left: "left"},
            LEFT,
        )
        return engine.stepper()

    def _name(self) -> str:
        """What it depends on beside the core: the texts, and how they are put together."""
        digest = blake2b(digest_size=16)
        for place, version in self.versions.items():
            said = f"{place}\0{place in self.marked}\0{version.text}\0"
            digest.update(said.encode())
        for path in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(path.read_bytes())
        return digest.hexdigest()
