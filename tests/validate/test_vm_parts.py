# SPDX-License-Identifier: GPL-2.0-or-later
"""What of the virtual machine's judge can be tested without booting one."""

import os
import shlex
import socket
import subprocess
import time
from pathlib import Path

import pytest

from linuxmm.errors import InputError, Skipped
from linuxmm.scenario.outcome import PageState
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.validate import vm
from linuxmm.validate.agent import SETUP
from linuxmm.validate.channel import AgentDied, Channel
from linuxmm.validate.guestpart import playable, skipped_whole
from linuxmm.validate.hello import Hello, hello
from linuxmm.validate.hidden import hidden_pairs
from linuxmm.validate.minimise import minimise
from linuxmm.validate.model import play
from linuxmm.validate.said import last_line
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


def image_of(folder: Path, version: bytes, at: int = 0x100) -> Path:
    """A file with a header that says so."""
    image = folder / "bzImage"
    head = bytearray(0x400)
    head[0x202:0x206] = b"HdrS"
    head[0x20E:0x210] = at.to_bytes(2, "little")
    head[0x300 : 0x300 + len(version)] = version
    image.write_bytes(head)
    return image


def test_an_image_says_its_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = image_of(tmp_path, b"6.1.192-mine (me@it)")
    assert release_of(image) == "6.1.192-mine"
    monkeypatch.setattr(vm, "program", lambda name: name)
    assert vm.find_image(str(image), "modules").release == "6.1.192-mine"
    image.write_text("no image")
    with pytest.raises(InputError, match="no kernel image"):
        release_of(image)
    with pytest.raises(InputError, match="cannot be read"):
        release_of(tmp_path / "none")


@pytest.mark.parametrize(
    ("version", "at"),
    [(b"../../../escaped/6.1;id; (x)", 0x100), (b"6.1;id;", 0x100), (b"\xff6.1", 0x100),
     (b"", 0x100), (b"6.1", 0x0), (b"6.1", 0xFFFF), (b"6" * 200, 0x100), (b"6.1\x1b[2J", 0x100)],
)  # fmt: skip
def test_what_an_image_says_is_not_believed(tmp_path: Path, version: bytes, at: int) -> None:
    image = image_of(tmp_path, version, at)
    with pytest.raises(InputError, match=r"bzImage: says .*, which is no kernel release") as raised:
        release_of(image)
    assert str(raised.value).isprintable()


def test_an_image_is_a_regular_file_of_a_kernels_size(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path, Path("/dev/zero")):
        with pytest.raises(InputError, match=r"no regular file|cannot be read"):
            release_of(path)
    large = image_of(tmp_path, b"6.1")
    os.truncate(large, (256 << 20) + 1)
    with pytest.raises(InputError, match="is larger than 256 MiB"):
        release_of(large)


def test_no_word_of_a_path_is_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vm, "program", lambda name: name)
    monkeypatch.setattr(vm, "agent", lambda: Path("/the agent"))
    image = vm.Image(tmp_path / "a;touch b", "6.1", Path("/m $(id)"))
    words = vm.Guest(image, whole_root=True)._command("/port", kvm=False)
    assert words[words.index("--kimg") + 1] == str(tmp_path / "a;touch b")
    run = words[words.index("--script-sh") + 1]
    assert shlex.split(run) == ["sh", str(SETUP), "/m $(id)", "/the agent"]


def test_what_a_guest_says_is_bounded() -> None:
    ours, theirs = socket.socketpair()
    guest = vm.Guest(vm.Image(Path("x"), "6.1", Path("y")))
    guest._process = subprocess.Popen(["sleep", "100"], start_new_session=True)
    guest._channel = Channel(ours, guest._process)
    try:
        theirs.sendall((1 << 31).to_bytes(4, "little"))
        with pytest.raises(AgentDied, match="answer is longer than 32 MiB"):
            guest._channel.message(time.monotonic() + 10)
    finally:
        guest.close()
        theirs.close()


def test_what_a_guest_says_it_has_is_what_our_agent_would_say() -> None:
    said = (
        "hmm 2\nhmm \u0662\nhmm x\nhmm -1\nhmm\nhas /etc/passwd\nhas /proc/swaps\nfailed a b\nno\n"
    )
    found = hello(said)
    assert found == Hello(frozenset({2}), frozenset({"/proc/swaps"}), 0, 0, ("a b",))
    assert hello("probe 3 5\n").foll == 5
    for wrong in ("probe 3\n", "probe \u0663 5\n", "probe -1 x\n", "probe 3 5 7\n"):
        assert (hello(wrong).can, hello(wrong).foll) == (0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("\n \n", ""),
        ("first\nlast\r\n\n", "last"),
        ("first\x85second\u2028third\x0bfourth", "first\\x85second\\u2028third\\x0bfourth"),
    ],
)
def test_the_last_line_that_a_program_said(text: str, expected: str) -> None:
    assert last_line(text) == expected


def test_of_a_console_without_end_the_end_is_kept() -> None:
    process = subprocess.Popen(
        ["sh", "-c", "yes first | head -n 100000; echo last"], stdout=subprocess.PIPE
    )
    console = vm.Console(process.stdout)
    process.wait()
    for _ in range(500):
        if console.last_line() == "last":
            break
        time.sleep(0.01)
    assert console.last_line() == "last" and len(console._end) <= vm.KEPT_LOG


@pytest.mark.parametrize(("command", "boots"), [("kill -SEGV $$", 2), ("exit 1", 1)])
def test_a_qemu_that_crashes_is_started_once_more(
    command: str, boots: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that ends by itself would do so again."""
    begun: list[bool] = []

    def boot(guest: vm.Guest, kvm: bool, limit: float) -> None:
        begun.append(kvm)
        guest._process = subprocess.Popen(["sh", "-c", command], start_new_session=True)
        raise AgentDied("it closed the channel")

    monkeypatch.setattr(vm, "_kvm_may_work", lambda: False)
    monkeypatch.setattr(vm.Guest, "_boot", boot)
    with pytest.raises(Skipped, match="does not boot: it closed the channel"):
        vm.Guest(vm.Image(Path("x"), "6.1", Path("y"))).boot()
    assert begun == [False] * boots


def test_no_memory_of_ours_is_huge_before_a_scenario_says_so() -> None:
    """On 6.12 a huge page of whoever booted the guest was split by the first drop_caches."""
    guest = vm.Guest(vm.Image(Path("x"), "6.1", Path("y")), whole_root=True)
    words = guest._command("port", kvm=False)
    at = words.index("transparent_hugepage=never")
    assert words[at - 1] == "--kopt"
