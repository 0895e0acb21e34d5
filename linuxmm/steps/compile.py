# SPDX-License-Identifier: GPL-2.0-or-later
"""The compiled half of the core: every `@core` function through numba, from the same text.

The only module with numba code; importing it needs the extra `fast` (`Skipped` otherwise).
The originals are never touched: each function is copied over a globals dict in which the names
of other core functions mean their compiled twins.  Why a machine is a table of addresses and
not a structref of arrays, and why inner functions are optimised once, together:
docs/decisions/0005.
"""

import ctypes
import gc
import operator
import os
import re
import sys
import warnings
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from graphlib import TopologicalSorter
from hashlib import blake2b
from pathlib import Path
from types import FunctionType
from typing import Any, Final

from linuxmm.cache import cache_folder as our_folder
from linuxmm.cache import mark_used, prune
from linuxmm.core import CORE_FUNCTIONS
from linuxmm.errors import MissingExtra, ModelBug, Skipped
from linuxmm.state.block import Block
from linuxmm.state.constants import TRAP_NONE
from linuxmm.state.layout import COLUMNS, TRAP_CODE
from linuxmm.state.rules import Rules

try:
    import llvmlite
    import numba
    import numpy
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.core.codegen import CPUCodeLibrary
    from numba.core.cpu import CPUContext
    from numba.core.datamodel import models
    from numba.core.imputils import lower_getattr_generic
    from numba.core.types.misc import unliteral
    from numba.core.typing.templates import (
        AbstractTemplate,
        AttributeTemplate,
        infer_getattr,
        infer_global,
        signature,
    )
    from numba.extending import intrinsic, lower_builtin, register_model
except ImportError as error:
    needs = f"compiled runs need NumPy and numba ({error})"
    raise MissingExtra(needs, "fast", "numpy numba", ", or run interpreted") from error

Progress = Callable[[int, int], None]

NR_ARGS: Final = 8
_ZEROS: Final = (0,) * NR_ARGS
OP_WIDTH: Final = 1 + NR_ARGS  # one operation for `walk`: op, a0 .. a7
ENTRY: Final = "linuxmm_entry_"
INT64: Final = ir.IntType(64)
WIDTH: Final[dict[str, int]] = {"q": 64, "i": 32, "B": 8}
STATE_COLUMNS: Final = {name: (row, spec.type) for row, (name, spec) in enumerate(COLUMNS.items())}
RULES_COLUMNS: Final = {name: (row, "q") for row, name in enumerate(Rules.__annotations__)}


# --- the types of `m`, `k` and of a column ---
class TableType(types.Type):
    """`m` or `k`: the address of a table with (address, entries) of each column."""

    def __init__(self, name: str, columns: Mapping[str, tuple[int, str]]) -> None:
        self.columns = columns
        super().__init__(name)


class ColumnType(types.Type):
    """One column: where its bytes are and how many entries it has."""

    def __init__(self, column: str, code: str) -> None:
        self.column, self.code = column, code
        super().__init__(f"linuxmm.column({column}, {code})")


STATE: Final = TableType("linuxmm.State", STATE_COLUMNS)
RULES: Final = TableType("linuxmm.Rules", RULES_COLUMNS)


@register_model(TableType)
class _TableModel(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, INT64)


@register_model(ColumnType)
class _ColumnModel(models.StructModel):
    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, [("address", types.int64), ("entries", types.int64)])


@infer_getattr
class _TableAttribute(AttributeTemplate):
    key = TableType

    def generic_resolve(self, table: TableType, name: str) -> ColumnType | None:
        if name not in table.columns:
            return None
        return ColumnType(name, table.columns[name][1])


@lower_getattr_generic(TableType)
def _load_column(context: Any, builder: Any, table: TableType, value: Any, name: str) -> Any:
    row, code = table.columns[name]
    base = builder.inttoptr(value, INT64.as_pointer())
    column = cgutils.create_struct_proxy(ColumnType(name, code))(context, builder)
    for field, offset in (("address", 2 * row), ("entries", 2 * row + 1)):
        word = builder.load(builder.gep(base, [INT64(offset)]))
        # the table does not change during a call: LLVM need not load it again after a store
        word.set_metadata("invariant.load", builder.module.add_metadata([]))
        setattr(column, field, word)
    return column._getvalue()


@infer_global(operator.getitem)
class _ReadColumn(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], ColumnType):
            return signature(types.int64, args[0], types.int64)
        return None


@infer_global(operator.setitem)
class _WriteColumn(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], ColumnType):
            return signature(types.none, args[0], types.int64, types.int64)
        return None


