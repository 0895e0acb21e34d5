# SPDX-License-Identifier: GPL-2.0-or-later
"""userfaultfd.  Expected values: counted from fs/userfaultfd.c, mm/userfaultfd.c and mm/memory.c of
6.1.192 and 6.12, and what a real 6.1.0 said of the same steps (scenarios/uffd)."""

from pathlib import Path

import pytest

from linuxmm.play.run import NOT_MODELLED, KernelRun, run_scenario
from linuxmm.scenario.parse import load, parse

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios" / "uffd").glob("*.mm"))
MISSING, WP = "UFFDIO_REGISTER_MODE_MISSING", "UFFDIO_REGISTER_MODE_WP"
PROTECT = "UFFDIO_WRITEPROTECT_MODE_WP"
ANON = ("P0: a = mmap 2p", "P0: write a 0x11", f"P0: userfaultfd a {WP}")


def run(*steps: str, machine: str = "node0 512M", kernel: str = "v6.1") -> KernelRun:
    lines = "\n".join("  " + step for step in steps)
    text = f"linuxmm-scenario 1\nname: t\nintent: t\nmachine:\n  {machine}\nsteps:\n{lines}\n"
    return run_scenario(parse(text), kernel)


def last(*steps: str, machine: str = "node0 512M", kernel: str = "v6.1") -> str:
    """What the last step gives; every promise is kept after each."""
    made = run(*steps, machine=machine, kernel=kernel)
    assert made.verdict == "ok", made
    return made.outcomes[-1].result.text()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
@pytest.mark.parametrize("kernel", ["v6.1", "debian-6.12", "v6.18", "v7.1"])
def test_scenarios(path: Path, kernel: str) -> None:
    if kernel in ("v6.18", "v7.1") and path.stem in ("mremap", "unregistered"):
        assert run_scenario(load(str(path)), kernel).verdict == NOT_MODELLED  # its own text
    else:
        assert run_scenario(load(str(path)), kernel).verdict == "ok"


def test_a_write_that_waits_has_made_and_given_back_its_page() -> None:
    """do_anonymous_page has an anon_vma and a page before it asks: one fault, no page left."""
    steps = ("P0: a = mmap 2p", f"P0: userfaultfd a {MISSING}", "P0: write a 1")
    assert last(*steps) == "blocked"
    assert last(*steps, "P0: vmstat pgfault") == "pgfault=1"
    assert last(*steps, "P0: smaps a Rss Anonymous") == "Rss=0 Anonymous=0"
    assert last(*steps, "P0: meminfo AnonPages") == "AnonPages=0"
    # a part with an anon_vma does not merge with a neighbour that has none (vma_merge, 6.1)
    cut = (*steps[:2], "P0: mprotect a[1] r")
    assert last(*cut, "P0: write a[0] 1", "P0: mprotect a[0] r", "P0: smaps a[0] Size") == "Size=4"
    assert last(*cut, "P0: mprotect a[0] r", "P0: smaps a[0] Size") == "Size=8"


def test_reads_of_a_hole_wait_and_the_zero_page_can_be_protected() -> None:
    steps = ("P0: a = mmap 2p", f"P0: userfaultfd a {MISSING} {WP}")
    assert last(*steps, "P0: read a[1]") == "blocked"
    filled = (*steps, "P0: uffdio_zeropage a", f"P0: uffdio_writeprotect a[0] {PROTECT}")
    assert last(*filled, "P0: pagemap a") == "PDW PD"
    assert last(*filled, "P0: write a[0] 1") == "blocked"
    assert last(*filled, "P0: write a[1] 1") == "ok"


def test_a_hole_cannot_be_protected() -> None:
    """change_pte_range marks no empty entry of anonymous memory: the next write goes through."""
    steps = ("P0: a = mmap 1p", f"P0: userfaultfd a {WP}", f"P0: uffdio_writeprotect a {PROTECT}")
    assert last(*steps, "P0: write a 1") == "ok"


def test_a_device_fills_no_hole_that_is_watched() -> None:
    """migrate_vma_insert_page backs off last of all: the part has an anon_vma by then."""
    machine = "node0 512M\n  coherent0 256M"
    steps = ("P0: a = mmap 2p", f"P0: userfaultfd a {MISSING}", "P0: mprotect a[1] r")
    made = (*steps, "coherent0: migrate P0.a[0]")
    assert last(*made, "P0: pages a", machine=machine) == "none*2"
    merge = ("P0: mprotect a[0] r", "P0: smaps a[0] Size")
    assert last(*made, *merge, machine=machine) == "Size=4"


def test_later_kernels_give_an_area_its_anon_vma_whatever_comes_of_it() -> None:
    """A real 6.12 told: after a copy that failed the area does not merge with an untouched one."""
    steps = ("P0: a = mmap 2p", f"P0: userfaultfd a[1] {MISSING}")
    refused = (*steps, "P0: uffdio_copy a[1] 7 UFFDIO_COPY_MODE_WP")
    assert last(*refused) == last(*refused, kernel="debian-6.12") == "-EINVAL"
    merge = (f"P0: userfaultfd a {WP}", "P0: smaps a Size")
    assert last(*refused, *merge) == "Size=8"
    assert last(*refused, *merge, kernel="debian-6.12") == "Size=4"


