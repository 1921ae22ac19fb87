"""Gate: `deltaward run` finds exactly what an independent program expects, at any number of
threads.

DELTAWARD_RECORDS says how many records (default 20,000; the full gate is 1,000,000)."""
import os

import oracle
import product
import pytest

THREADS = [1, 2, 4, 8]


@pytest.fixture(scope="module")
def count():
    return int(os.environ.get("DELTAWARD_RECORDS", "20000"))


@pytest.fixture(scope="module")
def changes(build, count, tmp_path_factory):
    return product.generate(build, tmp_path_factory.mktemp("changes") / "changes.jsonl", count)


@pytest.fixture(scope="module")
def expected(changes):
    return sorted(oracle.expected_findings(changes))


@pytest.fixture(scope="module")
def runs(deltaward, changes, tmp_path_factory):
    """One finished run for each number of threads."""
    done = {}
    for threads in THREADS:
        run = product.Product(deltaward, tmp_path_factory.mktemp(f"threads-{threads}"))
        run.run_well(changes, "--threads", str(threads))
        done[threads] = run
    return done


@pytest.mark.parametrize("threads", THREADS)
def test_findings_are_those_of_the_oracle(runs, expected, threads):
    found = runs[threads].findings()
    assert set(found) - set(expected) == set(), "found, but no violation"
    assert set(expected) - set(found) == set(), "violations missed"
    assert found == expected


@pytest.mark.parametrize("threads", THREADS)
def test_ledger_balances(runs, count, threads):
    assert runs[threads].ledger() == {"read": count, "evaluated": count, "quarantined": 0,
                                      "skipped": 0}


@pytest.mark.parametrize("threads", THREADS[1:])
def test_log_and_alerts_do_not_depend_on_threads(runs, threads):
    log = ("SELECT sequence, kind, policy_id, finding, fan_index, group_key, severity, offset, "
           "event_time_us, watermark_us, body FROM signal ORDER BY sequence")
    alerts = ("SELECT sequence, log_sequence, ordinal, status, id, count, opened_us, first_us, "
              "last_us, signal FROM alert ORDER BY sequence")
    assert runs[threads].query(log) == runs[1].query(log)
    assert runs[threads].query(alerts) == runs[1].query(alerts)


@pytest.mark.parametrize("threads", THREADS)
def test_every_alert_is_delivered_once(runs, threads):
    delivered = runs[threads].delivered()
    assert delivered == runs[threads].stored_alerts()
    assert len(set(delivered)) == len(delivered) > 0


def test_every_violation_belongs_to_an_alert(runs):
    """Each distinct finding is counted in exactly one episode."""
    (findings,), = runs[1].query("SELECT count(DISTINCT policy_id || finding || fan_index) "
                                 "FROM signal WHERE kind = 0")
    (opened,), = runs[1].query("SELECT count(*) FROM alert WHERE status = 'opened'")
    assert 0 < opened <= findings
