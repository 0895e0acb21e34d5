"""What several suites share: the review of the patch that started it all, made once."""

import signal

import pytest

from linuxmm.review.run import Review, of_kernels


def pytest_configure() -> None:
    """A shell's background job ignores ^C, and commands that tests interrupt would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def seed_review() -> Review:
    """v5.17-coherent..split-v1, searched in full (some ten seconds)."""
    review = of_kernels("v5.17-coherent", "split-v1")
    assert review.findings and review.choices and review.untouched  # tests loop over them
    return review
