"""What a dialect has answered since this process started: counted at every request, so with nothing but integers."""

from bisect import bisect_left

#: Upper ends of the durations that are told apart, in seconds; longer ones have a place after the last.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Tally:
    """Used in one event loop, so without locks."""

    __slots__ = ("durations", "seconds")

    def __init__(self) -> None:
        #: First digit of the status -> answers that took as long as each bound and no longer; and their sum.
        self.durations = [[0] * (len(BOUNDS) + 1) for _ in range(6)]
        self.seconds = [0.0] * 6

    def add(self, status: int, seconds: float) -> None:
        digit = status // 100
        self.durations[digit][bisect_left(BOUNDS, seconds)] += 1
        self.seconds[digit] += seconds
