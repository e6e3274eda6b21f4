"""Who takes part in which kind of case, in the order in which they take turns; ours is the last.

The cheap ones come first, so that the file is in memory for all that are compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.cases import Kind
from benchmarks.daemons import CATCHING_UP, CATCHING_UP_SCRAPED, MTAIL_SCRAPED, OURS_SCRAPED
from benchmarks.programs import LIBRARY, MTAIL, ONE_PROCESS, OURS, RG, WC, Measured

LINEUP: dict[Kind, Sequence[Measured]] = {
    Kind.COUNT: (WC, RG, MTAIL, OURS),
    Kind.JOBS: (WC, ONE_PROCESS, OURS),
    Kind.LIBRARY: (WC, LIBRARY),
    Kind.SCRAPE: (MTAIL_SCRAPED, OURS_SCRAPED),
    Kind.BACKLOG: (WC, CATCHING_UP),
    Kind.SCRAPED_BACKLOG: (WC, CATCHING_UP, CATCHING_UP_SCRAPED),
}