def test_no_hole_of_a_watched_area_is_collapsed() -> None:
    """A real 6.1 and a real 6.12 said so of the same steps (madvise_collapse_errno)."""
    steps = ("P0: a = mmap 512p", "P0: write a[0:2] 1", f"P0: userfaultfd a {WP}", "drain")
    asked = (*steps, "P0: madvise a MADV_COLLAPSE")
    machine = "node0 512M\n  thp madvise"
    assert last(*asked, machine=machine) == "-EINVAL"
    assert last(*asked, machine=machine, kernel="debian-6.12") == "-EBUSY"


def test_a_failed_allocation_is_said() -> None:
    steps = ("P0: a = mmap 2p", f"P0: userfaultfd a {MISSING}", "fail alloc")
    assert last(*steps, "P0: uffdio_copy a 7") == "-ENOMEM"
    assert last(*steps, "P0: uffdio_copy a 7", "P0: uffdio_copy a 7", "P0: read a") == "0x7*2"


def test_the_write_comes_back_at_once_since_6_2() -> None:
    """uffd_wp_range with MM_CP_TRY_CHANGE_WRITABLE: no fault for the write that follows."""
    steps = (*ANON, f"P0: uffdio_writeprotect a {PROTECT}", "P0: uffdio_writeprotect a")
    asked = (*steps, "P0: write a 1", "P0: vmstat pgfault")
    assert last(*asked, kernel="v6.1") == "pgfault=4"
    assert last(*asked, kernel="debian-6.12") == "pgfault=2"


def test_an_unregistered_mode_leaves_marks_that_nobody_minds() -> None:
    """UFFDIO_REGISTER for missing pages alone takes VM_UFFD_WP away, not the bits of entries."""
    steps = (*ANON, f"P0: uffdio_writeprotect a {PROTECT}", f"P0: userfaultfd a {MISSING}")
    assert last(*steps, "P0: pagemap a") == "PXDW*2"
    assert last(*steps, "P0: write a 0x22") == "ok"


def test_without_rights_there_is_no_userfaultfd() -> None:
    machine = "node0 512M\n  unprivileged"
    assert last("P0: a = mmap 1p", f"P0: userfaultfd a {WP}", machine=machine) == "-EPERM"
    steps = ("P0: a = mmap 1p", f"P0: userfaultfd a {WP}", "P0: uffdio_wake a")
    assert last(*steps, machine=machine) == "-EBADF"


@pytest.mark.parametrize(
    "steps",
    [
        ("P0: a = mmap 512p hugetlb", f"P0: userfaultfd a {WP}"),
        ("P0: a = mmap 1p", f"P0: userfaultfd a {MISSING}", "P0: h = get_fast a"),
        ("P0: a = mmap 1p", f"P0: userfaultfd a {MISSING}", "P0: mlock a"),
        ("P0: a = mmap 1p", f"P0: userfaultfd a {MISSING}", "P0: madvise a MADV_POPULATE_READ"),
        (*ANON, f"P0: uffdio_writeprotect a {PROTECT}", "P0: h = pin_fast a FOLL_WRITE"),
        (*ANON, "P0: uffdio_copy a 1 2"),
    ],
)
def test_what_is_not_known_is_said(steps: tuple[str, ...]) -> None:
    machine = "node0 512M\n  sysctl vm.nr_hugepages = 1"
    assert run(*steps, machine=machine).verdict == NOT_MODELLED


def test_a_call_sleeps_in_a_fault_of_its_own_where_it_may() -> None:
    """faultin_page: FAULT_FLAG_ALLOW_RETRY comes with `locked`, which get_user_pages does not give;
    before 6.3 neither did get_user_pages_fast for FOLL_LONGTERM (__gup_longterm_unlocked)."""
    steps = ("P0: a = mmap 1p", f"P0: userfaultfd a {MISSING}")
    assert last(*steps, "P0: h = get a") == "-EFAULT"
    assert last(*steps, "P0: h = pin a FOLL_WRITE") == "-EFAULT"
    assert last(*steps, "P0: h = pin_fast a FOLL_LONGTERM") == "-EFAULT"
    later = run(*steps, "P0: h = pin_fast a FOLL_LONGTERM", kernel="debian-6.12")
    assert later.verdict == NOT_MODELLED
    user = (steps[0], f"{steps[1]} UFFD_USER_MODE_ONLY")
    for verb in ("h = get_fast a", "h = pin_fast a FOLL_LONGTERM", "madvise a MADV_POPULATE_READ"):
        assert last(*user, f"P0: {verb}", kernel="debian-6.12") == "-EFAULT"


