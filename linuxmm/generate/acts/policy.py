# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory policies."""

from typing import Final

from linuxmm.generate.acts.act import Words
from linuxmm.generate.steps import Steps
from linuxmm.generate.world import Area
from linuxmm.scenario.verbs import Verb
from linuxmm.scenario.words import GET_POLICY_FLAGS

MODES: Final[Words] = (
    ("MPOL_BIND", 8), ("MPOL_PREFERRED", 4), ("MPOL_INTERLEAVE", 4), ("MPOL_DEFAULT", 3),
    ("MPOL_PREFERRED_MANY", 2), ("MPOL_LOCAL", 2),
)  # fmt: skip
WITHOUT_NODES: Final = ("MPOL_DEFAULT", "MPOL_LOCAL")
MODE_FLAGS: Final[Words] = (("", 10), ("MPOL_F_STATIC_NODES", 1), ("MPOL_F_RELATIVE_NODES", 1))
CALL_FLAGS: Final[Words] = (
    ("MPOL_MF_MOVE", 5), ("", 3), ("MPOL_MF_STRICT", 3), ("MPOL_MF_MOVE_ALL", 3),
    ("MPOL_MF_STRICT MPOL_MF_MOVE", 3), ("MPOL_MF_LAZY", 1), ("MPOL_MF_STRICT MPOL_MF_MOVE_ALL", 2),
)  # fmt: skip


def mbind(g: Steps, verb: Verb) -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    chosen = "MPOL_DEFAULT" if has_shared_policy(found[0]) else policy(g)
    words = process + ":", verb.name, found[3], chosen, g.weighted(CALL_FLAGS)
    g.say(" ".join(filter(None, words)))
    return True


def set_mempolicy(g: Steps, verb: Verb) -> bool:
    g.say(f"{g.process()}: {verb.name} {policy(g)}")
    return True


def get_mempolicy(g: Steps, verb: Verb) -> bool:
    """Of the task, or of an area; a bold one asks what does not go together."""
    process = g.process()
    if g.bold:
        words = g.some(GET_POLICY_FLAGS)
        g.say(" ".join((process + ":", verb.name, *words)))
        return True
    found = g.pages(process)
    if found is None or g.chance(30):
        g.say(f"{process}: {verb.name}{g.choice(('', ' MPOL_F_MEMS_ALLOWED'))}")
        return True
    node = "MPOL_F_NODE " if g.chance(50) else ""
    g.say(f"{process}: {verb.name} {found[3]} {node}MPOL_F_ADDR")
    return True


def migrate_pages(g: Steps, verb: Verb) -> bool:
    process = g.process()
    whose = g.other(process, 30)
    nodes = [f"node{nid}" for nid in range(g.target.nodes)]
    old, new = g.choice(nodes), g.choice(nodes)
    of = "" if whose == process else f"{whose} "
    g.say(f"{process}: {verb.name} {of}from {old} to {'node5' if g.bold else new}")
    return True


def has_shared_policy(area: Area) -> bool:
    """Is it of shmem, whose file keeps the policies?  None but the default is modelled."""
    return area.kind == "shmem" or (area.kind == "untouched" and area.shared)


def policy(g: Steps) -> str:
    """A mode, its flags and its nodes; a bold one may have too many of them, or none."""
    mode = g.weighted(MODES)
    nodes = [f"node{nid}" for nid in range(g.target.nodes) if g.chance(60)]
    if mode in WITHOUT_NODES and not g.bold:
        return mode
    if not nodes and not g.bold:
        nodes = [f"node{g.target.nodes - 1}"]
    if g.bold and g.chance(20):
        nodes.append("node5")
    return " ".join(filter(None, (mode, g.weighted(MODE_FLAGS), *nodes)))
