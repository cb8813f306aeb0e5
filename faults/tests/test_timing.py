import pytest

from faults.log import DOOR, HEALTHZ, LANES, TILL, Log, Said
from faults.timing import gap, late, longest, recovery


def asked(who, sent, took=0.1, status=200):
    return Said(event=1, who=who, act="health", key="", sent=sent, took=took, status=status)


def served(*moments, who=DOOR):
    return [asked(who, moment) for moment in moments]


def test_a_gap_is_from_answer_to_answer():
    assert gap(served(0, 1, 5, 6), DOOR) == pytest.approx(4)


def test_refusals_and_silence_are_in_the_gap():
    log = [*served(0), asked(DOOR, 1, status=503), asked(DOOR, 2, took=5, status=0), *served(9)]
    assert gap(log, DOOR) == pytest.approx(9)


def test_a_gap_lasts_to_the_end_where_nothing_is_served_any_more():
    assert gap([*served(0), asked(DOOR, 20, status=503)], DOOR) == pytest.approx(20)


def test_recovery_is_the_last_lane_to_be_served():
    log = [one for number, who in enumerate(LANES) for one in served(1, 11 + number, who=who)]
    assert recovery(log, healed=10) == pytest.approx(3.1)
    assert recovery(served(11, who=TILL), healed=10) is None


def test_a_request_of_more_than_15_seconds_is_late():
    assert not list(late([asked("client 1", 0, took=14.9)], ()))
    assert list(late([asked("client 1", 0, took=15.1)], ()))
    assert longest([asked("client 1", 0, took=15.1)]) == 15.1


def test_a_gap_of_more_than_12_seconds_is_late_but_where_the_fault_closes():
    log = served(0, 14, who=HEALTHZ)
    assert list(late(log, (), held=10))
    assert not list(late(log, (HEALTHZ,), held=10))
    assert list(late(served(0, 30, who=HEALTHZ), (HEALTHZ,), held=10))


def test_the_log_gives_back_what_was_written_of_an_event(tmp_path):
    log = Log(tmp_path / "log.jsonl")
    log.write(asked(DOOR, 1))
    log.write(
        Said(event=2, who=DOOR, act="scan", key="nonce", sent=2, took=0.1, status=0, code="TimeoutError")
    )
    assert log.of(1) == [asked(DOOR, 1)]
    assert [said.key for said in log.of(2)] == ["nonce"]
