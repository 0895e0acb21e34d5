# SPDX-License-Identifier: GPL-2.0-or-later
"""The pytest plugin, found by itself where linuxmm is installed (entry point `pytest11`).

    from linuxmm import assert_kept

    def test_a_device_page_is_not_moved(machine):
        p = machine.process()
        a = p.mmap("1p")
        ...
        assert_kept(machine)

`machine` is a fresh `linuxmm.Machine`; the marker `machine` says which one, for a test, a class or
a module: `@pytest.mark.machine("split-v1", dax=1)`.  A fixture `machine` of your own goes first.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from linuxmm.api import Machine

MARKER = "machine(kernel, **keywords): what linuxmm.Machine is called with for this test"


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest the marker, which --strict-markers asks for."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def machine(request: pytest.FixtureRequest) -> "Machine":
    """A linuxmm machine: v6.1, two nodes and a coherent device, or as the marker `machine` says."""
    from linuxmm.api import Machine

    marker = request.node.get_closest_marker("machine")
    return Machine(*marker.args, **marker.kwargs) if marker else Machine()
