"""The baseline detector against a second program, over random series: noise, courses of a day,
shifts, spikes, silence, repeated and backward times, saved and loaded in between. More series:
DELTAWARD_CASES."""
import math
import os
import random
import subprocess

import pytest

import oracle_series

CASES, LENGTH = 60, 700
EPOCH = 1_704_067_200  # a Monday


class Case:
    """A random series; `steps` are lines of the probe, and what they are to the oracle."""

    def __init__(self, seed):
        self.rng = rng = random.Random(seed)
        self.season = rng.random() < 0.7
        self.step = rng.choice([1, 60, 60, 300, 3600])
        self.base = rng.choice([0, 0, 5, -100, 1e9])
        self.scale = rng.choice([1, 1e-3, 40, 1e6])
        self.shift = 0.0
        self.steps = []
        time = EPOCH + rng.randint(-10**9, 10**9)
        for _ in range(rng.randint(30, LENGTH)):
            time = self.add(time)

    def add(self, time):
        rng = self.rng
        if self.steps and rng.random() < 0.01:
            self.steps.append(("restart",))
        if len(self.steps) > 3 and rng.random() < 0.01:
            count = rng.choice([0, 1, 2, 50, 3000])
            self.steps.append(("silence", time, self.step, count))
            return time + self.step * count
        if rng.random() < 0.005:
            self.shift = rng.uniform(-20, 20)
        self.steps.append(("value", time, self.value(time)))
        return time + self.step * rng.choice([0, 1, 1, 1, 1, 1, 1, 1, 3, -1])

    def value(self, time):
        rng = self.rng
        odd = rng.random()
        if odd < 0.004 and self.steps:  # the season is kept relative to the first
            return rng.choice([math.inf, -math.inf, 1e300, 0.0])
        course = 3 * math.sin(time / 86400 * 2 * math.pi)
        value = self.base + self.scale * (course + self.shift + rng.gauss(0, 1))
        return value * rng.choice([2, 10]) if odd > 0.99 else float(round(value, 3))

    def lines(self):
        yield f"series {'season' if self.season else 'plain'}"
        for name, *words in self.steps:
            times = [words[0] * 10**6, *words[1:]] if words else []
            if name == "silence":
                times[1] *= 10**6
            yield " ".join([name, *map(repr, times)])

    def expected(self):
        detector = oracle_series.Series(self.season)
        for name, *words in self.steps:
            if name == "silence":
                detector.silence(*words)
            elif name == "value":
                time, value = words
                value = max(-1e30, min(1e30, value))
                above = detector.score(time, value, above_only=True)
                yield (value, *detector.take(time, value), above)


def run(build, case):
    done = subprocess.run([build / "tests" / "tools" / "baseline_probe"],
                          input="\n".join(case.lines()) + "\n", text=True, capture_output=True,
                          timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_scores_and_alerts__are_those_of_the_second_program(build):
    first = int(os.environ.get("DELTAWARD_SEED", "1"))
    alerts = 0
    for seed in range(first, first + int(os.environ.get("DELTAWARD_CASES", CASES))):
        case = Case(seed)
        said, expected = run(build, case), list(case.expected())
        assert len(said) == len(expected) > 0
        for place, (words, (value, score, alert, above)) in enumerate(zip(said, expected)):
            where = f"seed {seed}, record {place + 1}"
            # far outside of what hardly moves: a small difference of large numbers loses digits
            room = {"rel": 1e-6 if score < 1 else 1e-3, "abs": 1e-7}
            assert float(words[0]) == pytest.approx(score, **room), where
            assert float(words[1]) == pytest.approx(above, **room), where
            assert (words[2] == "1") == alert, where
            alerts += alert
            if words[3] != "-":
                low, high = map(float, words[4:])
                assert low <= high and not low <= value <= high, where
    assert alerts > 0


def test_a_file_that_is_saved_and_loaded__scores_the_same_bits(build):
    case = Case(7)
    plain = run(build, case)
    case.steps = [step for step in case.steps if step[0] != "restart"]
    without = run(build, case)
    case.steps = [one for step in case.steps for one in (step, ("restart",))]
    assert plain == without == run(build, case)
