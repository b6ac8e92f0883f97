"""A clock that is set by hand."""


class HandClock:
    """Says the time that it was set to, by both of its clocks."""

    def __init__(self, now_s=100.0):
        self.now_s = now_s

    def set(self, now_s):
        self.now_s = now_s

    def monotonic_s(self):
        return self.now_s

    def unix_s(self):
        return self.now_s

    def thread_cpu_s(self):
        return self.now_s
