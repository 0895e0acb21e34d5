# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading, decoding and asking without a live process: texts and words made by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from linuxmm.cli.inspect import number, parse_range
from linuxmm.errors import InputError
from linuxmm.inspect.area import Area, area_of
from linuxmm.inspect.document import document
from linuxmm.inspect.flags import flag_names
from linuxmm.inspect.kind import KINDS, kind_of
from linuxmm.inspect.lazyfree import split
from linuxmm.inspect.physical import RAM, device_ranges, layout, parse_iomem
from linuxmm.inspect.reconcile import Difference, Total
from linuxmm.inspect.report import by_kind, cut, foreign, is_there, make_report
from linuxmm.inspect.sentence import size
from linuxmm.inspect.standin import as_kind, facts_of
from linuxmm.inspect.text import bar, report_text, total_lines
from linuxmm.inspect.verdict import DROPPED, NO, NOT_NOW, SWAPPED_OUT, UNKNOWN, YES, Judge
from linuxmm.inspect.words import (
    EXCLUSIVE,
    FILE,
    KPF_ANON,
    KPF_BITS,
    KPF_DIRTY,
    KPF_KSM,
    KPF_LRU,
    KPF_NOPAGE,
    KPF_SWAPBACKED,
    KPF_UPTODATE,
    KPF_ZERO,
    PRESENT,
    SWAP,
    pack,
    region_of,
)
from linuxmm.procfs import parse_smaps
from linuxmm.state.constants import (
    VM_DONTDUMP,
    VM_HUGETLB,
    VM_LOCKED,
    VM_MERGEABLE,
    VM_PFNMAP,
    VM_SHARED,
    VM_WRITE,
)
from tests.inspect.fake import IOMEM, FakeProcess, area, machine

SMAPS = b"""\
7f0000000000-7f0000004000 rw-p 00000000 00:00 0 \n\
Rss:                  12 kB
Anonymous:            12 kB
VmFlags: rd wr mr mw me ac mg
7f0000008000-7f0000009000 r--s 00002000 08:01 77                         /srv/a file
Rss:                   4 kB
VmFlags: rd mr me ms sh
"""
ANON = PRESENT | EXCLUSIVE | KPF_ANON | KPF_LRU | KPF_SWAPBACKED


def parse_areas(text: bytes) -> list[Area]:
    return [area_of(mapping) for mapping in parse_smaps(text).found]


# --- reading --------------------------------------------------------------------------------------
def test_smaps_is_read() -> None:
    first, second = parse_areas(SMAPS)
    assert first.flags & VM_MERGEABLE and first.fields == {"Rss": 12, "Anonymous": 12}
    assert second.name == "/srv/a file" and second.pgoff == 2 and second.flags & VM_SHARED
    assert (first.nr_pages, second.inode) == (4, 77)


def test_maps_gives_permissions_only() -> None:
    (found,) = parse_areas(b"7f0000000000-7f0000004000 rw-s 00000000 00:00 0\n")
    assert not found.complete and found.flags & VM_WRITE and found.flags & VM_SHARED


def test_addresses_of_five_levels_are_read() -> None:
    (found,) = parse_areas(b"ff7f0000000000-ff7f0000004000 rw-p 00000000 00:00 0\n")
    assert (found.start, found.nr_pages) == (0xFF7F0000000000, 4)
    assert list(cut([found], [])) == [found]  # the kernel's own gate page alone is left out


def test_inner_ranges_win() -> None:
    physical = layout(parse_iomem(IOMEM), [(0, 0xC0000, 0), (0x120000, 0x140000, 1)], "")
    names = [str(physical.regions[physical.row(pfn)]) for pfn in (2, 0x1000, 0x110000, 0x130000)]
    assert names == ["node0", "node0", "dax0.0 (node not known)", "node1"]
    assert physical.row(0xD0000) == 0


