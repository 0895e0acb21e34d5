# SPDX-License-Identifier: GPL-2.0-or-later
"""assert_kept, and the fixture that the plugin brings."""

import tomllib
from pathlib import Path

import pytest

from linuxmm import Machine, assert_kept, pytest_plugin, run
from linuxmm.errors import WrongArgument
from linuxmm.scenario.parse import parse
from tests.api.test_face import DAX

pytest_plugins = ["pytester"]


def walked(machine: Machine) -> Machine:
    """A DAX mapping, walked: split-v1 says it is a bad page map."""
    p = machine.process()
    a = p.mmap("1p", "shared", "dax0")
    p.read(a)
    p.smaps(a)
    p.smaps(a)
    return machine


def test_kept_and_broken() -> None:
    assert_kept(Machine())
    assert_kept(walked(Machine("v6.1", dax=1)))
    m = walked(Machine("split-v1", nodes=1, coherent=0, dax=1))
    (broken,) = m.broken
    assert (broken.step, broken.violation.invariant) == (3, "bad-page-map")
    with pytest.raises(AssertionError) as caught:
        assert_kept(m)
    text = str(caught.value)
    assert text.splitlines()[:2] == [
        "split-v1 breaks its promises:",
        "  step 3, P0: smaps m1: breaks bad-page-map (fsdax): a lookup reports a bad entry at "
        "fs/proc/task_mmu.c:smaps_pte_entry",
    ]
    again = parse(text[text.index("linuxmm-scenario 1") :])
    assert [step.verb for step in again.steps] == ["mmap", "read", "smaps", "smaps"]


def test_of_a_run_and_of_two_families() -> None:
    with pytest.raises(WrongArgument, match="takes a Machine or what run\\(\\) gives, not 3"):
        assert_kept(3)  # type: ignore[arg-type]
    assert_kept(run(DAX, kernels="v6.1"))
    with pytest.raises(AssertionError, match="dax-walk: violated"):
        assert_kept(run(DAX, kernels="split-v1"))
    m = Machine("split-v1", dax=1)
    m.process()
    with pytest.raises(AssertionError) as caught:
        assert_kept(walked(m))
    assert "linuxmm-scenario" not in str(caught.value)  # two first processes are no scenario


TESTS = """
    import pytest
    from linuxmm import assert_kept

    def walk(machine):
        p = machine.process()
        a = p.mmap("1p", "shared", "dax0")
        p.read(a)
        p.smaps(a)

    def test_default(machine):
        assert machine.kernel.name == "debian-6.1" and len(machine.spec.ranges) == 3

    @pytest.mark.machine("v6.1", dax=1)
    def test_kept(machine):
        walk(machine)
        assert_kept(machine)

    @pytest.mark.machine("split-v1", dax=1)
    def test_broken(machine):
        walk(machine)
        assert_kept(machine)
"""


def test_the_plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the entry point loads it; a failure shows the promise and none of our own frames."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # or it is there twice
    pytester.makepyfile(TESTS)
    done = pytester.runpytest("-p", "linuxmm.pytest_plugin", "--strict-markers", "-rA")
    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(["E*split-v1 breaks its promises:*", "E*breaks bad-page-map*"])
    assert "kept.py" not in done.stdout.str()


def test_the_entry_point_is_the_plugin() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"linuxmm": pytest_plugin.__name__}
