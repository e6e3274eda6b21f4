"""`python -m log2metrics`: the same as the command `log2metrics`. Knows nothing but where the command line is."""

from __future__ import annotations

from log2metrics.cli import main

if __name__ == "__main__":
    main()
