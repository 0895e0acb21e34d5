# SPDX-License-Identifier: GPL-2.0-or-later
"""`run --explain`: who refused which page, with its numbers, and why nothing happened.

The tests that refuse, their order and answers are those of the record (linuxmm/kernels/
debian-6.1.toml, read in the sources that it names); references and mappings are counted by hand.
"""

from types import SimpleNamespace

import pytest

from linuxmm.errors import InputError
from linuxmm.kernels import load as load_kernel
from linuxmm.play.run import Kernels, run_kernels
from linuxmm.scenario.outcome import Reason, page_ranges
from linuxmm.scenario.parse import load, parse
from linuxmm.steps.step import step
from tests.play.test_run import FILES

KERNELS = Kernels()
MACHINE = "node0 512M\n  node1 512M\n  coherent0 64M\n  dax0 64M\n  cpus 2\n"


def why(*steps: str, machine: str = "", kernel: str = "v6.1") -> list[str]:
    """What is said of the last step."""
    text = f"linuxmm-scenario 1\nname: t\nintent: Ask.\nmachine:\n  {MACHINE}  {machine}\nsteps:\n"
    text += "".join(f"  {step}\n" for step in ("P0: a = mmap 4p", "P0: write a 1", *steps))
    run = run_kernels(parse(text), [kernel], kernels=KERNELS, explain=True)[0]
    reasons = run.outcomes[-1].reasons
    assert run.verdict == "ok" and reasons is not None, run
    return [reason.text() for reason in reasons]


ADD = "(mm/migrate.c:add_page_for_migration)"
NOTHING = "nothing changed: no VMA, no entry, no count or flag of a page"
AS_A_WHOLE = "the call fails, and no test of a page that is followed here refused one"
NUMA = "sysctl kernel.numa_balancing = 1"
ZRAM = "swap 1M zram"


