"""What several suites share: the review of the patch that started it all, made once."""

import pytest

from linuxmm.review.run import Review, of_kernels


@pytest.fixture(scope="session")
def seed_review() -> Review:
    """v5.17-coherent..split-v1, searched in full (some ten seconds)."""
    return of_kernels("v5.17-coherent", "split-v1")
