"""bench/nab: the rules of the benchmark in cases that can be counted by hand, and the command over
series and labels as they lie in different folders."""
import json
import math
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bench"))

import nab_score  # noqa: E402
from nab_score import PROFILES, Outcome, outcome, score  # noqa: E402

TIMES = list(range(1000))  # the first 150 are not scored
STANDARD = PROFILES["standard"]


def test_sigmoid__is_the_scale_of_positions():
    assert nab_score.sigmoid(0) == 0
    assert nab_score.sigmoid(-1) == pytest.approx(0.98661430)
    assert nab_score.sigmoid(-0.5) == pytest.approx(0.84828364)
    assert nab_score.sigmoid(1) == pytest.approx(-0.98661430)
    assert -1 < nab_score.sigmoid(3) < -0.999999
    assert nab_score.sigmoid(3.01) == -1


def test_probation__is_a_share_up_to_a_bound():
    assert [nab_score.probation(n) for n in (0, 10, 1127, 5000, 22695)] == [0, 1, 169, 750, 750]


def test_outcome__the_first_alert_of_a_window_counts_by_its_place():
    window = [(400, 499)]
    assert outcome(TIMES, window, [400, 401, 499]) == Outcome([1.0], 0, [])
    late = outcome(TIMES, window, [499])
    assert late.hits == [pytest.approx((2 / (1 + math.exp(-0.05)) - 1) / 0.98661430)]
    assert outcome(TIMES, window, []) == Outcome([], 1, [])


def test_outcome__alerts_outside_cost_by_their_distance_from_the_window_before():
    windows = [(400, 499), (700, 799)]
    assert outcome(TIMES, windows, [399]).false == [-1.0]         # before all of them
    assert outcome(TIMES, windows, [500]).false == [pytest.approx(nab_score.sigmoid(1 / 99))]
    assert outcome(TIMES, windows, [699]).false == [pytest.approx(nab_score.sigmoid(200 / 99))]
    assert outcome(TIMES, windows, [999]).false == [pytest.approx(nab_score.sigmoid(200 / 99))]
    assert outcome(TIMES, [(160, 169)], [999]).false == [-1.0]    # more than three widths behind
    assert outcome(TIMES, windows, [0, 149]) == Outcome([], 2, [])  # not scored yet
    assert outcome(TIMES, [], [200]).false == [-1.0]


def test_outcome__repeated_times_and_windows_between_records():
    times = [0, 1, 1, 2, 4, 4, 6, 8]
    assert nab_score.places(times, (1, 4)) == (1, 5)
    assert nab_score.places(times, (2.5, 6.5)) == (4, 6)
    assert nab_score.places(times, (4.5, 5)) is None


def test_score__is_0_for_silence_and_100_for_the_best():
    for weights in PROFILES.values():
        assert score([Outcome([], 2, []), Outcome([], 0, [])], weights) == 0
        assert score([Outcome([1.0, 1.0], 0, [])], weights) == 100
    assert score([Outcome([1.0], 1, [-1.0])], STANDARD) == pytest.approx(100 * (1 + 1 - 0.11) / 4)
    low_fp, low_fn = PROFILES["reward_low_FP_rate"], PROFILES["reward_low_FN_rate"]
    assert score([Outcome([1.0], 1, [-1.0])], low_fp) == pytest.approx(100 * (2 - 0.22) / 4)
    assert score([Outcome([1.0], 1, [-1.0])], low_fn) == pytest.approx(100 * (1 - 0.11 + 2) / 6)
    assert score([Outcome([], 0, [-1.0])], STANDARD) is None


# Rows of a table that NAB itself published (results/ARTime/ARTime_standard_scores.csv, commit
# 5a98e4f): of series whose one window was hit, without a false alert: its records, and the score.
PUBLISHED = [("art_daily_jumpsup", 403, 0.8589086704377245),
             ("art_increase_spike_density", 403, 0.846035950698122),
             ("speed_6005", 239, 0.8393187159363497),
             ("TravelTime_451", 217, 0.8548083738085046),
             ("art_daily_jumpsdown", 403, 0.9934530536103384)]


@pytest.mark.parametrize("name, width, published", PUBLISHED)
def test_outcome__published_scores_are_those_of_a_place_in_their_window(name, width, published):
    """Only one record in the window gives this number, and it gives all its digits."""
    window = [(500, 500 + width - 1)]
    worths = [outcome(TIMES, window, [500 + place]).hits[0] for place in range(width)]
    assert [round(worth, 12) for worth in worths].count(round(published, 12)) == 1, name
    assert sorted(worths, reverse=True) == worths