def test_devices_tell_their_node(tmp_path: Path) -> None:
    for name, words in {
        "dax0.0": {"resource": "0x180000000", "size": "268435456", "target_node": "1"},
        "namespace1.0": {"resource": "0x160000000", "size": "536870912", "numa_node": "0"},
        "region1": {"size": "4096", "numa_node": "0"},  # has no range
        "dax1.0": {"resource": "0x190000000", "size": "4096", "target_node": "-1"},
    }.items():
        (tmp_path / name).mkdir()
        for word, text in words.items():
            (tmp_path / name / word).write_text(text + "\n")
    found = device_ranges((str(tmp_path), str(tmp_path / "no-such-bus")))
    assert found == [(0x180000, 0x190000, 1), (0x160000, 0x180000, 0)]
    iomem = "160000000-17fffffff : Persistent Memory\n180000000-18fffffff : dax0.0\n"
    physical = layout(parse_iomem(iomem + "190000000-19fffffff : Reserved\n"), found, "")
    names = [str(physical.regions[physical.row(pfn)]) for pfn in (0x160000, 0x180000, 0x190000)]
    assert names == ["Persistent Memory (node0)", "dax0.0 (node1)", "Reserved (node not known)"]


def test_without_iomem_the_nodes_are_ram() -> None:
    physical = layout([], [(0, 0x8000, 0), (0x8000, 0x10000, 1)], "hidden")
    assert [r.name for r in physical.regions[1:]] == [RAM, RAM]
    assert physical.regions[physical.row(0x9000)].node == 1


def test_a_word_keeps_what_decides() -> None:
    word = pack(1 << 63 | 1 << 56 | 0x1234, KPF_ANON, 3)
    assert (word & PRESENT, word & EXCLUSIVE, region_of(word)) == (PRESENT, EXCLUSIVE, 3)
    assert word & KPF_ANON and not word & FILE
    assert pack(1 << 62 | 7 << 5 | 2, 0, 0) == SWAP | 2


# --- kinds ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("word", "kind"),
    [
        (0, "none"),
        (ANON, "anon"),
        (ANON | KPF_KSM, "ksm"),
        (PRESENT | KPF_ZERO, "zero"),
        (PRESENT | EXCLUSIVE | KPF_NOPAGE, "coherent"),
        (SWAP, "swap"),
        (SWAP | 30, "special"),
        (PRESENT | FILE | KPF_LRU | KPF_SWAPBACKED, "shmem"),
        (PRESENT | FILE | KPF_LRU, "file"),
    ],
)
def test_words_have_kinds(word: int, kind: str) -> None:
    assert kind_of(machine(), area(), word) == kind


def test_a_kernel_that_calls_all_pages_merged_is_not_believed() -> None:
    assert kind_of(machine(ksm_lies=True), area(), ANON | KPF_KSM) == "anon"


def test_where_smaps_says_that_all_are_merged_it_is_believed() -> None:
    """The KSM line of smaps counts what page flags do not tell on such a kernel."""
    liar, all_of_them = machine(ksm_lies=True), {"Anonymous": 40, "KSM": 40}
    assert kind_of(liar, replace(area(), fields=all_of_them), ANON | KPF_KSM) == "ksm"
    assert (
        kind_of(liar, replace(area(), fields={**all_of_them, "KSM": 8}), ANON | KPF_KSM) == "anon"
    )


def test_device_memory_is_told_by_its_mapping() -> None:
    fsdax, devdax = area(name="/mnt/f", inode=3), area(name="/dev/dax0.0", inode=4)
    assert kind_of(machine(), fsdax, PRESENT | KPF_NOPAGE) == "fsdax"
    assert kind_of(machine(), devdax, PRESENT | FILE | KPF_NOPAGE) == "devdax"
    assert kind_of(machine(), area(0x73 | VM_PFNMAP), 0) == "pfnmap"


