"""Which stretch of time is in sight: it follows the present, or stands still somewhere in the past."""

from __future__ import annotations

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
SHORTEST_S, LONGEST_S = 10.0, 2 * 366 * DAY_S


class TimeWindow:
    """`length_s` seconds up to the present, or up to `end_unix_s` where it does not follow."""

    def __init__(self, length_s: float) -> None:
        self.length_s = length_s
        self._end_unix_s: float | None = None

    @property
    def follows(self) -> bool:
        """Whether the present is in sight, and moves it on."""
        return self._end_unix_s is None

    def span(self, now_unix_s: float) -> tuple[float, float]:
        """The first and last moment in sight."""
        end = now_unix_s if self._end_unix_s is None else self._end_unix_s
        return end - self.length_s, end

    def choose(self, length_s: float, now_unix_s: float) -> None:
        """Another length; what stands still keeps its end."""
        self.length_s = min(max(length_s, SHORTEST_S), LONGEST_S)
        self._settle(now_unix_s)

    def zoom(self, factor: float, about_unix_s: float, now_unix_s: float) -> None:
        """`factor` times as long; the moment stays where it is, or the present where it is followed."""
        begin, end = self.span(now_unix_s)
        before = self.length_s
        self.length_s = min(max(before * factor, SHORTEST_S), LONGEST_S)
        if self._end_unix_s is not None:
            share = (end - about_unix_s) / max(end - begin, 1e-9)
            self._end_unix_s = about_unix_s + min(max(share, 0.0), 1.0) * self.length_s
        self._settle(now_unix_s)

    def move(self, seconds: float, now_unix_s: float) -> None:
        """Go on by so many seconds, back where they are negative; at the present it follows again."""
        self.end_at(self.span(now_unix_s)[1] + seconds, now_unix_s)

    def end_at(self, end_unix_s: float, now_unix_s: float) -> None:
        """Let a moment be the last in sight."""
        self._end_unix_s = end_unix_s
        self._settle(now_unix_s)

    def hold(self, now_unix_s: float) -> None:
        """Stand still."""
        self._end_unix_s = self.span(now_unix_s)[1]

    def follow(self) -> None:
        """Go to the present and stay there."""
        self._end_unix_s = None

    def _settle(self, now_unix_s: float) -> None:
        if self._end_unix_s is None:
            return
        if self._end_unix_s >= now_unix_s:
            self._end_unix_s = None
        else:
            self._end_unix_s = max(self._end_unix_s, now_unix_s - LONGEST_S + self.length_s)
