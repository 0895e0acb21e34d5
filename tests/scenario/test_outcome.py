# SPDX-License-Identifier: GPL-2.0-or-later
"""Outcomes as text and as the JSON of ``linuxmm run``."""

import json

from linuxmm.scenario.outcome import (
    OK,
    AnyOf,
    Errno,
    Event,
    Fields,
    Flags,
    PageState,
    PageView,
    PerPage,
    Signal,
    StepOutcome,
    Value,
    Word,
    contents,
    failed,
    fields,
    per_page,
    run_json,
)


def test_text() -> None:
    assert per_page([Errno("ENOENT")] * 4 + [Word("node0")]).text() == "-ENOENT*4 node0"
    assert contents([0x5A, 0x5A, 1]).text() == "0x5a*2 0x1"
    assert PerPage((), Errno("ENODEV")).text() == "ret=-ENODEV"
    assert fields([("anon", 4), ("policy", "default")]).text() == "anon=4 policy=default"
    assert Fields((("anon", Value(4)),), open=True).text() == "anon=4 ..."
    assert PageView("ram", True, True, 0).text() == "ram:xf@0"
    assert PageView("none").text() == "none"
    assert Flags(("LRU", "ANON"), open=True).text() == "LRU,ANON,..."
    assert Flags(()).text() == "none"
    assert Signal("SIGBUS", 3).text() == "SIGBUS@3"
    assert AnyOf((Errno("EBUSY"), Word("node1"))).text() == "{-EBUSY|node1}"
    assert failed("EINVAL").text() == "-EINVAL"


def test_a_step_shows_its_events_behind_its_result() -> None:
    event = Event("bad-page-map", "fs/proc/task_mmu.c:smaps_pte_entry", 0x1000, 0x7F00)
    step = StepOutcome(9, "P0", "smaps", "", fields([("Rss", 0)]), (event, event))
    assert step.text() == "Rss=0 !bad-page-map*2"


def test_json_is_the_contract() -> None:
    step = StepOutcome(
        line=15,
        actor="P0",
        verb="move_pages",
        label="r1",
        result=per_page([Errno("ENOENT"), AnyOf((Word("node0"), Word("node1")))]),
        events=(Event("warn", "mm/ksm.c:break_ksm", pfn=0x140000, address=0x7F0000001000),),
        pages=(PageState("P0", "a", 1, -(1 << 63) | 0x25, 0x140000, "coherent", 1, 1, ("dirty",)),),
    )
    found = json.loads(json.dumps(run_json("t", [("v6.1", "ok", [step], [])])))
    assert found == {
        "schema": "linuxmm/run/1",
        "scenario": "t",
        "kernels": {
            "v6.1": {
                "verdict": "ok",
                "steps": [
                    {
                        "line": 15,
                        "actor": "P0",
                        "verb": "move_pages",
                        "label": "r1",
                        "result": ["-ENOENT", {"any_of": ["node0", "node1"]}],
                        "events": [
                            {
                                "event": "warn",
                                "site": "mm/ksm.c:break_ksm",
                                "pfn": "0x140000",
                                "address": "0x7f0000001000",
                            }
                        ],
                        "pages": [
                            {
                                "page": "P0.a[1]",
                                "pte": "0x8000000000000025",
                                "pte_bits": [],
                                "pfn": "0x140000",
                                "memory": "",
                                "kind": "coherent",
                                "refcount": 1,
                                "mapcount": 1,
                                "flags": ["dirty"],
                            }
                        ],
                    }
                ],
                "findings": [],
            }
        },
    }


def test_json_of_results() -> None:
    assert OK.as_json() == "ok"
    assert contents([0x5A]).as_json() == ["0x5a"]
    assert fields([("Rss", 4), ("policy", "bind:1")]).as_json() == {"Rss": 4, "policy": "bind:1"}
    moved = per_page([Word("node0")], ret=Value(1))
    assert moved.as_json() == {"ret": 1, "pages": ["node0"]}


def test_runs_join_equals_only() -> None:
    result = contents([1, 1, 2, 1])
    assert result.runs == ((Value(1), 2), (Value(2), 1), (Value(1), 1))
    assert result.nr_pages() == 4
    assert [atom.text() for atom in result.atoms()] == ["0x1", "0x1", "0x2", "0x1"]
