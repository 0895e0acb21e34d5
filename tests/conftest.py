# SPDX-License-Identifier: GPL-2.0-or-later
"""What several suites share: the review of the patch that started it all, made once."""

import signal
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from linuxmm.review.run import Review, of_kernels


def pytest_configure() -> None:
    """A shell's background job ignores ^C, and commands that tests interrupt would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


# What sets or counts something of the whole machine: never two of these at once.
OF_THE_MACHINE: Final = ("tests/live/", "tests/inspect/", "tests/validate/")
LONGEST_FIRST: Final = (
    "tests/state/test_both_modes.py", "tests/review/", "tests/explore/test_mutate.py",
    "tests/explore/test_check.py", *OF_THE_MACHINE,
)  # fmt: skip


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """With several workers (``pytest -n 2``): what has to run in one of them, by where it is.

    Not by xdist's own marks: xdist 3.8 writes a group into a name that pytest 9.2 no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "the machine" if file.startswith(OF_THE_MACHINE) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take longest first: nobody waits for them at the end."""
    items.sort(key=lambda item: [not item.nodeid.startswith(start) for start in LONGEST_FIRST])


@pytest.fixture(scope="session")
def seed_review() -> Review:
    """v5.17-coherent..split-v1, searched in full (some ten seconds)."""
    review = of_kernels("v5.17-coherent", "split-v1")
    assert review.findings and review.choices and review.untouched  # tests loop over them
    return review
