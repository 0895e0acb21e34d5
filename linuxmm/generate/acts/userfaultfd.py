# SPDX-License-Identifier: GPL-2.0-or-later
"""Areas that are registered with a userfaultfd, and the calls that resolve their faults."""

from typing import Final

from linuxmm.generate.acts.act import Words
from linuxmm.generate.steps import Steps
from linuxmm.scenario.verbs import VERBS, Verb
from linuxmm.scenario.words import UFFD_MODES

WP: Final = "UFFDIO_REGISTER_MODE_WP"
MISSING: Final = "UFFDIO_REGISTER_MODE_MISSING"
MINOR: Final = "UFFDIO_REGISTER_MODE_MINOR"
REGISTERS: Final = next(verb for verb in VERBS.values() if UFFD_MODES in verb.groups)
MODES: Final[Words] = ((WP, 6), (MISSING, 4), (f"{MISSING} {WP}", 5), (MINOR, 1))
OF_SHMEM: Final[Words] = (
    (WP, 6), (MISSING, 3), (f"{MISSING} {WP}", 4), (MINOR, 4), (f"{MINOR} {WP}", 2),
    (f"{MISSING} {MINOR}", 2), (f"{MISSING} {MINOR} {WP}", 1),
)  # fmt: skip
# of the first registering of a process: its calls never sleep in a fault of their own
OF_USER_MODE: Final[Words] = (("", 1), (" UFFD_USER_MODE_ONLY", 3))


def userfaultfd(g: Steps, verb: Verb) -> bool:
    """Pages of the process are watched from now on."""
    process = g.process()
    found = _pages(g, process)
    if found:
        _register(g, process, *found)
    return bool(found)


def uffd(g: Steps, verb: Verb) -> bool:
    """A call on pages that are watched, mostly; where none are yet, they are registered first."""
    process = g.process()
    found = _pages(g, process)
    if not found:
        return False
    if not _has_one(g, process) and g.room > 1:
        _register(g, process, *found)
    flags = " ".join(word for group in verb.groups for word in group.words if g.chance(60))
    value = g.value() if verb.values else ""
    g.say(" ".join(part for part in (f"{process}: {verb.name} {found[0]}", value, flags) if part))
    return True


def _register(g: Steps, process: str, pages: str, shmem: bool) -> None:
    mode = g.weighted(OF_SHMEM if shmem else MODES)
    if not _has_one(g, process):
        mode += g.weighted(OF_USER_MODE)
    g.say(f"{process}: {REGISTERS.name} {pages} {mode}")


def _pages(g: Steps, process: str) -> tuple[str, bool] | None:
    """Pages that can be watched: of a mapping without a file, or (and so it is said) of shmem."""
    found = g.pages(process)
    if found is None or found[0].kind == "hugetlb":
        return None
    area = found[0]
    if not area.shared and not area.file:
        return found[3], False
    memfd = f": {area.file} = memfd_create "
    shmem = any(memfd in line for line in g.lines) if area.file else area.source == "file"
    return (found[3], True) if shmem else None


def _has_one(g: Steps, process: str) -> bool:
    return any(line.startswith(f"{process}: {REGISTERS.name} ") for line in g.lines)
