"""What several suites share: the review of the patch that started it all, made once."""

import signal
from typing import Final

import pytest

from linuxmm.review.run import Review, of_kernels


def pytest_configure() -> None:
    """A shell's background job ignores ^C, and commands that tests interrupt would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


# What sets or counts something of the whole machine: never two of these at once.
OF_THE_MACHINE: Final = ("tests/live/", "tests/inspect/", "tests/validate/")
LONGEST_FIRST: Final = (
    "tests/state/test_both_modes.py", "seed_review", "tests/explore/test_mutate.py",
    "tests/explore/test_check.py", "the machine",
)  # fmt: skip


def group_of(item: pytest.Item) -> str:
    """With several workers (``pytest -n 2``): what has to run in one of them."""
    file = item.nodeid.partition("::")[0]
    if "seed_review" in getattr(item, "fixturenames", ()):
        return "seed_review"
    return "the machine" if file.startswith(OF_THE_MACHINE) else file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every group by name, those that take longest first: nobody waits for them at the end."""
    groups = {item: group_of(item) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    place = {group: n for n, group in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(groups[item], len(place)))


@pytest.fixture(scope="session")
def seed_review() -> Review:
    """v5.17-coherent..split-v1, searched in full (some ten seconds)."""
    review = of_kernels("v5.17-coherent", "split-v1")
    assert review.findings and review.choices and review.untouched  # tests loop over them
    return review
