"""What a baseline must find of one group, decided without Deltaward: every event is kept, a bucket
is reckoned anew each time. Written from docs/POLICIES.md; how values are judged:
oracle_series.py."""
import collections
import hashlib
import struct

from oracle_series import Series

SECOND = 1_000_000
WARM_UP, SILENT, FORGET = 20, 48, 30 * 86400 * SECOND
COUNTING = ("event_count", "sum", "distinct")
Firing = collections.namedtuple("Firing", "event finding why")
# The event that is found: when, of which source, and by what name.
Found = collections.namedtuple("Found", "time source finding")
NONE = (1 << 63) - 1


class About(float):
    """A number that was rounded for people: equal where nobody would see the difference."""

    def __new__(cls, number, observed):
        made = super().__new__(cls, number)
        made.room = 0.011 * abs(observed - number) + 1e-9 * abs(number) + 1e-9
        return made

    def __eq__(self, other):
        return abs(float(self) - float(other)) <= self.room

    __hash__ = None


def measure(metric, events):
    values = [event.value for event in events]
    return {"event_count": lambda: len(values), "sum": lambda: sum(values),
            "distinct": lambda: len(set(values)),
            "error_ratio": lambda: sum(values) / len(values),
            "relative_change": lambda: max(values)}[metric]()


def name_of(finding, end):
    """How a finding of a closed bucket is called: a hash over both, as what was given: an id in
    hex, or a number, its first 8 bytes."""
    is_id = isinstance(finding, str)
    named = bytes.fromhex(finding) if is_id else struct.pack("<QQ", finding, 0)
    fields = [named, struct.pack("<q", end)]
    text = b"".join(struct.pack("<Q", len(field)) + field for field in fields)
    digest = hashlib.sha256(text).digest()
    return digest[:16].hex() if is_id else int.from_bytes(digest[:8], "little")


class Baseline:
    """`policy`: metric, timespan (the bucket), lateness. Events: those of correlation_oracle."""

    def __init__(self, policy):
        self.policy = policy
        self.open = {}          # start -> events, in the order of the log
        self.early = {}         # start -> score of the alert that it made while it was open
        self.series = None      # none: no bucket is closed yet
        self.next = None
        self.last = None        # the newest event of the last bucket that had one
        self.newest = None
        self.silent = 0
        self.since = self.exceeded = None
        self.learned = 0
        self.kept = []          # first events to come into a bucket, which an alert may show

    def start(self, time):
        return time // self.policy.timespan * self.policy.timespan

    def end(self, start):
        return start + self.policy.timespan + self.policy.lateness

    def late_at(self, event):
        return self.end(self.start(event.time))

    def counts_silence(self):
        return self.policy.metric in COUNTING

    def silence_is_due(self):
        return (self.counts_silence() and self.silent < SILENT and
                (not self.open or min(self.open) > self.next))

    def due(self):
        if self.silence_is_due():
            close = self.end(self.next)
        else:
            close = self.end(min(self.open)) if self.open else NONE
        return min(close, NONE if self.open else self.end(self.newest) + FORGET)

    # -- events

    def apply(self, event):
        """Why it fires, or None. Not too late."""
        start = self.start(event.time)
        if self.next is None or (self.series is None and start < self.next):
            self.next = start
        self.newest = start if self.newest is None else max(self.newest, start)
        assert start >= self.next
        if start not in self.open:
            self.open[start] = []
            self.kept.append((event.time, event.sequence, event))
            self.kept.sort()
        self.open[start].append(event)
        return self.fire_early(start)

    def fire_early(self, start):
        events = self.open[start]
        grows = self.policy.metric != "error_ratio" and (
            self.policy.metric not in ("sum",) or all(e.value >= 0 for e in events))
        if self.series is None or self.learned < WARM_UP or not grows:
            return None
        series, learned = self.series, self.learned
        if self.silent == SILENT and start == min(self.open):
            series = series.copy()
            learned += self.learn_silence(series, start)
        value = float(measure(self.policy.metric, events))
        score = series.score(start / SECOND, value, above_only=True)
        fires = (score > 2 * self.early[start] if start in self.early
                 else series.alerts(score))
        if not fires:
            return None
        why = self.why(series, learned, start, value, events, above=True)
        self.early[start] = score
        self.exceed(start)
        self.series.mark(score)
        return why

    def learn_silence(self, series, until):
        count = (until - self.next) // self.policy.timespan if self.counts_silence() else 0
        series.silence(self.next / SECOND, self.policy.timespan / SECOND, count)
        return count

    # -- the watermark

    def advance(self, watermark):
        """The next firing by it, or None."""
        while self.next is not None and self.due() <= watermark:
            if not self.open and not self.silence_is_due():
                self.__init__(self.policy)
                return None
            closing = self.close_silence if self.silence_is_due() else self.close_bucket
            fired = closing()
            if fired:
                return fired
        return None

    def findings(self, low):
        found = []
        while self.next is not None and self.due() <= low:
            due = self.due()
            fired = self.advance(due)
            self.settle()
            if fired:
                found.append((due, fired.event, fired.why))
        return found

    def settle(self):
        """What no alert will show is kept no more, but for the newest."""
        may_alert = self.next is not None and (self.open or self.silence_is_due())
        if not may_alert:
            self.kept = []
        silent = may_alert and self.last is not None and self.silence_is_due()
        while len(self.kept) > 1 and self.kept[0][0] < (self.last.time if silent else self.next):
            self.kept.pop(0)

    def shown(self, event):
        place = (event.time, event.sequence)
        return next((k[2] for k in self.kept if k[:2] >= place), self.kept[-1][2])

    def judge(self, start, value, events):
        seconds = start / SECOND
        if self.series is None:
            self.series, self.since = Series(), start
        if start in self.early:
            self.series.mark(self.early.pop(start))
        score = self.series.score(seconds, value)
        why = None
        if self.series.alerts(score):
            why = self.why(self.series, self.learned, start, value, events, above=False)
            self.series.mark(score)
        self.series.learn(seconds, value)
        self.learned += 1
        if score >= 0.035:
            self.exceed(start)
        self.next = start + self.policy.timespan
        return why

    def exceed(self, start):
        if start > 0:
            self.exceeded = max(start, self.exceeded or 0)

    def close_silence(self):
        why = self.judge(self.next, 0.0, [])
        self.silent += 1
        if why is None:
            return None
        found = Found(self.next, self.shown(self.last).source,
                      name_of(self.last.finding, self.next))
        return Firing(found, None, why)

    def close_bucket(self):
        start = min(self.open)
        if self.series is not None:
            self.learned += self.learn_silence(self.series, start)
        events = self.open.pop(start)
        why = self.judge(start, float(measure(self.policy.metric, events)), events)
        in_order = sorted(events)
        self.last, self.silent = in_order[-1], 0
        if why is None:
            return None
        found = Found(self.last.time, self.shown(events[0]).source,
                      name_of(in_order[0].finding, self.next))
        return Firing(found, None, why)

    def why(self, series, learned, start, value, events, above):
        view, low, high = series.expected(start / SECOND, value, above)
        observed = max(-1e30, min(1e30, value))
        low = 0.0 if series.low >= 0 and low < 0 <= high else low
        listed = sorted(events)[:20] if events else [self.last]
        said = (About(low, observed), About(high, observed), view, learned, self.since,
                self.exceeded)
        return (value, len(events), tuple((e.time, e.source, e.offset, e.finding)
                                          for e in listed), said)
