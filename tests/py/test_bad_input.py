# SPDX-License-Identifier: GPL-2.0-only
"""Input and circumstances that nobody wishes for: one message, the documented status, no hanging."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
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


# ---- words of others on the way to a terminal ------------------------------------------------------

NASTY = "a\x1b[31mb\x9bc\u202ed\ne"


def clean(text: str) -> bool:
    return all(c == "\n" or c.isprintable() for c in text)


@pytest.mark.parametrize("words", [("probe", NASTY), ("probe", "--config", NASTY), ("probe", "--profile", NASTY),
                                   ("probe", "--explain", NASTY), ("probe", "--diff", NASTY, "-"), (NASTY,),
                                   ("probe", "--config", "a", "--config", NASTY)], ids=repr)
def test_errors_are_one_printable_line(words: tuple[str, ...]) -> None:
    done = run(SEAWORTHY, *words)
    assert done.returncode in (3, 64) and done.stdout == ""
    assert clean(done.stderr) and done.stderr.count("\n") == 1


def nasty_config(tmp_path: Path) -> Path:
    (tmp_path / "d").mkdir()
    path = tmp_path / "d" / "c\u202e\u009bx"
    path.write_bytes(b"# Linux/x86 6.1.0-\xc2\x9b31m\xe2\x80\xae\xff Kernel Configuration\nCONFIG_UTS_NS=y\n"
                     b"CONFIG_USER_NS=\"\xe2\x80\xae\xc2\x9b\xff\"\n")
    return path


@pytest.mark.parametrize("words", [(), ("--format", "markdown"), ("--explain", "ns.user"), ("--all",), ("dir",),
                                   ("diff",), ("--format", "ktap")], ids=repr)
def test_a_header_and_values_reach_no_terminal_as_they_are(words: tuple[str, ...], tmp_path: Path) -> None:
    path = nasty_config(tmp_path)
    if words == ("dir",):
        args: tuple[str | Path, ...] = ("--config", path.parent)
    elif words == ("diff",):
        args = ("--diff", path, path)
    else:
        args = ("--config", path, *words)
    done = run(SEAWORTHY, "probe", *args)  # text=True: what is no UTF-8 is an error of its own
    assert "6.1.0-?31m?" in done.stdout or "--explain" in words
    assert clean(done.stdout) and clean(done.stderr)


# ---- headers that cannot be true -------------------------------------------------------------------

def subject(config: str, tmp_path: Path) -> tuple[dict[str, object], str]:
    path = tmp_path / "config"
    path.write_text(config)
    document = json.loads(run(SEAWORTHY, "probe", "--config", path, "--format", "json").stdout)
    return document["subject"], json.dumps(document["subject"])


@pytest.mark.parametrize("version", ["4294967302.18.0", "300.18.0", "6.300.5", "6.-1", "100.1"])
def test_what_no_version_can_be_is_none(version: str, tmp_path: Path) -> None:
    told, text = subject(f"# Linux/x86 {version} Kernel Configuration\nCONFIG_UTS_NS=y\n", tmp_path)
    assert told["version"] is None and "version is none" in text


def test_two_headers_of_two_architectures(tmp_path: Path) -> None:
    told, text = subject("# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_X86=y\nCONFIG_UTS_NS=y\n"
                         "# Linux/arm 6.1.0 Kernel Configuration\n", tmp_path)
    assert not told["arch"] and "another architecture" in text and told["version"] == "6.1"


def test_an_architecture_that_no_kernel_has(tmp_path: Path) -> None:
    told, text = subject("# Linux/klingon 6.1.0 Kernel Configuration\nCONFIG_UTS_NS=y\n", tmp_path)
    assert not told["arch"] and "none of Linux: klingon" in text


# ---- command lines and results that contradict themselves ------------------------------------------

@pytest.mark.parametrize("words", [("--config", "a", "--config", "b"), ("--explain", "ns.uts", "--explain", "ns.pid"),
                                   ("--level", "must"), ("--no-live", "--load-modules"), ("--no-live", "--intrusive")],
                         ids=" ".join)
def test_contradictions_are_usage_errors(words: tuple[str, ...]) -> None:
    done = run(SEAWORTHY, "probe", *words)
    assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1


def damaged(kind: str, document: dict[str, object]) -> None:
    features = document["features"]
    assert isinstance(features, list)
    if kind == "null":
        features[3] = None
    elif kind == "empty":
        features[3] = {}
    elif kind == "no subject":
        del document["subject"]
    else:
        features.extend([{**f, "usable": "no"} for f in features])


@pytest.mark.parametrize("kind", ["null", "empty", "no subject", "twice"])
def test_a_damaged_result_is_not_compared(kind: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_UTS_NS=y\n")
    good = run(SEAWORTHY, "probe", "--config", tmp_path / "config", "--format", "json").stdout
    document = json.loads(good)
    damaged(kind, document)
    (tmp_path / "good").write_text(good)
    (tmp_path / "bad").write_text(json.dumps(document))
    done = run(SEAWORTHY, "probe", "--diff", tmp_path / "good", tmp_path / "bad")
    assert done.returncode == 3 and done.stdout == "" and str(tmp_path / "bad") in done.stderr


def test_a_result_of_very_many_features(tmp_path: Path) -> None:
    """Quadratic work on these would take longer than the limit of CPU time."""
    rows = [{"id": f"x.y{i}"} for i in range(300_000)]
    document = {"schema": "seaworthy.probe/1", "subject": {}, "features": rows}
    (tmp_path / "many").write_text(json.dumps(document))
    done = run(SEAWORTHY, "probe", "--diff", tmp_path / "many", tmp_path / "many",
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)))
    assert done.returncode in (0, 3), done.stderr


# ---- limits ----------------------------------------------------------------------------------------

def test_no_room_for_the_output_is_told(tmp_path: Path) -> None:
    with open(tmp_path / "out", "wb") as out:
        done = subprocess.run([SEAWORTHY, "probe", "ns.uts", "--no-live"], stdout=out, stderr=subprocess.PIPE,
                              text=True, timeout=LIMIT_S, check=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    assert done.returncode == 3 and "File too large" in done.stderr


def test_a_large_directory_takes_bounded_memory(tmp_path: Path) -> None:
    for i in range(1500):
        (tmp_path / f"c{i}").write_text("CONFIG_UTS_NS=y\n")
    done = run(SEAWORTHY, "probe", "--config", tmp_path, "--format", "json",
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20)))
    assert len(json.loads(done.stdout)["files"]) == 1500


def test_a_sparse_file_is_refused_by_its_size(tmp_path: Path) -> None:
    with open(tmp_path / "big", "wb") as big:
        big.truncate(900 << 20)
    done = run(SEAWORTHY, "probe", "--config", tmp_path / "big")
    assert done.returncode == 3 and "larger than any" in done.stderr


def test_a_device_that_gives_nothing_is_not_waited_for() -> None:
    master, slave = os.openpty()
    try:
        done = run(SEAWORTHY, "probe", "--config", os.ttyname(slave))
    finally:
        os.close(master)
        os.close(slave)
    assert done.returncode == 3 and "waited for" in done.stderr


@pytest.mark.parametrize("what", ["fifo", "/dev/zero"])
def test_verify_fragment_reads_files_only(what: str, fifo: Path, tmp_path: Path) -> None:
    code = ("import sys; from pathlib import Path; from seaworthy import verify_fragment as v, errors\n"
            "try: v.read_fragments([Path(sys.argv[1])])\n"
            "except errors.HarnessError as e: print(e)")
    done = run(sys.executable, "-c", code, fifo if what == "fifo" else what,
               env={**os.environ, "PYTHONPATH": str(TOP / "harness")})
    assert "no regular file" in done.stdout, done.stderr


def test_verify_fragment_bounds_standard_input() -> None:
    code = ("from pathlib import Path; from seaworthy import verify_fragment as v, errors\n"
            "try: v.read_fragments([Path('-')])\n"
            "except errors.HarnessError as e: print(e)")
    with open("/dev/zero", "rb") as zero:
        done = run(sys.executable, "-c", code, stdin=zero, env={**os.environ, "PYTHONPATH": str(TOP / "harness")})
    assert "more than 16 MB" in done.stdout, done.stderr