def test_secret_memory_is_told_by_what_the_kernel_gave_it() -> None:
    """/proc/PID/smaps of Linux 6.18: rw-s 00:0e, VmFlags rd wr sh mr mw ms lo dd; 6.1: no lo."""
    flags = 0xDB | VM_DONTDUMP
    secret = replace(area(flags, "/secretmem (deleted)", 36823), device="00:0e")
    word = PRESENT | FILE | KPF_LRU
    assert kind_of(machine(), secret, word) == "secretmem"
    assert kind_of(machine(), replace(secret, device="fe:00"), word) == "file"
    assert kind_of(machine(), replace(secret, flags=0xDB), word) == "file"
    assert kind_of(machine(), replace(secret, name="/secretmem"), word) == "file"


def test_zero_for_no_page_is_known_by_its_range() -> None:
    """Later kernels show 0 of device pages (fs/proc/page.c:kpage_read; facts of 6.18 and 7.1)."""
    m = machine()
    ranges = {m.physical.regions[m.physical.row(pfn)].name: pfn for pfn in (0x100, 0x100000)}
    device = pack(1 << 63 | 1 << 56, 0, m.physical.row(ranges["dax0.0"]))
    ram = pack(1 << 63 | 1 << 56, 0, m.physical.row(ranges[RAM]))
    assert kind_of(m, area(), device) == "coherent"
    assert kind_of(m, area(name="/dev/dax0.0", inode=4), device) == "devdax"
    assert kind_of(m, area(), ram) == "anon"  # freed between the two readings


def test_flags_are_told_by_what_they_mean() -> None:
    """include/linux/page-flags.h: PG_anon_exclusive is PG_mappedtodisk, PG_swapcache is
    PG_owner_priv_1; 6.12 sets KSM for every anonymous page."""
    word = ANON | KPF_KSM | 1 << 34 | 1 << 37 | 1 << 13
    plain = ["LRU", "ANON", "SWAPCACHE", "SWAPBACKED"]
    assert flag_names(word, "anon") == [*plain, "ANON_EXCLUSIVE"]
    assert flag_names(word, "ksm") == [*plain, "KSM", "ANON_EXCLUSIVE"]
    assert flag_names(PRESENT | KPF_LRU | 1 << 34, "file") == ["LRU", "MAPPEDTODISK"]
    assert flag_names(1 << 27 | 1 << 42, "file") == ["bit27", "bit42"]


# --- verdicts: each stands in facts/real-kernels.md or in the 6.1 source ---
def verdicts(kernel: str, word: int, vma: Area, kind: str = "") -> dict[str, str]:
    m = machine()
    facts = facts_of(m, vma, word, kind or kind_of(m, vma, word))
    return {name: answer.word for name, answer in Judge(kernel)(facts).answers.items()}


def test_an_ordinary_page_may_do_all() -> None:
    found = verdicts("v6.1", ANON, area(0x73 | VM_MERGEABLE))
    assert found == dict.fromkeys(found, YES)


@pytest.mark.parametrize("kernel", ["v6.12", "v6.18"])
def test_kernels_that_walk_by_folio_find_the_page_too(kernel: str) -> None:
    """mm/migrate.c:add_folio_for_migration asks folio_walk_start; it was "gives no page"."""
    found = verdicts(kernel, ANON, area(0x73 | VM_MERGEABLE))
    assert found == dict.fromkeys(found, YES)
    shared = verdicts(kernel, ANON & ~EXCLUSIVE, area())
    assert shared["move_pages"] == NOT_NOW  # others may go


def test_device_coherent_pages_lose_what_the_lru_gives() -> None:
    found = verdicts("v6.1", PRESENT | EXCLUSIVE | KPF_NOPAGE, area(0x73 | VM_MERGEABLE))
    assert found["pin"] == NOT_NOW  # it moves to system RAM first
    assert {name for name, word in found.items() if word == NO} == set(found) - {"pin"}


