# SPDX-License-Identifier: GPL-2.0-or-later
"""Accesses, mappings, files, processes."""

from dataclasses import replace
from typing import Final

from linuxmm.generate.acts.act import Words
from linuxmm.generate.steps import Steps, kinds_of
from linuxmm.generate.world import UNMAPPED
from linuxmm.scenario.verbs import VERBS, Verb
from linuxmm.scenario.verbs.memcontrol import JOINS

PROTS: Final[Words] = (
    ("r", 8), ("rw", 8), ("none", 6), ("rx", 1), ("rwx", 1), ("x", 1), ("w", 1),
)  # fmt: skip

MREMAPS: Final[Words] = (
    ("", 2), (" MREMAP_MAYMOVE", 5), (" MREMAP_MAYMOVE MREMAP_FIXED", 5),
    (" MREMAP_MAYMOVE MREMAP_DONTUNMAP", 3), (" MREMAP_MAYMOVE MREMAP_FIXED MREMAP_DONTUNMAP", 1),
)  # fmt: skip

FALLOCS: Final[Words] = (
    (" FALLOC_FL_KEEP_SIZE FALLOC_FL_PUNCH_HOLE", 10), (" FALLOC_FL_ZERO_RANGE", 2),
    (" FALLOC_FL_KEEP_SIZE FALLOC_FL_ZERO_RANGE", 1), (" FALLOC_FL_PUNCH_HOLE", 1),
    (" FALLOC_FL_PUNCH_HOLE FALLOC_FL_ZERO_RANGE", 1),
)  # fmt: skip


# --- accesses -------------------------------------------------------------------------------------
def access(g: Steps, verb: Verb) -> bool:
    """A load or a store, of a mapping or through what is held."""
    process, mode = g.process(), "w" if verb.values else "r"
    # nobody writes through a reference that was taken to read: it may be the zero page's
    held = [
        (name, held.nr_pages)
        for owner, name, held in g.world.story.holding()
        if owner == process and (mode == "r" or name in g.world.writable)
    ]
    if held and not g.pinned and g.chance(12):
        name, size = held[g.dice.below(len(held))]
        g.say(f"{process}: {verb.name} {name}" + (f" {g.values(size)}" if verb.values else ""))
        return True
    found = g.pages(process, mode)
    if found is None:
        return False
    area, start, stop, text = found
    allowed = all(area.allows(i, mode) for i in range(start, stop))
    if not allowed and not g.may_end(process):
        return False
    values = f" {g.values(stop - start)}" if verb.values else ""
    g.say(f"{g.actor(process)}: {verb.name} {text}{values}")
    if not allowed:
        g.world.kill(process)
    return True


# --- mappings -------------------------------------------------------------------------------------
def mmap(g: Steps, verb: Verb) -> bool:
    """A second mapping: of a file that is there, or of any kind."""
    process = g.process()
    if g.world.story.files and g.chance(45):
        g.map_file(process)
        return True
    kinds = kinds_of(g.target, g.room)
    kind = kinds[g.dice.below(len(kinds))][0] if kinds else None
    if kind is None:
        return False
    g.set_up(kind, process, g.room)
    return True


def vsyscall(g: Steps, verb: Verb) -> bool:
    """A name for the page of the gate area, and a call that may be asked about any address."""
    process, name = g.process(), g.world.new_name("v")
    if g.room < 2 and not g.pinned:
        return False
    g.say(f"{process}: {name} = {verb.name}")
    g.say(f"{process}: {g.choice(_asked_anywhere(g))} {name}")
    return True


def memcg(g: Steps, verb: Verb) -> bool:
    """A process goes to a control group, charges may come along, or what is charged is read."""
    number = f" {g.dice.below(4)}" if verb.number else ""
    keys = " ".join(("", *verb.keys))
    group = g.choice(verb.groups[0].words)
    _joins_first(g, verb, group)
    g.say(f"{g.process()}: {verb.name} {group}{number}{keys}")
    return True


ALL_OF_IT: Final = 4096  # pages: more than a scenario charges


def memcg_reclaim(g: Steps, verb: Verb) -> bool:
    """All that a group has, as far as it can go."""
    group = g.choice(verb.groups[0].words)
    _joins_first(g, verb, group)
    g.say(f"{g.process()}: {verb.name} {group} {ALL_OF_IT}")
    return True


def _joins_first(g: Steps, verb: Verb, group: str) -> None:
    """What P0 has is charged to the group that is looked at, unless it went to one before."""
    if verb.gen and verb.gen.steps > 1 and g.room > 1 and JOINS not in " ".join(g.lines):
        g.lines.insert(0, f"P0: {JOINS} {group}")


def _asked_anywhere(g: Steps) -> list[str]:
    """Verbs that want nothing but a place, and bring none of their own kind."""
    return [
        verb.name
        for verb in VERBS.values()
        if verb.who == "process" and verb.first == "mapping" and verb.modelled
        if not (verb.groups or verb.makes or g.target.why_no_verb(verb.who, verb.name))
        if verb.request < 0  # calls on a userfaultfd want one
    ]


