# SPDX-License-Identifier: GPL-2.0-or-later
"""Control groups of the memory controller: mm/memcontrol.c, mm/memcontrol-v1.c."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import ANY_MEMCG, MEMCGS, MEMORY_STAT_KEYS

JOINS = "cgroup_procs"
MOVES = "move_charge_at_immigrate"  # cgroup v2 has no such file
VERBS = (
    Verb(
        JOINS,
        "P0: cgroup_procs g1",
        "The process goes to a group of the memory controller, all its threads with it; its "
        "charges stay, except in cgroup v1 where the group says so.",
        "return",
        groups=(ANY_MEMCG,),
        op=("cgroup_attach", "words"),
        lower="memcg",
        gen=Gen(66, "memcg", 0),
        agent=("cgroup_procs", "by", "words"),
        host="groups are the machine's own",
    ),
    Verb(
        MOVES,
        "P0: move_charge_at_immigrate g1 3",
        "Which charges come along with a process that goes to the group: 1 those of anonymous "
        "pages, 2 those of files. cgroup v2 has no such file.",
        "return",
        groups=(MEMCGS,),
        number="required",
        op=("move_charge", "words", "number"),
        lower="memcg",
        gen=Gen(67, "memcg", 0),
        agent=("move_charge", "words", "number"),
        unowned=True,
        host="groups are the machine's own",
    ),
    Verb(
        "memory_stat",
        "P0: memory_stat g1 rss cache",
        "memory.stat of a group, in bytes; one of cgroup v2 counts the groups below it too.",
        "fields",
        groups=(MEMCGS,),
        keys=MEMORY_STAT_KEYS,
        op=("memory_stat", "words"),
        lower="memcg",
        reads="memory_stat",
        gen=Gen(68, "memcg", 0, 2),
        agent=("memory_stat", "words"),
        unowned=True,
        host="groups are the machine's own",
    ),
    Verb(
        "memory_reclaim",
        "P0: memory_reclaim g1 64",
        "Asks for so many pages of the group and of those below it, as a write to memory.reclaim "
        "does; modelled where it is for all that can go.",
        "return",
        groups=(MEMCGS,),
        number="required",
        op=("memory_reclaim", "words", "number"),
        lower="memcg",
        gen=Gen(80, "memcg_reclaim", 0, 2),
        agent=("memory_reclaim", "words", "number"),
        unowned=True,
        host="groups are the machine's own",
    ),
    Verb(
        "memory_current",
        "P0: memory_current g1",
        "memory.current of a group, in bytes, without what CPUs have in stock for it: a real one "
        "may show 64 pages more for each CPU.",
        "return",
        groups=(MEMCGS,),
        op=("memory_current", "words"),
        lower="memcg",
        gen=Gen(79, "memcg", 0, 2),
        agent=("memory_current", "words"),
        unowned=True,
        host="groups are the machine's own",
    ),
)
