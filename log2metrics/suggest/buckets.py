"""Bounds for a histogram, from a few of the values that it is to hold."""

from __future__ import annotations

import math
from collections.abc import Sequence

_STEPS = (1.0, 2.5, 5.0)
_MOST = 6


def buckets_for(values: Sequence[float]) -> tuple[float, ...]:
    """Up to six round, ascending bounds around these values; none if no value is positive."""
    positive = [value for value in values if value > 0]
    if not positive:
        return ()
    lowest, highest = math.floor(math.log10(min(positive))), math.floor(math.log10(max(positive)))
    bounds = [float(f"{step}e{power}") for power in range(lowest - 1, highest + 2) for step in _STEPS]
    first = sum(bound < min(positive) for bound in bounds) - 1  # the values are few, others may lie around them
    last = sum(bound < max(positive) for bound in bounds) + 1
    inside = bounds[first : last + 1]
    every = math.ceil(len(inside) / _MOST)
    return tuple(inside[::-1][::every][::-1])
