"""The program inside the virtual machine: sets it up, plays scenarios, one JSON line each way."""

import glob
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from typing import Any, Final

from linuxmm.errors import LinuxmmError, Skipped
from linuxmm.scenario.parse import parse
from linuxmm.validate.abilities import Abilities, probe
from linuxmm.validate.guestrun import (
    BARE_FRAMES,
    DAX,
    DISK,
    FIRST_COHERENT,
    HMM,
    ZRAM,
    GuestRun,
    KernelLog,
)
from linuxmm.validate.settings import KsmSettings
from linuxmm.validate.wire import write_page, write_played

PORT: Final = "/dev/virtio-ports/linuxmm"
COHERENT: Final = "spm_addr_dev0=0x140000000 spm_addr_dev1=0x150000000"
PLAY_LIMIT: Final = 30.0
DAX_PAGES: Final = 0x10000
ZRAM_BYTES: Final = 256 << 20


# --- setting up -----------------------------------------------------------------------------------
def sh(command: str) -> str:
    """Runs a command; what it said if it failed."""
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{command}: {(done.stderr or done.stdout).strip()}"


def set_up(modules: str) -> list[str]:
    """Everything a scenario may want; what did not work, in words."""
    failed = []
    pages = len(BARE_FRAMES)
    for command in (
        "mount -o remount,exec /dev",
        "echo 0 > /proc/sys/vm/dirty_writeback_centisecs",  # nothing is written back by itself
        "rmmod mmprobe 2>/dev/null; true",
        "modprobe -a ext4 zram device_dax dax_hmem",
        "modprobe brd rd_nr=1 rd_size=131072 max_part=0",
        f"insmod {modules}/mmprobe.ko bare_start={BARE_FRAMES.start << 12} bare_pages={pages}",
        f"insmod {modules}/test_hmm.ko {COHERENT}",
        f"mkdir -p {DAX} {DISK}",
        f"mkfs.ext4 -q -b 4096 /dev/ram0 && mount -o commit=3600 /dev/ram0 {DISK}",
        f"mkfs.ext4 -q -b 4096 $(ls /dev/pmem* | head -1) && "
        f"mount -o dax=always $(ls /dev/pmem* | head -1) {DAX}",
        f"echo {ZRAM_BYTES} > /sys/block/zram0/disksize && mkswap {ZRAM}",
        "echo 0 > /sys/kernel/mm/lru_gen/enabled || true",
        "mount -t debugfs none /sys/kernel/debug 2>/dev/null || true",
        "echo 1000000 > /sys/kernel/debug/sched/numa_balancing/scan_delay_ms",  # ours alone scan
    ):
        said = sh(command)
        if said:
            failed.append(said)
    _devices()
    _small_dax_pages(failed)
    return failed


def _devices() -> None:
    """The nodes of test_hmm and of our probe, where nobody made them."""
    with open("/proc/devices") as stream:
        major = next((line.split()[0] for line in stream if "HMM_DMIRROR" in line), "")
    for number in (FIRST_COHERENT, FIRST_COHERENT + 1):
        path = HMM.format(number)
        if major and not os.path.exists(path):
            os.mknod(path, 0o600 | 0o020000, os.makedev(int(major), number))


def _small_dax_pages(failed: list[str]) -> None:
    """Device DAX maps page by page when it is told to while no driver has it."""
    for path in glob.glob("/sys/bus/dax/devices/dax*"):
        name = os.path.basename(path)
        said = sh(
            f"echo {name} > /sys/bus/dax/drivers/device_dax/unbind; echo 4096 > {path}/align && "
            f"echo {name} > /sys/bus/dax/drivers/device_dax/bind"
        )
        if said:
            failed.append(said)


# --- the channel ----------------------------------------------------------------------------------
class Channel:
    """Lines of JSON; its end is the end of the machine."""

    def __init__(self) -> None:
        sh("modprobe virtio_console")
        deadline = time.monotonic() + 20
        while not os.path.exists(PORT) and time.monotonic() < deadline:
            sh("udevadm settle -t 1")
            _link_port()
        self.fd = os.open(PORT, os.O_RDWR)
        self.rest = b""

    def send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self.fd, data) :]

    def receive(self) -> dict[str, Any] | None:
        while b"\n" not in self.rest:
            data = os.read(self.fd, 1 << 16)
            if not data:
                return None
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message


