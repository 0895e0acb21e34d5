# SPDX-License-Identifier: GPL-2.0-or-later
"""A reader of Chrome's trace event format, as its description has it; knows nothing of ours.

The description: "Trace Event Format" of the Chromium project (JSON object format; phases M, X, i,
I, B, E and C).  Raises AssertionError at the first event that a viewer could not place.
"""

from collections import defaultdict
from typing import Any, Final

NUMBER: Final = (int, float)
METADATA: Final = {
    "process_name": "name", "process_labels": "labels", "process_sort_index": "sort_index",
    "thread_name": "name", "thread_sort_index": "sort_index",
}  # fmt: skip
TOP: Final = {"traceEvents", "displayTimeUnit", "otherData", "systemTraceEvents", "metadata"}
Thread = tuple[int, int]


class Trace:
    """What a viewer shows: slices of each thread, instants, counters, names."""

    def __init__(self, document: Any) -> None:
        assert isinstance(document, dict) and document.keys() <= TOP
        assert document.get("displayTimeUnit", "ms") in ("ms", "ns")
        assert isinstance(document["traceEvents"], list)
        self.processes: dict[int, str] = {}
        self.threads: dict[Thread, str] = {}
        self.slices: dict[Thread, list[tuple[float, float, str]]] = defaultdict(list)
        self.open: dict[Thread, list[tuple[float, str]]] = defaultdict(list)
        self.instants: list[tuple[int, float, str]] = []
        self.counters: dict[tuple[int, str], list[float]] = defaultdict(list)  # when
        for event in document["traceEvents"]:
            self._read(event)
        assert not any(self.open.values()), "a slice that begins and never ends"
        self._placed()

    def _read(self, event: Any) -> None:
        assert isinstance(event, dict) and isinstance(event["name"], str) and event["name"]
        assert type(event["pid"]) is int and isinstance(event.get("args", {}), dict)
        if event["ph"] == "M":
            return self._named(event)
        assert type(event["ts"]) in NUMBER and event["ts"] >= 0
        assert isinstance(event.get("cat", ""), str)
        reads = {"X": self._whole, "B": self._begin, "E": self._end, "C": self._count,
                 "i": self._instant, "I": self._instant}  # fmt: skip
        return reads[event["ph"]](event)

    def _named(self, event: Any) -> None:
        value = event["args"][METADATA[event["name"]]]
        if event["name"] == "process_name":
            assert isinstance(value, str) and event["pid"] not in self.processes
            self.processes[event["pid"]] = value
        elif event["name"] == "thread_name":
            assert isinstance(value, str) and self._thread(event) not in self.threads
            self.threads[self._thread(event)] = value

    @staticmethod
    def _thread(event: Any) -> Thread:
        assert type(event["tid"]) is int
        return event["pid"], event["tid"]

    def _whole(self, event: Any) -> None:
        assert type(event["dur"]) in NUMBER and event["dur"] >= 0
        ends = event["ts"] + event["dur"]
        self.slices[self._thread(event)].append((event["ts"], ends, event["name"]))

    def _begin(self, event: Any) -> None:
        self.open[self._thread(event)].append((event["ts"], event["name"]))

    def _end(self, event: Any) -> None:
        began, name = self.open[self._thread(event)].pop()  # IndexError: it never began
        assert name == event["name"] and began <= event["ts"]
        self.slices[self._thread(event)].append((began, event["ts"], name))

    def _count(self, event: Any) -> None:
        values = event["args"]
        assert values and all(type(value) in NUMBER for value in values.values())
        key = (event["pid"], event["name"] + str(event.get("id", "")))
        self.counters[key].append(event["ts"])

    def _instant(self, event: Any) -> None:
        assert event.get("s", "t") in ("g", "p", "t")
        if event.get("s", "t") == "t":
            self._thread(event)
        self.instants.append((event["pid"], event["ts"], event["name"]))

    def _placed(self) -> None:
        """Slices of a thread lie in or beside each other; a counter has one value at a time."""
        for thread, slices in self.slices.items():
            around: list[float] = []
            for start, ends, name in sorted(slices, key=lambda one: (one[0], -one[1])):
                while around and around[-1] <= start:
                    around.pop()
                assert not around or ends <= around[-1], f"{name} reaches out of {thread}'s slice"
                around.append(ends)
        for counter, times in self.counters.items():
            assert times == sorted(set(times)), f"{counter} has two values at one time"
