# SPDX-License-Identifier: GPL-2.0-or-later
"""What `from linuxmm import ...` gives: run, review and machines, values that show themselves."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from linuxmm import Machine, load_kernel, review, run
from linuxmm.errors import InputError, NotModelled, OutOfRange, ScenarioError, WrongArgument

ROOT = Path(__file__).parents[2]
STAY = ROOT / "scenarios" / "coherent-pages-stay.mm"
DAX = """\
linuxmm-scenario 1
name: dax-walk
intent: Walking a DAX mapping must not report <b>a bad page map</b>.
machine:
  node0 512M
  dax0 64M
steps:
  P0: a = mmap 1p shared dax0
  P0: read a
  P0: smaps a Rss
"""


# --- run ---
def test_a_file_on_the_kernels_that_it_names() -> None:
    found = run(STAY)
    assert [each.name for each in found] == ["v6.1", "split-v1"] and len(found) == 2
    assert found.verdict == "ok"
    # scenarios/coherent-pages-stay.mm has it from scenarios/truth, which a real kernel recorded
    assert found["v6.1"].outcomes[4].text() == "-ENOENT*4 node1*4"
    assert found["debian-6.1"] is found["v6.1"]
    assert str(found).startswith("coherent-pages-stay  ")
    assert repr(found) == "<Run coherent-pages-stay: v6.1 ok, split-v1 ok>"


def test_a_text_on_kernels_that_are_values() -> None:
    base = load_kernel("v6.1")
    body = base.lookup("normal")
    rows = tuple(row for row in body.rows if row.text != "devmap -> none")
    assert len(rows) == len(body.rows) - 1
    mine = base.replace(
        lookups=tuple(
            dataclasses.replace(each, rows=rows) if each is body else each for each in base.lookups
        )
    )
    found = run(DAX, kernels=[base, mine])
    assert [each.name for each in found] == ["debian-6.1", "debian-6.1#2"]
    assert [each.verdict for each in found] == ["ok", "violated"]
    assert found.verdict == "violated"
    ((step, violation),) = found["debian-6.1#2"].broken
    assert (step, violation.invariant) == (2, "bad-page-map")
    assert found.as_json()["schema"] == "linuxmm/run/1"


def test_one_kernel_need_not_be_a_list_and_pages_are_there() -> None:
    found = run(DAX, kernels="v6.1")["v6.1"]
    (page,) = found.pages_after(1).values()
    # its driver's reference; a DAX entry takes none (mm/memory.c:insert_pfn)
    assert (page.kind, page.memory, page.refcount) == ("fsdax", "dax0", 1)


def test_reasons_if_they_are_asked_for() -> None:
    assert run(DAX, kernels="v6.1")["v6.1"].outcomes[2].reasons is None
    (reason,) = run(DAX, kernels="v6.1", explain=True)["v6.1"].outcomes[2].reasons or ()
    assert (reason.pages, reason.where) == (("P0.a[0]",), "fs/proc/task_mmu.c:smaps_pte_entry")


def test_results_do_not_change() -> None:
    found = run(DAX)
    ran = found["v6.1"]
    values = ((found, "kernels"), (ran, "steps"), (ran.steps[0], "step"), (ran.outcomes[0], "line"))
    for value, name in values:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, None)
    assert hash(found["v6.1"].outcomes[0]) == hash(run(DAX)["v6.1"].outcomes[0])


# --- review ---
def test_a_review_is_a_call_of_the_package() -> None:
    """linuxmm.review is a package as well: whatever was imported before, it is both."""
    import linuxmm.review.mail

    assert linuxmm.review is review and linuxmm.review.mail.MAX_PARTS  # type: ignore[attr-defined]
    (found,) = review("v6.1..debian-6.1")
    assert (found.exit_code, len(found.findings)) == (0, 0)
    made = review("v6.1..v6.1")
    assert made.exit_code == 0 and "the same rules" in str(made)
    assert repr(made) == "<Reviews of v6.1..v6.1: <Review of v6.1..v6.1: nothing found>>"
    assert "nothing found" in made._repr_html_()


def test_in_any_order_of_imports() -> None:
    first = "import linuxmm.review.run; from linuxmm import review, run"
    other = "from linuxmm import review, run; import linuxmm.review.run"
    for lines in (first, other):
        code = f"{lines}\nprint(review('v6.1..v6.1').exit_code, callable(run))"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout == "0 True\n"


# --- keywords and arguments ---
@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        ("Machine(coherant=1)", WrongArgument, 'takes no "coherant"; did you mean "coherent"?'),
        ("run('a.mm', kernel='v6.1')", WrongArgument, 'takes no "kernel"; did you mean "kernels"?'),
        ("review('a..b', bse='x')", WrongArgument, 'takes no "bse"; did you mean "base"?'),
        ("Machine(nodes=0)", OutOfRange, "Machine: nodes is a number from 1 to 64, not 0"),
        ("Machine(coherent=11)", OutOfRange, "Machine: coherent is a number from 0 to 10, not 11"),
        ("Machine(nodes='2')", WrongArgument, "Machine: nodes is a number from 1 to 64, not '2'"),
        ("Machine(cpus=True)", WrongArgument, "Machine: cpus is a number from 1 to 64, not True"),
        ("Machine(3)", WrongArgument, "Machine: kernel is a name, a path or a Kernel, not 3"),
        ("Machine(spec='nod0 1M')", ScenarioError, '<machine>:1: "nod0" is no part of a machine'),
        ("Machine(spec='thp always\\nthp never')", ScenarioError, "<machine>:2: thp is given"),
        ("Machine(spec='sysctl vm.swappiness = 1')", NotModelled, "not modelled: vm.swappiness"),
        ("run(3)", WrongArgument, "run: a scenario is a path, a text or a Scenario, not 3"),
        ("run('a\\nb')", ScenarioError, "<text>:1: the first line must be"),
        ("run('none.mm')", ScenarioError, "none.mm: cannot be read: no such file or directory"),
        ("run(DAX, kernels=[3])", WrongArgument, "a kernel is a name, a path or a Kernel"),
        ("run(DAX)['v5']", InputError, "dax-walk did not run on 'v5'; it ran on v6.1"),
        ("Machine().device('coheren')", WrongArgument, '"coheren"; did you mean "coherent0"?'),
        ("Machine(coherent=0).device('dax0')", WrongArgument, "it has none (coherent=1 adds one)"),
        ("Machine().process().mmap(-3)", OutOfRange, "a size is at least one page, not -3"),
        ("Machine().process().write(None, 'x')", WrongArgument, "a value is a number, not 'x'"),
        ("review(3)", WrongArgument, "review: a patch is a path or A..B, not 3"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_one_sentence(call: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as caught:
        eval(call)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_type_checker_sees_a_misspelt_keyword(tmp_path: Path) -> None:
    """And that `review` is a function, though a package has its name."""
    pytest.importorskip("mypy", reason="mypy: make test installs it")
    path = tmp_path / "user.py"
    path.write_text(
        "from linuxmm import Machine, review, run\n"
        "a = Machine(nodes=1).process().mmap(8)\n"
        "print(len(a), [str(p) for p in a], review('x')[0].title)\n"
        "Machine(coherant=1)\n"
        "Machine(nodes='2')\n"
        "run('a.mm', kernel='v6.1')\n"
        "review('a..b', bse='x')\n"
        "a.size\n"
    )
    words = [sys.executable, "-m", "mypy", "--strict", str(path)]  # its cache is the tree's
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
    errors = [line.split(":")[1] for line in done.stdout.splitlines() if ": error:" in line]
    assert errors == ["4", "5", "6", "7", "8"], done


# --- machines ---
def test_a_machine_in_the_words_of_a_scenario() -> None:
    m = Machine("v6.1", "node0 512M\nswap 1M zram\nsysctl kernel.numa_balancing = 1")
    assert repr(m) == "<Machine debian-6.1: node0 512M; 0 steps>"
    p = m.process()
    a = p.mmap(2)
    p.write(a, [1, 2])
    assert p.do("madvise", a, "MADV_PAGEOUT").text() == "0"
    assert [state.kind for state in m.pages()] == ["swap", "swap"]
    assert "swap 1M zram" in m.session.text()
    assert repr(p) == "<Process P0: m1 2p>"


def test_pages_of_a_step_and_of_the_machine() -> None:
    m = Machine(nodes=1, coherent=1)
    p = m.process()
    a = p.mmap(2)
    written = p.write(a[0], 1)
    (page,) = written.pages
    # one entry, and the batch that a new page waits in
    assert (page.page, page.refcount, page.mapcount) == ("P0.m1[0]", 2, 1)
    p.fork()
    assert [state.page for state in m.pages()] == ["P0.m1[0]", "P1.m1[0]"]
    assert str(page).startswith("P0.m1[0] anon 0x") and "present rw user" in str(page)


def test_numa_balancing_can_be_on() -> None:
    """Off, a scan makes no entry a hint (kernel/sched/fair.c:task_numa_work is not queued); a page
    on the node of its only task is left alone (mm/mprotect.c:change_pte_range)."""
    for on, bits in ((False, "present"), (True, "protnone")):
        m = Machine(nodes=2, coherent=0, numa_balancing=on)
        p = m.process()
        a = p.mmap(1)
        p.write(a, 1)
        assert p.move_pages(a, node=1).text() == "node1"
        m.numa_scan(p)
        assert m.pages()[0].bits[0] == bits


# --- in a notebook ---
def test_html_is_escaped(tmp_path: Path) -> None:
    evil = tmp_path / "<img src=x onerror=1>.toml"
    evil.write_text('schema = 1\nname = "<script>x</script>"\nbase = "v6.1"\nsource = "<b>"\n')
    kernel = load_kernel(evil)
    m = Machine(kernel, nodes=1)
    p = m.process()
    outcome = p.write(p.mmap(1), 1)
    found = run(DAX, kernels=evil)
    for value in (kernel, m, p, outcome, found):
        html = value._repr_html_()
        assert "<table>" in html
        assert not any(tag in html for tag in ("<script", "<b>", "<img"))
    assert "&lt;b&gt;a bad page map&lt;/b&gt;" in found._repr_html_()
    assert "&lt;script&gt;" in m._repr_html_()
