# SPDX-License-Identifier: GPL-2.0-or-later
"""folio_walk_start: what it sees, and what a site does with it.

Expected values by hand from mm/pagewalk.c and its four callers in 6.12.117.
"""

from pathlib import Path

import pytest

from linuxmm.api import run
from linuxmm.errors import KernelError
from linuxmm.kernels import load

HEAD = 'schema = 1\nname = "mine"\nbase = "v6.12"\nsource = "a test"\n'
STAT = "mm/migrate.c:do_pages_stat_array"
MERGEABLE = "mm/ksm.c:get_mergeable_page"
STAYS = "a function returns with other locks held"
ASK = "node0 512M\nsteps:\n  P0: a = mmap 1p rw private anon\n  P0: read a\n  P0: move_pages a"
MERGE = """node0 512M
  ksm run = 1
steps:
  P0: a = mmap 4p rw private anon
  P0: write a[0:2] 0x1
  P0: write a[2:4] 0x2
  P0: madvise a MADV_MERGEABLE
  ksmd: full_scan 3"""


def played(tmp_path: Path, rule: str, machine_and_steps: str) -> str:
    """The scenario on 6.12 with one rule changed, as the report shows it."""
    record = tmp_path / "mine.toml"
    record.write_text(HEAD + rule)
    text = f"linuxmm-scenario 1\nname: t\nintent: t\nmachine:\n  {machine_and_steps}\n"
    return str(run(text, kernels=[str(record)]))


def test_a_walk_that_is_not_ended_is_a_finding(tmp_path: Path) -> None:
    for rule in (
        'tests = [{ refuse = "zero_page", gives = "-EFAULT" }]',  # this test's way out forgets it
        'tests = [{ refuse = "not_anon", gives = "-EFAULT" }]',
    ):
        said = played(tmp_path, f'[site."{STAT}"]\n{rule}\n', ASK)
        assert "breaks locks (zero)" in said and STAYS in said


def test_a_page_that_is_taken_needs_the_end_too(tmp_path: Path) -> None:
    steps = ASK.replace("read a", "write a 0x1")
    assert "breaks locks" in played(tmp_path, f'[site."{STAT}"]\nend = false\n', steps)
    assert "every promise kept" in played(tmp_path, f'[site."{STAT}"]\nend = true\n', steps)


def test_a_reference_that_is_not_taken_is_put_all_the_same(tmp_path: Path) -> None:
    """The caller of get_mergeable_page puts the page, whether there was a reference or not."""
    assert "breaks refcount" in played(tmp_path, f'[site."{MERGEABLE}"]\nget = false\n', MERGE)
    assert "every promise kept" in played(tmp_path, f'[site."{MERGEABLE}"]\nget = true\n', MERGE)


def test_the_zero_page_is_seen_by_who_asks_for_it(tmp_path: Path) -> None:
    assert "-EFAULT" in played(tmp_path, "", ASK)
    assert "-ENOENT" in played(tmp_path, f'[site."{STAT}"]\nflags = []\n', ASK)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('[site."mm/gup.c:follow_page_pte"]\nend = true\n', '"end" needs the lookup folio_walk'),
        (f'[site."{STAT}"]\nlookup = "follow_page"\nflags = []\n', '"end" needs the lookup'),
        (f'[site."{STAT}"]\nflags = ["FOLL_GET"]\n', "FOLL_GET is a flag of follow_page"),
        (
            f'[site."{STAT}"]\n'
            'tests = [{ refuse = "zone_device", gives = "-ENOENT", put = true }]',
            "nothing to put",
        ),
        (
            '[site."mm/mlock.c:mlock_pte_range"]\n'
            'tests = [{ refuse = "zone_device", gives = "skip", end = true }]',
            "no lock is held",
        ),
    ],
)
def test_words_that_would_mean_nothing_are_refused(tmp_path: Path, rule: str, said: str) -> None:
    record = tmp_path / "mine.toml"
    record.write_text(HEAD + rule)
    with pytest.raises(KernelError, match=r"mine\.toml:") as caught:
        load(record)
    assert said in str(caught.value)
