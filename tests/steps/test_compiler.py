# SPDX-License-Identifier: GPL-2.0-or-later
"""A C compiler is found, or it is said in one sentence what is missing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from linuxmm.errors import Skipped
from linuxmm.steps.compiler import Compiler, find_compiler

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def asked_again() -> Iterator[None]:
    find_compiler.cache_clear()
    yield
    find_compiler.cache_clear()


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def only(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Nothing but what lies in this folder can be called."""
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("linuxmm.steps.compiler.find_spec", lambda name: None)


def test_the_first_that_answers_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, tmp_path)
    program(tmp_path, "cc", "exit 1")
    program(tmp_path, "clang", "echo 'clang 19'")
    assert find_compiler() == Compiler(("clang",), "clang 19\n")


def test_cc_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, tmp_path)
    mine = program(tmp_path, "mine", 'echo "mine $1"')
    monkeypatch.setenv("CC", f"{mine} --as-c")
    assert find_compiler() == Compiler((str(mine), "--as-c"), "mine --as-c\n")
    monkeypatch.setenv("CC", "/no/such/cc")
    find_compiler.cache_clear()
    with pytest.raises(Skipped, match="that CC names does not run: /no/such/cc"):
        find_compiler()


def test_without_one_a_person_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, tmp_path)
    with pytest.raises(Skipped, match=r"apt install gcc.*pip install ziglang"):
        find_compiler()


def test_importing_the_compiled_core_needs_no_compiler(tmp_path: Path) -> None:
    code = "import linuxmm.steps.compile as c\ntry: c.compiled()\nexcept Exception as e: print(e)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "CC": "/no/such/cc"},
        check=True,
    )
    assert done.stdout == "the C compiler that CC names does not run: /no/such/cc\n"


def test_a_compiler_that_cannot_build_is_one_sentence(tmp_path: Path) -> None:
    bad = program(
        tmp_path, "cc", "echo 'core.c: In function f'; echo 'cc: error: no as' >&2; exit 1"
    )
    with pytest.raises(Skipped) as caught:
        Compiler((str(bad),), "").build(tmp_path / "core.c", tmp_path / "core.so", lambda: None)
    assert str(caught.value) == f"{bad} could not build the core: cc: error: no as"


def test_a_sign_of_life_comes_while_it_runs(tmp_path: Path) -> None:
    slow = program(tmp_path, "cc", "sleep 0.7")
    signs: list[int] = []
    Compiler((str(slow),), "").build(tmp_path / "a", tmp_path / "b", lambda: signs.append(1))
    assert len(signs) >= 3
