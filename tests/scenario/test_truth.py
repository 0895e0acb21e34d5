# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenarios of scenarios/truth expect exactly what a real 6.1.192 kernel was recorded to do.

``data/debian-6.1.json`` is the recording: eight short programs run in a guest with DEVICE_COHERENT
pages.  Each program's results are flattened here, in order, into the notation of expectations.
"""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from linuxmm.scenario.outcome import Value, per_page
from linuxmm.scenario.parse import load
from linuxmm.scenario.pattern import parse_pattern
from linuxmm.scenario.tree import Scenario
from linuxmm.scenario.verbs import verb_of

HERE = Path(__file__).parent
TRUTH = HERE.parent.parent / "scenarios" / "truth"
RECORDED: dict[str, Any] = json.loads((HERE / "data" / "debian-6.1.json").read_text())["scenarios"]


def picture(rows: list[list[Any]]) -> str:
    """Recorded [kind, exclusive, file, first page with the same frame] rows."""
    words = []
    for i, (kind, exclusive, file, same) in enumerate(rows):
        bits = ("x" if exclusive else "") + ("f" if file else "")
        at = f"@{same}" if same is not None and same != i else ""
        words.append(kind + (":" + bits if bits else "") + at)
    return " ".join(words)


def status(move: list[Any]) -> str:
    """A recorded move_pages: return value 0 and node or -errno of each page."""
    assert move[0] == 0
    return " ".join(f"node{s}" if s >= 0 else "-" + errno.errorcode[-s] for s in move[1])


def migrated(counts: list[int]) -> str:
    return f"cpages={counts[0]} faults={counts[1]}"


def smaps(kb: dict[str, int]) -> str:
    return " ".join(f"{key}={value}" for key, value in kb.items()) + " ..."


def contents(values: list[int]) -> str:
    return per_page(Value(value, hex=True) for value in values).text()


def returned(value: int) -> str:
    return str(value) if value >= 0 else "-" + errno.errorcode[-value]


def coherent_move_pages(r: list[Any]) -> list[str]:
    moves = [status(move) for move in r[2:5]]
    return [migrated(r[0]), picture(r[1]), *moves, picture(r[5]), r[6], smaps(r[7])]


def coherent_fork_cow(r: list[Any]) -> list[str]:
    kid = r[0]
    child = [picture(kid[0]), picture(kid[1]), contents([kid[2]]), contents([kid[3]])]
    return [*child, smaps(kid[4]), picture(r[1]), picture(r[2]), contents(r[3])]


def coherent_madvise(r: list[Any]) -> list[str]:
    out = []
    for _, ret, before, rss, read, after in r:
        out += [returned(ret), picture(before), smaps(rss)]
        out += [contents([read]), picture(after)] if after is not None else []
    return out


def clear_refs_on_coherent(r: list[Any]) -> list[str]:
    return [smaps(each) for each in r]


def mprotect_none_and_back(r: list[Any]) -> list[str]:
    first = [returned(r[0]), picture(r[1]), status(r[2]), smaps(r[3]), returned(r[4])]
    return [*first, contents(r[5]), picture(r[6])]


def shared_page_to_device(r: list[Any]) -> list[str]:
    kid = r[2]
    child = [picture(kid[0]), picture(kid[1]), contents([kid[2]]), contents([kid[3]])]
    parent = [picture(r[3]), contents([r[4]]), contents([r[5]])]
    return [migrated(r[0]), picture(r[1]), *child, *parent]


def zero_page_to_device(r: list[Any]) -> list[str]:
    return [picture(r[0]), migrated(r[1]), picture(r[2]), contents(r[3])]


def migrate_back(r: list[Any]) -> list[str]:
    return [migrated(r[0]), migrated(r[1]), picture(r[2]), contents(r[3])]


PROGRAMS = {
    function.__name__: function
    for function in (
        coherent_move_pages,
        coherent_fork_cow,
        coherent_madvise,
        clear_refs_on_coherent,
        mprotect_none_and_back,
        shared_page_to_device,
        zero_page_to_device,
        migrate_back,
    )
}


def scenario_of(program: str) -> Scenario:
    return load(TRUTH / f"{program.replace('_', '-')}.mm")


def test_every_recorded_program_has_a_scenario_and_none_logged_anything() -> None:
    assert set(PROGRAMS) == set(RECORDED)
    assert all(recorded["log"] == [] for recorded in RECORDED.values())
    files = {path.stem for path in TRUTH.glob("*.mm")}
    assert files == {program.replace("_", "-") for program in PROGRAMS}


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_expectations_are_the_recording(program: str) -> None:
    scenario = scenario_of(program)
    (block,) = scenario.expects
    assert block.kernel == "v6.1"
    recorded = PROGRAMS[program](RECORDED[program]["result"])
    assert len(recorded) == len(block.expectations)
    last = -1
    for text, expectation in zip(recorded, block.expectations, strict=True):
        step = scenario.steps[expectation.step]
        verb = verb_of(step.actor, step.verb)
        assert verb and expectation.step > last
        last = expectation.step
        nr_pages = step.target.nr_pages if step.target else 0
        wanted = parse_pattern(normal_order(text), verb, nr_pages, _place(program))
        found = expectation.pattern
        assert normal_order(found.text()) == normal_order(wanted.text()), expectation.address


def _place(program: str) -> Any:
    from linuxmm.scenario.lines import Place

    return Place(program)


def normal_order(text: str) -> str:
    """Fields sorted: the recording and the scenario list them in different orders."""
    if "=" not in text:
        return text
    return " ".join(sorted(text.split(), key=lambda word: (word == "...", word)))
