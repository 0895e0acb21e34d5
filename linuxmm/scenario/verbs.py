"""The verbs of the scenario language: what each takes, defines and gives, with an example.

The parser, the printer and the reference in ``docs/scenario-language.md`` all read this table.
A verb carries the system call's or the file's own name.
"""

from typing import NamedTuple

from linuxmm.scenario.words import (
    BACKING,
    DAEMONS,
    DEVICE_KINDS,
    FALLOC,
    FILL,
    FOLL,
    GET_POLICY_FLAGS,
    INSERT,
    KSM_COUNTERS,
    KSM_SETTINGS,
    MADVICE,
    MAP_FLAGS,
    MBIND_FLAGS,
    MCL_FLAGS,
    MEMINFO_KEYS,
    MIGRATE_KEYS,
    MKWRITE,
    MLOCK2_FLAGS,
    MOVE_FLAGS,
    MREMAP_FLAGS,
    NEW_PROT,
    NUMA_MAPS_KEYS,
    POLICY,
    PROT,
    ROLLUP_KEYS,
    SELECT,
    SHARING,
    SMAPS_KEYS,
    STATUS_KEYS,
    UFFD_MODES,
    UFFD_WP,
    VMSTAT_KEYS,
    Group,
)

# --- result forms -----------------------------------------------------------------------------
# name -> (how it is written, what it means)
FORMS: dict[str, tuple[str, str]] = {
    "ok": ("`ok` or `-ERRNO`", "done, or the error"),
    "return": ("integer or `-ERRNO`", "what the call returned"),
    "access": (
        "`ok`, `SIGNAL@PAGE` or `blocked`",
        "done, the signal and the page that raised it, or asleep until a migration ends",
    ),
    "values": ("one value per page, `SIGNAL@PAGE` or `blocked`", "the contents: `0x5a*4 0x0*4`"),
    "status": (
        "one of `nodeN`, `-ERRNO`, `untouched` per page",
        "`ret=N` first where the call did not return 0; `ret=-ERRNO` alone: nothing was written",
    ),
    "found": ("one of `page`, `zero`, `none`, `-ERRNO` per page", "what the lookup gave"),
    "picture": (
        "`KIND[:BITS][@PAGE]` per page",
        "kind `ram`, `dev`, `swap`, `none`; bits `x` exclusive, `f` file; `@i`: same frame as "
        "page i",
    ),
    "pagemap": ("letters of `PSFXDW`, or `none`, per page", "the bits of /proc/PID/pagemap"),
    "kpageflags": ("names with commas per page", "`ANON,MMAP,...`: and possibly more"),
    "counts": ("one integer per page", "/proc/kpagecount, mincore"),
    "snapshot": ("words with commas per page", "what the device's snapshot shows"),
    "fields": (
        "`KEY=VALUE ...`, or `none`",
        "exact, or with `...` at the end: and possibly more",
    ),
}


class Verb(NamedTuple):
    """A verb of one kind of actor: what it takes, defines and gives.

    ``first``: what comes first, alternatives with ``|``, ``?`` when it may be missing.
    ``nodes``: how many node words (``one_or_each``, ``some``, ``from_to``).  ``remote``: the pages
    may be those of another process.  The words behind ``first`` may come in any order.
    ``makes`` and ``ends``: what a step names (mapping, file, handle, process), what it takes away
    (the task that makes it, pages of a mapping, a handle); ``undone_by``: the verb that gives back
    what this one holds; ``phase``: of a migration before and after it (empty: none under way).
    """

    name: str
    example: str
    says: str
    form: str
    who: str = "process"
    first: str = ""
    makes: str = ""
    groups: tuple[Group, ...] = ()
    remote: bool = False
    process: bool = False
    nodes: str = ""
    values: bool = False
    number: str = ""
    keys: tuple[str, ...] = ()
    keys_required: bool = False
    settings: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    size: bool = False
    ends: str = ""
    undone_by: str = ""
    phase: tuple[str, str] | None = None


def _process_verbs() -> tuple[Verb, ...]:
    """What a process does to memory that it maps."""
    v = Verb
    m = "mapping"
    return (
        v(
            "mmap",
            "P0: b = mmap 8p rw private anon",
            "New mapping with a hole on either side, so that neighbours never merge. Anonymous, or "
            "of file pages, a DAX device, or a driver (`pfnmap`, `mixedmap`: `pages` with, `pfns` "
            "without struct page, `empty` until inserted).",
            "ok",
            first="size|file",
            makes=m,
            groups=(PROT, SHARING, BACKING, FILL, MAP_FLAGS),
            devices=("dax", "devdax"),
        ),
        v(
            "munmap",
            "P0: munmap a[2:4]",
            "Unmaps the pages; splits mappings where it must.",
            "return",
            first=m,
            ends="pages",
        ),
        v(
            "mprotect",
            "P0: mprotect a none",
            "Changes the protection of the pages; splits mappings where it must.",
            "return",
            first=m,
            groups=(NEW_PROT,),
        ),
        v(
            "mremap",
            "P0: b = mremap a 16p MREMAP_MAYMOVE",
            "Resizes or moves the mapping; the new name covers the result.",
            "ok",
            first=m,
            makes=m,
            groups=(MREMAP_FLAGS,),
            size=True,
        ),
        v(
            "madvise",
            "P0: madvise a MADV_COLD",
            "Advice for the pages.",
            "return",
            first=m,
            groups=(MADVICE,),
        ),
        v(
            "process_madvise",
            "P0: process_madvise P1.a MADV_PAGEOUT",
            "Advice for another process's pages. Gives the bytes advised.",
            "return",
            first=m,
            groups=(MADVICE,),
            remote=True,
        ),
        v(
            "mlock",
            "P0: mlock a",
            "Locks the pages in memory and faults them in.",
            "return",
            first=m,
        ),
        v(
            "mlock2",
            "P0: mlock2 a MLOCK_ONFAULT",
            "Locks them; with the flag without faulting them in.",
            "return",
            first=m,
            groups=(MLOCK2_FLAGS,),
        ),
        v("munlock", "P0: munlock a", "Unlocks the pages.", "return", first=m),
        v(
            "mlockall",
            "P0: mlockall MCL_CURRENT",
            "Locks all mappings of the process, present or future.",
            "return",
            groups=(MCL_FLAGS,),
        ),
        v("munlockall", "P0: munlockall", "Unlocks all mappings.", "return"),
        v(
            "mincore",
            "P0: mincore a",
            "Which pages are in core: 1 or 0.",
            "counts",
            first=m,
        ),
        v(
            "mbind",
            "P0: mbind a MPOL_BIND node1 MPOL_MF_MOVE",
            "Memory policy of the pages, for some nodes.",
            "return",
            first=m,
            groups=(POLICY, MBIND_FLAGS),
            nodes="some",
        ),
        v(
            "set_mempolicy",
            "P0: set_mempolicy MPOL_PREFERRED node1",
            "Memory policy of the process.",
            "return",
            groups=(POLICY,),
            nodes="some",
        ),
        v(
            "get_mempolicy",
            "P0: get_mempolicy a[0] MPOL_F_NODE MPOL_F_ADDR",
            "The policy, or the node of a page.",
            "return",
            first=m + "?",
            groups=(GET_POLICY_FLAGS,),
        ),
        v(
            "move_pages",
            "P0: move_pages a node1",
            "Without nodes: asks where the pages are. With one node for all or one per page "
            "(`node0*4 node1*4`): moves them. MPOL_MF_MOVE unless MPOL_MF_MOVE_ALL is given.",
            "status",
            first=m,
            groups=(MOVE_FLAGS,),
            remote=True,
            nodes="one_or_each",
        ),
        v(
            "migrate_pages",
            "P0: migrate_pages P1 from node0 to node1",
            "Moves all pages of a process (its own without one).",
            "return",
            process=True,
            nodes="from_to",
        ),
        v(
            "fork",
            "P0: P2 = fork",
            "The child knows the names that its parent has now.",
            "ok",
            makes="process",
        ),
        v(
            "exit",
            "P1: exit",
            "The process ends (`P0.t1: exit`: only the thread).",
            "ok",
            ends="task",
        ),
        v(
            "read",
            "P0: read a",
            "Loads from each page, in order, and stops at the first signal; through a name of "
            "held pages: what their holder sees, or `-EINVAL` where one of them is not held (its "
            "get or pin failed, or got fewer).",
            "values",
            first="mapping|handle",
        ),
        v(
            "write",
            "P0: write a 0x5a",
            "Fills each page with a 64-bit value, one for all or one each (`1*4 2*4`), in "
            "order, and stops at the first signal; through a name of held pages: as a device "
            "with these pages does, or `-EINVAL` and nothing is written where one is not held.",
            "access",
            first="mapping|handle",
            values=True,
        ),
        v(
            "userfaultfd",
            "P0: userfaultfd a UFFDIO_REGISTER_MODE_WP",
            "Registers the pages with a userfaultfd of the process.",
            "return",
            first=m,
            groups=(UFFD_MODES,),
        ),
        v(
            "uffdio_writeprotect",
            "P0: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP",
            "Write-protects registered pages; without the flag: lifts that.",
            "return",
            first=m,
            groups=(UFFD_WP,),
        ),
    )


def _file_verbs() -> tuple[Verb, ...]:
    """Files as objects, shared by all processes."""
    return (
        Verb(
            "file",
            "P0: g = file 16p",
            "A new file of zeroes that reached its disk, not cached: on ext4, or on a DAX device "
            "(`g = file 16p dax0`).",
            "ok",
            first="size",
            makes="file",
            devices=("dax",),
        ),
        Verb(
            "memfd_create",
            "P0: g = memfd_create 16p",
            "A new file in shared memory.",
            "ok",
            first="size",
            makes="file",
        ),
        Verb(
            "pread",
            "P0: pread f[0:4]",
            "Reads the pages of the file by system call, through the page cache.",
            "values",
            first="file",
        ),
        Verb(
            "pwrite",
            "P0: pwrite f[0:4] 0x11",
            "Writes by system call: one value for all pages or one per page.",
            "return",
            first="file",
            values=True,
        ),
        Verb(
            "fsync",
            "P0: fsync f",
            "Writes the dirty pages back; they are clean then.",
            "return",
            first="file",
        ),
        Verb(
            "ftruncate",
            "P0: ftruncate f 2p",
            "Cuts the file to this size; pages behind it are unmapped everywhere.",
            "return",
            first="file",
            size=True,
        ),
        Verb(
            "fallocate",
            "P0: fallocate f[2:4] FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE",
            "Punches a hole into the file, or allocates.",
            "return",
            first="file",
            groups=(FALLOC,),
        ),
    )


def _reference_verbs() -> tuple[Verb, ...]:
    """References on pages (GUP), and a driver's own mappings."""
    held = [
        Verb(
            name,
            f"P0: g = {name} a {flag}",
            says,
            "return",
            first="mapping",
            makes="handle",
            groups=(FOLL,),
            remote=not name.endswith("fast"),
            undone_by="put" if name.startswith("get") else "unpin",
        )
        for name, flag, says in (
            (
                "get",
                "FOLL_WRITE",
                "get_user_pages: the name holds the pages until `put`. Gives how many.",
            ),
            ("get_fast", "FOLL_WRITE", "get_user_pages_fast: likewise."),
            (
                "pin",
                "FOLL_LONGTERM FOLL_WRITE",
                "pin_user_pages: the name holds the pages until `unpin`. Gives how many.",
            ),
            ("pin_fast", "FOLL_LONGTERM", "pin_user_pages_fast: likewise."),
        )
    ]
    return (
        *held,
        Verb("put", "P0: put h", "Drops what a get holds.", "ok", first="handle", ends="handle"),
        Verb(
            "unpin", "P0: unpin k", "Drops what a pin holds.", "ok", first="handle", ends="handle"
        ),
        Verb(
            "follow_page",
            "P0: follow_page a FOLL_GET FOLL_DUMP",
            "follow_page for each page; a reference taken is dropped at once.",
            "found",
            first="mapping",
            groups=(FOLL,),
        ),
        Verb(
            "remap_pfn_range",
            "P0: remap_pfn_range c[0:2]",
            "The driver maps frames without struct page into its mapping.",
            "return",
            first="mapping",
        ),
        Verb(
            "vm_insert_page",
            "P0: vm_insert_page c[0]",
            "The driver inserts pages of its own: of the kernel, or of a device's memory "
            "(`vm_insert_page c[0] p2pdma0`).",
            "return",
            first="mapping",
            devices=DEVICE_KINDS,
        ),
        Verb(
            "vm_insert_mixed",
            "P0: vm_insert_mixed c[1] pfn",
            "The driver inserts a `page`, a raw `pfn` or a `devmap` pfn; `mkwrite`: for writing.",
            "return",
            first="mapping",
            groups=(INSERT, MKWRITE),
            devices=DEVICE_KINDS,
        ),
    )


def _file_reports() -> tuple[Verb, ...]:
    """What user space reads under /proc and /sys, and what it writes there."""
    m = "mapping"
    return (
        Verb(
            "pages",
            "P0: pages a",
            "The picture of each page, from pagemap and the frame numbers.",
            "picture",
            first=m,
            remote=True,
        ),
        Verb(
            "pagemap",
            "P0: pagemap a",
            "The bits of /proc/PID/pagemap, without the frame numbers.",
            "pagemap",
            first=m,
            remote=True,
        ),
        Verb(
            "smaps",
            "P0: smaps a Rss Pss",
            "Of the mapping in which the first page lies, in kB; with keys: only these.",
            "fields",
            first=m,
            remote=True,
            keys=SMAPS_KEYS,
        ),
        Verb(
            "smaps_rollup",
            "P0: smaps_rollup Rss",
            "The sum over the process's mappings that the scenario made.",
            "fields",
            process=True,
            keys=ROLLUP_KEYS,
        ),
        Verb(
            "numa_maps",
            "P0: numa_maps a",
            "Of the mapping in which the first page lies; the page size is left out, and the "
            "policy unless asked for by key.",
            "fields",
            first=m,
            remote=True,
            keys=NUMA_MAPS_KEYS,
        ),
        Verb(
            "kpageflags",
            "P0: kpageflags a",
            "The flags of the page mapped there.",
            "kpageflags",
            first=m,
            remote=True,
        ),
        Verb(
            "kpagecount",
            "P0: kpagecount a",
            "The mapcount of the page mapped there, as the file gives it.",
            "counts",
            first=m,
            remote=True,
        ),
        Verb(
            "status",
            "P0: status VmRSS VmLck",
            "/proc/PID/status in kB, beyond what the process had when the scenario began.",
            "fields",
            process=True,
            keys=STATUS_KEYS,
        ),
        Verb(
            "meminfo",
            "P0: meminfo Mlocked",
            "/proc/meminfo in kB: the change since the scenario began.",
            "fields",
            keys=MEMINFO_KEYS,
            keys_required=True,
        ),
        Verb(
            "vmstat",
            "P0: vmstat nr_mlock",
            "/proc/vmstat: the change since the scenario began.",
            "fields",
            keys=VMSTAT_KEYS,
            keys_required=True,
        ),
        Verb(
            "ksm",
            "P0: ksm pages_shared pages_sharing",
            "/sys/kernel/mm/ksm: its counters (without keys the pages_ ones).",
            "fields",
            keys=(*KSM_COUNTERS, *KSM_SETTINGS),
        ),
        Verb(
            "ksm_set",
            "P0: ksm_set run=2",
            "Writes a file of /sys/kernel/mm/ksm.",
            "return",
            settings=KSM_SETTINGS,
        ),
        Verb(
            "clear_refs",
            "P0: clear_refs 1",
            "Writes /proc/PID/clear_refs (of another process: `clear_refs P1 4`).",
            "return",
            process=True,
            number="required",
        ),
        Verb(
            "split_huge_pages",
            "P0: split_huge_pages a",
            "Writes the range to debugfs.",
            "return",
            first=m,
            remote=True,
        ),
        Verb(
            "drop_caches",
            "P0: drop_caches 1",
            "Writes /proc/sys/vm/drop_caches.",
            "return",
            number="required",
        ),
    )


def _device_verbs() -> tuple[Verb, ...]:
    """What a device with memory does (test_hmm's role); its pages are always another's."""
    d = "device"
    m = "mapping"
    return (
        Verb(
            "migrate",
            "coherent0: migrate P0.a[0:4]",
            "Moves the pages into the device's memory, all phases at once.",
            "fields",
            d,
            m,
            remote=True,
            keys=MIGRATE_KEYS,
        ),
        Verb(
            "migrate_to_sys",
            "coherent0: migrate_to_sys P0.a",
            "Moves the device's pages of the range back to system memory.",
            "fields",
            d,
            m,
            remote=True,
            keys=MIGRATE_KEYS,
        ),
        Verb(
            "setup",
            "coherent0: setup P0.a MIGRATE_VMA_SELECT_SYSTEM",
            "migrate_vma_setup: collects and unmaps. Gives cpages. Towards system memory with a "
            "SELECT flag of the device's own kind.",
            "fields",
            d,
            m,
            remote=True,
            groups=(SELECT,),
            keys=MIGRATE_KEYS,
            phase=("", "setup"),
        ),
        Verb(
            "pages",
            "coherent0: pages",
            "migrate_vma_pages: moves the pages that can move. Gives migrated, the pages that "
            "still move.",
            "fields",
            d,
            keys=MIGRATE_KEYS,
            phase=("setup", "pages"),
        ),
        Verb(
            "finalize",
            "coherent0: finalize",
            "migrate_vma_finalize: the entries point at the new pages, or at the old ones again.",
            "ok",
            d,
            phase=("pages", ""),
        ),
        Verb(
            "release", "coherent0: release", "Moves all its pages back to system memory.", "ok", d
        ),
        Verb(
            "read",
            "coherent0: read P0.a",
            "The device loads.",
            "values",
            d,
            m,
            remote=True,
        ),
        Verb(
            "write",
            "coherent0: write P0.a 0x7",
            "The device stores.",
            "access",
            d,
            m,
            remote=True,
            values=True,
        ),
        Verb(
            "exclusive",
            "private0: exclusive P0.a",
            "make_device_exclusive_range: the device alone may access the pages until a CPU does.",
            "ok",
            d,
            m,
            remote=True,
        ),
        Verb(
            "check_exclusive",
            "private0: check_exclusive P0.a",
            "Is that still so.",
            "ok",
            d,
            m,
            remote=True,
        ),
        Verb(
            "snapshot",
            "coherent0: snapshot P0.a",
            "hmm_range_fault without faulting.",
            "snapshot",
            d,
            m,
            remote=True,
        ),
        Verb(
            "unmap_mapping_range",
            "dax0: unmap_mapping_range f[0:4]",
            "The file system unmaps the file's pages everywhere.",
            "ok",
            "dax",
            "file",
        ),
    )


def _daemon_verbs() -> tuple[Verb, ...]:
    """What the kernel's own threads do, made a step; and the machine as a whole."""
    return (
        Verb(
            "scan",
            "ksmd: scan 100",
            "ksmd looks at so many pages.",
            "ok",
            "ksmd",
            number="required",
        ),
        Verb(
            "full_scan",
            "ksmd: full_scan 2",
            "ksmd goes over everything so many times (1).",
            "ok",
            "ksmd",
            number="optional",
        ),
        Verb(
            "scan",
            "numa: scan P0",
            "One scan of NUMA balancing over the process, or over a range (`numa: scan P0.a`).",
            "ok",
            "numa",
            "mapping|process",
            remote=True,
        ),
        Verb(
            "scan",
            "khugepaged: scan P0",
            "khugepaged looks at all of the process.",
            "ok",
            "khugepaged",
            "mapping|process",
            remote=True,
        ),
        Verb(
            "reclaim",
            "kswapd: reclaim node0 32",
            "kswapd reclaims so many pages of the node.",
            "return",
            "kswapd",
            nodes="one",
            number="required",
        ),
        Verb(
            "drain",
            "drain",
            "Empties the per-CPU batches, of every CPU or of one (`drain cpu1`).",
            "ok",
            "machine",
            number="cpu",
        ),
        Verb(
            "fail",
            "fail alloc",
            "The next allocation of a page fails (`fail alloc 3`: the next three).",
            "ok",
            "machine",
            groups=(Group("what fails", ("alloc",), required=True),),
            number="optional",
        ),
    )


VERBS: dict[tuple[str, str], Verb] = {
    (verb.who, verb.name): verb
    for verb in (
        *_process_verbs(),
        *_file_verbs(),
        *_reference_verbs(),
        *_file_reports(),
        *_device_verbs(),
        *_daemon_verbs(),
    )
}


def actor_kind(actor: str) -> str:
    """Which verbs an actor has: process, device, dax, a daemon's name, machine."""
    if not actor:
        return "machine"
    if actor in DAEMONS:
        return actor
    if actor[0] == "P":
        return "process"
    return "device" if actor.startswith(("coherent", "private")) else "dax"


def verb_of(actor: str, name: str) -> Verb | None:
    """The verb with this name that the actor has."""
    return VERBS.get((actor_kind(actor), name))


def verb_names(actor: str) -> list[str]:
    """All verbs of the actor, in the order of the table."""
    kind = actor_kind(actor)
    return [name for who, name in VERBS if who == kind]