def test_what_if_asks_the_same_page_elsewhere() -> None:
    facts = facts_of(machine(), area(), ANON, "anon")
    judge = Judge("v6.1")
    assert judge(facts).answers["move_pages"].word == YES
    there = judge(as_kind(facts, "coherent"))
    assert (there.normal, there.lru, there.in_smaps, there.in_numa_maps) == (
        True,
        False,
        True,
        False,
    )


def test_hugetlb_pages_go_on_no_lru_list() -> None:
    m = machine()
    facts = facts_of(m, area(0x73 | VM_HUGETLB), PRESENT | EXCLUSIVE | 1 << 17, "hugetlb")
    found = Judge("v6.1")(facts)
    assert not found.lru and found.normal
    assert found.answers["reclaim"].word == NO
    assert found.answers["reclaim"].rule == "hugetlb pages go on no LRU list"


@pytest.mark.parametrize("exclusive", [EXCLUSIVE, 0])
@pytest.mark.parametrize("dirty", [1 << 4, 0])
def test_what_is_in_swap_already_is_dropped_if_nothing_changed(exclusive: int, dirty: int) -> None:
    """Writable and dirty entries, and dirty pages, are written; a clean copy is dropped."""
    m = machine()
    word = ANON & ~EXCLUSIVE | exclusive | dirty | 1 << 13
    answer = Judge("v6.1")(facts_of(m, area(), word, "anon")).answers["reclaim"]
    assert (answer.word, answer.rule) == (YES, SWAPPED_OUT if exclusive or dirty else DROPPED)


@pytest.mark.parametrize("flags", [0x73, 0x71, 0xFB])
def test_page_cache_goes_when_it_is_clean(flags: int) -> None:
    """In private mappings, writable or not, and in shared ones that nobody wrote through."""
    m, vma = machine(swap_files=0), area(flags, "/srv/file", 3)
    clean = PRESENT | FILE | EXCLUSIVE | KPF_LRU | 1 << 3
    for word, rule in ((clean, DROPPED), (clean | 1 << 4, "dirty: has to be written first")):
        answer = Judge("v6.1")(facts_of(m, vma, word, "file")).answers["reclaim"]
        assert answer.rule == rule
    blind = machine(swap_files=0, has_flags=False)
    shmem = area(0xFB, "/dev/shm/x", 3)
    found = Judge("v6.1")(facts_of(blind, shmem, PRESENT | FILE, "shmem")).answers["reclaim"]
    assert found.rule == "no swap"  # as a rule it is dirty


def test_a_marked_page_that_is_dirty_itself_was_written() -> None:
    """Its entry was dirty when compaction took it away (mm/rmap.c:try_to_migrate_one)."""
    quiet = PRESENT | KPF_ANON | KPF_UPTODATE
    dirty = quiet | KPF_DIRTY
    of = replace(area(pages=8), whole=True, fields={"LazyFree": 20})
    assert split(machine(), of, {dirty: 2, quiet: 6}) == {
        dirty: [("written", 2)],
        quiet: [("clean", 5), ("written", 1)],
    }
    part = replace(of, whole=False)
    assert split(machine(), part, {dirty: 2, quiet: 6}) == {
        dirty: [("written", 2)],
        quiet: [("unseen", 6)],
    }


def test_a_tail_of_a_huge_page_is_no_lazy_free() -> None:
    """To 6.1 a tail shows none of its head's flags: without swap it stays all the same."""
    tail = PRESENT | EXCLUSIVE | KPF_ANON | 1 << 16 | 1 << 22
    facts = facts_of(machine(swap_files=0), area(), tail, "thp")
    assert Judge("v6.1")(facts).answers["reclaim"].rule == "no swap"


@pytest.mark.parametrize(
    ("lazy", "word", "rule"),
    [
        ("clean", YES, DROPPED),
        ("written", NOT_NOW, "written since MADV_FREE: the mark is taken off first"),
        ("unseen", UNKNOWN, "MADV_FREE marked it; whether it was written since is not seen"),
        ("", NOT_NOW, "no swap"),
    ],
)
def test_lazy_free_needs_no_swap(lazy: str, word: str, rule: str) -> None:
    marked = ANON & ~KPF_SWAPBACKED if lazy else ANON
    facts = facts_of(machine(swap_files=0), area(), marked, "anon", lazy)
    answer = Judge("v6.1")(facts).answers["reclaim"]
    assert (answer.word, answer.rule) == (word, rule)


