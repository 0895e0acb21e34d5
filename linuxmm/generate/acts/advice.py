# SPDX-License-Identifier: GPL-2.0-or-later
"""Advice, locks, placement, KSM."""

from typing import Final

from linuxmm.generate.acts.act import Words, of_whom
from linuxmm.generate.steps import MAX_VALUES, Steps
from linuxmm.generate.world import Area
from linuxmm.scenario.verbs import Verb
from linuxmm.scenario.words import MCL_FLAGS

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
STRANGE_NODES: Final = ("node1", "node5", "node63")


# --- advice, locks --------------------------------------------------------------------------------
def madvise(g: Steps, verb: Verb) -> bool:
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
    g.say(f"{process}: {verb.name} {text} {advice}")
    return True


def _may_punch(area: Area) -> bool:
    return bool(area.source != "anon" and area.shared)


def process_madvise(g: Steps, verb: Verb) -> bool:
    process = g.process()
    whose = g.other(process, 70)
    found = g.pages(whose)
    if found is None:
        return False
    advice = g.weighted(REMOTE_ADVICE)
    g.say(f"{process}: {verb.name} {of_whom(process, whose)}{found[3]} {advice}")
    return True


def mlock2(g: Steps, verb: Verb) -> bool:
    flag = " MLOCK_ONFAULT" if g.chance(90) else ""
    process = g.process()
    found = g.pages(process)
    if found is not None:
        g.say(f"{process}: {verb.name} {found[3]}{flag}")
    return found is not None


def mlockall(g: Steps, verb: Verb) -> bool:
    process = g.process()
    words = g.some(MCL_FLAGS)
    if words == ["MCL_ONFAULT"] and not g.bold:
        words = ["MCL_CURRENT", "MCL_ONFAULT"]
    g.say(f"{process}: {verb.name} {' '.join(words)}")
    return True


# --- placement ------------------------------------------------------------------------------------
def move_pages(g: Steps, verb: Verb) -> bool:
    process = g.process()
    whose = g.other(process, 20)
    found = g.pages(whose)
    if found is None:
        return False
    _, start, stop, text = found
    g.say(f"{process}: {verb.name} {of_whom(process, whose)}{text}{_nodes(g, stop - start)}")
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
    if form == "one" or size == 1 or size > MAX_VALUES:
        return f" {nodes[-1] if g.chance(70) else nodes[0]}{flag}"
    return " " + " ".join(g.choice(nodes) for _ in range(size)) + flag


def numa_scan(g: Steps, verb: Verb) -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    text = process if not g.pinned and g.chance(50) else f"{process}.{found[3]}"
    g.say(f"{verb.who}: {verb.name} {text}")
    return True


# --- KSM ------------------------------------------------------------------------------------------
def ksm_set(g: Steps, verb: Verb) -> bool:
    g.say(f"{g.process()}: {verb.name} {g.weighted(KSM_SETTINGS)}")
    return True


def ksmd_full_scan(g: Steps, verb: Verb) -> bool:
    return _ksmd(g, verb, g.choice(("2", "1", "3")))


def ksmd_scan(g: Steps, verb: Verb) -> bool:
    return _ksmd(g, verb, str(g.number(6)))


def khugepaged_scan(g: Steps, verb: Verb) -> bool:
    g.say(f"{verb.who}: {verb.name}{g.choice(('', ' 2'))}")
    return True


def _ksmd(g: Steps, verb: Verb, number: str) -> bool:
    """ksmd looks at what it was given; it is given something first."""
    if not g.world.mergeable:
        process = g.process()
        found = g.pages(process)
        if found is None or g.room < 2:
            return False
        g.say(f"{process}: madvise {found[3]} MADV_MERGEABLE")
        g.world.mergeable = True
    g.say(f"{verb.who}: {verb.name} {number}")
    return True
