# SPDX-License-Identifier: GPL-2.0-only
"""Input and circumstances that nobody wishes for: one message, the documented status, no hanging."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OUT = TOP / "out"
SEAWORTHY = OUT / "seaworthy"
LIMIT_S = 120

BERTH_CONF = "lxc.rootfs = {rootfs}\nlxc.init_cmd = /bin/sleep 600\n"


def run(*words: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
    """A hang is a failure here: the limit is for slow machines, nothing is expected to need it."""
    settings: dict[str, object] = {"stdin": subprocess.DEVNULL, "capture_output": True}
    settings.update(more)
    return subprocess.run([str(w) for w in words], check=False, text=True, timeout=LIMIT_S,
                          **settings)  # type: ignore[call-overload]


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("words", [("probe", "--config"), ("report",),
                                   ("matrix", "--no-host", "--kernel")], ids=lambda w: w[0])
def test_a_named_pipe_is_refused_and_not_waited_for(words: tuple[str, ...], fifo: Path) -> None:
    done = run(SEAWORTHY, *words, fifo)
    assert done.returncode == 3
    assert "pipe" in done.stderr and str(fifo) in done.stderr


def test_a_pipe_of_the_shell_is_read(tmp_path: Path) -> None:
    config = "# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_UTS_NS=y\n"
    read, write = os.pipe()
    os.write(write, config.encode())
    os.close(write)
    try:
        done = run(SEAWORTHY, "probe", "--config", f"/proc/self/fd/{read}", "ns.uts",
                   pass_fds=(read,))
    finally:
        os.close(read)
    assert "ns.uts" in done.stdout and "6.1.0" in done.stdout


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("test", "--list"), ("features",),
                                   ("probe", "ns.uts"), ("matrix", "--help"), ("report", "--help")],
                         ids=" ".join)
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_output_that_goes_nowhere_is_no_success(words: tuple[str, ...], redirection: str) -> None:
    # With this set Python does not buffer, and a write that fails is seen at another place.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    done = run("/bin/sh", "-c", f'exec "$@" {redirection}', "sh", SEAWORTHY, *words, env=env)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_command_line_that_the_kernel_would_cut_is_refused(tmp_path: Path) -> None:
    image = tmp_path / "bzImage"
    head = bytearray(4096)
    head[0x1FE:0x206] = b"\x55\xaa\0\0HdrS"
    image.write_bytes(head)
    done = run(SEAWORTHY, "matrix", "--no-host", "--kernel", image, "--append", "q" * 3000,
               "--output", tmp_path / "o")
    assert done.returncode == 64
    assert "--append" in done.stderr and "2047" in done.stderr
    assert not (tmp_path / "o").exists()


def test_every_only_counts(tmp_path: Path) -> None:
    done = run(SEAWORTHY, "matrix", "--only", "6.1", "--only", "nonesuch", "--output", tmp_path)
    assert done.returncode == 64
    assert "--only nonesuch" in done.stderr


@pytest.fixture
def container(tmp_path: Path) -> Iterator[dict[str, str]]:
    rootfs = tmp_path / "rootfs"
    (rootfs / "bin").mkdir(parents=True)
    (rootfs / "bin/sleep").write_bytes(Path("/bin/busybox").read_bytes())
    (rootfs / "bin/sleep").chmod(0o755)
    (tmp_path / "conf").write_text(BERTH_CONF.format(rootfs=rootfs))
    (tmp_path / "lxc").mkdir()
    env = {**os.environ, "BERTH_LXCPATH": str(tmp_path / "lxc"), "BERTH_RUNDIR": str(tmp_path / "run")}
    assert run(OUT / "lxc-create", "-n", "bad", "-f", tmp_path / "conf", env=env).returncode == 0
    yield env
    run(OUT / "lxc-stop", "-n", "bad", "-k", env=env)
    run(OUT / "lxc-destroy", "-n", "bad", env=env)


def state(env: dict[str, str]) -> str:
    return run(OUT / "lxc-info", "-n", "bad", "-sH", env=env).stdout.strip()


def test_a_container_that_is_starting_can_be_killed(container: dict[str, str]) -> None:
    """Whenever the kill comes: as soon as there is something to stop, and again until it is gone."""
    for _ in range(20):
        start = subprocess.Popen([str(OUT / "lxc-start"), "-n", "bad"], env=container,
                                 stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # 2: nothing to stop yet. The first stop that finds something must have ended it.
        while (stop := run(OUT / "lxc-stop", "-n", "bad", "-k", env=container)).returncode == 2:
            pass
        assert stop.returncode == 0, stop.stderr
        start.wait(timeout=LIMIT_S)
        assert state(container) == "STOPPED"


def test_a_monitor_that_is_stopped_does_not_hold_up_a_kill(container: dict[str, str]) -> None:
    assert run(OUT / "lxc-start", "-n", "bad", env=container).returncode == 0
    init = run(OUT / "lxc-info", "-n", "bad", "-pH", env=container).stdout.strip()
    status = Path(f"/proc/{init}/status").read_text()
    monitor = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))
    os.kill(monitor, signal.SIGSTOP)
    done = run(OUT / "lxc-stop", "-n", "bad", "-k", env=container)
    assert done.returncode == 0, done.stderr
    assert state(container) == "STOPPED"


def test_one_strange_directory_does_not_hold_up_the_list(container: dict[str, str]) -> None:
    strange = Path(container["BERTH_LXCPATH"]) / "strange"
    strange.mkdir()
    os.mkfifo(strange / "config")
    listed = run(OUT / "lxc-ls", "-1", "-f", env=container)
    assert listed.returncode == 0 and "bad" in listed.stdout
    start = run(OUT / "lxc-start", "-n", "strange", env=container)
    assert start.returncode == 1 and "pipe" in start.stderr


def test_the_story_goes_where_its_configurations_say(tmp_path: Path) -> None:
    done = run(SEAWORTHY, "test", "--summary", "story.app.host_name_is_its_own",
               env={**os.environ, "BERTH_LXCPATH": str(tmp_path)})
    assert done.returncode == 0, done.stdout


def test_a_killed_runner_leaves_nothing_that_the_next_does_not_remove(tmp_path: Path) -> None:
    dead = subprocess.Popen(["/bin/true"])
    dead.wait(timeout=LIMIT_S)
    scratch = tmp_path / f"sw-test-{dead.pid}-abcdef"
    scratch.mkdir()
    (scratch / "file").write_text("left")
    cgroups = [Path(line.split()[4]) for line in Path("/proc/self/mountinfo").read_text().splitlines()
               if " - cgroup" in line]
    assert cgroups, "no cgroups are mounted here: this test has nothing to look at"
    group = cgroups[-1] / f"sw-test-{dead.pid}-1"
    group.mkdir()
    try:
        (group / "child").mkdir()
        done = run(SEAWORTHY, "test", "ns.uts.starts_as_a_copy", env={**os.environ, "TMPDIR": str(tmp_path)})
        assert done.returncode == 0, done.stdout
        assert not scratch.exists() and not group.exists()
    finally:
        for left in (group / "child", group):
            if left.exists():
                left.rmdir()
