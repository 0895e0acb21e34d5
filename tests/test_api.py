# SPDX-License-Identifier: GPL-2.0-or-later
"""The Python API: the same words as the scenario language, and the same results."""

import pytest

from linuxmm import Machine
from linuxmm.errors import OutOfRange, ScenarioError, WrongArgument
from linuxmm.kernels import load
from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import parse
from linuxmm.state.constants import SET_KSM_RUN


def test_the_example_of_the_design() -> None:
    m = Machine(kernel="v6.1", nodes=2, coherent=1)
    p = m.process()
    a = p.mmap("8p", "rw", "private", "anon")
    assert p.write(a, 0x5A).text() == "ok"
    assert m.device("coherent0").migrate(a[0:4]).text() == "cpages=4 faults=0"
    # scenarios/truth/coherent-move-pages.mm: a device page is neither found nor moved
    assert p.move_pages(a).text() == "-ENOENT*4 node0*4"
    assert p.move_pages(a, node=1).text() == "-ENOENT*4 node1*4"
    assert p.read(a[3:5]).text() == "0x5a*2"


def test_a_kernel_may_be_a_value() -> None:
    kernel = load("split-v1")
    p = Machine(kernel, nodes=2, coherent=1).process()
    a = p.mmap(2)
    p.write(a, [1, 2])
    assert p.read(a).text() == "0x1 0x2"


def test_events_are_part_of_the_outcome() -> None:
    p = Machine("split-v1", nodes=1, coherent=0, dax=1).process()
    a = p.mmap("1p", "shared", "dax0")
    p.read(a)
    outcome = p.smaps(a, "Rss")
    assert [event.name for event in outcome.events] == ["bad-page-map"]
    assert outcome.events[0].site == "fs/proc/task_mmu.c:smaps_pte_entry"
    assert outcome.text() == "Rss=0 !bad-page-map"


def test_children_files_pins_and_daemons() -> None:
    m = Machine("v6.1", nodes=1, coherent=1)
    p = m.process()
    f = p.memfd_create("4p")
    b = p.mmap(f[1:3], "shared")
    p.write(b, 7)
    child = p.fork()
    assert child.read(b.of(child)).text() == "0x7*2"
    held, outcome = child.pin(b.of(child), "FOLL_WRITE")
    assert outcome.text() == "2"
    assert child.unpin(held).text() == "ok"
    assert child.exit().text() == "ok"
    assert m.drain().text() == m.ksmd.full_scan().text() == m.ksmd.scan(10).text() == "ok"
    assert m.fail_alloc().text() == "ok"
    assert m.numa_scan(p).text() == "ok"


def test_a_device_reaches_memory_where_it_lies() -> None:
    m = Machine("v6.1", nodes=1, coherent=1)
    p, d = m.process(), m.device("coherent0")
    a = p.mmap("3p")
    p.write(a[1], 7)
    assert d.snapshot(a).text() == "none write none"
    assert d.read(a).text() == "0x0 0x7 0x0"
    assert d.write(a[0:2], 1, 2).text() == "ok"
    assert p.read(a).text() == "0x1 0x2 0x0"


def test_phases_of_a_migration() -> None:
    m = Machine("v6.1", nodes=1, coherent=1)
    p, d = m.process(), m.device("coherent0")
    a = p.mmap(2)
    p.write(a, 3)
    assert d.setup(a).text() == "cpages=2"
    assert p.read(a).text() == "blocked"
    assert d.pages().text() == "migrated=2"
    assert d.finalize().text() == "ok"
    assert p.pages(a).text() == "dev:x*2"
    assert d.release().text() == "ok"
    assert p.pages(a).text() == "ram:x*2"


def test_a_wrong_word_names_the_nearest() -> None:
    p = Machine("v6.1").process()
    a = p.mmap(1)
    with pytest.raises(ScenarioError, match='did you mean "MADV_COLD"'):
        p.madvise(a, "MADV_CLOD")
    with pytest.raises(OutOfRange, match="has 1 page"):
        p.read(a[0:2])
    with pytest.raises(WrongArgument, match='no device "private0"; valid: coherent0'):
        Machine("v6.1").device("private0")


def test_what_was_done_is_a_scenario_that_gives_the_same() -> None:
    m = Machine("v6.1", nodes=2, coherent=1)
    p = m.process()
    a = p.mmap("4p")
    p.write(a, [1, 2, 3, 4])
    m.device("coherent0").migrate(a[0:2])
    child = p.fork()
    outcomes = [p.move_pages(a, node=1).text(), child.write(a[0].of(child), 9).text()]
    run = run_scenario(parse(m.session.text()))
    assert [outcome.text() for outcome in run.outcomes[-1:]] == outcomes[-1:]
    assert run.outcomes[-2].text() == outcomes[0]
    assert run.verdict == "ok"


def test_settings_of_the_spec_are_in_the_scenario() -> None:
    from linuxmm.machine import MachineSpec, RangeSpec

    spec = MachineSpec((RangeSpec("node0", 1000),), cpus=1, settings=((SET_KSM_RUN, 1),))
    m = Machine("v6.1", spec)
    m.process().mmap(1)
    assert "ksm run = 1" in m.session.text()