def _entry_pointer(context: Any, builder: Any, kind: ColumnType, value: Any, index: Any) -> Any:
    """Where entry `index` lies; with bounds checking on, an IndexError that names the column."""
    column = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    if context.enable_boundscheck:
        outside = builder.icmp_unsigned(">=", index, column.entries)  # negative ones as well
        with cgutils.if_unlikely(builder, outside):
            message = f"m.{kind.column}: row is out of bounds"
            context.call_conv.return_user_exc(builder, IndexError, (message,))
    item = ir.IntType(WIDTH[kind.code]).as_pointer()
    return builder.gep(builder.inttoptr(column.address, item), [index])


@lower_builtin(operator.getitem, ColumnType, types.int64)
def _lower_read(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind = sig.args[0]
    value = builder.load(_entry_pointer(context, builder, kind, *args))
    if kind.code == "i":
        return builder.sext(value, INT64)
    return builder.zext(value, INT64) if kind.code == "B" else value


@lower_builtin(operator.setitem, ColumnType, types.int64, types.int64)
def _lower_write(context: Any, builder: Any, sig: Any, args: Any) -> None:
    kind = sig.args[0]
    pointer = _entry_pointer(context, builder, kind, args[0], args[1])
    stored = value = args[2]
    if kind.code != "q":
        stored = builder.trunc(value, ir.IntType(WIDTH[kind.code]))
        if context.enable_boundscheck:
            widen = builder.sext if kind.code == "i" else builder.zext
            with cgutils.if_unlikely(
                builder, builder.icmp_signed("!=", widen(stored, INT64), value)
            ):
                message = f"m.{kind.column}: value does not fit"
                context.call_conv.return_user_exc(builder, ValueError, (message,))
    builder.store(stored, pointer)


def _cast_intrinsic(result: Any) -> Any:
    """An intrinsic that takes an address for a table."""

    @intrinsic
    def cast(typing_context: Any, address: Any) -> Any:
        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return args[0]

        return signature(result, types.int64), lower

    return cast


@intrinsic
def _as_words(typing_context: Any, address: Any, entries: Any) -> Any:
    """An address as a column of 64-bit words."""
    kind = ColumnType("ops", "q")

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        column = cgutils.create_struct_proxy(kind)(context, builder)
        column.address, column.entries = args
        return column._getvalue()

    return signature(kind, types.int64, types.int64), lower


_as_state = _cast_intrinsic(STATE)
_as_rules = _cast_intrinsic(RULES)


# --- twins of the core functions ---
def twins(
    functions: Sequence[Callable[..., int]], bounds_check: bool
) -> dict[Callable[..., int], Any]:
    """A numba dispatcher for every core function; the originals stay as they are."""
    new_globals: dict[int, dict[str, Any]] = {}
    result: dict[Callable[..., int], Any] = {}
    for function in functions:
        old = function.__globals__
        scope = new_globals.setdefault(id(old), dict(old))
        copy = FunctionType(function.__code__, scope, function.__name__)
        copy.__module__, copy.__qualname__ = function.__module__, function.__qualname__
        result[function] = _with_words(
            numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, boundscheck=bounds_check)(
                copy
            )
        )
    for scope in new_globals.values():
        for name, value in scope.items():
            if isinstance(value, FunctionType) and value in result:
                scope[name] = result[value]
    return result


def _with_words(dispatcher: Any) -> Any:
    """Make every caller pass 64-bit ints: numba would compile a function again for each literal
    and for truth values (165 functions became 244)."""
    resolve = dispatcher.get_call_template

    def with_words(args: Sequence[Any], kws: dict[str, Any]) -> Any:
        words = [arg if isinstance(arg, TableType) else types.int64 for arg in args]
        return resolve(words, kws)

    dispatcher.get_call_template = with_words
    return dispatcher


