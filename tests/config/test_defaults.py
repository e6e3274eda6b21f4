"""What is followed, and where the state is, without a config file."""

from __future__ import annotations

from pathlib import Path

import pytest

from log2metrics.config.defaults import _sources, default_config, default_state
from log2metrics.config.packs import library, library_folder, load_packs
from log2metrics.config.settings import Pack, Web
from log2metrics.match.formats import Format


def pack(name: str, *files: str) -> Pack:
    """Make a pack of which only the files matter."""
    return Pack(name, Path(f"{name}.yml"), name, Format.SYSLOG, (), (), files=files)


@pytest.mark.parametrize(
    ("env", "uid", "expected"),
    [
        ({"STATE_DIRECTORY": "/run/state:/other", "HOME": "/home/ann"}, 0, "/run/state/state.db"),
        ({"HOME": "/root"}, 0, "/var/lib/log2metrics/state.db"),
        ({"HOME": "/home/ann", "XDG_STATE_HOME": "/xdg"}, 1000, "/xdg/log2metrics/state.db"),
        ({"HOME": "/home/ann"}, 1000, "/home/ann/.local/state/log2metrics/state.db"),
    ],
)
def test_the_state_has_its_usual_place(env: dict[str, str], uid: int, expected: str) -> None:
    """Systemd's folder comes first, then root's, then the user's."""
    assert Path(expected) == default_state(env, uid)


def test_paths_with_the_same_packs_are_one_source() -> None:
    """A path is followed once, with all packs that name it; a single pack gives its name, several their first file."""
    packs = [
        pack("sshd", "/log/auth.log", "/log/secure"),
        pack("sudo", "/log/auth.log", "/log/secure"),
        pack("cron", "/log/cron"),
    ]
    found = {source.name: (source.selection.globs, [each.name for each in source.packs]) for source in _sources(packs)}
    assert {"auth": (("/log/auth.log", "/log/secure"), ["sshd", "sudo"]), "cron": (("/log/cron",), ["cron"])} == found


def test_names_of_sources_are_unique() -> None:
    """A name that is taken gives way to the file's, and that to a number."""
    packs = [
        pack("cron", "/log/syslog", "/log/a/x.log"),
        pack("syslog", "/log/syslog", "/log/x", "/log/*.log"),
        pack("y", "/log/a/x.log", "/log/*.log"),
        pack("z", "/log/x"),
    ]
    assert ["syslog", "x", "x-2", "files"] == [source.name for source in _sources(packs)]


def test_a_file_named_twice_by_a_pack_counts_once() -> None:
    """A slip in a pack's list of files must not double its numbers."""
    (source,) = _sources([pack("a", "/log/a", "/log/a")])
    assert (("/log/a",), 1) == (source.selection.globs, len(source.packs))


def test_only_what_exists_is_followed() -> None:
    """Of the usual paths those are kept that are there."""
    config = default_config({"/var/log/auth.log"}.__contains__, {}, uid=0)
    assert ["/var/log/auth.log"] == [glob for source in config.sources for glob in source.selection.globs]
    assert {"sshd", "sudo"} <= {each.name for each in config.sources[0].packs}
    assert (None, Web(), None) == (config.path, config.web, config.graphite)


def test_a_glob_counts_as_existing_with_its_folder() -> None:
    """A web server that has not logged yet will."""
    config = default_config({"/var/log/nginx"}.__contains__, {}, uid=0)
    assert ["nginx-access", "nginx-error"] == [source.name for source in config.sources]


def test_where_nothing_exists_all_may_appear() -> None:
    """A host without logs is followed all the same; every pack with files has a source, and every name is used once."""
    with_files = {each.name for each in load_packs(library(), library_folder()) if each.files}
    config = default_config(lambda _: False, {}, uid=0)
    names = [source.name for source in config.sources]
    assert with_files == {each.name for source in config.sources for each in source.packs}
    assert len(set(names)) == len(names)


def test_a_file_that_repeats_another_is_left_out() -> None:
    """Where syslog exists, messages holds the same lines again, and they must not count twice."""
    both = {"/var/log/syslog", "/var/log/messages"}
    config = default_config(both.__contains__, env={}, uid=0)
    assert {"/var/log/syslog"} == {glob for source in config.sources for glob in source.selection.globs}
    config = default_config({"/var/log/messages"}.__contains__, env={}, uid=0)
    assert {"/var/log/messages"} == {glob for source in config.sources for glob in source.selection.globs}
