"""Programs of a syslog, and families of them: `worker-1` and `worker-2` are one program, run twice.

Knows names alone, and a bounded number of them.
"""

from __future__ import annotations

import re

from log2metrics.suggest.pattern import literal

_NUMBER = re.compile(r"\d+", re.ASCII)
_SIGN = "#"  # stands for a number in the name of a family
_MOST = 10_000


class Programs:
    """Which programs there are of each family."""

    def __init__(self) -> None:
        self._only: dict[str, str | None] = {}  # the one program of a family; None where there are several

    def family(self, program: str) -> str:
        """Take a program in, and give its family: its name, whatever the numbers in it."""
        family = _NUMBER.sub(_SIGN, program)
        if len(self._only) < _MOST or family in self._only:
            known = self._only.setdefault(family, program)
            if known != program:
                self._only[family] = None
        return family

    def only(self, family: str) -> str | None:
        """The program of a family that has no other, if it is known that it has none."""
        return self._only.get(family)

    def regex(self, family: str) -> str:
        """What finds the programs of a family and no others, those that were not seen too where several were."""
        only = self.only(family)
        name = literal(only) if only is not None else r"\d+".join(map(literal, family.split(_SIGN)))
        return f"^{name}$"
