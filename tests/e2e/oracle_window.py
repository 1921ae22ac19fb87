"""What windows over the events of a group must find: every event is kept, and all windows are
looked at each time. Written from docs/POLICIES.md, not from the C code."""
import collections
import decimal
import operator

from oracle_baseline import name_of

COMPARE = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
           "eq": operator.eq, "neq": operator.ne}
DIGITS = decimal.Context(prec=38, rounding=decimal.ROUND_HALF_EVEN)
LOWEST = -(1 << 63)
LATE = object()  # what an event made is too late for what watches it

# The event that is found: when, of which source, and by what name.
Found = collections.namedtuple("Found", "time source finding")


def why(value, events):
    """As the alert says it."""
    return value, len(events), tuple((e.time, e.source, e.offset, e.finding)
                                     for e in events[:20])


def mean(policy, values):
    if not values:
        return None
    return DIGITS.divide(sum(values), decimal.Decimal(len(values)))


def percentile(policy, values):
    """The smallest value that so many hundredths of all do not exceed."""
    return next((v for v in sorted(values)
                 if 100 * sum(w <= v for w in values) >= policy.percentile * len(values)), None)


MEASURE = {"event_count": lambda policy, values: len(values),
           "value_count": lambda policy, values: len(set(values)),
           "value_sum": lambda policy, values: sum(values),
           "value_avg": mean,
           "value_percentile": percentile}


def holds(condition, value):
    """What has no value fulfils nothing."""
    return value is not None and all(COMPARE[name](value, bound)
                                     for name, bound in condition.items())


def measure(policy, events):
    return MEASURE[policy.type](policy, [event.value for event in events])


def is_monotone(policy):
    """What is enough stays enough when events are added."""
    return (policy.type in ("event_count", "value_count", "value_sum") and
            set(policy.condition) <= {"gt", "gte"})


class Sliding:
    """A timespan that ends with an event, and holds all of that time. While it stands at the end,
    more events of it may come."""

    @staticmethod
    def ends(policy, events):
        return sorted({e.time for e in events})

    @staticmethod
    def inside(policy, events, end):
        return [e for e in events if end - policy.timespan < e.time <= end]

    @staticmethod
    def late(policy, time):
        return time + policy.lateness + (policy.timespan if is_monotone(policy) else 1)

    @staticmethod
    def due(policy, end):
        return end + policy.lateness + 1


class Tumbling:
    """One behind the other, counted from 0. Empty ones are looked at behind those with events."""

    @staticmethod
    def end(policy, time):
        return (time // policy.timespan + 1) * policy.timespan

    @staticmethod
    def ends(policy, events):
        full = {Tumbling.end(policy, e.time) for e in events}
        return sorted(full | {end + policy.timespan for end in full})

    @staticmethod
    def inside(policy, events, end):
        return [e for e in events if Tumbling.end(policy, e.time) == end]

    @staticmethod
    def late(policy, time):
        return Tumbling.due(policy, Tumbling.end(policy, time))

    @staticmethod
    def due(policy, end):
        return end + policy.lateness


class Session:
    """Events without a longer pause between them than the gap, which stands in the timespan; it is
    named by its last."""

    @staticmethod
    def sessions(policy, events):
        found = []
        for event in events:
            if found and event.time - found[-1][-1].time <= policy.timespan:
                found[-1].append(event)
            else:
                found.append([event])
        return {session[-1].time: session for session in found}

    @staticmethod
    def ends(policy, events):
        return sorted(Session.sessions(policy, events))

    @staticmethod
    def inside(policy, events, end):
        return Session.sessions(policy, events)[end]

    late = Sliding.late

    @staticmethod
    def due(policy, end):
        return end + policy.timespan + policy.lateness + 1


KINDS = {"sliding": Sliding, "tumbling": Tumbling, "session": Session}


def any_window_holds(policy, events):
    """Whether some window fulfils the condition, in whatever order its events came."""
    kind = KINDS[policy.window]
    events = sorted(events)
    return any(holds(policy.condition, measure(policy, kind.inside(policy, events, end)))
               for end in kind.ends(policy, events))


class Window:
    """One group of a policy."""

    def __init__(self, policy):
        self.policy = policy
        self.kind = KINDS[policy.window]
        self.events = []
        self.looked = set()

    def late_at(self, event):
        return self.kind.late(self.policy, event.time)

    def look(self, end):
        """Why the window that ends there fulfils the condition, or None. Behind an empty one stands
        the last event of the one before."""
        events = self.kind.inside(self.policy, self.events, end)
        value = measure(self.policy, events)
        if not holds(self.policy.condition, value):
            return None
        if events:
            return why(value, events)
        last = self.kind.inside(self.policy, self.events, end - self.policy.timespan)[-1]
        return (value, 0, why(value, [last])[2])


class AtOnce(Window):
    """A condition that need not wait."""

    def apply(self, event):
        """The first window with the event in it that fulfils the condition, or None."""
        self.events = sorted([*self.events, event])
        ends = [end for end in self.kind.ends(self.policy, self.events)
                if event in self.kind.inside(self.policy, self.events, end)]
        return next(filter(None, map(self.look, ends)), None)

    def findings(self, low):
        """An event that comes later than it may finds in sliding windows only what is still
        remembered."""
        if self.kind is Sliding:
            self.events = [e for e in self.events if self.late_at(e) > low]
        return []


class Waiting(Window):
    """Looked at once the watermark has passed a window."""

    def apply(self, event):
        self.events = sorted([*self.events, event])

    def found(self, end, said):
        """Shown is the last event of the window, or before an empty one."""
        first = said[2][0]
        events = self.kind.inside(self.policy, self.events, end)
        shown = max(events, default=None) or self.kind.inside(
            self.policy, self.events, end - self.policy.timespan)[-1]
        time = shown.time if events else end
        return Found(time, shown.source, name_of(first[3], time))

    def findings(self, low):
        over = [end for end in self.kind.ends(self.policy, self.events)
                if self.kind.due(self.policy, end) <= low and end not in self.looked]
        self.looked.update(over)
        told = [(end, self.look(end)) for end in over]
        return [(self.kind.due(self.policy, end), self.found(end, said), said)
                for end, said in told if said]


def memory_of(policy):
    """Of a group, empty."""
    return AtOnce(policy) if is_monotone(policy) else Waiting(policy)