@contextmanager
def _optimised_together(entry: str, finished: Callable[[], None]) -> Iterator[None]:
    """Inside, only libraries of functions whose name starts with `entry` are linked.

    numba links and optimises every function with all its callees again, which is quadratic
    in the depth of the call tree.  Here the inner functions wait until an entry point takes
    them all.  Afterwards they are as if never finished, so that other numba code in the process
    which meets one of them finishes it in the usual way.
    """
    finalize, executable = CPUCodeLibrary.finalize, CPUContext.get_executable
    waiting: list[Any] = []

    def wait_or_finalize(library: Any) -> None:
        if library.name == "nrt":
            finalize(library)  # numba's own runtime, shared by everybody
            return
        if not library.name.startswith(entry):
            library._finalized = True
            waiting.append(library)
            finished()
            return
        library._linking_libraries = _with_callees(library)
        finalize(library)

    def executable_of(context: Any, library: Any, fndesc: Any, env: Any) -> Any:
        if not library.name.startswith(entry):
            library._ensure_finalized()
            return [].append  # numba wants a builtin of its own here as a key; nobody calls it
        return executable(context, library, fndesc, env)

    CPUCodeLibrary.finalize, CPUContext.get_executable = wait_or_finalize, executable_of
    try:
        yield
    finally:
        CPUCodeLibrary.finalize, CPUContext.get_executable = finalize, executable
        for library in waiting:
            library._finalized, library._shared_module = False, None


@contextmanager
def _without_gc() -> Iterator[None]:
    """numba makes millions of objects that live on; collecting them took a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _bugs_named() -> Iterator[None]:
    """A core function that numba cannot type is our bug, said in one sentence."""
    try:
        yield
    except numba.core.errors.NumbaError as error:
        lines = [line.strip() for line in str(error).splitlines()]
        why = next((line for line in lines if line and not line.startswith("Failed in")), "")
        where = next((line for line in lines if line.startswith("During: typing of")), "")
        raise ModelBug(f"the core does not compile: {why} {where}") from error


def _with_callees(library: Any) -> list[Any]:
    """Everything a library links, directly or not: callers first, for LLVM takes of a
    module only what is asked for so far."""
    callees: dict[Any, list[Any]] = {}
    todo = list(library._linking_libraries)
    while todo:
        found = todo.pop()
        if found not in callees:
            callees[found] = list(found._linking_libraries)
            todo += callees[found]
    return list(TopologicalSorter(callees).static_order())[::-1]


def _refuse_floats(dispatchers: dict[Callable[..., int], Any]) -> None:
    """A float or an unsigned word in the core is a bug: PTE words would lose bits."""
    for dispatcher in dispatchers.values():
        for overload in dispatcher.overloads.values():
            for name, found in overload.type_annotation.typemap.items():
                kind = unliteral(found)
                if isinstance(kind, types.Float) or kind == types.uint64:
                    raise ModelBug(
                        f"{dispatcher.py_func.__module__}.{dispatcher.py_func.__name__}: "
                        f"`{name}` is {kind} when compiled; the core is signed 64-bit ints"
                    )


# --- the engine ---
class View:
    """The compiled view of a block or of rules: a table of addresses over the same bytes."""

    def __init__(self, columns: Sequence[memoryview]) -> None:
        self._pinned = [_pinned(column) for column in columns]
        words = [
            word
            for pin, column in zip(self._pinned, columns, strict=True)
            for word in (ctypes.addressof(pin) if pin is not None else 0, len(column))
        ]
        self._table = array("q", words)
        self.address: int = self._table.buffer_info()[0]


def _pinned(column: memoryview) -> Any:
    """The bytes of a column as an object with an address; holding it keeps them in place."""
    return (ctypes.c_char * column.nbytes).from_buffer(column.cast("B")) if column.nbytes else None


class Engine:
    """The compiled core: the same `step` as interpreted, over views of blocks and rules."""

    def __init__(self, walk: Any) -> None:
        self._walk = walk
        self._op, self._result = array("q", bytes(8 * OP_WIDTH)), array("q", [0])
        self._one = (self._op.buffer_info()[0], 1, self._result.buffer_info()[0])

    def view(self, block: Block) -> View:
        """The compiled view of a block; valid as long as it is kept, whatever the block does."""
        return View([getattr(block.m, name) for name in STATE_COLUMNS])

    def rules(self, k: Rules) -> View:
        """The compiled view of a kernel's rules."""
        return View([getattr(k, name) for name in RULES_COLUMNS])

    def step(self, m: View, k: View, op: int, *args: int) -> int:
        """One operation; the result of the core's own `step`."""
        self._op[:] = array("q", (op, *args, *_ZEROS[len(args) :]))
        self._walk(m.address, k.address, *self._one)
        return self._result[0]

    def walk(self, m: View, k: View, ops: "array[int]") -> "array[int]":
        """Operations one after the other, OP_WIDTH words each; their results, up to a trap.

        Scratch is not cleared in between: a trap ends the walk, its operation included.
        """
        count = len(ops) // OP_WIDTH
        results = array("q", bytes(8 * count))
        done = self._walk(
            m.address, k.address, ops.buffer_info()[0], count, results.buffer_info()[0]
        )
        return results[:done]


