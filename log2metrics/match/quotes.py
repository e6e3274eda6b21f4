"""What stands between double quotes in the formats of logs, where a quote and a backslash have a backslash before them."""

from __future__ import annotations


def inside_quotes(besides: str = "") -> str:
    """Give the regex for it: all up to a quote, or to one of the characters `besides`, written as they are in a set.

    What has no backslash is taken run by run, and nothing is looked at twice.
    """
    return rf'[^"\\{besides}]*+(?:\\.[^"\\{besides}]*+)*+'
