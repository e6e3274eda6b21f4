"""Debian's logrotate on one log, forced."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.harness import PATIENCE_SECONDS


@dataclass(frozen=True)
class Logrotate:
    """Rotates one log in one way, by what its own configuration would say between the braces."""

    binary: str
    log: Path
    directives: str

    def rotate(self) -> None:
        """Rotate now."""
        folder = self.log.parent
        config = folder / "logrotate.conf"
        config.write_text(f'"{self.log}" {{\n{self.directives}\n}}\n', encoding="ascii")
        config.chmod(0o600)
        subprocess.run(
            [self.binary, "--force", "--state", folder / "logrotate.state", config],
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
