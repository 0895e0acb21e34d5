# SPDX-License-Identifier: GPL-2.0-or-later
"""References on pages."""

from typing import Final

from linuxmm.generate.acts.act import Words
from linuxmm.generate.steps import Steps
from linuxmm.scenario.verbs import VERBS, Verb

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


def hold(g: Steps, verb: Verb) -> bool:
    """A get or pin."""
    process = g.process()
    flags = _foll(g, verb)
    found = g.pages(process, "w" if "WRITE" in flags and "FORCE" not in flags else "r")
    if found is None:
        return False
    text = found[3]
    g.say(f"{process}: {g.hold(flags)} = {verb.name} {text}{flags}")
    return True


def _foll(g: Steps, verb: Verb) -> str:
    """Flags that the function takes; when bold also those that it warns of."""
    flags = g.weighted(PIN_FLAGS if verb.holds == "pin" else GUP_FLAGS)
    if not verb.remote:  # the fast forms
        if g.chance(10):
            flags += " FOLL_FAST_ONLY"
    elif g.chance(50 if g.pinned else 12):
        flags += " " + g.choice([w for w in SLOW_FLAGS if not g.target.why_no_word(w)])
    if g.target.warnings and g.chance(40 if g.pinned else 6):
        word = g.choice(WARNED_OF)
        flags += "" if word in flags else " " + word
    return flags


def give_back(g: Steps, verb: Verb) -> bool:
    """What is held is given back; a step that must be is preceded by what takes it."""
    takers = [v for v in VERBS.values() if v.undone_by == verb.name]
    names = [taker.name for taker in takers]
    held = [each for each in g.world.story.holding() if each[2].verb in names]
    if not held:
        if not g.pinned or g.room < 2 or not hold(g, takers[0]):
            return False
        held = g.world.story.holding()[-1:]
    process, name, _ = held[g.dice.below(len(held))]
    g.say(f"{process}: {verb.name} {name}")
    return True


def follow_page(g: Steps, verb: Verb) -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    flags = g.weighted((("FOLL_GET", 5), ("FOLL_GET FOLL_DUMP", 4), ("FOLL_GET FOLL_WRITE", 3),
                        ("FOLL_DUMP", 2), ("", 1)))  # fmt: skip
    if g.chance(50 if g.pinned else 15):
        extra = g.choice([w for w in LOOK_FLAGS if not g.target.why_no_word(w)])
        flags += "" if extra in flags else " " + extra
    g.say(f"{process}: {verb.name} {found[3]} {flags}".rstrip())
    return True
