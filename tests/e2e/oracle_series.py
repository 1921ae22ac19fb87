"""The baseline detector once more, in straight Python: written from the description of the
algorithm, not from the C code, with the numbers written out. A value has six views, each an
envelope that widens at once and narrows slowly; how far the views lie outside is the score.

Kept as it is described: numbers are doubles, but for the season, whose means are 32-bit numbers
relative to the first value."""
import copy
import datetime
import math
import struct

WEIGHTS = [0.5, 0.5, 1.0, 1.0, 0.5, 0.5]
COMPRESSED = (1, 5)
VIEWS = ["value", "jump", "season", "level", "burst", "log"]
THRESHOLD, HOLD, WARM_UP, DAY = 0.035, 120, 20, 86400
LARGEST = 1e30


def single(number):
    return struct.unpack("f", struct.pack("f", number))[0]


class Mean:
    def __init__(self, records):
        self.records, self.count, self.mean = records, 0, None

    def take(self, x):
        self.count += 1
        if self.count == 1:
            self.mean = x
        self.mean += max(1 / self.records, 1 / self.count) * (x - self.mean)
        return self.mean

    def silent(self, gap):
        self.count += gap
        self.mean *= (1 - 1 / self.records) ** gap


class Envelope:
    def __init__(self):
        self.n = 0

    def score(self, f, floor):
        """How far outside, in widths; 0 while it is young."""
        if self.n < WARM_UP:
            return 0.0
        width = self.mx - self.mn + floor
        if f > self.mx:
            return (f - self.mx) / width
        return (self.mn - f) / width if f < self.mn else 0.0

    def take(self, f):
        self.n += 1
        if self.n == 1:
            self.mx = self.mn = self.m = f
            return
        self.m += (f - self.m) / min(self.n, 450)
        self.mx = f if f > self.mx else self.mx - (self.mx - self.m) / 20000
        self.mn = f if f < self.mn else self.mn + (self.m - self.mn) / 20000


class Season:
    def __init__(self, first):
        self.first, self.slots = first, {}

    @staticmethod
    def slot(seconds):
        day, second = divmod(seconds, 86400)
        weekend = datetime.date.fromordinal(719163 + int(day)).weekday() >= 5
        return weekend, int(second // 1800)

    def usual(self, seconds):
        kept = self.slots.get(self.slot(seconds))
        return None if kept is None else self.first + kept[0]

    def take(self, seconds, x):
        slot = self.slot(seconds)
        if slot not in self.slots:
            self.slots[slot] = (single(x - self.first), 1)
            return
        kept, visits = self.slots[slot]
        mean = self.first + kept
        mean += max(0.2, 1 / (visits + 1)) * (x - mean)
        self.slots[slot] = (single(mean - self.first), visits + 1)


class Series:
    """`season`: half hours are told apart. take() says (score, alerts)."""

    def __init__(self, season=True):
        self.has_season = season
        self.season = None
        self.short, self.long, self.level, self.log = Mean(3), Mean(80), Mean(30), Mean(80)
        self.envelopes = [Envelope() for _ in WEIGHTS]
        self.low = self.high = self.since = None
        self.records, self.alerted, self.alerted_score = 0, None, 0.0

    def views(self, seconds, x):
        """With the value, but nothing kept."""
        def after(mean):
            count = mean.count + 1
            before = x if mean.count == 0 else mean.mean
            return before + max(1 / mean.records, 1 / count) * (x - before)
        log = math.asinh(x)
        usual = self.season.usual(seconds) if self.season else None
        return [x, log - (log if self.log.count == 0 else self.log.mean),
                None if usual is None else x - usual,
                after(self.level), after(self.short) - after(self.long), log]

    def score(self, seconds, x, above_only=False):
        return math.sqrt(sum(over ** 2 for over in self.overs(seconds, x, above_only)))

    def copy(self):
        twin = copy.copy(self)
        twin.short, twin.long, twin.level, twin.log = (
            copy.copy(mean) for mean in (self.short, self.long, self.level, self.log))
        twin.envelopes = [copy.copy(envelope) for envelope in self.envelopes]
        twin.season = copy.copy(self.season)
        if self.season:
            twin.season.slots = dict(self.season.slots)
        return twin

    def overs(self, seconds, x, above_only):
        """How far each view is outside, weighted; as score() adds them up."""
        low, high = (x, x) if self.low is None else (min(self.low, x), max(self.high, x))
        for i, f in enumerate(self.views(seconds, x)):
            envelope = self.envelopes[i]
            young = i == 2 and self.since is not None and seconds - self.since < DAY
            if f is None or young or envelope.n == 0 or (above_only and f < envelope.mx):
                yield 0.0
                continue
            floor = (0.001 * (envelope.mx - envelope.mn) + 1e-9 if i in COMPRESSED
                     else 0.001 * (high - low) + 1e-12)
            yield WEIGHTS[i] * envelope.score(f, floor)

    def expected(self, seconds, x, above_only):
        """(view, low, high): of the view that is exceeded most, its envelope in terms of x."""
        overs = list(self.overs(seconds, x, above_only))
        i = overs.index(max(overs))
        return VIEWS[i], *(self.inverted(i, seconds, bound)
                           for bound in (self.envelopes[i].mn, self.envelopes[i].mx))

    def inverted(self, i, seconds, bound):
        """The x by which a view would have been `bound`: the views are straight lines in x, or in
        asinh x."""
        if i == 1:
            return math.sinh(self.log.mean + bound)
        if i == 5:
            return math.sinh(bound)
        at_0, at_1 = (self.views(seconds, x)[i] for x in (0.0, 1.0))
        return (bound - at_0) / (at_1 - at_0)

    def alerts(self, score):
        return score >= THRESHOLD and (
            self.alerted is None or self.records + 1 - self.alerted >= HOLD or
            score > 2 * self.alerted_score)

    def mark(self, score):
        self.alerted, self.alerted_score = self.records + 1, score

    def learn(self, seconds, x):
        self.records += 1
        if self.low is None:
            self.low = self.high = x
            self.since = seconds
            self.season = Season(x) if self.has_season else None
        for envelope, f in zip(self.envelopes, self.views(seconds, x)):
            if f is not None:
                envelope.take(f)
        for mean in (self.short, self.long, self.level):
            mean.take(x)
        self.log.take(math.asinh(x))
        self.low, self.high = min(self.low, x), max(self.high, x)
        if self.season:
            self.season.take(seconds, x)

    def silence(self, seconds, step, count):
        """`count` zeros at once: all but the last only move means and season."""
        if count == 0:
            return
        self.records += count - 1
        for mean in (self.short, self.long, self.level, self.log):
            mean.silent(count - 1)
        for envelope in (e for i, e in enumerate(self.envelopes) if i != 2):
            envelope.n += count - 1
        if self.season:
            for i in range(max(0, count - 1 - int(604800 // step)), count - 1):
                self.season.take(seconds + i * step, 0.0)
        self.learn(seconds + (count - 1) * step, 0.0)

    def take(self, seconds, x):
        x = max(-LARGEST, min(LARGEST, x))
        score = self.score(seconds, x)
        alert = self.alerts(score)
        if alert:
            self.mark(score)
        self.learn(seconds, x)
        return score, alert
