"""What of the virtual machine's judge can be tested without booting one."""

from pathlib import Path

import pytest

from linuxmm.errors import InputError
from linuxmm.scenario.outcome import PageState
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.validate import vm
from linuxmm.validate.guestpart import playable, skipped_whole
from linuxmm.validate.hidden import hidden_pairs
from linuxmm.validate.minimise import minimise
from linuxmm.validate.model import play
from linuxmm.validate.vm import release_of

HEAD = "linuxmm-scenario 1\nname: t\nintent: A test.\n\nmachine:\n  node0 512M\n"
DEVICES = "  coherent0 256M\n  private0 256M\n\n"


def scenario_of(*steps: str, machine: str = DEVICES) -> Scenario:
    lines = "".join(f"  {step}\n" for step in steps)
    return parse(f"{HEAD}{machine}\nsteps:\n{lines}".encode(), "t.mm")


def test_what_needs_private_memory_is_left_out_with_what_stands_on_it() -> None:
    part = playable(
        scenario_of(
            "P0: a = mmap 2p",
            "P0: write a 0x1",
            "private0: migrate P0.a",
            "coherent0: migrate P0.a",
            "P0: pages a",
        )
    )
    assert [step.actor for step, _ in part.dropped] == ["private0"]
    assert "DEVICE_PRIVATE" in part.dropped[0][1]
    verbs = [step.verb for step in part.scenario.steps]
    assert verbs[:7] == ["mmap", "drain", "write", "drain", "migrate", "drain", "pages"]
    assert verbs[7:] == ["drain", "smaps", "numa_maps", "kpageflags", "kpagecount", "move_pages",
                         "status", "meminfo", "vmstat"]  # fmt: skip
    assert [device.name for device in part.scenario.machine.devices] == ["coherent0"]


def test_contents_of_memory_without_struct_page_are_not_compared() -> None:
    part = playable(
        scenario_of("P0: a = mmap 1p shared pfnmap", "P0: read a", "P0: write a 0x1", "P0: read a")
    )
    assert len(part.dropped) == 1 and part.dropped[0][0].verb == "read"


def test_a_machine_that_the_guest_cannot_be_is_skipped() -> None:
    swap = scenario_of("P0: a = mmap 1p", machine="  swap 64M\n\n")
    assert "zram" in skipped_whole(swap)
    assert not skipped_whole(scenario_of("P0: a = mmap 1p"))


def test_hidden_state_of_equal_pages_agrees_and_of_others_does_not() -> None:
    scenario = scenario_of("P0: a = mmap 1p", "P0: write a 0x1", "drain")
    (page,) = play(scenario).played[-1].hidden or ()
    assert page.refcount == 1 and page.mapcount == 1
    pairs = list(hidden_pairs(page, page))
    assert {what for what, _, _ in pairs} == {"present", "pte", "refcount", "mapcount", "flags"}
    other = PageState("P0", "a", 0, page.pte, page.pfn, "", 2, 1, page.flags)
    assert [what for what, a, b in hidden_pairs(page, other) if a != b] == ["refcount"]


def test_a_disagreement_is_made_small() -> None:
    scenario = scenario_of(
        "P0: a = mmap 2p", "P0: write a 0x1", "P0: mlock a", "P0: P1 = fork", "P1: read a"
    )
    small = minimise(scenario, lambda s: any(step.verb == "mlock" for step in s.steps))
    assert [step.verb for step in small.steps] == ["mmap", "mlock"]


def test_an_image_says_its_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = tmp_path / "bzImage"
    head = bytearray(0x400)
    head[0x202:0x206] = b"HdrS"
    head[0x20E:0x210] = (0x100).to_bytes(2, "little")
    head[0x300:0x314] = b"6.1.192-mine (me@it)"
    image.write_bytes(head)
    assert release_of(image) == "6.1.192-mine"
    monkeypatch.setattr(vm, "program", lambda name: name)
    assert vm.find_image(str(image), "modules").release == "6.1.192-mine"
    image.write_text("no image")
    with pytest.raises(InputError, match="no kernel image"):
        release_of(image)
    with pytest.raises(InputError, match="cannot be read"):
        release_of(tmp_path / "none")
