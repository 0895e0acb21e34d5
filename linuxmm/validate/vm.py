# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine with a real kernel: booted once, many scenarios, one message each way.

    with Guest(find_image()) as guest:
        print(guest.sh("uname -r"))

virtme-ng and QEMU are called as programs, without a shell.  The guest's root is a folder of its
own (``guestroot.py``), which it can read and not write; ``agent/guest.sh`` sets it up and becomes
the agent (``agent/main.c`` says how one talks to it).  What the guest says is not believed: its
kernel may be anybody's.  When the channel closes, however that comes about, the guest powers
itself off.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from linuxmm.cache import cache_path
from linuxmm.errors import InputError, Skipped
from linuxmm.validate.agent import SETUP, agent
from linuxmm.validate.channel import PLAY_LIMIT, AgentDied, Channel, check
from linuxmm.validate.guestroot import guest_root
from linuxmm.validate.hello import Hello, hello
from linuxmm.validate.kernel import OwnKernel
from linuxmm.validate.modules import cache, is_release, modules_for, program
from linuxmm.validate.plan import Plan
from linuxmm.validate.said import last_line

PROGRAMS: Final = (
    ("qemu-system-x86_64", "apt install qemu-system-x86"),
    ("virtme-run", "pip install virtme-ng"),
    ("busybox", "apt install busybox-static"),
    ("mkfs.ext4", "apt install e2fsprogs"),
    ("make", "apt install make"),
    ("gcc", "apt install gcc libc6-dev"),
)
BOOT_LIMIT: Final = 900.0  # seconds until the guest says hello, emulated: 20 on a quiet machine
CRASH_LIMIT: Final = 5.0  # from the end of its channel to its own
KVM_LIMIT: Final = 45.0  # and with KVM: it can exist and hang
PORT: Final = "linuxmm"
MEMORY: Final = (  # ranges of the guest's RAM that become something else
    "memmap=0x20000000$0x140000000",  # two coherent devices of 256 MiB
    "memmap=0x20000000!0x160000000",  # persistent memory
    "memmap=0x10000000%0x180000000-1+0xefffffff",  # Soft Reserved: device DAX
    "memmap=0x8000000$0x190000000",  # memory without struct page, for drivers' pfns
)
OTHER_WORDS: Final = (
    "mitigations=off",  # emulated, this and the next cost more than all that a scenario does
    "rcupdate.rcu_expedited=1",
    "modprobe.blacklist=kmem",  # or device DAX becomes ordinary memory
    "transparent_hugepage=never",  # for who runs before a scenario says what holds
    "cgroup.memory=nokmem,nosocket",  # a group is charged for pages of its processes alone
    "nopku",  # protection keys make PROT_EXEC memory unreadable; the model's CPU has none
)
DEFAULT_SERIES: Final = "6.1"
SERIES: Final = re.compile(r"\d{1,3}\.\d{1,3}")
MAX_RELEASE: Final = 256  # bytes, with what stands behind it
SETUP_BYTES: Final = 1 << 16  # of a bzImage, with its header and its version
MAX_IMAGE: Final = 256 << 20  # bytes
KEPT_LOG: Final = 1 << 13  # bytes of the console
QEMU: Final = (
    *("-machine", "mem-merge=off"),  # or the KSM of this machine is in use by the guest
    # a guest that broke out of its QEMU could start nothing, nor become somebody else
    *("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny"),
    *("-device", "virtio-serial-pci"),
)


@dataclass(frozen=True)
class Image:
    """A kernel that can be booted: its image, release and built modules."""

    path: Path
    release: str
    modules: Path


def find_image(path: str = "", modules: str = "", headers: str = "") -> Image:
    """Debian's 6.1, or the image or Debian series given; Skipped with what to install.

    `headers`: what modules are built against for an image of somebody's; its Makefile is run.
    """
    for name, package in PROGRAMS:
        if program(name) is None:
            raise Skipped(
                f"no {name} for the virtual machine; make vm, or: {package}; "
                "--on host asks the running kernel"
            )
    series = path or DEFAULT_SERIES
    if not is_series(series):
        return _own_image(Path(path), modules, headers)
    images = debian_kernels(series)
    if not images:
        wanted = "" if series == DEFAULT_SERIES else f" KERNEL={series}"
        raise Skipped(f"no Debian {series} in /boot; make vm{wanted} installs one, if there is one")
    return _own_image(images[-1], modules, headers)


