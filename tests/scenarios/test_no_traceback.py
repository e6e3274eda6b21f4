"""Whatever is wrong with words, files or folders: a message and an exit code, never a traceback."""

from __future__ import annotations

import pytest

from tests.harness import Program

OPERATOR, WORLD = 2, 1
WRONG_WORDS = [
    ("rnu", OPERATOR, "run"),
    ("--no-such-option", OPERATOR, "--no-such-option"),
    ("run --listen nonsense", OPERATOR, "HOST:PORT"),
    ("run --listen 127.0.0.1:99999", OPERATOR, "HOST:PORT"),
    ("run --listen 203.0.113.1:0", WORLD, "log2metrics: "),
    ("run --listen no.such.host.invalid:0", WORLD, "log2metrics: "),
    ("run -c missing.yml", OPERATOR, "missing.yml"),
    ("run -c folder", OPERATOR, "folder"),
    ("run -c broken.yml", OPERATOR, "broken.yml:2"),
    ("run -c binary.yml", OPERATOR, "binary.yml"),
    ("run -c empty.yml", OPERATOR, "empty.yml"),
    ("run -c stateless.yml", WORLD, "file.log"),
    ("run --log-level loud", OPERATOR, "loud"),
    ("once", OPERATOR, "FILES"),
    ("once missing.log", WORLD, "missing.log"),
    ("once folder", WORLD, "folder"),
    ("once file.log --last 0", OPERATOR, "--last"),
    ("once file.log -o xml", OPERATOR, "xml"),
    ("once file.log -p ,", OPERATOR, "pack"),
    ("once file.log -p ./missing.yml", OPERATOR, "missing.yml"),
    ("once file.log -p ./folder/", OPERATOR, "folder"),
    ("once file.log -p ./binary.yml", OPERATOR, "binary.yml"),
    ("once file.log --to folder", OPERATOR, "folder"),
    ("once file.log --to file.log/x", WORLD, "file.log"),
    ("once -c broken.yml", OPERATOR, "broken.yml:2"),
    ("once -c missing.yml file.log", OPERATOR, "FILES"),
    ("once --unmatched missing.log", WORLD, "missing.log"),
    ("once --unmatched folder", WORLD, "folder"),
    ("once --unmatched -c broken.yml", OPERATOR, "broken.yml:2"),
    ("once --unmatched file.log --to x", OPERATOR, "--to"),
    ("once file.log --unwrap dokcer", OPERATOR, "docker"),
    ("suggest file.log --encoding nonsense", OPERATOR, "latin-1"),
    ("suggest", OPERATOR, "FILES"),
    ("suggest missing.log", WORLD, "missing.log"),
    ("suggest folder", WORLD, "folder"),
    ("suggest file.log -p nopack", OPERATOR, "nopack"),
    ("suggest file.log --top 0", OPERATOR, "--top"),
    ("explain --file missing.log", WORLD, "missing.log"),
    ("explain --file folder", WORLD, "folder"),
    ("status --address nonsense", OPERATOR, "HOST:PORT"),
    ("status --address no.such.host.invalid:1", WORLD, "nothing answers"),
    ("status -c missing.yml", OPERATOR, "missing.yml"),
    ("check missing.yml", OPERATOR, "missing.yml"),
    ("check nopack", OPERATOR, "nopack"),
    ("check broken.yml binary.yml empty.yml folder", OPERATOR, "broken.yml:2"),
    ("check shdd", OPERATOR, "sshd"),
    ("explain -c missing.yml x", OPERATOR, "missing.yml"),
    ("explain -p shd x", OPERATOR, "sshd"),
    ("patterns shd", OPERATOR, "sshd"),
    ("patterns ./missing.yml", OPERATOR, "missing.yml"),
    ("generate nothing", OPERATOR, "nothing"),
    ("demo --listen nonsense", OPERATOR, "HOST:PORT"),
    ("demo --seconds -1", OPERATOR, "--seconds"),
]


@pytest.mark.parametrize(("words", "code", "told"), WRONG_WORDS, ids=[words for words, _, _ in WRONG_WORDS])
def test_a_mistake_is_told(program: Program, words: str, code: int, told: str) -> None:
    """The exit code says whose fault it is, and standard error what it is."""
    folder = program.folder
    (folder / "folder").mkdir()
    (folder / "file.log").write_bytes(b"")
    (folder / "broken.yml").write_bytes(b"sources: [\n")
    (folder / "binary.yml").write_bytes(bytes(range(256)))
    (folder / "empty.yml").write_bytes(b"")
    program.config({"name": "a", "files": ["a.log"], "patterns": ["sshd"]}, name="stateless.yml", state="file.log/state.db")
    done = program.run(*words.split())
    assert (code, told in done.stderr) == (done.returncode, True), done.stderr
    assert "internal error" not in done.stderr


@pytest.mark.parametrize("words", ["--help", "--version", *(f"{name} --help" for name in ("run", "once", "check", "demo"))])
def test_help_is_output(program: Program, words: str) -> None:
    """Help was asked for: it goes to standard output, and the exit code is 0."""
    done = program.run(*words.split())
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout
