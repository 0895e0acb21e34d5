"""One function for each verb: the lines of a step with this verb, or nothing where it has no sense.

The tables hold weights only; what a target cannot do is left out by `targets.py`.  A function
writes at most `steps.room` lines and changes the world only when it writes.
"""

from collections.abc import Callable
from typing import Final

from linuxmm.generate.steps import Steps, extent_text, kinds_of
from linuxmm.generate.world import UNMAPPED, Area
from linuxmm.scenario.verbs import VERBS
from linuxmm.scenario.words import MCL_FLAGS, SELECT

Act = Callable[[Steps], bool]  # did it write anything?
Words = tuple[tuple[str, int], ...]

PROTS: Final[Words] = (
    ("r", 8), ("rw", 8), ("none", 6), ("rx", 1), ("rwx", 1), ("x", 1), ("w", 1),
)  # fmt: skip
ADVICE: Final[Words] = (
    ("MADV_DONTNEED", 8), ("MADV_FREE", 8), ("MADV_COLD", 8), ("MADV_PAGEOUT", 8),
    ("MADV_POPULATE_READ", 6), ("MADV_POPULATE_WRITE", 6), ("MADV_DONTNEED_LOCKED", 4),
    ("MADV_MERGEABLE", 5), ("MADV_UNMERGEABLE", 4), ("MADV_WILLNEED", 4), ("MADV_REMOVE", 2),
    ("MADV_DONTFORK", 2), ("MADV_DOFORK", 1), ("MADV_WIPEONFORK", 2), ("MADV_KEEPONFORK", 1),
    ("MADV_NORMAL", 1), ("MADV_RANDOM", 1), ("MADV_SEQUENTIAL", 2), ("MADV_HUGEPAGE", 1),
    ("MADV_NOHUGEPAGE", 1), ("MADV_DONTDUMP", 1), ("MADV_DODUMP", 1), ("MADV_COLLAPSE", 1),
)  # fmt: skip
_FOR_OTHERS: Final[Words] = (
    ("MADV_PAGEOUT", 20), ("MADV_COLD", 20), ("MADV_WILLNEED", 8), ("MADV_COLLAPSE", 2),
)  # fmt: skip
REMOTE_ADVICE: Final[Words] = (  # the others are refused
    *_FOR_OTHERS,
    *((word, 1) for word, _ in ADVICE if word not in dict(_FOR_OTHERS)),
)
KSM_SETTINGS: Final[Words] = (
    ("run=2", 3), ("run=0", 2), ("run=1", 2), ("max_page_sharing=2", 2), ("use_zero_pages=1", 2),
    ("merge_across_nodes=0", 1),
)  # fmt: skip
GUP_FLAGS: Final[Words] = (
    ("", 6), (" FOLL_WRITE", 8), (" FOLL_WRITE FOLL_FORCE", 3), (" FOLL_FORCE", 1),
    (" FOLL_NOFAULT", 2), (" FOLL_WRITE FOLL_NOFAULT", 1),
)  # fmt: skip
PIN_FLAGS: Final[Words] = (
    *GUP_FLAGS, (" FOLL_LONGTERM", 5), (" FOLL_WRITE FOLL_LONGTERM", 6),
    (" FOLL_WRITE FOLL_FORCE FOLL_LONGTERM", 1),
)  # fmt: skip
SLOW_FLAGS: Final = (  # of the slow forms and follow_page, one of them now and then
    "FOLL_TOUCH", "FOLL_DUMP", "FOLL_NOWAIT", "FOLL_HWPOISON", "FOLL_MIGRATION", "FOLL_TRIED",
    "FOLL_REMOTE", "FOLL_ANON", "FOLL_SPLIT_PMD", "FOLL_FAST_ONLY",
)  # fmt: skip
LOOK_FLAGS: Final = (*SLOW_FLAGS, "FOLL_FORCE", "FOLL_NOFAULT", "FOLL_LONGTERM", "FOLL_PIN")
WARNED_OF: Final = (*SLOW_FLAGS, "FOLL_GET", "FOLL_PIN", "FOLL_LONGTERM")  # by some form or other
STRANGE_NODES: Final = ("node1", "node5", "node63")


# --- accesses -------------------------------------------------------------------------------------
def read(g: Steps) -> bool:
    return _access(g, "read", "r")


def write(g: Steps) -> bool:
    return _access(g, "write", "w")


def _access(g: Steps, verb: str, access: str) -> bool:
    process = g.process()
    # nobody writes through a reference that was taken to read: it may be the zero page's
    held = [h for h in g.world.held if h.process == process and (access == "r" or h.writable)]
    if held and not g.pinned and g.chance(12):
        h = held[g.dice.below(len(held))]
        g.say(f"{process}: {verb} {h.name}" + (f" {g.values(h.size)}" if access == "w" else ""))
        return True
    found = g.pages(process, access)
    if found is None:
        return False
    area, start, stop, text = found
    allowed = all(area.allows(i, access) for i in range(start, stop))
    if not allowed and not g.may_end(process):
        return False
    values = f" {g.values(stop - start)}" if access == "w" else ""
    g.say(f"{g.actor(process)}: {verb} {text}{values}")
    if not allowed:
        g.world.kill(process)
    return True


# --- mappings -------------------------------------------------------------------------------------
def mmap(g: Steps) -> bool:
    """A second mapping: of a file that is there, or of any kind."""
    process = g.process()
    if g.world.files and g.chance(45):
        g.map_file(process)
        return True
    kinds = kinds_of(g.target, g.room)
    kind = kinds[g.dice.below(len(kinds))][0] if kinds else None
    if kind is None:
        return False
    g.set_up(kind, process, g.room)
    return True


def file(g: Steps) -> bool:
    """A file for system calls, or to be mapped later."""
    return bool(_new_file(g, g.process(), "file"))


def memfd_create(g: Steps) -> bool:
    return bool(_new_file(g, g.process(), "memfd_create"))


def _new_file(g: Steps, process: str, verb: str) -> str:
    name, size = g.world.new_name("f"), g.number(4)
    g.say(f"{process}: {name} = {verb} {size}p")
    g.world.files[name] = (size, False)
    return name


def munmap(g: Steps) -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    area, start, stop, text = found
    g.say(f"{process}: munmap {text}")
    area.prots[start:stop] = [UNMAPPED] * (stop - start)
    return True


def mprotect(g: Steps) -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    area, start, stop, text = found
    prot = g.weighted(PROTS)
    g.say(f"{process}: mprotect {text} {prot}")
    g.protect(area, start, stop, prot)
    return True


# --- advice, locks --------------------------------------------------------------------------------
def madvise(g: Steps) -> bool:
    process = g.process()
    advice = g.weighted(ADVICE)
    found = g.pages(process, "r" if "POPULATE" in advice else "")
    if found is None:
        return False
    area, _, _, text = found
    if advice == "MADV_REMOVE" and _may_punch(area):
        return False  # the model knows only who may not
    if advice == "MADV_MERGEABLE":
        g.world.mergeable = True
    g.say(f"{process}: madvise {text} {advice}")
    return True


def _may_punch(area: Area) -> bool:
    return bool(area.source != "anon" and area.shared)


def process_madvise(g: Steps) -> bool:
    process = g.process()
    whose = g.other(process, 70)
    found = g.pages(whose)
    if found is None:
        return False
    advice = g.weighted(REMOTE_ADVICE)
    prefix = "" if whose == process else whose + "."
    g.say(f"{process}: process_madvise {prefix}{found[3]} {advice}")
    return True


def mlock(g: Steps) -> bool:
    return _lock(g, "mlock", "")


def munlock(g: Steps) -> bool:
    return _lock(g, "munlock", "")


def mlock2(g: Steps) -> bool:
    return _lock(g, "mlock2", " MLOCK_ONFAULT" if g.chance(90) else "")


def _lock(g: Steps, verb: str, flag: str) -> bool:
    process = g.process()
    found = g.pages(process)
    if found is not None:
        g.say(f"{process}: {verb} {found[3]}{flag}")
    return found is not None


def mlockall(g: Steps) -> bool:
    process = g.process()
    words = g.some(MCL_FLAGS)
    if words == ["MCL_ONFAULT"] and not g.bold:
        words = ["MCL_CURRENT", "MCL_ONFAULT"]
    g.say(f"{process}: mlockall {' '.join(words)}")
    return True


def munlockall(g: Steps) -> bool:
    g.say(f"{g.process()}: munlockall")
    return True


# --- placement ------------------------------------------------------------------------------------
def move_pages(g: Steps) -> bool:
    process = g.process()
    whose = g.other(process, 20)
    found = g.pages(whose)
    if found is None:
        return False
    _, start, stop, text = found
    prefix = "" if whose == process else whose + "."
    g.say(f"{process}: move_pages {prefix}{text}{_nodes(g, stop - start)}")
    return True


def _nodes(g: Steps, size: int) -> str:
    """Where to: nowhere (a question), a node for all, or one for each page."""
    if g.bold:
        return " " + g.choice(STRANGE_NODES)
    nodes = [f"node{i}" for i in range(g.target.nodes)]
    flag = " MPOL_MF_MOVE_ALL" if g.chance(30) else ""
    form = g.weighted((("ask", 3), ("one", 6), ("each", 1)))
    if form == "ask":
        return flag if flag and g.chance(20) else ""
    if form == "one" or size == 1:
        return f" {nodes[-1] if g.chance(70) else nodes[0]}{flag}"
    return " " + " ".join(g.choice(nodes) for _ in range(size)) + flag


def numa_scan(g: Steps) -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    text = process if not g.pinned and g.chance(50) else f"{process}.{found[3]}"
    g.say(f"numa: scan {text}")
    return True


# --- processes ------------------------------------------------------------------------------------
def fork(g: Steps) -> bool:
    return bool(g.fork(g.process()))


def exit(g: Steps) -> bool:
    """A child ends, or a thread; the only process only as the last step."""
    if g.world.threads and g.chance(30):
        g.say(f"{g.world.end_thread()}: exit")
        return True
    living = g.world.living()
    process = living[-1] if not g.chance(30) else g.choice(living)
    if not g.may_end(process) or (len(living) == 1 and g.room > 1 and not g.pinned):
        return False
    g.say(f"{process}: exit")
    g.world.kill(process)
    return True


# --- files ----------------------------------------------------------------------------------------
def pread(g: Steps) -> bool:
    return _on_file(g, "pread")


def pwrite(g: Steps) -> bool:
    return _on_file(g, "pwrite")


def fsync(g: Steps) -> bool:
    return _on_file(g, "fsync")


def _on_file(g: Steps, verb: str) -> bool:
    """A system call on pages of a file, made first if there is none."""
    process = g.process()
    if not g.world.files:
        if not g.pinned or g.room < 2:
            return False
        _new_file(g, process, "file")
    name = g.choice(sorted(g.world.files))
    size = g.world.files[name][0]
    start = g.dice.below(size) if g.chance(40) else 0
    stop = start + g.number(size - start) if start else size
    part = "" if (start, stop) == (0, size) else f"[{start}:{stop}]"
    values = f" {g.values(stop - start)}" if verb == "pwrite" else ""
    g.say(f"{process}: {verb} {name}{part}{values}")
    return True


# --- references -----------------------------------------------------------------------------------
def get(g: Steps) -> bool:
    return _hold(g, "get")


def get_fast(g: Steps) -> bool:
    return _hold(g, "get_fast")


def pin(g: Steps) -> bool:
    return _hold(g, "pin")


def pin_fast(g: Steps) -> bool:
    return _hold(g, "pin_fast")


def _hold(g: Steps, verb: str) -> bool:
    process = g.process()
    flags = _foll(g, verb)
    found = g.pages(process, "w" if "WRITE" in flags and "FORCE" not in flags else "r")
    if found is None:
        return False
    _, start, stop, text = found
    name = g.hold(process, verb, stop - start, flags)
    g.say(f"{process}: {name} = {verb} {text}{flags}")
    return True


def _foll(g: Steps, verb: str) -> str:
    """Flags that the function takes; when bold also those that it warns of."""
    flags = g.weighted(PIN_FLAGS if verb.startswith("pin") else GUP_FLAGS)
    if verb.endswith("_fast"):
        if g.chance(10):
            flags += " FOLL_FAST_ONLY"
    elif g.chance(50 if g.pinned else 12):
        flags += " " + g.choice([w for w in SLOW_FLAGS if not g.target.why_no_word(w)])
    if g.target.warnings and g.chance(40 if g.pinned else 6):
        word = g.choice(WARNED_OF)
        flags += "" if word in flags else " " + word
    return flags


def put(g: Steps) -> bool:
    return _release(g, "put", "get")


def unpin(g: Steps) -> bool:
    return _release(g, "unpin", "pin")


def _release(g: Steps, verb: str, taken_by: str) -> bool:
    """What is held is given back; a step that must be is preceded by what takes it."""
    held = [h for h in g.world.held if h.verb.startswith(taken_by)]
    if not held:
        if not g.pinned or g.room < 2 or not _hold(g, taken_by):
            return False
        held = g.world.held[-1:]
    h = held[g.dice.below(len(held))]
    g.world.held.remove(h)
    g.say(f"{h.process}: {verb} {h.name}")
    return True


def follow_page(g: Steps) -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    flags = g.weighted((("FOLL_GET", 5), ("FOLL_GET FOLL_DUMP", 4), ("FOLL_GET FOLL_WRITE", 3),
                        ("FOLL_DUMP", 2), ("", 1)))  # fmt: skip
    if g.chance(50 if g.pinned else 15):
        extra = g.choice([w for w in LOOK_FLAGS if not g.target.why_no_word(w)])
        flags += "" if extra in flags else " " + extra
    g.say(f"{process}: follow_page {found[3]} {flags}".rstrip())
    return True


# --- reports --------------------------------------------------------------------------------------
def pages(g: Steps) -> bool:
    return _report(g, "pages")


def pagemap(g: Steps) -> bool:
    return _report(g, "pagemap")


def smaps(g: Steps) -> bool:
    return _report(g, "smaps", KEYS["smaps"])


def numa_maps(g: Steps) -> bool:
    return _report(g, "numa_maps", KEYS["numa_maps"])


def kpageflags(g: Steps) -> bool:
    return _report(g, "kpageflags")


def kpagecount(g: Steps) -> bool:
    return _report(g, "kpagecount")


def _report(g: Steps, verb: str, keys: tuple[str, ...] = ()) -> bool:
    process = g.process()
    whose = g.other(process, 15)
    found = g.pages(whose)
    if found is None:
        return False
    area, _, _, text = found
    if verb in KEYS:  # of the mapping in which the first page lies
        text = extent_text(area, 0, len(area.prots)) if area.prots[0] != UNMAPPED else text
    prefix = "" if whose == process else whose + "."
    g.say(f"{process}: {verb} {prefix}{text}" + (g.keys(keys) if keys else ""))
    return True


def status(g: Steps) -> bool:
    return _of_process(g, "status")


def smaps_rollup(g: Steps) -> bool:
    return _of_process(g, "smaps_rollup")


def _of_process(g: Steps, verb: str) -> bool:
    process = g.process()
    whose = g.other(process, 15)
    asked = "" if whose == process else " " + whose
    g.say(f"{process}: {verb}{asked}{g.keys(KEYS[verb])}")
    return True


def meminfo(g: Steps) -> bool:
    return _counters(g, "meminfo")


def vmstat(g: Steps) -> bool:
    return _counters(g, "vmstat")


def _counters(g: Steps, verb: str) -> bool:
    known = VERBS["process", verb].keys
    keys = [key for key in g.target.counters if key in known]
    g.say(f"{g.process()}: {verb}{g.keys(keys, 100)}")
    return True


def ksm(g: Steps) -> bool:
    g.say(f"{g.process()}: ksm{g.keys(KEYS['ksm'])}")
    return True


def ksm_set(g: Steps) -> bool:
    g.say(f"{g.process()}: ksm_set {g.weighted(KSM_SETTINGS)}")
    return True


def clear_refs(g: Steps) -> bool:
    process = g.process()
    number = g.choice(("0", "6", "9")) if g.bold else g.weighted(
        (("1", 4), ("4", 4), ("2", 2), ("3", 2), ("5", 1))
    )  # fmt: skip
    whose = g.other(process, 15)
    g.say(f"{process}: clear_refs{'' if whose == process else ' ' + whose} {number}")
    return True


# --- devices --------------------------------------------------------------------------------------
def migrate(g: Steps) -> bool:
    return not g.world.phase and _by_device(g, "migrate", g.device())


def migrate_to_sys(g: Steps) -> bool:
    return not g.world.phase and _by_device(g, "migrate_to_sys", _home(g))


def _home(g: Steps) -> str:
    """A device that has pages, if any has."""
    kinds = [a.source for areas in g.world.areas.values() for a in areas.values()]
    found = [kind for kind in g.target.devices if kind in kinds]
    return found[0] + "0" if found and not g.chance(15) else g.device()


def _by_device(g: Steps, verb: str, device: str, words: str = "") -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    if not _may_migrate(found[0]) and not (g.bold or g.pinned or g.chance(15)):
        return False
    g.say(f"{device}: {verb} {process}.{found[3]}{words}")
    return True


def _may_migrate(area: Area) -> bool:
    """migrate_vma takes anonymous memory only."""
    return not area.shared and area.source != "driver"


def setup(g: Steps) -> bool:
    """The first phase of a migration; the others follow when they like."""
    if g.world.phase or g.room < 2:
        return False
    device = g.device()
    chosen = [] if g.chance(60) else g.some(SELECT)
    words = "" if chosen == [SELECT.default] else "".join(f" {word}" for word in chosen)
    if not _by_device(g, "setup", device, words):
        return False
    g.world.phase, g.world.phase_by = "setup", device
    return True


def device_pages(g: Steps) -> bool:
    if not g.world.phase and g.pinned and g.room > 1:
        setup(g)
    if g.world.phase != "setup":
        return False
    g.say(f"{g.world.phase_by}: pages")
    g.world.phase = "pages"
    return True


def finalize(g: Steps) -> bool:
    if g.world.phase != "pages" and g.pinned and g.room > 1:
        device_pages(g)
    if g.world.phase != "pages":
        return False
    g.say(f"{g.world.phase_by}: finalize")
    g.world.phase = ""
    return True


def release(g: Steps) -> bool:
    if g.world.phase:
        return False
    g.say(f"{_home(g)}: release")
    return True


def exclusive(g: Steps) -> bool:
    return not g.world.phase and _by_device(g, "exclusive", "private0")


def check_exclusive(g: Steps) -> bool:
    return not g.world.phase and _by_device(g, "check_exclusive", "private0")


def device_read(g: Steps) -> bool:
    return _in_place(g, "read", g.device("coherent"))


def device_write(g: Steps) -> bool:
    return _in_place(g, "write", g.device("coherent"))


def snapshot(g: Steps) -> bool:
    return _in_place(g, "snapshot", g.device())


def _in_place(g: Steps, verb: str, device: str) -> bool:
    """A private device could not read pages of its own: the driver has no address for them."""
    process = g.process()
    found = g.pages(process)
    if g.world.phase or found is None:
        return False
    _, start, stop, text = found
    values = f" {g.values(stop - start)}" if verb == "write" else ""
    g.say(f"{device}: {verb} {process}.{text}{values}")
    return True


# --- daemons and the machine ----------------------------------------------------------------------
def full_scan(g: Steps) -> bool:
    return _ksmd(g, "full_scan", g.choice(("2", "1", "3")))


def ksmd_scan(g: Steps) -> bool:
    return _ksmd(g, "scan", str(g.number(6)))


def _ksmd(g: Steps, verb: str, number: str) -> bool:
    """ksmd looks at what it was given; it is given something first."""
    if not g.world.mergeable:
        process = g.process()
        found = g.pages(process)
        if found is None or g.room < 2:
            return False
        g.say(f"{process}: madvise {found[3]} MADV_MERGEABLE")
        g.world.mergeable = True
    g.say(f"ksmd: {verb} {number}")
    return True


def drain(g: Steps) -> bool:
    g.say("drain" if g.target.cpus < 2 or not g.chance(25) else f"drain cpu{g.dice.below(2)}")
    return True


def fail(g: Steps) -> bool:
    """The next allocation fails, or the next few."""
    if g.room < 2 and not g.pinned:
        return False
    g.say("fail alloc" if not g.chance(25) else f"fail alloc {g.number(3)}")
    return True


