# SPDX-License-Identifier: GPL-2.0-or-later
"""What is read, and clear_refs."""

from typing import Final

from linuxmm.generate.acts.act import of_whom, own_range
from linuxmm.generate.acts.memory import on_file
from linuxmm.generate.steps import Steps, extent_text
from linuxmm.generate.world import UNMAPPED
from linuxmm.scenario.verbs import Verb

# what is asked for instead: seeds had a meaning before SwapFree was known as restless
ASKED: Final = {"SwapTotal": "SwapFree"}

CAME_LATER: Final = ("HugetlbPages", "THPeligible")  # of a process, of a mapping
WERE_RESTLESS: Final = (
    *("thp_scan_exceed_none_pte", "thp_scan_exceed_swap_pte", "thp_scan_exceed_share_pte"),
)


def report(g: Steps, verb: Verb) -> bool:
    """Of pages, or of the mapping in which the first page lies."""
    process = g.process()
    whose = g.other(process, 15)
    found = g.pages(whose)
    if found is None:
        return False
    area, _, _, text = found
    if verb.whole:
        text = extent_text(area, 0, len(area.prots)) if area.prots[0] != UNMAPPED else text
    keys = g.keys([key for key in verb.known_keys if key not in CAME_LATER]) if verb.keys else ""
    g.say(f"{process}: {verb.name} {of_whom(process, whose)}{text}{keys}")
    return True


def of_process(g: Steps, verb: Verb) -> bool:
    process = g.process()
    whose = g.other(process, 15)
    asked = "" if whose == process else " " + whose
    keys = [key for key in verb.known_keys if key not in CAME_LATER]
    g.say(f"{process}: {verb.name}{asked}{g.keys(keys)}")
    return True


def of_machine(g: Steps, verb: Verb) -> bool:
    g.say(f"{g.process()}: {verb.name}{g.keys(verb.known_keys)}")
    return True


def _came_later(key: str) -> bool:
    """Is it of huge pages?  Seeds had a meaning before they were modelled."""
    return key.startswith("thp_") or "huge" in key.lower() or "pmdmapped" in key.lower()


def counters(g: Steps, verb: Verb) -> bool:
    """Those that nobody else moves, of the model others too."""
    keys = [ASKED.get(key, key) for key in verb.steady if not _came_later(key)]
    if g.target.restless:
        keys += (*verb.restless, *(key for key in verb.steady if key in WERE_RESTLESS))
    g.say(f"{g.process()}: {verb.name}{g.keys(keys, 100)}")
    return True


def drop_caches(g: Steps, verb: Verb) -> bool:
    """Only what splits huge pages: page cache that is dropped is not modelled."""
    g.say(f"{g.process()}: {verb.name} 2")
    return True


def split_huge_pages(g: Steps, verb: Verb) -> bool:
    """Of pages of the process itself, of a file, or all."""
    process = g.process()
    files = sorted(g.world.story.files)
    if g.chance(15):
        g.say(f"{process}: {verb.name} 1")
        return True
    if files and g.chance(30):
        return on_file(g, verb)
    return own_range(g, verb)


def clear_refs(g: Steps, verb: Verb) -> bool:
    process = g.process()
    number = g.choice(("0", "6", "9")) if g.bold else g.weighted(
        (("1", 4), ("4", 4), ("2", 2), ("3", 2), ("5", 1))
    )  # fmt: skip
    whose = g.other(process, 15)
    g.say(f"{process}: {verb.name}{'' if whose == process else ' ' + whose} {number}")
    return True
