"""Steps of the scenario language on a kernel, looked at after each one: what broke, what could."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from linuxmm.kernels import Kernel, LookupBody, SiteRule, Test, load
from linuxmm.machine import Machine
from linuxmm.play.steps_on_model import OnModel, start
from linuxmm.promises.dangers import dangerous
from linuxmm.promises.invariants import Violation, check
from linuxmm.promises.shadow import watch
from linuxmm.scenario.parse import parse

V61 = load("v6.1")
BASE = load("v5.17-coherent")
DEVICES = ("coherent0 256M", "private0 256M", "dax0 64M")


@dataclass
class Walk:
    """A run of some steps, its machine still at hand."""

    model: OnModel
    broken: list[Violation] = field(default_factory=list)
    dangers: set[str] = field(default_factory=set)

    @property
    def machine(self) -> Machine:
        return self.model.machine

    @property
    def ids(self) -> set[str]:
        return {violation.invariant for violation in self.broken}


def walk(steps: str, kernel: Kernel = V61, machine: Iterable[str] = DEVICES) -> Walk:
    """Make the steps (one per `;`), checking after each."""
    block = "\n  ".join(("node0 512M", "node1 512M", *machine, "ksm run = 1"))
    lines = "\n  ".join(line.strip() for line in steps.split(";"))
    text = f"linuxmm-scenario 1\nname: w\nintent: Walk.\nmachine:\n  {block}\nsteps:\n  {lines}\n"
    scenario = parse(text, "walk")
    made = Walk(start(scenario.machine, kernel))
    watch(made.machine)
    for step in scenario.steps:
        made.model.step(step)
        made.broken += check(made.machine)
        made.dangers |= dangerous(made.machine)
    return made


# --- kernels with one thing wrong ---
def with_tests(kernel: Kernel, site: str, *, without: str = "", first: str = "") -> Kernel:
    """The site no longer refuses `without`, or refuses `first` before everything else."""
    rule: SiteRule = kernel.site(site)
    tests = tuple(test for test in rule.tests if test.refuse != without)
    if first:
        put = rule.lookup[-1][1] == "follow_page"
        tests = (Test(first, rule.refused or "skip", put, ""), *tests)
    return kernel.with_site(replace(rule, tests=tests))


def keeping_reference(kernel: Kernel, site: str, refuse: str) -> Kernel:
    """The site forgets to drop the reference of a page that this test refuses."""
    rule = kernel.site(site)
    tests = tuple(replace(t, put=False) if t.refuse == refuse else t for t in rule.tests)
    return kernel.with_site(replace(rule, tests=tests))


def behaving(kernel: Kernel, name: str, word: str) -> Kernel:
    """Another word for one behaviour."""
    pairs = tuple((n, word if n == name else w) for n, w in kernel.behaviours)
    return kernel.replace(behaviours=pairs)


def without_row(kernel: Kernel, lookup: str, text: str) -> Kernel:
    """A lookup body without one row."""

    def less(body: LookupBody) -> LookupBody:
        rows = tuple(row for row in body.rows if row.text != text)
        then = tuple(row for row in body.then if row.text != text)
        assert (rows, then) != (body.rows, body.then)
        return replace(body, rows=rows, then=then)

    bodies = tuple(less(b) if b.name == lookup else b for b in kernel.lookups)
    return kernel.replace(lookups=bodies)


def never_unmapping_coherent(kernel: Kernel) -> Kernel:
    """try_to_migrate does not act on coherent pages."""
    rows = tuple(
        replace(row, yes=False) if row.text.startswith("device_coherent") else row
        for row in kernel.predicate("try_to_migrate")
    )
    predicates = tuple(
        (n, rows if n == "try_to_migrate" else body) for n, body in kernel.predicates
    )
    return kernel.replace(predicates=predicates)
