# SPDX-License-Identifier: GPL-2.0-or-later
"""The host's own decisions, without a real kernel behind them."""

from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.validate import abilities
from linuxmm.validate import agent as module
from linuxmm.validate.abilities import is_mergeable
from linuxmm.validate.agent import why_no_agent
from tests.validate.agent_under_asan import HERE

ROOT = Path(__file__).parents[2]


def test_without_a_compiler_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(module, "program", lambda name: None)
    plain = str(ROOT / "scenarios" / "mlock" / "refused-mapping.mm")
    assert main(["validate", "--on", "host", plain]) == 4
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if "apt install gcc libc6-dev" in line] == said
    assert main(["doctor"]) in (0, 4)
    assert "apt install gcc libc6-dev" in capsys.readouterr().out


@pytest.mark.skipif(not HERE, reason="the agent is built with a C compiler for x86-64")
def test_what_was_built_needs_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    built = module.agent()
    monkeypatch.setattr(module, "program", lambda name: None)
    assert why_no_agent() == "" and module.agent() == built


def test_a_compiler_without_a_static_library_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compiler = tmp_path / "cc"
    compiler.write_text("#!/bin/sh\necho 'ld: cannot find -lc' >&2\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "program", lambda name: str(compiler))
    plain = str(ROOT / "scenarios" / "mlock" / "refused-mapping.mm")
    assert main(["validate", "--on", "host", plain]) == 4
    said = capsys.readouterr().err
    assert "cannot find -lc" in said and "glibc-static" in said


# a file may be named so: no UTF-8, and a carriage return before what looks like a line of smaps
NAME = b"/tmp/\xff\rVmFlags: mg"
AREA = b"7f0000000000-7f0000001000 rw-p 00000000 08:01 7 %b\nSize: 4 kB\nVmFlags: rd wr %b\n"
STAT = b"ksm_rmap_items 0\nksm_merge_any: %b\nksm_mergeable: %b\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"ksm_stat": STAT % (b"no", b"yes")}, True),
        ({"ksm_stat": STAT % (b"yes", b"no")}, True),
        ({"ksm_stat": STAT % (b"no", b"no"), "smaps": AREA % (b"", b"mg")}, False),
        ({"ksm_stat": b"ksm_rmap_items 0\n", "smaps": AREA % (NAME, b"mg")}, True),
        ({"smaps": AREA % (NAME, b"mr")}, False),
        ({"smaps": b""}, False),
        ({}, False),
    ],
)
def test_who_gave_memory_to_ksm(
    files: dict[str, bytes], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: str) -> bytes:
        name = path.removeprefix("/proc/7/")
        if name not in files:
            raise FileNotFoundError(path)
        return files[name]

    monkeypatch.setattr(abilities, "read", read)
    assert is_mergeable(7) is expected
