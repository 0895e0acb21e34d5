# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel records: loaded, shown, compared, and a scenario on what loads."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Final
from zlib import crc32

from linuxmm.kernels import as_json, as_toml, diff, load, names, same_rules
from linuxmm.kernels.text import diff_text, list_text
from linuxmm.play.run import run_scenario
from linuxmm.review import sites
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from tests.fuzz.files import in_file
from tests.fuzz.target import ROOT, Target

OWN: Final = """\
base = "v5.17-coherent"
source = "mine"
[site."mm/ksm.c:get_mergeable_page"]
tests = [{ refuse = "not_anon", gives = "no_page", put = true }]
[lookup.normal]
without = ["devmap -> none"]
"""
PIECES: Final = [
    b"[", b"]", b"[[", b"]]", b"{", b"}", b"=", b'"', b'"""', b".", b",", b"#", b"true", b"inf",
    b"2022-03-10", b'base = "v6.1"\n', b'base = "kernel.toml"\n', b'base = "../kernel.toml"\n',
    b"schema = 1\n", b"absent = true\n", b'lookup = "raw_pte"\n', b'flags = ["FOLL_GET"]\n',
    b"tests = []\n", b"put = true\n", b'gives = "-EACCES"\n', b'refuse = "zone_device"\n',
    b'without = ["devmap -> none"]\n', b'[site."mm/ksm.c:get_mergeable_page"]\n', b"[lookup.any]\n",
    b"a.b.c.d = 1\n", b"[a.a.a]\n", b"\\u0000", b"\\u202e", b"\\n",
]  # fmt: skip


def seeds() -> Iterator[bytes]:
    yield OWN.encode()
    for name in names():
        record = (ROOT / "linuxmm" / "kernels" / f"{name}.toml").read_bytes()
        yield b"\n".join(line for line in record.split(b"\n") if not line.startswith(b"aliases"))
        yield as_toml(load(name)).encode()


@cache
def _scenarios() -> list[Scenario]:
    """Some that are short."""
    paths = sorted((ROOT / "scenarios").rglob("*.mm"), key=lambda path: path.stat().st_size)
    return [parse(path.read_bytes()) for path in paths[:40]]


def run(data: bytes) -> None:
    with in_file(data, "kernel.toml") as path:
        kernel = load(path)
        shown = as_toml(kernel)
        texts = [shown, list_text([(kernel, "")]), *sites.kernel_text(kernel)]
        other = load("v6.1")
        texts.append(diff_text(other, kernel, diff(other, kernel)))
        assert all(text.replace("\n", "").isprintable() for text in texts)
        json.dumps([as_json(kernel), sites.kernel_json(kernel)])
        scenarios = _scenarios()
        run_scenario(scenarios[crc32(data) % len(scenarios)], str(path))
    with in_file(shown.encode(), "kernel.toml") as path:
        assert same_rules(load(path), kernel)


TARGET: Final = Target(seeds, run, PIECES)