@pytest.mark.parametrize(
    ("steps", "machine", "said"),
    [
        (["coherent0: migrate P0.a[0:2]", "P0: move_pages a[0:2] node1"], "",
         [f"P0.a[0:2]: test zone_device refuses it: -ENOENT, its reference dropped {ADD}"]),
        (["P0: move_pages a[3] node0"], "",
         ["P0.a[3]: test node_is_target refuses it (it is on node0): target_node, its reference "
          f"dropped {ADD}"]),
        (["P0: P1 = fork", "P0: move_pages a[0] node1"], "",
         ["P0.a[0]: test mapcount_above_1 refuses it (mapcount 2): -EACCES, its reference dropped "
          + ADD]),
        (["P0: b = mmap 1p shared dax0", "P0: read b", "P0: smaps b Rss"], "",
         ['P0.b[0]: the lookup normal gives no page by "devmap -> none" '
          "(fs/proc/task_mmu.c:smaps_pte_entry)"]),
        # a NUMA scan that does nothing: a batch holds the pages, their node, no scan at all
        (["P0 on cpu1: write a 2", "numa: scan P0"], NUMA,
         ["P0.a[0:4]: test cow_shared refuses it (refcount 2, one of it a per-CPU batch's, which "
          "drain empties): skip (mm/mprotect.c:change_pte_range)"]),
        (["drain", "numa: scan P0"], NUMA,
         ["P0.a[0:4]: test node_is_target refuses it (it is on node0): skip "
          "(mm/mprotect.c:change_pte_range)"]),
        (["numa: scan P0"], "",
         ["nothing is scanned: sysctl kernel.numa_balancing = 0 "
          "(kernel/sched/fair.c:task_numa_work)"]),
        # ksmd sleeps: it is off, nobody asked for it
        (["P0: madvise a MADV_MERGEABLE", "ksmd: full_scan"], "",
         ["nothing is scanned: ksm run = 0 in the machine block (mm/ksm.c:ksmd_should_run)"]),
        (["ksmd: full_scan"], "ksm run = 1",
         ["nothing is scanned: nobody gave MADV_MERGEABLE (mm/ksm.c:ksmd_should_run)"]),
        # reclaim
        (["P0: madvise a[0] MADV_PAGEOUT"], "",
         ["P0.a[0]: the machine has no swap (mm/swap_state.c:add_to_swap)",
          "P0.a[0]: it stays, active (refcount 2, mapcount 1) (mm/vmscan.c:shrink_page_list)"]),
        (["P0: h = pin a[0]", "P0: madvise a[0] MADV_PAGEOUT"], ZRAM,
         ["P0.a[0]: it stays (refcount 1026, mapcount 1) (mm/vmscan.c:shrink_page_list)"]),
        (["P0: mlock a[0]", "P0: madvise a MADV_PAGEOUT"], "",
         ["P0.a[0]: the VMA is locked: -EINVAL (mm/madvise.c:can_madv_lru_vma)"]),
        (["P0: b = mmap 2p shared", "P0: madvise b MADV_FREE"], "",
         ["P0.b[0]: the VMA is not anonymous: -EINVAL (mm/madvise.c:madvise_free_single_vma)"]),
        (["drain", "P0: madvise a MADV_COLD"], "",
         ["P0.a[0:4]: it is inactive already (mm/swap.c:deactivate_page)"]),
        # migration
        (["P0: h = pin a[0]", "P0: move_pages a[0] node1"], "",
         ["P0.a[0]: an entry stays, the page is pinned (refcount 1026, mapcount 1) "
          "(mm/rmap.c:try_to_migrate)"]),
        # the references of the get and of the isolation; its entry is a migration entry by then
        (["P0: h = get a[0]", "coherent0: migrate P0.a[0]"], "",
         ["P0.a[0]: somebody holds it (refcount 2, mapcount 0) "
          "(mm/migrate_device.c:migrate_vma_check_page)",
          "-ENOENT: not every page of the range came, and the driver reads all of it back through "
          "its mirror; those that could did move (lib/test_hmm.c:dmirror_migrate_to_device)"]),
        (["P0: h = get a[0]", "P0: move_pages a[0] node1"], "",
         ["P0.a[0]: -EAGAIN: somebody holds it (refcount 2, not 1) "
          "(mm/migrate.c:migrate_folio)"]),
        # calls that fail, or kill: mm/gup.c, mm/migrate.c, mm/mlock.c, lib/test_hmm.c
        (["P0: mprotect a none", "P0: move_pages a[0]"], "",
         ["P0.a[0]: the entry allows no access (PROT_NONE) (mm/migrate.c:do_pages_stat_array)"]),
        (["P0: b = mmap 1p", "P0: move_pages b"], "",
         ["P0.b[0]: nothing is mapped there yet (mm/migrate.c:do_pages_stat_array)"]),
        (["P0: mprotect a r", "P0: write a[1] 2"], "",
         ["P0.a[1]: its VMA may not be written: SIGSEGV (arch/x86/mm/fault.c:do_user_addr_fault)"]),
        (["P0: mprotect a none", "P0: h = pin a[0]"], "",
         ["P0.a[0]: the VMA: it may not be read (mm/gup.c:check_vma_flags)"]),
        (["P0: mprotect a none", "coherent0: migrate P0.a"], "",
         ["P0.a[0]: -EINVAL: the VMA may not be read (lib/test_hmm.c:dmirror_migrate_to_device)"]),
        (["P0: b = mmap 1p shared dax0", "coherent0: migrate P0.b"], "",
         ["P0.b[0]: -EINVAL: a VMA of the range cannot be migrated to a device (raw PFNs, DAX) "
          "(mm/migrate_device.c:migrate_vma_setup)"]),
        (["P0: munmap a[1]", "P0: mlock a"], "",
         ["-ENOMEM: the range has a hole, or no VMA is left to split "
          "(mm/mlock.c:apply_vma_lock_flags)"]),
        (["P0: munmap a[1]", "P0: madvise a MADV_DONTNEED"], "", [AS_A_WHOLE]),
        # a huge page that somebody holds: one mapping, the pin's 1024 and its reference
        (["P0: h = mmap 512p", "P0: write h 1", "P0: g = get h[3]", "P0: madvise h[0:2] MADV_COLD"],
         "thp always",
         ["P0.h[0]: somebody holds the huge page (refcount 3, mapped 1 times): it stays whole "
          "(mm/huge_memory.c:split_huge_page_to_list)"]),
        (["P0: mprotect a rw"], "", [NOTHING]),
        (["P0: mprotect a r"], "", []),
        (["P0: madvise a MADV_MERGEABLE"], "", []),  # the VMA's flags
        (["P0: madvise a MADV_MERGEABLE", "P0: madvise a MADV_MERGEABLE"], "", [NOTHING]),
        (["P0: read a"], "", []),
    ],
)  # fmt: skip
def test_a_reason_names_pages_test_and_place(
    steps: list[str], machine: str, said: list[str]
) -> None:
    assert why(*steps, machine=machine) == said


