# SPDX-License-Identifier: GPL-2.0-or-later
"""Areas that are registered with a userfaultfd, and the calls that resolve their faults."""

from typing import Final

from linuxmm.generate.acts.act import Words
from linuxmm.generate.steps import Steps
from linuxmm.scenario.verbs import VERBS, Verb
from linuxmm.scenario.words import UFFD_MODES

WP: Final = "UFFDIO_REGISTER_MODE_WP"
MISSING: Final = "UFFDIO_REGISTER_MODE_MISSING"
REGISTERS: Final = next(verb for verb in VERBS.values() if UFFD_MODES in verb.groups)
MODES: Final[Words] = (
    (WP, 6), (MISSING, 4), (f"{MISSING} {WP}", 5), ("UFFDIO_REGISTER_MODE_MINOR", 1),
)  # fmt: skip


def userfaultfd(g: Steps, verb: Verb) -> bool:
    """Pages of the process are watched from now on."""
    found = _pages(g, g.process())
    if found:
        g.say(f"{found[0]}: {verb.name} {found[1]} {g.weighted(MODES)}")
    return bool(found)


def uffd(g: Steps, verb: Verb) -> bool:
    """A call on pages that are watched, mostly; where none are yet, they are registered first."""
    process = g.process()
    found = _pages(g, process)
    if not found:
        return False
    if not _has_one(g, process) and g.room > 1:
        g.say(f"{process}: {REGISTERS.name} {found[1]} {g.weighted(MODES)}")
    flags = " ".join(word for group in verb.groups for word in group.words if g.chance(60))
    value = g.value() if verb.values else ""
    g.say(" ".join(part for part in (f"{process}: {verb.name} {found[1]}", value, flags) if part))
    return True


def _pages(g: Steps, process: str) -> tuple[str, str] | None:
    """Pages of a mapping without a file."""
    found = g.pages(process)
    if found is None or found[0].file or found[0].shared or found[0].kind == "hugetlb":
        return None
    return process, found[3]


def _has_one(g: Steps, process: str) -> bool:
    return any(line.startswith(f"{process}: {REGISTERS.name} ") for line in g.lines)