# The entry point, copied over globals in which `core_step` is the compiled step.  There is one:
# every entry point would link and optimise the whole core again.
core_step: Any = None


def linuxmm_entry_walk(m, k, ops, count, results):  # type: ignore[no-untyped-def]
    """What Python calls: steps over addresses until a trap; how many were made."""
    state, rules = _as_state(m), _as_rules(k)
    words, out = _as_words(ops, count * OP_WIDTH), _as_words(results, count)
    for i in range(count):
        w = i * OP_WIDTH
        out[i] = core_step(
            state,
            rules,
            words[w],
            words[w + 1],
            words[w + 2],
            words[w + 3],
            words[w + 4],
            words[w + 5],
            words[w + 6],
            words[w + 7],
            words[w + 8],
        )
        if state.scratch[TRAP_CODE] != TRAP_NONE:
            return i + 1
    return count


def _entry(template: Any, step: Any, bounds_check: bool, folder: Path | None) -> Any:
    """An entry point as a dispatcher, its machine code kept in `folder`."""
    copy = FunctionType(template.__code__, {**globals(), "core_step": step}, template.__name__)
    copy.__module__, copy.__qualname__ = __name__, template.__qualname__
    dispatcher = numba.njit(no_cfunc_wrapper=True, boundscheck=bounds_check)(copy)
    if folder is not None:
        old, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder)
        try:
            dispatcher.enable_caching()
        finally:
            numba.config.CACHE_DIR = old
    return dispatcher


def build(
    functions: Sequence[Callable[..., int]],
    step: Callable[..., int],
    bounds_check: bool = False,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Engine:
    """Compile `step`, one of `functions`, and all it calls; `progress(done, of)` per function."""
    dispatchers = twins(functions, bounds_check)
    done = 0

    def finished() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(min(done, len(functions)), len(functions))

    walk = _entry(linuxmm_entry_walk, dispatchers[step], bounds_check, folder)
    with _without_gc(), _optimised_together(ENTRY, finished), _bugs_named():
        walk.compile((types.int64,) * 5)
    _refuse_floats(dispatchers)
    return Engine(walk)


# --- the cache ---
CORE_FOLDERS: Final = ("arch", "fs", "lib", "mm", "state", "steps")
KEPT_BUILDS: Final = 8
BUILD_NAMES: Final = re.compile(r"[0-9a-f]{32}")


def _core_sources() -> list[Path]:
    """Every file whose text may change what the compiled core does."""
    package = Path(__file__).parents[1]
    files = [path for folder in CORE_FOLDERS for path in (package / folder).rglob("*.py")]
    return sorted([*files, package / "core.py", package / "uapi.py"])


def build_name(bounds_check: bool, entry: str = "") -> str:
    """The hash a compiled core is kept under: sources, layout, numba, NumPy, LLVM and CPU.

    `entry` names what was compiled when it is not the core's own `step`.

    numba's own cache looks at one file and would keep callees of another one that changed.
    """
    digest = blake2b(digest_size=16)
    features = llvmlite.binding.get_host_cpu_features().flatten()
    versions = (sys.version, numba.__version__, numpy.__version__, llvmlite.__version__)
    for part in (
        *versions,
        llvmlite.binding.get_host_cpu_name(),
        features,
        entry,
        str(bounds_check),
    ):
        digest.update(part.encode() + b"\0")
    for path in _core_sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def cache_folder(bounds_check: bool, entry: str = "") -> Path | None:
    """The folder of this build, made and marked as used; None when there is none for us alone.

    numba's files are pickles: who can write there runs code of his here.
    """
    name = build_name(bounds_check, entry)
    try:
        folder = our_folder("compiled", name)
    except OSError:
        return None
    except Skipped as error:
        warnings.warn(str(error), RuntimeWarning, stacklevel=2)
        return None
    mark_used(folder)
    prune(folder.parent, BUILD_NAMES, KEPT_BUILDS)
    return folder if os.access(folder, os.W_OK) else None


_engines: dict[bool, Engine] = {}


def compiled(bounds_check: bool = False, progress: Progress | None = None) -> Engine:
    """The compiled core, from the cache when nothing changed; `progress(done, of)` if it did.

    With `bounds_check` a row outside its column raises IndexError and a value that does not fit
    its column ValueError, each naming the column.
    """
    from linuxmm.steps.step import step

    if bounds_check not in _engines:
        folder = cache_folder(bounds_check)
        _engines[bounds_check] = build(CORE_FUNCTIONS, step, bounds_check, folder, progress)
    return _engines[bounds_check]
