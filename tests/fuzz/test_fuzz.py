# SPDX-License-Identifier: GPL-2.0-or-later
"""A fixed small budget of every fuzz target, and the driver's own sense for what is a find.

Figures of longer runs: `make fuzz`.
"""

import re

import pytest

from tests.fuzz.driver import Figures, fuzz
from tests.fuzz.target import TARGETS, target

SEED = 20220310
INPUTS = {
    "mails": 200, "scenarios": 400, "kernels": 60, "trees": 30, "notes": 1000, "procfs": 500,
    "answers": 500, "plans": 150, "ctext": 60,
}  # fmt: skip
LIES = {"notes": 2}  # seeds that are made to be refused


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_has_an_answer(name: str) -> None:
    if missing := target(name).missing:
        pytest.skip(missing)
    figures = fuzz(name, SEED, inputs=INPUTS[name])
    assert not figures.finds, figures.text()
    assert figures.inputs == INPUTS[name]


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_go_all_the_way(name: str) -> None:
    """Else their mutants would be refused at the door, and nothing behind it be tried."""
    chosen = target(name)
    if chosen.missing:
        pytest.skip(chosen.missing)
    refused = 0
    for seed in chosen.seeds:
        try:
            chosen.run(seed)
        except chosen.allowed:
            refused += 1
    assert refused == LIES.get(name, 0)


def test_an_input_is_a_function_of_its_number() -> None:
    first = [target("mails").input(7, n) for n in range(40)]
    assert [target("mails").input(7, n) for n in range(40)] == first
    assert len(set(first)) > 30 and first[0] != target("mails").input(8, 0)


# --- the driver -----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """What it says of a target that fails in every way."""
    return fuzz("broken", SEED, inputs=80, keep=tmp_path_factory.mktemp("kept"))


@pytest.mark.parametrize(
    ("kind", "input"),
    [
        ("IndexError tests/fuzz/targets/broken.py:", b"raises"),
        ("MemoryError tests/fuzz/targets/broken.py:", b"grows"),
        ("too much CPU time in tests/fuzz/targets/broken.py run", b"spins"),
        ("the process ended with -6 tests/fuzz/targets/broken.py run", b"dies"),
    ],
)
def test_every_kind_of_find_is_found_and_kept(broken: Figures, kind: str, input: bytes) -> None:
    (path,) = (path for found, path in broken.kept.items() if found.startswith(kind))
    assert path.read_bytes().lstrip(b"#").startswith(input)
    assert path.with_suffix(".txt").read_text().startswith(kind)


def test_the_run_goes_on_behind_every_find(broken: Figures) -> None:
    assert broken.inputs == 80 and len(broken.finds) == 4
    words = re.compile(rb"#*(raises|grows|spins|dies)")
    inputs = (target("broken").input(SEED, n) for n in range(80))
    assert sum(broken.finds.values()) == sum(bool(words.match(data)) for data in inputs)
