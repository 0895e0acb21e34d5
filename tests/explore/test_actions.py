# SPDX-License-Identifier: GPL-2.0-or-later
"""The facts of the catalogue against the story: who lives and what is held on any path."""

from collections.abc import Iterator

from linuxmm.errors import ScenarioError
from linuxmm.explore.actions import MODIFIERS, PROBES, TRIGGERS
from linuxmm.explore.catalogue import START, Action, Setup, applies, facts_after
from linuxmm.explore.paths import parsed
from linuxmm.explore.setups import setup
from linuxmm.scenario.lines import Line, Place
from linuxmm.scenario.names import Names
from linuxmm.scenario.steps import parse_step
from linuxmm.scenario.story import Story

MACHINE = ("coherent0 256M", "coherent1 256M", "private0 256M")
NAMED = {  # facts that are about names; the others bound the search
    name for action in TRIGGERS for name in action.wanted if name[0] == "P" or len(name) == 1
}


def facts_of(story: Story) -> set[str]:
    """The facts about names, as the story has them."""
    held = {name for _, name, _ in story.holding()}
    return (set(story.living()) | held) & NAMED


def told(names: Names, story: Story, action: Action) -> Story | None:
    """The story behind an action; None where it is no next step of a scenario."""
    names.story = story
    try:
        for line in action.lines:
            parse_step(Line(1, True, line), names, Place("path"))
    except ScenarioError:
        return None
    return names.story


def paths(start: Setup, story: Story, names: Names) -> Iterator[tuple[list[str], Story, set[str]]]:
    """Every path of two modifiers and a trigger that the facts allow; then probes, if one ends."""
    level: list[tuple[list[str], Story, frozenset[str]]] = [([], story, START)]
    for actions in (MODIFIERS, MODIFIERS, TRIGGERS, PROBES):
        following = []
        for path, before, facts in level:
            for action in actions:
                if not applies(action, facts, start):
                    continue
                after = told(names, before, action)
                assert after is not None, (path, action.name)
                now = facts_after(action, facts)
                yield [*path, action.name], after, set(now)
                if len(path) < 2 or action.ends:
                    following.append(([*path, action.name], after, now))
        level = following


def test_the_facts_about_names_are_the_storys() -> None:
    start = setup("all", "coherent", "a = mmap 1p", "write a 0x11", machine=MACHINE)
    names = Names(parsed(start).machine)
    story = told(names, names.story, Action("set-up", start.lines))
    assert story is not None and {"P0", "P1", "h", "g"} == NAMED
    seen = set()
    for path, after, facts in paths(start, story, names):
        if "P0" not in facts:
            facts -= {"h", "g"}  # stay in the table when P0 ends; nothing asks for them alone
        assert facts & NAMED == facts_of(after), path
        seen.add(path[-1])
    wanted = {
        action.name
        for action in (*TRIGGERS, *PROBES)
        if not action.kinds and not {"huge", "memcg", "watched"} & set(action.needs)
    }
    assert wanted <= seen | {"lock-later"}  # of set-ups with one modifier