def test_raw__published_scores_of_windows_that_were_missed():
    false = [-1.0]
    assert nab_score.raw(Outcome([], 1, false), STANDARD) == -1.11       # art_daily_nojump
    assert nab_score.raw(Outcome([], 2, 3 * false), STANDARD) == -2.33   # iio NetworkIn
    assert nab_score.raw(Outcome([], 0, false), STANDARD) == -0.11       # art_daily_no_noise


def test_score__published_totals_of_all_files():
    """116 windows: the sum over all files of that table becomes the score of the scoreboard."""
    total = 57.66075157860637
    found = Outcome([total + 115], 115, [])
    assert nab_score.raw(found, STANDARD) == pytest.approx(total)
    assert score([found], STANDARD) == pytest.approx(74.8538, abs=5e-5)


def test_profiles__are_those_of_the_benchmark():
    weights = {name: tuple(profile) for name, profile in PROFILES.items()}
    assert weights == {"standard": (1.0, 1.0, 0.11), "reward_low_FP_rate": (1.0, 1.0, 0.22),
                       "reward_low_FN_rate": (1.0, 2.0, 0.11)}


def test_score__a_file_reckoned_by_hand():
    """Records 400 to 499 are the window. The alert at 449 is 51 records before its end:
    sigmoid(-0.51) = 2 / (1 + e^-2.55) - 1 = 0.8551470; by sigmoid(-1) = 0.9866143 that is
    0.8667491. The one at 549 is 50 / 99 widths behind it: 2 / (1 + e^2.5252525) - 1 =
    -0.8517865. The one at 300 has no window before it: -1."""
    found = outcome(TIMES, [(400, 499)], [300, 449, 460, 549])
    assert found.hits == [pytest.approx(0.8667491, abs=1e-6)] and found.missed == 0
    assert found.false == [-1.0, pytest.approx(-0.8517865, abs=1e-6)]
    raw = 0.8667491 - 0.11 * 1.8517865
    assert score([found], STANDARD) == pytest.approx(100 * (raw + 1) / 2, abs=1e-4)
    low_fp, low_fn = PROFILES["reward_low_FP_rate"], PROFILES["reward_low_FN_rate"]
    assert score([found], low_fp) == pytest.approx(100 * (raw - 0.11 * 1.8517865 + 1) / 2, abs=1e-4)
    assert score([found], low_fn) == pytest.approx(100 * (raw + 2) / 3, abs=1e-4)


def write_series(path, spike):
    path.parent.mkdir(parents=True)
    lines = ["timestamp,value"]
    for i in range(600):
        value = 500 if i == spike else i % 7
        lines.append(f"2024-01-{1 + i // 288:02} {i // 12 % 24:02}:{i % 12 * 5:02}:00,{value}")
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("data, labels", [("data", "labels"), (".", "."), ("a/b", "data/c")])
def test_nab__scores_a_folder(build, work_dir, data, labels):
    for name, spike in (("one/x.csv", 400), ("two/x.csv", 500)):
        write_series(work_dir / "set" / data / name, spike)
    (work_dir / "set" / labels).mkdir(parents=True, exist_ok=True)
    (work_dir / "set" / labels / "combined_windows.json").write_text(json.dumps({
        "one/x.csv": [["2024-01-02 09:20:00.000000", "2024-01-02 11:20:00.000000"]],
        "two/x.csv": [["2024-01-02 16:00:00.000000", "2024-01-02 20:00:00.000000"]],
        "elsewhere/y.csv": []}))
    (work_dir / "set" / "notes.csv").write_text("a,b\n1,2\n")
    done = subprocess.run([ROOT / "bench" / "nab", work_dir / "set", "--build", build, "--oracle"],
                          text=True, capture_output=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert "left out: notes.csv: no series" in done.stdout
    assert "2 of 2 windows hit, 0 false alerts" in done.stdout
    first = 1.0                                           # the window begins with the spike
    second = nab_score.sigmoid(-29 / 49) / nab_score.sigmoid(-1)  # record 500 of 480 to 528
    assert f"standard               {100 * (2 + first + second) / 4:8.2f}" in done.stdout
    assert "the second program finds the same alerts" in done.stdout


def test_nab__without_labels(build, work_dir):
    done = subprocess.run([ROOT / "bench" / "nab", work_dir, "--build", build], text=True,
                          capture_output=True, timeout=600, check=False)
    assert done.returncode == 1 and "there is no combined_windows.json" in done.stderr
