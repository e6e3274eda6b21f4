"""The ways in which logs are rotated: which of logrotate's options each stands for.

Knows nothing of how they are carried out.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """How one log is rotated, in logrotate's words."""

    name: str
    copytruncate: bool = False
    compress: str = ""  # the ending: gz, bz2 or xz; empty for none
    delaycompress: bool = False
    dateext: bool = False
    olddir: bool = False
    delete: bool = False  # no rotated file is kept: the log is removed while it is followed
    sparse: bool = False  # the writer does not append: after a truncation it goes on where it was, behind a hole

    @property
    def directives(self) -> str:
        """The same for a configuration of logrotate."""
        words = ["rotate 1000", "copytruncate" if self.copytruncate else "create", "nomail"]
        words += ["dateext", "dateformat -%Y%m%d-%s"] if self.dateext else []
        words += ["olddir old"] if self.olddir else []
        if self.compress:
            words += ["compress", *_PROGRAMS[self.compress]]
        words += ["delaycompress"] if self.delaycompress else []
        return "\n".join(words)


_PROGRAMS = {
    "gz": (),
    "bz2": ("compresscmd /bin/bzip2", "compressext .bz2"),
    "xz": ("compresscmd /usr/bin/xz", "compressext .xz"),
}

WAYS = {
    way.name: way
    for way in (
        Way("create"),
        Way("delete", delete=True),
        Way("dateext", dateext=True),
        Way("olddir", olddir=True),
        Way("delay", compress="gz", delaycompress=True),
        Way("gzip", compress="gz"),
        Way("xz-dateext", compress="xz", dateext=True),
        Way("bzip2-olddir", compress="bz2", olddir=True),
        Way("copy", copytruncate=True),
        Way("copy-dateext", copytruncate=True, dateext=True),
        Way("copy-gzip", copytruncate=True, compress="gz"),
        Way("copy-delay", copytruncate=True, compress="gz", delaycompress=True),
        Way("copy-sparse", copytruncate=True, sparse=True),
    )
}
