"""`deltaward demo`: ends by itself, finds what was planted, and what it proposes next works."""
import json
import re
import shlex
import subprocess
import time

import pytest

from conftest import ROOT

PLANTED = re.compile(r"(\d+) changes checked in \S+ s: (\d+) alerts. Planted were (\d+) prices "
                     r"outside any promotion,\n(\d+) negative order lines and "
                     r"(\d+) rewritten ledger")


@pytest.fixture
def demo(program):
    return lambda *words, **keywords: program("demo", "--policies", ROOT / "policies", *words,
                                              **keywords)


def test_it_finds_just_what_was_planted(demo, work_dir):
    run = demo(status=0, env={"TMPDIR": str(work_dir)})
    changes, alerts, *planted = map(int, PLANTED.search(run.err).groups())
    assert changes == 20000
    assert alerts == sum(planted) and min(planted) > 0
    assert run.out.count("no promotion allows it") == planted[0] + 1  # one of them in full
    assert "price: " in run.out and "do        1. " in run.out
    assert list(work_dir.iterdir()) == []


@pytest.mark.parametrize("seed", [2, 3])
def test_another_seed_is_another_shop(demo, seed):
    one, again = demo("--seed", seed, "--json", status=0), demo("--seed", seed, "--json", status=0)
    other = demo("--seed", "1", "--json", status=0)
    ids = lambda run: [alert["id"] for alert in run.lines()]
    assert ids(one) == ids(again) != ids(other)


def test_what_it_proposes_next_works(deltaward, work_dir):
    """The very commands, typed in the same folder."""
    def call(words):
        return subprocess.run(words, cwd=work_dir, capture_output=True, text=True, timeout=60,
                              check=False)
    run = call([str(deltaward), "demo", "--policies", str(ROOT / "policies")])
    assert run.returncode == 0, run.stderr
    proposed = run.stderr.split("What to try next:\n")[1].strip().splitlines()
    assert len(proposed) == 4
    for line in proposed:
        done = call(shlex.split(line))
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert (work_dir / "shop" / "changes.jsonl").exists()


def test_the_kept_folder_is_a_working_set_up(demo, program, work_dir):
    demo("--keep", "shop", "--changes", "5000", status=0)
    assert program("run", "--config", "shop/deltaward.yaml", status=0).out == ""
    alerts = (work_dir / "shop" / "alerts.jsonl").read_text().splitlines()
    assert {json.loads(line)["policy"]["id"] for line in alerts} >= {"price-outside-promotion"}
    assert "shop" in demo("--keep", "shop", status=3).err


def test_the_first_alert_comes_at_once(program):
    begin = time.monotonic()
    process = program.start("demo", "--policies", ROOT / "policies", "--json")
    process.stdout.readline()
    took = time.monotonic() - begin
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert took < 5, f"{took:.1f} s"


def test_policies_that_are_broken_or_missing(program, work_dir):
    assert "none" in program("demo", "--policies", "none", status=2).err
    (work_dir / "p.yaml").write_text("kind: Policy\n")
    assert "p.yaml" in program("demo", "--policies", "p.yaml", status=2).err