def test_ksmd_says_who_uses_a_page() -> None:
    machine = "ksm run = 1"
    steps = ["P0: madvise a MADV_MERGEABLE", "P0: h = pin a[0]", "ksmd: full_scan 2"]
    found = why(*steps, machine=machine)
    # a pin adds 1024 to the reference of the entry, ksmd holds one more while it looks
    assert (
        "P0.a[0]: somebody uses it (refcount 1026, mapcount 1) (mm/ksm.c:write_protect_page)"
        in (found)
    )


def test_ksmd_says_what_it_waits_for() -> None:
    """mm/ksm.c:cmp_and_merge_page: a checksum that is new is remembered, the page passed by; then
    it goes into the unstable tree, if no other there is equal."""
    steps = ["P0: write a[0] 2", "P0: madvise a[0] MADV_MERGEABLE", "ksmd: full_scan 1"]
    where = "(mm/ksm.c:cmp_and_merge_page)"
    assert why(*steps, machine="ksm run = 1") == [
        f"P0.a[0]: not in this pass: a page is taken when two passes find the same contents {where}"
    ]
    assert why(*steps, "ksmd: full_scan 1", machine="ksm run = 1") == [
        f"P0.a[0]: it waits in the unstable tree: no page with its contents was met {where}"
    ]
    merged = ["P0: madvise a MADV_MERGEABLE", "ksmd: full_scan 2", "ksmd: full_scan 1"]
    assert why(*merged, machine="ksm run = 1") == [NOTHING]


def test_a_lookup_on_another_ones_page() -> None:
    """split-v1: vm_normal_lru_page asks vm_normal_any_page, then is_zone_device_page."""
    steps = ["coherent0: migrate P0.a[0]", "P0: move_pages a[0] node1"]
    assert why(*steps, kernel="split-v1") == [
        'P0.a[0]: the lookup lru gives no page by "zone_device -> none" (mm/gup.c:follow_page_pte)'
    ]


def test_a_kernel_that_executes_c_is_asked_nothing() -> None:
    """A copy of the core would answer for functions that do not run."""
    executed = load_kernel("v6.1").replace(text=SimpleNamespace(step=step))
    kernels = Kernels()
    text = "linuxmm-scenario 1\nname: t\nintent: Ask.\nsteps:\n  P0: a = mmap 1p\n"
    names = [kernels.add(executed)]
    assert run_kernels(parse(text), names, kernels=kernels)[0].verdict == "ok"
    with pytest.raises(InputError, match="executes C of a tree"):
        run_kernels(parse(text), names, kernels=kernels, explain=True)


def test_nobody_asked() -> None:
    text = "linuxmm-scenario 1\nname: t\nintent: Ask.\nsteps:\n  P0: a = mmap 1p\n"
    outcome = run_kernels(parse(text), kernels=KERNELS)[0].outcomes[0]
    assert outcome.reasons is None and "reasons" not in str(outcome.as_json())


@pytest.mark.parametrize("path", FILES[::7], ids=lambda path: path.stem)
def test_asking_changes_nothing(path: object) -> None:
    """The copy of the core gives what the core gives, on every kernel."""
    scenario = load(str(path))
    names = ["v6.1", "v5.17-coherent", "split-v1"]
    plain = run_kernels(scenario, names, kernels=KERNELS, with_pages=True)
    asked = run_kernels(scenario, names, kernels=KERNELS, with_pages=True, explain=True)
    for before, after in zip(plain, asked, strict=True):
        assert [(o.text(), o.pages) for o in before.outcomes] == [
            (o.text(), o.pages) for o in after.outcomes
        ]
        assert before.verdict == after.verdict and before.broken == after.broken


def test_pages_in_a_row_are_a_range() -> None:
    assert page_ranges(["P0.a[0]", "P0.a[1]", "P0.a[3]", "P1.a[4]"]) == [
        "P0.a[0:2]", "P0.a[3]", "P1.a[4]"
    ]  # fmt: skip
    reason = Reason((), "", "nothing")
    assert reason.text() == "nothing" and reason.as_json() == {
        "pages": [], "where": "", "why": "nothing", "test": ""
    }  # fmt: skip
