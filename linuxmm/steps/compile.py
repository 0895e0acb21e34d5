# SPDX-License-Identifier: GPL-2.0-or-later
"""The compiled core: every `@core` function as C, from the same text.

    engine = compiled()
    result = engine.step(engine.view(block), engine.rules(k), op, task, cpu, a, b)

A machine is a table of (address, entries) of its columns, so that both views can be held at once
and a state that was found compiled is stepped interpreted.  The functions become C in `cemit/`,
are built by `compiler.py`, kept by `built.py`.  Why C and not numba: docs/decisions/0025.
"""

import ctypes
from array import array
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from linuxmm.errors import ModelBug, Skipped
from linuxmm.state.block import ITEM_SIZE, Block, layout_of
from linuxmm.state.layout import State
from linuxmm.state.rules import WATCHED, Rules
from linuxmm.steps.built import build_folder, build_name, built, is_built
from linuxmm.steps.cemit.program import (
    MOST_FUNCTIONS,
    RULES_COLUMNS,
    STATE_COLUMNS,
    TABLES,
    Program,
    Tables,
)
from linuxmm.steps.compiler import FAST, SOON, find_compiler

Progress = Callable[[int, int], None]

NR_ARGS: Final = 8
_ZEROS: Final = (0,) * NR_ARGS
NOTED_CELLS: Final = 128  # of a watched column of rules (cemit/prelude.h)
OP_WIDTH: Final = 1 + NR_ARGS  # one operation for `walk`: op, a0 .. a7 (cemit/walk.h)
KEPT_VIEWS: Final = 16  # of blocks and rules that a machine's step saw last
# What a failure of cemit/prelude.h is in Python.
FAILURES: Final[dict[int, tuple[type[Exception], str]]] = {
    1: (IndexError, "row is out of bounds"),
    2: (ValueError, "value does not fit"),
    3: (ZeroDivisionError, "division by zero"),
    4: (ValueError, "shift by less than nothing"),
    5: (UnboundLocalError, "is read before it is set"),
    6: (ModelBug, "is reached without a value"),
    7: (ValueError, "a step of zero"),
    8: (OverflowError, "is called without end"),
}


class HasColumns(Protocol):
    """A block of ours, or of another core."""

    @property
    def m(self) -> object:
        """Its columns."""


class View:
    """The compiled view of a block or of rules: a table of addresses over the same bytes."""

    def __init__(self, pinned: object, words: list[int]) -> None:
        self._pinned, self._table = pinned, array("q", words)
        self.address: int = self._table.buffer_info()[0]


def _view(table: object, names: Iterable[str]) -> View:
    columns = [getattr(table, name) for name in names]
    pinned = [_pinned(column) for column in columns]
    words = [
        word
        for pin, column in zip(pinned, columns, strict=True)
        for word in (ctypes.addressof(pin) if pin is not None else 0, len(column))
    ]
    return View(pinned, words)


