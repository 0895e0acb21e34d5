# SPDX-License-Identifier: GPL-2.0-or-later
"""A headless Chromium through its driver (WebDriver, over HTTP on this machine alone).

Debian's packages chromium and chromium-driver; without them what needs a browser is skipped.
"""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

import pytest

FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--window-size=1280,900",
)  # fmt: skip
TAB: Final = "\ue004"
ENTER: Final = "\ue007"


class Browser:
    """One session."""

    def __init__(self, port: int, profile: str) -> None:
        self.base = f"http://127.0.0.1:{port}"
        options = {"args": [*FLAGS, f"--user-data-dir={profile}"], "binary": "/usr/bin/chromium"}
        logged = {"goog:loggingPrefs": {"browser": "ALL"}}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, **logged}}
        made = self._call("POST", "/session", {"capabilities": wanted})
        self.base += f"/session/{made['sessionId']}"

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if method == "GET" else json.dumps(body or {}).encode()
        request = Request(self.base + path, data, method=method)
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, file: Path) -> None:
        self._call("POST", "/url", {"url": file.as_uri()})

    def ask(self, script: str) -> Any:
        """The value of a script of ours (the policy of the page does not hold for the driver)."""
        return self._call("POST", "/execute/sync", {"script": f"return {script}", "args": []})

    def type(self, *keys: str) -> None:
        each = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": each}]
        self._call("POST", "/actions", {"actions": actions})

    def logged(self) -> list[str]:
        """What the browser complained about since it was last asked."""
        return [one["message"] for one in self._call("POST", "/se/log", {"type": "browser"})]

    def screenshot(self) -> bytes:
        return base64.b64decode(self._call("GET", "/screenshot"))

    def paper(self) -> bytes:
        """The page as PDF."""
        return base64.b64decode(self._call("POST", "/print", {"background": True}))

    def emulate(self, feature: str, value: str) -> None:
        """A media feature, such as prefers-color-scheme."""
        params = {"features": [{"name": feature, "value": value}]}
        body = {"cmd": "Emulation.setEmulatedMedia", "params": params}
        self._call("POST", "/goog/cdp/execute", body)

    def close(self) -> None:
        self._call("DELETE", "")


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser of our own, ended with its driver."""
    driver = shutil.which("chromedriver")
    if driver is None or not Path("/usr/bin/chromium").exists():
        pytest.skip("no browser here (tools/extras, or apt install chromium chromium-driver)")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with tempfile.TemporaryDirectory() as profile:
        process = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL)
        try:
            _wait(port)
            session = Browser(port, profile)
            try:
                yield session
            finally:
                session.close()
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait(port: int) -> None:
    """Until the driver answers."""
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("chromedriver does not answer")
