# SPDX-License-Identifier: GPL-2.0-or-later
"""Random C, translated and compiled: the same results for words at the edges."""

from pathlib import Path

import pytest

from tests.source.plain import compiled_all, functions, program, run_in
from tests.source.random_c import HEAD, Writer

EDGES = (
    0,
    1,
    -1,
    2,
    7,
    255,
    1 << 15,
    (1 << 31) - 1,
    1 << 31,
    -(1 << 31),
    (1 << 63) - 1,
    -(1 << 63),
)
FUNCTIONS = 60


def differing(seed: int, folder: Path, nr: int) -> list[str]:
    """What the translation of `nr` random functions says otherwise than the compiler."""
    names = [f"f{n}" for n in range(nr)]
    bodies = [Writer(seed * 1000 + n).function(name) for n, name in enumerate(names)]
    text = HEAD + "\n".join(bodies)
    theirs = compiled_all(folder, text, names, 2)
    found = program(text, *names)
    ours = functions(found)
    wrong = []
    for name, body in zip(names, bodies, strict=True):
        for a in EDGES:
            for b in EDGES[::3]:
                try:
                    said: object = run_in(found, ours[name], a, b)
                except Exception as error:
                    said = error
                if said != theirs[name](a, b):
                    wrong.append(f"{name}({a}, {b}) = {theirs[name](a, b)}, not {said}\n{body}")
                    break
            else:
                continue
            break
    return wrong


@pytest.mark.parametrize("seed", [1, 2])
def test_random_functions(seed: int, tmp_path: Path) -> None:
    assert not differing(seed, tmp_path, FUNCTIONS)