@lru_cache(maxsize=256)
def _places(capacities: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Where the columns of a block begin, and how many entries they have: as a view wants them."""
    columns = {name: (begin, end, kind) for name, begin, end, kind in layout_of(capacities).columns}
    of = (columns[name] for name in STATE_COLUMNS)
    return tuple((begin, (end - begin) // ITEM_SIZE[kind]) for begin, end, kind in of)


def _pinned(column: memoryview) -> Any:
    """The bytes of a column as an object with an address; holding it keeps them in place."""
    return (ctypes.c_char * column.nbytes).from_buffer(column.cast("B")) if column.nbytes else None


class Engine:
    """The compiled core: the same `step` as interpreted, over views of blocks and rules.

    noted: cells of watched rules that were read since they were cleared, NOTED_CELLS for each
    column of `state/rules.py:WATCHED`.  entered: functions that were entered, a byte each, by
    their number in `functions` (module:name).  Only a checked engine notes them.
    """

    def __init__(self, library: ctypes.CDLL, tables: Tables = TABLES) -> None:
        self.library = library
        self._state, self._rules = tables
        self._walk = library.linuxmm_walk
        table, words = ctypes.c_void_p, ctypes.c_void_p
        self._walk.argtypes = [table, table, words, ctypes.c_longlong, words]
        self._walk.restype = ctypes.c_longlong
        self._search = library.linuxmm_search
        self._search.argtypes = [ctypes.c_void_p, table, table]
        self._search.restype = ctypes.c_longlong
        self._audit = library.linuxmm_audit
        self._audit.argtypes = [table, table]
        self._audit.restype = ctypes.c_longlong
        self._failed = library.linuxmm_failed
        self._failed.restype = ctypes.c_char_p
        self._op, self._result = array("q", bytes(8 * OP_WIDTH)), array("q", [0])
        self._one = (self._op.buffer_info()[0], 1, self._result.buffer_info()[0])
        cells = (ctypes.c_ubyte * (len(WATCHED) * NOTED_CELLS)).in_dll(library, "linuxmm_noted")
        self.noted = memoryview(cells).cast("B")
        self.entered = memoryview(
            (ctypes.c_ubyte * MOST_FUNCTIONS).in_dll(library, "linuxmm_entered")
        ).cast("B")
        first = ctypes.c_char.in_dll(library, "linuxmm_functions")
        said = ctypes.string_at(ctypes.addressof(first)).decode()
        self.functions = {name: number for number, name in enumerate(said.split())}

    def view(self, block: HasColumns) -> View:
        """The compiled view of a block; valid as long as it is kept, whatever the block does."""
        if not isinstance(block, Block):
            return self.view_of(block.m)
        whole = _pinned(block.view)
        base = ctypes.addressof(whole)
        places = _places(tuple(block.sizes.values()))
        return View(whole, [word for begin, nr in places for word in (base + begin, nr)])

    def view_of(self, m: object) -> View:
        """The compiled view of columns, wherever they lie; valid as long as it is kept."""
        return _view(m, self._state)

    def rules(self, k: object) -> View:
        """The compiled view of a kernel's rules."""
        return _view(k, self._rules)

    def step(self, m: View, k: View, op: int, *args: int) -> int:
        """One operation; the result of the core's own `step`.

        Raises what Python would: a division by zero; with checking also IndexError for a row
        outside its column (a negative one too), ValueError for a value that does not fit it.
        """
        self._op[:] = array("q", (op, *args, *_ZEROS[len(args) :]))
        done = self._walk(m.address, k.address, *self._one)
        if done < 0:
            self._raise(done)
        return self._result[0]

    def stepper(self) -> Callable[..., int]:
        """`step` as a machine calls it, with its columns and its rules as they are."""

        views: dict[int, tuple[object, View]] = {}  # by id of what is kept here

        def view(table: State | Rules, names: Iterable[str]) -> View:
            known = views.get(id(table))
            if known is None:
                if len(views) >= KEPT_VIEWS:
                    views.clear()
                known = views[id(table)] = (table, _view(table, names))
            return known[1]

        def step(m: State, k: Rules, op: int, *args: int) -> int:
            return self.step(view(m, STATE_COLUMNS), view(k, RULES_COLUMNS), op, *args)

        return step

    def audit(self, m: View, k: View) -> int:
        """The promises that a state breaks, as bits of `audit/broken.py:LOOKED_AT`.

        Its batches are drained on the way, and scratch is used: look at a copy.
        """
        bits: int = self._audit(m.address, k.address)
        if bits < 0:
            self._raise(bits)
        return bits

    def walk(self, m: View, k: View, ops: "array[int]") -> "array[int]":
        """Operations one after the other, OP_WIDTH words each; their results, up to a trap.

        Scratch is not cleared in between: a trap ends the walk, its operation included.
        """
        count = len(ops) // OP_WIDTH
        results = array("q", bytes(8 * count))
        done = self._walk(
            m.address, k.address, ops.buffer_info()[0], count, results.buffer_info()[0]
        )
        if done < 0:
            self._raise(done)
        return results[:done]

    def search(self, what: ctypes.Structure, m: View, k: View) -> bool:
        """Go on with a search (`search.py`, cemit/search.h); is there more to do?"""
        done: int = self._search(ctypes.addressof(what), m.address, k.address)
        if done < 0:
            self._raise(done)
        return done > 0

    def _raise(self, done: int) -> NoReturn:
        kind, what = FAILURES[-done]
        raise kind(f"{self._failed().decode()}: {what}")


def _alone(done: int, of: int) -> None:
    """Nobody wants to know how far it is."""


def build(
    step: Callable[..., int],
    checked: bool = False,
    folder: Path | None = None,
    progress: Progress = _alone,
    intrinsics: Mapping[object, str] | None = None,
    beside: str = "",
    asked: Mapping[str, Callable[..., int]] | None = None,
    tables: Tables = TABLES,
) -> Engine:
    """Compile `step` and all that it calls; from `folder` when it lies there already.

    asked: what a search asks of states (`audit/`), by the name that cemit/search.h calls it.

    progress(done, of): functions, called again and again while the compiler runs.
    tables: the columns of `m` and of `k`, where they are others than ours (`program.py`).
    intrinsics, beside: what stands for something outside the core (`cemit/program.py`).
    Raises: Skipped without a C compiler, ModelBug for what is not a core function's text.
    """
    program = Program(checked, intrinsics, tables)

    def text() -> str:
        return program.emit(step, beside, progress, asked)

    def alive() -> None:
        progress(program.size, program.size)

    level = SOON if checked else FAST
    with built(find_compiler(), text, folder, alive, level) as library:
        return Engine(ctypes.CDLL(str(library)), tables)


_engines: dict[bool, Engine] = {}


def compiled(checked: bool = False, progress: Progress = _alone) -> Engine:
    """The compiled core, from the cache when nothing changed; `progress(done, of)` if it did.

    With `checked` a row outside its column raises IndexError and a value that does not fit
    its column ValueError, each naming column and function.
    """
    from linuxmm.steps.audit.broken import audit
    from linuxmm.steps.audit.settle import settle
    from linuxmm.steps.facts import facts
    from linuxmm.steps.step import step

    if checked not in _engines:
        asked: dict[str, Callable[..., int]] = {"AUDIT": audit, "SETTLE": settle, "FACTS": facts}
        _engines[checked] = build(step, checked, kept_in(checked), progress, asked=asked)
    return _engines[checked]


def at_hand(checked: bool = False) -> Engine | None:
    """The compiled core if it was built before; None: it would have to be."""
    if checked not in _engines:
        try:
            folder = kept_in(checked)
        except Skipped:
            return None
        if folder is None or not is_built(folder):
            return None
    return compiled(checked)


def kept_in(checked: bool, what: str = "") -> Path | None:
    """Where a build is kept; `what` names what was compiled when it is not the core's own step."""
    return build_folder(build_name(find_compiler(), f"{what} {checked}"))
