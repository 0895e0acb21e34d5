# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's 6.1 as text in the core's place: a few scenarios that come to most of it.

For each: which pairs it has to enter.  Needs LINUXMM_TREE_6_1.
"""

import os
from pathlib import Path

import pytest

from linuxmm.kernels import load
from linuxmm.scenario.parse import parse
from linuxmm.validate.onsource import SourceJudge

pytestmark = [pytest.mark.live, pytest.mark.slow]
SCENARIOS = Path(__file__).parents[2] / "scenarios"
ENTERED = {
    "mempolicy/mbind-moves": {"mm/mempolicy.c:queue_folios_pte_range"},
    "mempolicy/mbind-strict-on-dax": {"mm/mempolicy.c:queue_folios_pte_range"},
    "mempolicy/asking-for-policies": {"mm/mempolicy.c:lookup_node"},
    "memcg/kinds": {"mm/memcontrol.c:mc_handle_present_pte"},
    "hugetlb/systems": {"fs/proc/task_mmu.c:smaps_hugetlb_range"},
    "hugetlb/got": {"mm/gup.c:check_vma_flags"},
    "madvise/wanted-from-swap": {"mm/madvise.c:swapin_walk_pmd_entry"},
    "mremap/merged": {"mm/mremap.c:move_ptes"},
    "memcg/merged": {"mm/ksm.c:scan_get_next_rmap_item"},
    "thp/merged": {"mm/ksm.c:ksm_next_page_pmd_entry"},
    # leaves
    "thp/cleared": {"fs/proc/task_mmu.c:clear_refs_pte_range"},
    "thp/mirrored": {"mm/hmm.c:hmm_vma_walk_pmd"},
    "thp/moved": {"mm/migrate.c:remove_migration_pte", "mm/rmap.c:try_to_migrate_one"},
    "thp/swapped-out": {"mm/madvise.c:madvise_cold_or_pageout_pte_range"},
    "coherent-pages-stay": {"mm/migrate_device.c:migrate_vma_collect_pmd"},
}


@pytest.fixture(scope="module")
def judge() -> SourceJudge:
    found = os.environ.get("LINUXMM_TREE_6_1", "")
    if not (Path(found) / "mm" / "memory.c").is_file():
        pytest.skip("LINUXMM_TREE_6_1 names no 6.1 source tree")
    return SourceJudge(found, load("v6.1"))


@pytest.mark.parametrize("name", ENTERED)
def test_text_and_core_agree(judge: SourceJudge, name: str) -> None:
    before = dict(judge.text.calls)
    scenario = parse((SCENARIOS / f"{name}.mm").read_text("utf-8"), name)
    (verdict,) = judge.judge_all([scenario])
    assert verdict.differences == []
    assert verdict.verdict == "agree"
    entered = {place for place, times in judge.text.calls.items() if times > before.get(place, 0)}
    assert ENTERED[name] <= entered
