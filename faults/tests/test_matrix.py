import pytest

from faults.control import PLANTS
from faults.log import LANES
from faults.matrix import FAULTS, POSTGRESQL, SQLITE, faults_of
from faults.stage import WAYS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_can_be_injected_somewhere(fault):
    assert fault.way in WAYS
    assert set(fault.databases) <= {POSTGRESQL, SQLITE}
    assert set(fault.closed) <= set(LANES)
    assert fault.held >= fault.briefly


@pytest.mark.parametrize("vendor", [POSTGRESQL, SQLITE])
def test_the_short_run_is_a_part_of_the_whole(vendor):
    short, whole = faults_of(vendor, short=True), faults_of(vendor, short=False)
    assert set(short) < set(whole)


def test_names_are_given_once():
    names = [fault.name for fault in FAULTS]
    assert len(names) == len(set(names))
    planted = [name for name, _kind, _sow in PLANTS]
    assert len(planted) == len(set(planted))
