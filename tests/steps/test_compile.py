# SPDX-License-Identifier: GPL-2.0-or-later
"""The compiled core on a toy: same results, same bytes, and what it refuses."""

import inspect
import os
import subprocess
import sys
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from linuxmm.core import CORE_FUNCTIONS
from linuxmm.errors import ModelBug
from linuxmm.state.block import Block
from linuxmm.state.layout import SHAPES, State
from linuxmm.state.rules import Rules
from linuxmm.steps import built, compile
from linuxmm.steps.compiler import Compiler
from tests.compiled import NEEDS_COMPILER
from tests.state.test_core_conventions import load_core
from tests.steps import toy

pytestmark = NEEDS_COMPILER
ROOT = Path(__file__).parents[2]


def block() -> Block:
    return Block(dict.fromkeys(SHAPES, 6))


def rules() -> Rules:
    k = Rules()
    for name in Rules.__annotations__:
        setattr(k, name, memoryview(array("q", range(100, 132))))
    return k


@pytest.fixture(scope="module")
def engine() -> compile.Engine:
    return compile.build(toy.step)


@pytest.fixture(scope="module")
def checked() -> compile.Engine:
    return compile.build(toy.step, checked=True)


OPERATIONS = [
    (9, 1, 2),
    (9, 2, 5),
    (1, 1, 2),  # 2 - 5 of two 8-bit columns
    (2, 3, 0x7FFF_FFFF_FFFF_1234),
    (3, -7, 2),
    (3, 7, -2),
    (4, 2, 2),
    (4, 9, 9),
    (4, 9, 1),
    (8, 4, 40),
    (8, 5, -1),
    (5, 1, 0),
    (6, 3, 0),
    (0, 1, 2, 3, 4, 5, 6, 7, -(1 << 62)),
]


def test_values_worked_out_by_hand(engine: compile.Engine) -> None:
    b, k = block(), rules()
    m, rule_view = engine.view(b), engine.rules(k)
    results = [engine.step(m, rule_view, *operation) for operation in OPERATIONS]
    # mixed_widths: 0x1234 - 2 * 3 + 253; floor: -4 and 1, -4 and -1
    assert results[2:9] == [-3, 0x1234 - 6 + 253, -3999, -4001, 10, 2, 1]
    assert results[11:] == [1 + 1 + 1 + 41, 103, 28 - (1 << 62)]
    assert b.m.pte[3] == 0x1234 - 0x1_0000  # every bit above the low 16 is set


def test_both_modes_give_the_same_results_and_bytes(engine: compile.Engine) -> None:
    ours, theirs, k = block(), block(), rules()
    m, rule_view = engine.view(theirs), engine.rules(k)
    for operation in OPERATIONS:
        padded = operation + (0,) * (9 - len(operation))
        assert engine.step(m, rule_view, *operation) == toy.step(ours.m, k, *padded)
        assert ours.data == theirs.data, operation


def test_both_views_can_be_held_at_once(engine: compile.Engine) -> None:
    b, k = block(), rules()
    m, rule_view = engine.view(b), engine.rules(k)
    engine.step(m, rule_view, 8, 4, 77)
    assert b.m.page_index[4] == 77
    b.m.page_index[4] = 78
    assert engine.step(m, rule_view, 5, 4) == 79 + 1
    kept = b.snapshot()
    engine.step(m, rule_view, 8, 4, 1)
    b.restore(kept)
    assert engine.step(m, rule_view, 5, 4) == 79 + 1


def test_the_originals_are_not_touched(engine: compile.Engine) -> None:
    assert toy.step.__globals__["add_one"] is toy.add_one
    assert all(type(function).__name__ == "function" for function in toy.CORE)


def test_a_walk_gives_results_and_ends_at_a_trap(engine: compile.Engine) -> None:
    b, k = block(), rules()
    m, rule_view = engine.view(b), engine.rules(k)
    ops = array("q")
    for operation in [(8, 4, 40), (1, 1, 2), (7,), (8, 4, 41)]:
        ops.extend(operation + (0,) * (9 - len(operation)))
    assert list(engine.walk(m, rule_view, ops)) == [44, 0, -1]
    assert b.m.page_index[4] == 40
    assert list(engine.walk(m, rule_view, array("q"))) == []


@pytest.mark.parametrize(
    ("operation", "error", "text"),
    [
        ((1, 6, 0), IndexError, "page_range"),
        ((1, 0, -1), IndexError, "page_range"),  # interpreted, -1 would read the last row
        ((8, 6, 0), IndexError, "page_index"),
        ((9, 1, 256), ValueError, "page_range"),
        ((9, 1, -1), ValueError, "page_range"),
        ((3, 1, 0), ZeroDivisionError, "zero"),
    ],
)
def test_bounds_checking_names_the_column(
    checked: compile.Engine,
    operation: tuple[int, ...],
    error: type[Exception],
    text: str,
) -> None:
    with pytest.raises(error, match=text):
        checked.step(checked.view(block()), checked.rules(rules()), *operation)


def test_bounds_checking_changes_no_result(engine: compile.Engine, checked: compile.Engine) -> None:
    ours, theirs, k = block(), block(), rules()
    for operation in OPERATIONS:
        assert engine.step(engine.view(ours), engine.rules(k), *operation) == checked.step(
            checked.view(theirs), checked.rules(k), *operation
        )
    assert ours.data == theirs.data


