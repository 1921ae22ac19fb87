"""What new_terms must find: of each group the last time of each value, and its first event."""
from oracle_window import why


class Terms:
    """One group of a policy."""

    def __init__(self, policy):
        self.policy = policy
        self.since = None
        self.last = {}

    def late_at(self, event):
        return event.time + self.policy.timespan + self.policy.lateness

    def apply(self, event):
        """The event itself where its value is new to the group, or None."""
        self.since = min(self.since, event.time) if self.last else event.time
        last = self.last.get(event.value)
        self.last[event.value] = event.time if last is None else max(last, event.time)
        new = last is None or last <= event.time - self.policy.timespan
        learned = event.time - self.since >= self.policy.learning
        if new and learned:
            return why(len(self.last) - 1, [event])
        return None

    def findings(self, low):
        kept = self.policy.timespan + self.policy.lateness
        self.last = {value: time for value, time in self.last.items() if time + kept > low}
        return []