def test_the_first_registering_says_whose_faults_are_told() -> None:
    """The flag is one of userfaultfd(2), which a process calls once."""
    steps = ("P0: a = mmap 2p", f"P0: userfaultfd a[0] {MISSING}")
    again = (*steps, f"P0: userfaultfd a[1] {MISSING} UFFD_USER_MODE_ONLY")
    assert run(*again, "P0: mlock a[1]").verdict == NOT_MODELLED


SHMEM = ("P0: f = memfd_create 2p", "P0: a = mmap f rw shared", "P0: b = mmap f rw shared")


def test_a_marker_is_none_of_what_others_look_for() -> None:
    """pte_none_mostly: for mincore and UFFDIO_COPY nothing is there, for the zero page it is."""
    steps = (*SHMEM, f"P0: userfaultfd a {WP} {MISSING}", f"P0: uffdio_writeprotect a {PROTECT}")
    assert last(*steps, "P0: mincore a") == "0*2"
    assert last(*steps, "P0: write b[1] 1", "P0: mincore a") == "0 1"
    assert last(*steps, "P0: uffdio_copy a[0] 7", "P0: write a[0] 8", "P0: read b[0]") == "0x8"
    private = (*SHMEM[:1], "P0: a = mmap f rw private", *steps[3:])
    assert last(*private, "P0: uffdio_zeropage a") == "-EEXIST"


def test_a_marker_goes_when_nobody_watches_any_more() -> None:
    """pte_marker_clear: registered for something else the area keeps it until the next access."""
    steps = (*SHMEM, f"P0: userfaultfd a {WP}", f"P0: uffdio_writeprotect a {PROTECT}")
    other = (*steps, f"P0: userfaultfd a {MISSING}")
    assert last(*other, "P0: pagemap a") == "SDW*2"
    assert last(*other, "P0: read a[0]") == "blocked"
    assert last(*other, "P0: read a[0]", "P0: pagemap a") == "D SDW"
    assert last(*steps, "P0: uffdio_unregister a", "P0: pagemap a") == "D*2"
    moved = (*steps, "P0: c = mremap a 2p MREMAP_MAYMOVE MREMAP_FIXED", "P0: pagemap c")
    assert last(*moved) == "D*2"


def test_no_page_is_mapped_in_passing() -> None:
    """should_fault_around: for writes and for minor faults each page wants its own."""
    steps = (*SHMEM, "P0: write b 1")
    for mode, mapped in ((MISSING, "PFD*2"), (WP, "PFD D")):
        asked = (*steps, f"P0: userfaultfd a {mode}", "P0: read a[0]", "P0: pagemap a")
        assert last(*asked) == mapped


def test_shared_memory_that_is_watched_for_writes_is_mapped_read_only() -> None:
    """vma_wants_writenotify: a read makes no writable entry, and the write after it a fault."""
    steps = (*SHMEM, f"P0: userfaultfd a {WP}", "P0: read a[0]", "P0: write a[0] 1")
    assert last(*steps, "P0: vmstat pgfault") == "pgfault=2"
    assert last(*SHMEM, *steps[4:], "P0: vmstat pgfault") == "pgfault=1"


def test_a_failed_allocation_leaves_the_file_a_hole() -> None:
    """shmem_mfill_atomic_pte and do_cow_fault come first of all to an allocation."""
    steps = (*SHMEM, f"P0: userfaultfd a {MISSING}", "fail alloc")
    assert last(*steps, "P0: uffdio_copy a 7") == "-ENOMEM"
    assert last(*steps, "P0: uffdio_zeropage a", "P0: read b") == "0x0*2"


def test_continue_maps_what_is_out_in_swap_if_it_can() -> None:
    machine = "node0 512M\n  swap 64M zram"
    minor = "UFFDIO_REGISTER_MODE_MINOR"
    steps = (*SHMEM, "P0: write b 1", "P0: madvise b MADV_PAGEOUT", f"P0: userfaultfd a {minor}")
    assert last(*steps, "P0: uffdio_continue a", "P0: read a", machine=machine) == "0x1*2"
    failed = (*steps, "fail alloc", "P0: uffdio_continue a")
    assert last(*failed, machine=machine) == "-ENOMEM"


def test_a_writable_entry_is_write_protected_where_a_leaf_maps_shmem() -> None:
    """change_pmd_range splits the leaf of a file: its entries are markers then, all of them."""
    machine = "node0 512M\n  thp madvise\n  shmem_enabled always"
    steps = ("P0: a = mmap 512p rw shared anon", "P0: write a[0] 1", f"P0: userfaultfd a {WP}")
    made = (*steps, f"P0: uffdio_writeprotect a[0:2] {PROTECT}", "P0: pagemap a[0:3]")
    assert last(*made, machine=machine) == "SDW*2 D"


def test_kernels_whose_text_was_not_read() -> None:
    assert run(*ANON, kernel="v5.17-coherent").verdict == NOT_MODELLED
    assert run(*ANON, kernel="split-v1").verdict == NOT_MODELLED