def test_a_division_by_zero_is_told_unchecked_too(engine: compile.Engine) -> None:
    with pytest.raises(ZeroDivisionError, match=r"in tests\.steps\.toy\.floor, line \d+: division"):
        engine.step(engine.view(block()), engine.rules(rules()), 3, 1, 0)
    assert engine.step(engine.view(block()), engine.rules(rules()), 3, 7, 2) == 3001


def refused(monkeypatch: pytest.MonkeyPatch, function: Callable[[State, int, int], int]) -> str:
    monkeypatch.setattr(toy, "byte_difference", function)
    with pytest.raises(ModelBug) as caught:
        compile.build(toy.step)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_float_in_the_core_is_a_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def halves(m: State, a: int, b: int) -> int:
        return 1 if a / 2 > b else 0

    message = refused(monkeypatch, halves)
    line = halves.__code__.co_firstlineno + 1
    assert f"test_compile.py:{line}: " in message and "halves" in message and "Div" in message


def test_a_word_that_needs_65_bits_is_a_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def huge(m: State, a: int, b: int) -> int:
        return 1 if a & 0xFFFF_FFFF_FFFF_FFFF else b

    assert "18446744073709551615 does not fit" in refused(monkeypatch, huge)


def test_a_column_that_there_is_not_is_a_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(m: State, a: int, b: int) -> int:
        return m.no_such_column[a]  # type: ignore[attr-defined,no-any-return]

    message = refused(monkeypatch, wrong)
    assert message.startswith("the core does not compile") and "m.no_such_column" in message


BUILD = """
import sys
from pathlib import Path
from tests.steps import toy
from linuxmm.steps import compile
from linuxmm.state.block import Block
from linuxmm.state.layout import SHAPES
from tests.steps.test_compile import rules
compiled = []
engine = compile.build(toy.step, folder=Path(sys.argv[1]),
                       progress=lambda done, of: compiled.append(done))
b = Block(dict.fromkeys(SHAPES, 6))
print(engine.step(engine.view(b), engine.rules(rules()), 3, -7, 2), bool(compiled))
"""


def test_machine_code_is_kept_between_processes(tmp_path: Path) -> None:
    def build() -> str:
        return subprocess.run(
            [sys.executable, "-c", BUILD, str(tmp_path)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
        ).stdout

    assert build() == "-3999 True\n"
    assert build() == "-3999 False\n"


def value(engine: compile.Engine) -> int:
    return engine.step(engine.view(block()), engine.rules(rules()), 3, -7, 2)


@pytest.mark.parametrize("spoil", [b"", b"\x7fELF, once", None])
def test_a_spoilt_library_is_built_again(tmp_path: Path, spoil: bytes | None) -> None:
    compile.build(toy.step, folder=tmp_path)
    library = tmp_path / "core.so"
    sound = library.read_bytes()
    (tmp_path / "core.sum").unlink() if spoil is None else _put(library, spoil)
    done: list[int] = []
    engine = compile.build(toy.step, folder=tmp_path, progress=lambda nr, of: done.append(nr))
    assert value(engine) == -3999 and done
    assert library.read_bytes() == sound


def _put(path: Path, data: bytes) -> None:
    """Another file in its place: the old one is loaded."""
    path.unlink()
    path.write_bytes(data)


def test_two_that_build_at_once_build_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUILD, str(tmp_path)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)
    ]
    said = [each.communicate()[0] for each in running]
    assert [each.split()[0] for each in said] == ["-3999"] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "core.c", "core.so", "core.sum", "lock",
    ]  # fmt: skip


def test_the_cache_depends_on_every_core_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "page.py"
    source.write_text("a = 1\n")
    monkeypatch.setattr(built, "core_sources", lambda: [source])
    cc, other = Compiler(("cc",), "cc 12"), Compiler(("cc",), "cc 13")
    before = built.build_name(cc, "False")
    assert built.build_name(cc, "True") != before != built.build_name(other, "False")
    source.write_text("a = 2\n")
    assert built.build_name(cc, "False") != before


def test_old_builds_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    root = tmp_path / "linuxmm" / "compiled"
    for i in range(12):
        old = root / f"{i:032x}"
        old.mkdir(parents=True)
        os.utime(old, (i, i))
    folder = compile.kept_in(False)
    assert folder is not None and folder.is_dir()
    assert len(list(root.iterdir())) == built.KEPT_BUILDS


def test_a_cache_that_others_may_write_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "linuxmm" / "compiled").mkdir(parents=True)
    (tmp_path / "linuxmm" / "compiled").chmod(0o777)
    with pytest.warns(RuntimeWarning, match="others may write there; remove it"):
        assert compile.kept_in(False) is None
    assert list((tmp_path / "linuxmm" / "compiled").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/no")
    assert compile.kept_in(False) is None
    assert value(compile.build(toy.step, folder=None)) == -3999


def test_the_name_of_a_build_covers_every_file_of_the_core() -> None:
    """A folder of core functions that the hash leaves out would keep stale machine code."""
    load_core()
    files = {Path(inspect.getfile(function)) for function in CORE_FUNCTIONS}
    mine = {path for path in files if path.is_relative_to(ROOT / "linuxmm")}
    assert len(mine) > 80
    assert mine - set(built.core_sources()) == set()
