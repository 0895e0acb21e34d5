# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps as operations of the core: the records name what there is, and a few by hand."""

import pytest

from linuxmm.play.lower import FUNCTIONS, Op, lower
from linuxmm.play.lower.arguments import ARGUMENTS
from linuxmm.play.render import READERS
from linuxmm.play.steps_on_model import start
from linuxmm.scenario.parse import parse
from linuxmm.scenario.verbs import VERBS, Verb
from linuxmm.steps.operations import BY_NAME

TEXT = """linuxmm-scenario 1
name: t
intent: A step as operations.
machine:
  node0 512M
  coherent0 256M
steps:
{steps}
"""
OF_RECORDS = [verb for verb in VERBS.values() if verb.op]


def ops_of(*lines: str) -> tuple[list[Op], int]:
    """The operations of the last step, and the address of P0.a."""
    scenario = parse(TEXT.format(steps="\n".join("  " + line for line in lines)))
    model = start(scenario.machine, "v6.1")
    for step in scenario.steps[:-1]:
        model.step(step)
    return lower(scenario.steps[-1], model.bindings), model.bindings.base("P0", "a")


@pytest.mark.parametrize("verb", OF_RECORDS, ids=lambda verb: f"{verb.who}-{verb.name}")
def test_a_record_names_an_operation_and_arguments_that_there_are(verb: Verb) -> None:
    name, *arguments = verb.op
    assert set(arguments) <= set(ARGUMENTS)
    assert len(arguments) <= len(BY_NAME[name].takes.split())


def test_every_function_reader_and_argument_is_named_by_a_record() -> None:
    assert set(FUNCTIONS) == {verb.lower or "plain" for verb in VERBS.values() if verb.modelled}
    assert set(READERS) == {verb.reads for verb in VERBS.values() if verb.reads}
    assert set(ARGUMENTS) == {word for verb in OF_RECORDS for word in verb.op[1:]}


def test_a_range_with_its_flags_by_hand() -> None:
    ops, a = ops_of("P0: a = mmap 4p", "P0: mlock2 a[1:3] MLOCK_ONFAULT")
    assert ops == [Op(203, 1, 0, a + 4096, 2, 1)]


def test_pages_of_a_device_by_hand() -> None:
    """Made by no task; coherent0 is the second range of the machine."""
    ops, a = ops_of("P0: a = mmap 4p", "coherent0: migrate P0.a[2]")
    assert ops == [Op(303, 0, 0, 1, a + 2 * 4096, 1, 2)]


def test_a_pin_takes_the_flag_of_its_function() -> None:
    ops, a = ops_of("P0: a = mmap 1p", "P0: h = pin a FOLL_WRITE")
    assert ops[0][:5] == (109, 1, 0, a, 1)
    write_and_pin = {ops[0].c}
    ops, _ = ops_of("P0: a = mmap 1p", "P0: h = get a FOLL_WRITE")
    assert ops[0].c not in write_and_pin


def test_a_report_of_many_pages_is_read_in_pieces() -> None:
    ops, a = ops_of("P0: a = mmap 900p", "P0: pagemap a[50:900]")
    first = a + 50 * 4096
    assert [(op.op, op.b, op.c) for op in ops] == [
        (502, first, 400),
        (502, first + 400 * 4096, 400),
        (502, first + 800 * 4096, 50),
    ]


def test_passes_of_ksmd_are_one_where_none_are_said() -> None:
    ops, _ = ops_of("P0: a = mmap 1p", "ksmd: full_scan")
    assert ops == [Op(400, 0, 0, 0, 1)]
