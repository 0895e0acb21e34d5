# SPDX-License-Identifier: GPL-2.0-or-later
"""The compiled core under a search: its steps, and a first look at what a state breaks.

What a search finds does not depend on it: what fails compiled is made again interpreted, which
says how, and what may be broken is looked at by `promises/`, which says of what.  The core is
built where a C compiler is (`build_core`); a search that is over in a second takes it only where
it lies already (`core`).
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Final

from linuxmm.errors import ModelBug, Skipped
from linuxmm.explore.watch import WatchedRules
from linuxmm.machine import Machine
from linuxmm.state.block import Block, with_room
from linuxmm.state.layout import NR_STACK, State
from linuxmm.state.rules import WATCHED, Rules
from linuxmm.steps.audit.census import census_words
from linuxmm.steps.cemit.program import MOST_FUNCTIONS
from linuxmm.steps.compile import KEPT_VIEWS, NOTED_CELLS, Engine, View, at_hand, compiled
from linuxmm.steps.step import step

SOMEWHERE: Final = -1  # it failed on the way
NEVER_ENTERED: Final = bytes(MOST_FUNCTIONS)
# What a failing core says (`steps/compile.py:FAILURES`) beside ModelBug, which is an error of ours.
FAILS: Final = (IndexError, ValueError, ArithmeticError, NameError)


@cache
def core() -> Engine | None:
    """The compiled core, if it is there."""
    return at_hand(checked=True)


@cache
def with_twin() -> tuple[str, ...]:
    """The functions of the core that a text can stand for, sorted."""
    from linuxmm.source.twins import TWINS  # only where text runs

    return tuple(sorted({twin.ours for twin in TWINS}))


def build_core(progress: Callable[[int, int], None]) -> None:
    """See that it is there, if it can be; told how far it is."""
    with suppress(Skipped):
        compiled(checked=True, progress=progress)
    core.cache_clear()


class Compiled:
    """The compiled core under one machine.

    Where text of a patch stands in the place of functions of the core, a step that enters none of
    them is the core's; one that does is made again with the text.
    """

    def __init__(self, engine: Engine, machine: Machine) -> None:
        self._engine, self._machine = engine, machine
        text = machine.kernel.text
        self._otherwise = text.step if text else step
        self.came = 0  # the functions that were entered, as bytes of a number; negative: who knows
        self._replaced = 0  # likewise
        for name in text.replaces if text else ():
            if name in engine.functions:
                self._replaced |= 1 << 8 * engine.functions[name]
        rules = machine.k
        self._watched = rules if isinstance(rules, WatchedRules) and rules.watched else None
        cells = self._watched.cells() if self._watched else ()
        places = (WATCHED.index(name) * NOTED_CELLS + row for name, row in cells)
        self._cells = sum(1 << 8 * place for place in places)  # as bytes of a number
        self._nothing = bytes(len(engine.noted))
        self._blocks: dict[int, tuple[Block, View]] = {}  # by id of what is kept here
        self._audited: dict[int, tuple[Block, View]] = {}
        self._rules: dict[int, tuple[Rules, View]] = {}

    def step(self, m: State, k: Rules, op: int, *args: int) -> int:
        """One operation, as `steps/step.py:step` makes it, or the text that is executed."""
        noted, entered = self._engine.noted, self._engine.entered
        noted[:] = self._nothing
        entered[:] = NEVER_ENTERED
        try:
            result = self._engine.step(self._view(), self._of(k), op, *args)
        except (*FAILS, ModelBug):
            self.came = SOMEWHERE
            self._machine.block.undo_step()
            return self._otherwise(m, k, op, *args)
        if self._replaced:
            here = int.from_bytes(entered, "little")
            self.came |= here
            if here & self._replaced:
                self._machine.block.undo_step()
                return self._otherwise(m, k, op, *args)
        if self._watched and int.from_bytes(noted, "little") & self._cells:
            self._watched.saw(noted, NOTED_CELLS)
        return result

    def entered(self) -> tuple[str, ...] | None:
        """Of the functions that a text can stand for, those that `came` has; None: who knows."""
        if self.came < 0:
            return None
        numbers = self._engine.functions
        return tuple(name for name in with_twin() if self.came >> 8 * numbers[name] & 1)

    def _view(self) -> View:
        """The machine's block as it is now: it may have grown, or be another's."""
        block = self._machine.block
        known = self._blocks.get(id(block))
        if known is None:
            if len(self._blocks) >= KEPT_VIEWS:
                self._blocks.clear()
            known = self._blocks[id(block)] = (block, self._engine.view(block))
        return known[1]

    def _of(self, k: Rules) -> View:
        """The rules, not watched: what is read is noted here."""
        known = self._rules.get(id(k))
        if known is None:
            plain = k.plain if isinstance(k, WatchedRules) else k
            known = self._rules[id(k)] = (k, self._engine.rules(plain))
        return known[1]

    def is_sound(self) -> bool:
        """Does the state by itself break no promise?  No: it may, or nobody knows."""
        block = self._machine.block
        whole = bytes(block.data)
        try:
            broken = self._engine.audit(self._with_room(), self._of(self._machine.k))
        except (*FAILS, ModelBug):
            return False
        finally:
            block.view[:] = whole
        return broken == 0

    def _with_room(self) -> View:
        """The block as an audit sees it: with a stack on which a word of each page has room."""
        block = self._machine.block
        known = self._audited.get(id(block))
        if known is None:
            if len(self._audited) >= KEPT_VIEWS:
                self._audited.clear()
            roomy = with_room(block.m, NR_STACK + census_words(block.m))
            known = self._audited[id(block)] = (block, self._engine.view_of(roomy))
        return known[1]