_UNKNOWN_KEYS: Final = {
    "smaps": ("KSM", "THPeligible", "ProtectionKey"),
    "numa_maps": ("file",),
    "status": ("VmPeak", "VmData", "VmStk", "VmExe", "VmLib", "VmPTE", "HugetlbPages"),
    "smaps_rollup": ("KSM",),
    "ksm": ("pages_to_scan", "sleep_millisecs", "stable_node_chains_prune_millisecs"),
}
KEYS: Final[dict[str, tuple[str, ...]]] = {  # that the model knows
    verb: tuple(key for key in VERBS["process", verb].keys if key not in unknown)
    for verb, unknown in _UNKNOWN_KEYS.items()
}


def due(g: Steps) -> bool:
    """What is half done goes on: a migration in phases, pages that are held."""
    if g.world.phase and g.chance(45):
        return device_pages(g) or finalize(g)
    if g.world.held and g.chance(12):
        verb = g.world.held[0].verb
        return unpin(g) if verb.startswith("pin") else put(g)
    return False


# (who, verb) -> weight, function; the order is part of what a seed means
ACTS: Final[dict[tuple[str, str], tuple[int, Act]]] = {
    ("process", "write"): (16, write),
    ("process", "read"): (13, read),
    ("process", "madvise"): (16, madvise),
    ("process", "mprotect"): (8, mprotect),
    ("process", "mlock"): (4, mlock),
    ("process", "munlock"): (4, munlock),
    ("process", "mlock2"): (3, mlock2),
    ("process", "mlockall"): (1, mlockall),
    ("process", "munlockall"): (1, munlockall),
    ("process", "move_pages"): (9, move_pages),
    ("process", "fork"): (7, fork),
    ("process", "exit"): (3, exit),
    ("process", "munmap"): (4, munmap),
    ("process", "mmap"): (5, mmap),
    ("process", "process_madvise"): (2, process_madvise),
    ("process", "clear_refs"): (3, clear_refs),
    ("process", "pin"): (3, pin),
    ("process", "pin_fast"): (2, pin_fast),
    ("process", "get"): (2, get),
    ("process", "get_fast"): (1, get_fast),
    ("process", "unpin"): (10, unpin),
    ("process", "put"): (8, put),
    ("process", "follow_page"): (3, follow_page),
    ("process", "file"): (1, file),
    ("process", "memfd_create"): (1, memfd_create),
    ("process", "pread"): (2, pread),
    ("process", "pwrite"): (2, pwrite),
    ("process", "fsync"): (2, fsync),
    ("process", "pages"): (1, pages),
    ("process", "pagemap"): (1, pagemap),
    ("process", "smaps"): (2, smaps),
    ("process", "numa_maps"): (2, numa_maps),
    ("process", "kpageflags"): (1, kpageflags),
    ("process", "kpagecount"): (1, kpagecount),
    ("process", "status"): (1, status),
    ("process", "smaps_rollup"): (1, smaps_rollup),
    ("process", "meminfo"): (1, meminfo),
    ("process", "vmstat"): (1, vmstat),
    ("process", "ksm"): (1, ksm),
    ("process", "ksm_set"): (1, ksm_set),
    ("ksmd", "full_scan"): (4, full_scan),
    ("ksmd", "scan"): (1, ksmd_scan),
    ("numa", "scan"): (4, numa_scan),
    ("device", "migrate"): (9, migrate),
    ("device", "migrate_to_sys"): (5, migrate_to_sys),
    ("device", "setup"): (4, setup),
    ("device", "pages"): (12, device_pages),
    ("device", "finalize"): (12, finalize),
    ("device", "release"): (1, release),
    ("device", "exclusive"): (2, exclusive),
    ("device", "check_exclusive"): (1, check_exclusive),
    ("machine", "drain"): (1, drain),
    ("machine", "fail"): (1, fail),
    # only where the verb is wished for: seeds that were run before keep their scenarios
    ("device", "read"): (0, device_read),
    ("device", "write"): (0, device_write),
    ("device", "snapshot"): (0, snapshot),
}
