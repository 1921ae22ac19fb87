"""What temporal, temporal_ordered and absence must find: every event is kept, and all of them are
looked at each time. Written from docs/POLICIES.md, not from the C code. The value of an event is
the input that it is of."""
import collections

from oracle_window import why

# mins: of each input; without: inputs, the last ones, that answer
Policy = collections.namedtuple(
    "Policy", "type timespan lateness mins before after inputs without episode horizon")


def together(policy, events, event):
    """The newest of each input in the first window with the event that has enough of each."""
    ends = sorted(e for e in events if event.time <= e.time < event.time + policy.timespan)
    for end in [e for e in ends if e >= event]:
        window = [e for e in events if end.time - policy.timespan < e.time and e <= end]
        match = [event]
        for number, least in enumerate(policy.mins):
            others = sorted(e for e in window if e.value == number and e != event)
            wanted = least - (number == event.value)
            if len(others) < wanted:
                break
            match += others[len(others) - wanted:]
        else:
            return sorted(match)
    return None


def nearest(events, number, count, time, direction):
    """So many events of an input, not later (direction -1) or not earlier (1) than a time."""
    fitting = sorted((e for e in events if e.value == number and
                      (e.time - time) * direction >= 0), reverse=direction < 0)
    return fitting[:count] if len(fitting) >= count else None


def around(policy, events, event, before):
    """The match with so many of the event's own step before it, each as near as can be."""
    others = [e for e in events if e != event]
    match = [event]
    low = high = event.time
    own = nearest(others, event.value, before, low, -1)
    if own is None:
        return None
    rest = [e for e in others if e not in own]
    behind = nearest(rest, event.value, policy.mins[event.value] - 1 - before, high, 1)
    if behind is None:
        return None
    match += own + behind
    low = min(e.time for e in match)
    high = max(e.time for e in match)
    for number in reversed(range(event.value)):
        found = nearest(others, number, policy.mins[number], low, -1)
        if found is None:
            return None
        match += found
        low = found[-1].time
    for number in range(event.value + 1, len(policy.mins)):
        found = nearest(others, number, policy.mins[number], high, 1)
        if found is None:
            return None
        match += found
        high = found[-1].time
    return sorted(match) if high - low < policy.timespan else None


def in_order(policy, events, event):
    for before in reversed(range(policy.mins[event.value])):
        match = around(policy, events, event, before)
        if match:
            return match
    return None


def completes(policy, events, begin, event=None):
    """From a time on the first events of each step, one step after the other; with the event among
    them, if there is one. True when that ends within the timespan."""
    time = begin
    for number, least in enumerate(policy.mins):
        times = sorted(e.time for e in events if e.value == number and e.time >= time)
        if len(times) < least:
            return False
        end = times[least - 1]
        if event and number == event.value:
            if event.time < time:
                return False
            end = max(end, event.time)  # it takes the place of the last
        time = end
    return time - begin < policy.timespan


def any_match(policy, events, event=None):
    """Whether there is a match (with the event) in whatever order events came: tried from every
    time at which one can begin."""
    begins = {e.time for e in events}
    if policy.type == "temporal":
        return any(all(sum(begin <= e.time < begin + policy.timespan for e in events
                           if e.value == number) >= least
                       for number, least in enumerate(policy.mins))
                   for begin in begins if not event or
                   begin <= event.time < begin + policy.timespan)
    return any(completes(policy, events, begin, event) for begin in begins)


class Sequence:
    """One group of a policy."""

    def __init__(self, policy):
        self.policy = policy
        self.events = []

    def late_at(self, event):
        return event.time + self.policy.timespan + self.policy.lateness

    def apply(self, event):
        """The match that the event is in, or None."""
        self.events.append(event)
        find = together if self.policy.type == "temporal" else in_order
        match = find(self.policy, self.events, event)
        assert bool(match) == any_match(self.policy, self.events, event)
        return match and why(len(match), match)

    def findings(self, low):
        self.events = [e for e in self.events if self.late_at(e) > low]
        return []


class Absence:
    """One group of a policy: every event waits until the watermark has passed the last time of an
    answer."""

    def __init__(self, policy):
        self.policy = policy
        self.answers = []
        self.waiting = []

    def is_answer(self, event):
        return event.value >= self.policy.inputs - self.policy.without

    def late_at(self, event):
        decided = event.time + self.policy.after + self.policy.lateness + 1
        return decided + (self.policy.before if self.is_answer(event) else 0)

    def is_answered(self, event):
        return any(event.time - self.policy.before <= time <= event.time + self.policy.after
                   for time in self.answers)

    def apply(self, event):
        if self.is_answer(event):
            self.answers.append(event.time)
        elif self.policy.after > 0:
            self.waiting.append(event)
        elif not self.is_answered(event):
            return why(1, [event])
        return None

    def findings(self, low):
        over = sorted(e for e in self.waiting if self.late_at(e) <= low)
        self.waiting = [e for e in self.waiting if self.late_at(e) > low]
        return [(self.late_at(e), e, why(1, [e])) for e in over if not self.is_answered(e)]