def test_a_locked_vma_is_not_reclaimed() -> None:
    assert verdicts("v6.1", ANON, area(0x73 | VM_LOCKED))["reclaim"] == NOT_NOW


def test_shared_pages_want_move_all() -> None:
    found = verdicts("v6.1", ANON & ~EXCLUSIVE, area())
    assert (found["move_pages"], found["numa"]) == (NOT_NOW, NOT_NOW)


def test_fsdax_refuses_a_longterm_pin() -> None:
    vma = area(0x73, "/mnt/f", 3)
    assert verdicts("v6.1", PRESENT | KPF_NOPAGE, vma)["pin"] == NO


def test_a_rule_of_the_record_decides(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Flip one cell of a record, and the verdict follows: no second set of rules is here."""
    path = tmp_path_factory.mktemp("kernels") / "mine.toml"
    path.write_text(
        'schema = 1\nname = "mine"\nbase = "v6.1"\nsource = "a test"\n'
        '[site."mm/migrate.c:add_page_for_migration"]\ntests = []\n'
    )
    word = ANON & ~EXCLUSIVE
    assert verdicts("v6.1", word, area())["move_pages"] == NOT_NOW
    assert verdicts(str(path), word, area())["move_pages"] == YES


def test_the_patch_leaves_its_rules_visible() -> None:
    """split-v1 walks with FOLL_LRU where mlock marks pages: device pages are not found."""
    word, vma = PRESENT | EXCLUSIVE | KPF_NOPAGE, area()
    assert verdicts("split-v1", word, vma)["mlock"] == NO


def test_without_page_flags_an_ordinary_page_is_taken() -> None:
    m = machine(has_flags=False)
    found = Judge("v6.1")(facts_of(m, area(), PRESENT | EXCLUSIVE, "anon")).answers
    assert (found["reclaim"].word, found["move_pages"].word) == (YES, YES)


def test_a_kernel_knows_its_own_rules() -> None:
    judge = Judge("v6.1")
    debian = machine(release="6.1.0-57-amd64", version="#1 SMP Debian 6.1.192-1 (2026-10-01)")
    ours = machine(release="6.1.192", version="#1 SMP")
    older = machine(release="6.1.0-56-amd64", version="#1 SMP Debian 6.1.191-1 (2026-09-01)")
    assert [foreign(m, [judge]) for m in (debian, ours)] == [(), ()]
    assert foreign(older, [judge]) == ("debian-6.1",)
    assert foreign(ours, [judge, Judge("split-v1")]) == ("split-v1",)  # of no released kernel


def test_rules_of_another_kernel_are_said_at_the_top() -> None:
    process = FakeProcess(7, "made", [area()])
    for release, said in (("6.1.192", False), ("6.18.44", True)):
        source = machine(release=release, version="#1")
        report = make_report(source, process, [Judge("v6.1")], [])
        head = report_text(report, [], [], None).partition("\n\n")[0]
        assert ("the rules are those of debian-6.1, not of this kernel" in head) == said
        assert document(report, [], [], None, False)["rules_are_its_own"] == {
            "debian-6.1": not said
        }


# --- text -----------------------------------------------------------------------------------------
def test_the_answer_stands_first_and_its_words_are_said() -> None:
    """Two anonymous pages of a machine without swap: 8 KiB by hand."""
    vma = area(pages=2)
    mine = 1 << 63 | 1 << 56  # present, mapped once (Documentation/admin-guide/mm/pagemap.rst)
    entries = {vma.start + i * 4096: mine | 0x1000 + i for i in (0, 1)}
    process = FakeProcess(7, "made", [vma], entries=entries)
    source = machine(has_flags=False, swap_files=0)
    text = report_text(make_report(source, process, [Judge("v6.1")], []), [], [], None)
    assert text.splitlines()[1] == "Of 8.0 KiB, 8.0 KiB need swap."
    assert "not now: a state forbids it that can change" in " ".join(text.split())
    without = report_text(make_report(source, process, [], []), [], [], None)
    assert "need swap" not in without and "not now" not in without


def test_a_bar_is_in_the_order_of_addresses() -> None:
    """16 parts of 2 pages: by hand."""
    vma = area(pages=32)
    places = {0: ANON, 1: ANON, 2: ANON, 9: PRESENT | KPF_ZERO, 30: ANON, 31: ANON | KPF_KSM}
    entries = {vma.start + i * 4096: 1 << 63 | i + 1 for i in places}
    flags = {i + 1: word & KPF_BITS for i, word in places.items()}
    report = make_report(machine(flags=flags), FakeProcess(7, "", [vma], entries=entries), [], [])
    assert bar(report.picture(vma), colour=False) == "|aa..z..........k|"
    drawn = bar(report.picture(vma), colour=True)
    assert drawn.startswith("|\x1b[32maa\x1b[0m..\x1b[90mz\x1b[0m")


def test_a_bar_of_few_pages_gives_each_its_share() -> None:
    vma = area(pages=4)
    entries = {vma.start + 4096: 1 << 63 | 5}
    process = FakeProcess(7, "", [vma], entries=entries)
    report = make_report(machine(flags={5: ANON & KPF_BITS}), process, [], [])
    assert bar(report.picture(vma), colour=False) == "|....aaaa........|"


def test_a_large_area_is_counted_part_by_part() -> None:
    """1 GiB from 1 GiB on: 16 parts of 64 MiB; anonymous pages in the second and the last."""
    vma = area(pages=1 << 18)
    places = [vma.start + (64 << 20) + 4096 * i for i in range(3)] + [vma.end - 4096]
    entries = dict.fromkeys(places, 1 << 63 | 7)
    process = FakeProcess(7, "", [vma], entries=entries)
    report = make_report(machine(flags={7: ANON & KPF_BITS}), process, [], [])
    assert by_kind(report.rows) == {"anon": 4, "none": (1 << 18) - 4}
    cells = report.picture(vma)
    assert [cell.get("anon", 0) for cell in cells] == [0, 3, *[0] * 13, 1]
    assert sum(sum(cell.values()) for cell in cells) == vma.nr_pages
    assert bar(cells, colour=False) == "|.a..............|"  # where most of them are


def test_guard_and_zero_pages_are_not_there() -> None:
    m = machine()
    there = {kind for kind in KINDS if is_there(m, kind)}
    assert set(KINDS) - there == {"none", "guard", "zero", "pfnmap"}
    assert is_there(machine(tables=True), "pfnmap")


def test_sizes_have_four_digits() -> None:
    assert [size(n) for n in (0, 1, 300, 1 << 18)] == ["0 B", "4.0 KiB", "1.2 MiB", "1.0 GiB"]


@pytest.mark.parametrize("word", ["", "x", "-1", "0", "1.5"])
def test_bad_pids(word: str) -> None:
    with pytest.raises(InputError):
        number(word)


@pytest.mark.parametrize("text", ["", "1-", "2000-1000", "x-y"])
def test_bad_ranges(text: str) -> None:
    with pytest.raises(InputError):
        parse_range(text)


def test_a_difference_of_large_numbers_fits_a_terminal() -> None:
    high = replace(area(), start=0x7F391520D000, end=0x7F391810D000)
    found = Difference(high, "numa_maps N0", 11841, 11842, "changed")
    lines = total_lines([Total("Rss", 1, 1)], [found])
    assert max(map(len, lines)) <= 80
    assert " ".join(" ".join(lines).split()).endswith("11842 in the kernel: changed")