def is_series(text: str) -> bool:
    """A series of Debian's kernels, and no path?"""
    return SERIES.fullmatch(text) is not None


def _own_image(image: Path, modules: str, headers: str) -> Image:
    """A kernel of somebody's: the image says its release, and what is run for it a person says."""
    release = release_of(image)
    if modules:
        return Image(image.absolute(), release, Path(modules).absolute())
    against = Path(headers).absolute() if headers else _headers_of(image.resolve())
    return Image(image.absolute(), release, modules_for(release, against))


def release_of(image: Path) -> str:
    """What a bzImage says of itself (Documentation/x86/boot.rst); InputError for other files."""
    head = _head(image)
    if head[0x202:0x206] != b"HdrS":
        raise InputError("is no kernel image (a bzImage was expected)", file=str(image))
    at = int.from_bytes(head[0x20E:0x210], "little") + 0x200
    words = head[at : at + MAX_RELEASE].partition(b"\0")[0].partition(b" ")[0]
    release = words.decode("ascii", errors="replace")
    if not is_release(release):
        raise InputError(f"says {release!r}, which is no kernel release", file=str(image))
    return release


def _head(image: Path) -> bytes:
    """Its first bytes; InputError unless it is a regular file of a kernel's size."""
    try:
        fd = os.open(image, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # nobody waits for a FIFO
        with open(fd, "rb") as stream:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                raise InputError("is no regular file", file=str(image))
            if found.st_size > MAX_IMAGE:
                raise InputError(f"is larger than {MAX_IMAGE >> 20} MiB", file=str(image))
            return stream.read(SETUP_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(image)) from None


def _headers_of(image: Path) -> Path | None:
    """Of a kernel that we built, which lies in our cache; for any other a person names them."""
    kernel = OwnKernel(image.parent)
    ours = image.parent.parent == cache().resolve() and image in kernel.images
    return kernel.headers if ours else None


def debian_kernels(series: str = DEFAULT_SERIES) -> list[Path]:
    """The images of a Debian series (6.1, 6.12), the newest last."""
    return sorted(Path("/boot").glob(f"vmlinuz-{series}.*"), key=_numbers)


def _numbers(image: Path) -> list[int]:
    """As versions are ordered: 6.1.0-9 before 6.1.0-57."""
    return [int(number) for number in re.findall(r"\d+", image.name)]


class Guest:
    """One booted machine; a context manager.

    `debugged`: QEMU listens at `qmp` for who reads the guest from outside (drgn, dumps).
    `whole_root`: the guest reads all files of this machine that we can, for programs of ours.
    """

    def __init__(self, image: Image, debugged: bool = False, whole_root: bool = False) -> None:
        self.image = image
        self.debugged, self.whole_root = debugged, whole_root
        self._console = Console()
        self.words: tuple[str, ...] = ()  # of its command line, beside ours
        self.boot_seconds = 0.0
        self.accelerated = False
        self._folder = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self.has = Hello()  # what its kernel has

    def __enter__(self) -> "Guest":
        try:
            self.boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    # --- beginning and end --------------------------------------------------------------------
    def boot(self) -> None:
        """With KVM if it ever proved itself or was never tried, else emulated."""
        if _kvm_may_work():
            try:
                self._boot(True, KVM_LIMIT)
                _remember_kvm("works")
                return
            except AgentDied:
                self.close()
                _remember_kvm("failed")
        if not self._boots_emulated(again=True):
            self._boots_emulated(again=False)

    def _boots_emulated(self, again: bool) -> bool:
        """False, where it may be tried `again`: QEMU crashed.  Skipped where it does not boot."""
        try:
            self._boot(False, BOOT_LIMIT)
        except AgentDied as died:
            crashed, log = self._crashed(), self.log()
            self.close()
            if crashed and again:
                return False
            hint = no_modules(self.image.release)
            raise Skipped(f"the virtual machine does not boot: {died}{log}{hint}") from None
        return True

    def _crashed(self) -> bool:
        """Did QEMU end by a signal, which was not ours?"""
        assert self._process is not None
        try:
            return self._process.wait(CRASH_LIMIT) < 0
        except subprocess.TimeoutExpired:
            return False

    def _boot(self, kvm: bool, limit: float) -> None:
        began = time.monotonic()
        self._folder = tempfile.mkdtemp(prefix="linuxmm-vm-")
        path = os.path.join(self._folder, "port")
        self._process = subprocess.Popen(
            self._command(path, kvm),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PATH": _path()},
        )
        self._console = Console(self._process.stdout)
        self._channel = self._connect(path, began + limit)
        self.has = hello(self._channel.message(began + limit).decode(errors="replace"))
        self.accelerated = kvm
        self.boot_seconds = time.monotonic() - began

    def _command(self, port: str, kvm: bool) -> list[str]:
        words = [str(program("virtme-run")), "--kimg", str(self.image.path), "--mods", "auto"]
        words += ["--force-9p", "--disable-microvm", "--memory", "6G", "--cpus", "2"]
        words += ["--numa", "3G,cpus=0", "--numa", "3G,cpus=1", "--user", "root"]
        words += [] if kvm else ["--disable-kvm"]
        for word in (*MEMORY, *OTHER_WORDS, *self.words):
            words += ["--kopt", word]
        words += self._root()
        words += [
            "--qemu-opts",
            *QEMU,
            "-chardev",
            f"socket,path={port},server=on,wait=off,id=lmm0",
        ]
        words += ["-device", f"virtserialport,chardev=lmm0,name={PORT}"]
        if self.debugged:
            words += ["-device", "vmcoreinfo", "-qmp", f"unix:{self.qmp},server=on,wait=off"]
        return words

    def _root(self) -> list[str]:
        """What the guest reads as its files, and what it runs."""
        if self.whole_root:
            run = ["sh", str(SETUP), str(self.image.modules), str(agent())]
            return ["--script-sh", shlex.join(run)]
        root = Path(self._folder, "root")
        run = guest_root(root, self.image.release, self.image.modules)
        return ["--root", str(root), "--script-sh", shlex.join(run)]

    @property
    def qmp(self) -> str:
        """The socket of QEMU's machine protocol."""
        return os.path.join(self._folder, "qmp")

    def _connect(self, path: str, deadline: float) -> Channel:
        assert self._process is not None
        while True:
            end = socket.socket(socket.AF_UNIX)
            try:
                end.connect(path)
            except OSError:
                end.close()
                check(self._process, deadline, "QEMU did not start")
                time.sleep(0.1)
            else:
                return Channel(end, self._process)

    def close(self) -> None:
        """Nothing of the machine is left, whatever state it was in."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""

    def log(self) -> str:
        """The last line that the console showed, for a message."""
        line = self._console.last_line()
        return f" (it said last: {line})" if line else ""

    # --- messages -----------------------------------------------------------------------------
    def send(self, what: str, text: str) -> None:
        """``play`` operations or ``sh`` a command; ``receive`` waits for it.  Raises AgentDied."""
        assert self._channel is not None
        self._channel.send(what, text)

    def receive(self, limit: float = PLAY_LIMIT) -> bytes:
        """The answer to the message before.  Raises AgentDied."""
        assert self._channel is not None
        return self._channel.receive(limit)

    def play(self, plan: Plan) -> None:
        """Begins to play a plan; ``receive`` waits for its end.  Raises AgentDied."""
        self.send("play", plan.text())

    def sh(self, command: str) -> str:
        """What a shell command printed in the guest."""
        self.send("sh", command)
        return self.receive().decode(errors="replace")


class Console:
    """The end of what the guest prints, which may be without end."""

    def __init__(self, stream: IO[bytes] | None = None) -> None:
        self._end = b""
        if stream is not None:
            threading.Thread(target=self._follow, args=(stream,), daemon=True).start()

    def _follow(self, stream: IO[bytes]) -> None:
        with stream:
            while piece := os.read(stream.fileno(), KEPT_LOG):
                self._end = (self._end + piece)[-KEPT_LOG:]

    def last_line(self) -> str:
        return last_line(self._end.decode(errors="replace"))


def no_modules(release: str) -> str:
    """What a kernel that does not boot may lack, where nothing of it is installed."""
    if Path("/lib/modules", release).is_dir():
        return ""
    return f"; /lib/modules has no modules of {release}: what boots it must be built in"


def _path() -> str:
    """virtme-ng calls programs that stand beside our Python."""
    return f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"


# --- KVM: /dev/kvm can open and be of no use ------------------------------------------------------
def _kvm_note() -> Path:
    return cache_path("validate", "kvm")


def _kvm_may_work() -> bool:
    """Never tried on this machine, or tried and found to work."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    try:
        return _kvm_note().read_text() != f"failed {_boot_id()}"
    except OSError:
        return True


def _remember_kvm(what: str) -> None:
    with suppress(OSError):
        cache()
        _kvm_note().write_text(f"{what} {_boot_id()}")


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