def _link_port() -> None:
    """Without udev: the port by the name that the kernel gives it."""
    for path in glob.glob("/sys/class/virtio-ports/*/name"):
        with open(path) as stream:
            if stream.read().strip() == "linuxmm" and not os.path.exists(PORT):
                os.makedirs(os.path.dirname(PORT), exist_ok=True)
                os.symlink("/dev/" + path.split("/")[-2], PORT)


# --- playing --------------------------------------------------------------------------------------
def play(message: dict[str, Any], abilities: Abilities, number: int) -> dict[str, Any]:
    """A scenario in a process of its own, with a limit."""
    reader, writer = os.pipe()
    log = KernelLog()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.setsid()
        answer = _play_here(message, abilities, number)
        data = json.dumps(answer).encode()
        while data:
            data = data[os.write(writer, data) :]
        os._exit(0)
    os.close(writer)
    data, in_time = _read_until(reader, time.monotonic() + PLAY_LIMIT)
    os.close(reader)
    if not in_time:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    fatal = [event.text for event in log.events() if event.name == "bug"]
    os.close(log.fd)
    if not data and fatal:
        return {"fatal": fatal[0]}
    if not in_time:
        return {"undecided": f"it did not end within {PLAY_LIMIT:.0f} s"}
    if not data:
        return {"undecided": "the process that played it ended"}
    answer = json.loads(data)
    assert isinstance(answer, dict)
    return answer


def _read_until(fd: int, deadline: float) -> tuple[bytes, bool]:
    data = b""
    while True:
        ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return data, False
        piece = os.read(fd, 1 << 16)
        if not piece:
            return data, True
        data += piece


def _play_here(message: dict[str, Any], abilities: Abilities, number: int) -> dict[str, Any]:
    log = KernelLog()
    steps: list[Any] = []
    hidden: list[Any] = []
    try:
        scenario = parse(message["text"].encode(), "<scenario>")
        with Settings() as ksm:
            offset = number * 64 % DAX_PAGES
            run = GuestRun(scenario, abilities, ksm, log, offset)
            try:
                run.start()
                for step in scenario.steps:
                    steps.append(write_played(run.play(step)))
                hidden = [write_page(page) for page in run.hidden()]
            finally:
                run.close()
        late = [[e.name, e.site, e.pfn, e.address, e.text] for e in log.events()]
        return {"steps": steps, "hidden": hidden, "late": late}
    except (LinuxmmError, OSError, AssertionError, ValueError, KeyError) as error:
        where = traceback.format_exc(limit=-2) if not isinstance(error, Skipped) else str(error)
        return {"steps": steps, "hidden": [], "late": [], "undecided": where}


class Settings(KsmSettings):
    """KSM is ours alone in here: no lock, no guard."""

    def __enter__(self) -> "Settings":
        self._before = {}
        return self

    def __exit__(self, *error: object) -> None:
        self.unmerge()

    def _save(self, name: str) -> None:
        return


def main() -> int:
    """Hello, then one answer for each message."""
    failed = set_up(sys.argv[1])
    server = os.fork()  # what is forked from now on is never scanned by NUMA balancing itself
    if server:
        return os.waitstatus_to_exitcode(os.waitpid(server, 0)[1])
    channel = Channel()
    abilities = probe()
    channel.send({"hello": os.uname().release, "failed": failed})
    number = 0
    while True:
        message = channel.receive()
        if message is None or message["do"] == "stop":
            return 0
        if message["do"] == "again":  # the program itself has changed
            folder = message.get("modules", sys.argv[1])
            os.execv(sys.executable, [sys.executable, "-S", "-m", __spec__.name, folder])
        if message["do"] == "sh":
            done = subprocess.run(message["text"], shell=True, capture_output=True, text=True)
            channel.send({"out": done.stdout + done.stderr})
            continue
        number += 1
        began = time.monotonic()
        answer = play(message, abilities, number)
        answer["seconds"] = time.monotonic() - began
        channel.send(answer)


if __name__ == "__main__":
    raise SystemExit(main())
