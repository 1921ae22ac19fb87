"""The rules by which the Numenta Anomaly Benchmark (github.com/numenta/NAB, `nab/sweeper.py`,
`nab/runner.py`) scores alerts, written anew.

A window is a stretch of records that somebody labelled. In it the first alert counts, more the
earlier it comes; an alert outside costs, more the further it lies behind the last window; a window
without an alert costs. The first 15 % of a file, at most 750 records, are not scored. Over all
files, a detector that says nothing has 0 and a perfect one 100."""
import bisect
import collections
import math

PROBATION_SHARE, PROBATION_MAX = 0.15, 750
FAR = 3.0  # window widths behind a window: further costs no more

Weights = collections.namedtuple("Weights", "true_positive false_negative false_positive")
PROFILES = {"standard": Weights(1.0, 1.0, 0.11),
            "reward_low_FP_rate": Weights(1.0, 1.0, 0.22),
            "reward_low_FN_rate": Weights(1.0, 2.0, 0.11)}
# What one file gives: the worth of each hit window, how many were missed, and each false alert's.
Outcome = collections.namedtuple("Outcome", "hits missed false")


def sigmoid(position):
    """From 1 to -1; position in widths of the window, 0 at its right end."""
    return -1.0 if position > FAR else 2 / (1 + math.exp(5 * position)) - 1


def probation(records):
    return int(min(PROBATION_SHARE * records, PROBATION_MAX))


def places(times, window):
    """The records of a window, from the first to the last, both included; None without any. The
    times are in order, but for a step back now and then."""
    begin, end = window
    inside = [place for place, time in enumerate(times) if begin <= time <= end]
    return (inside[0], inside[-1]) if inside else None


def false_worth(place, before):
    """Of an alert outside windows; `before`: the last window that ended before it, or None."""
    if before is None:
        return -1.0
    left, right = before
    return sigmoid((place - right) / max(right - left, 1))


def outcome(times, windows, alerts):
    """`windows`: pairs of times; `alerts`: places of the records that were alerted by."""
    known = sorted(filter(None, (places(times, window) for window in windows)))
    alerts = sorted(place for place in set(alerts) if place >= probation(len(times)))
    hits, false, hit = [], [], set()
    for place in alerts:
        number = bisect.bisect_right([left for left, _ in known], place) - 1
        if number >= 0 and place <= known[number][1]:
            if number not in hit:
                left, right = known[number]
                hits.append(sigmoid(-(right - place + 1) / (right - left + 1)) / sigmoid(-1.0))
            hit.add(number)
        else:
            false.append(false_worth(place, known[number] if number >= 0 else None))
    return Outcome(hits, len(known) - len(hit), false)


def raw(found, weights):
    return (weights.true_positive * sum(found.hits) - weights.false_negative * found.missed +
            weights.false_positive * sum(found.false))


def score(outcomes, weights):
    """0 to 100 for those that do any good; None without windows."""
    windows = sum(len(found.hits) + found.missed for found in outcomes)
    if windows == 0:
        return None
    null = -weights.false_negative * windows
    perfect = weights.true_positive * windows
    return 100 * (sum(raw(found, weights) for found in outcomes) - null) / (perfect - null)