def munmap(g: Steps, verb: Verb) -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    area, start, stop, text = found
    g.say(f"{process}: {verb.name} {text}")
    area.prots[start:stop] = [UNMAPPED] * (stop - start)
    return True


def mprotect(g: Steps, verb: Verb) -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    area, start, stop, text = found
    prot = g.weighted(PROTS)
    g.say(f"{process}: {verb.name} {text} {prot}")
    g.protect(area, start, stop, prot)
    return True


def mremap(g: Steps, verb: Verb) -> bool:
    """Pages of the process, longer, shorter or as long, in place or elsewhere."""
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    area, start, stop, text = found
    size = stop - start
    wanted = size + g.number(4) if g.chance(40) else g.number(size)
    flags = g.weighted(MREMAPS)
    if "MREMAP_DONTUNMAP" in flags:
        wanted = size
    name = g.world.new_name("a")
    g.say(f"{process}: {name} = {verb.name} {text} {wanted}p{flags}")
    prots = (area.prots[start:stop] + [area.prots[stop - 1]] * wanted)[:wanted]
    g.world.areas[process][name] = replace(area, name=name, prots=prots)
    if "MREMAP_DONTUNMAP" not in flags:
        area.prots[start:stop] = [UNMAPPED] * size
    return True


# --- files ----------------------------------------------------------------------------------------
def file(g: Steps, verb: Verb) -> bool:
    """A file for system calls, or to be mapped later."""
    return bool(_new_file(g, g.process(), verb))


def _new_file(g: Steps, process: str, verb: Verb) -> str:
    name, size = g.world.new_name("f"), g.number(4)
    g.say(f"{process}: {name} = {verb.name} {size}p")
    return name


def on_file(g: Steps, verb: Verb) -> bool:
    """A system call on pages of a file, made first if there is none."""
    process = g.process()
    if not g.world.story.files:
        if not g.pinned or g.room < 2:
            return False
        _new_file(g, process, VERBS["process", "file"])
    name = g.choice(sorted(g.world.story.files))
    size = g.world.story.files[name].nr_pages
    start = g.dice.below(size) if g.chance(40) else 0
    stop = start + g.number(size - start) if start else size
    part = "" if (start, stop) == (0, size) else f"[{start}:{stop}]"
    values = f" {g.values(stop - start)}" if verb.values else ""
    g.say(f"{process}: {verb.name} {name}{part}{values}")
    return True


def ftruncate(g: Steps, verb: Verb) -> bool:
    """Another size, mostly smaller, of a file that somebody may map."""
    found = _some_file(g)
    if found is None:
        return False
    process, name = found
    size = g.world.story.files[name].nr_pages
    wanted = g.number(size) if g.chance(75) else size + g.number(4)
    g.say(f"{process}: {verb.name} {name} {wanted}p")
    return True


def fallocate(g: Steps, verb: Verb) -> bool:
    """A hole or zeroes somewhere in a file: room on the disk shows nowhere."""
    found = _some_file(g)
    if found is None:
        return False
    process, name = found
    size = g.world.story.files[name].nr_pages
    start = g.dice.below(size)
    stop = start + g.number(size - start)
    flags = g.weighted(FALLOCS)
    g.say(f"{process}: {verb.name} {name}[{start}:{stop}]{flags}")
    return True


def _some_file(g: Steps) -> tuple[str, str] | None:
    """A process and a file that is not on DAX, made and mapped first if there is none."""
    process = g.process()
    files = sorted(set(g.world.story.files) - g.world.dax)
    if not files:
        if g.room < 3:
            return None
        makers = [verb for verb in VERBS.values() if verb.makes == "file"]
        name = _new_file(g, process, makers[g.dice.below(len(makers))])
        g.map_file(process)
        return process, name
    return process, g.choice(files)


# --- processes ------------------------------------------------------------------------------------
def fork(g: Steps, verb: Verb) -> bool:
    return bool(g.fork(g.process()))


def exit(g: Steps, verb: Verb) -> bool:
    """A child ends, or a thread; the only process only as the last step."""
    if g.world.story.threads and g.chance(30):
        g.say(f"{min(g.world.story.threads)}: {verb.name}")
        return True
    living = g.world.living()
    process = living[-1] if not g.chance(30) else g.choice(living)
    if not g.may_end(process) or (len(living) == 1 and g.room > 1 and not g.pinned):
        return False
    g.say(f"{process}: {verb.name}")
    return True


def drain(g: Steps, verb: Verb) -> bool:
    one = g.target.cpus > 1 and g.chance(25)
    g.say(verb.name + (f" cpu{g.dice.below(2)}" if one else ""))
    return True


def fail(g: Steps, verb: Verb) -> bool:
    """The next allocation fails, or the next few."""
    if g.room < 2 and not g.pinned:
        return False
    g.say(f"{verb.name} alloc" + (f" {g.number(3)}" if g.chance(25) else ""))
    return True
