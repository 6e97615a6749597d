# SPDX-License-Identifier: GPL-2.0-only
"""The guest protocol of `seaworthy init`, driven through a socket pair and a pseudo-terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import socket
import subprocess
import time
import tty
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SEAWORTHY = Path(os.environ.get("SEAWORTHY_EXECUTABLE", TOP / "out" / "seaworthy"))
HEADER = re.compile(rb"#sw1 ([a-z]+) ([0-9]+) ([0-9]+) ([0-9a-f]{8})\n")
LIMIT_S = 120


@dataclass
class Record:
    type: str
    payload: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.payload)


@dataclass
class Run:
    """What one job gave. Reading it already checks framing: no noise, no gap, sums that hold."""

    records: list[Record] = field(default_factory=list)
    status: int | None = None
    console: str = ""

    def of(self, kind: str) -> list[Record]:
        return [r for r in self.records if r.type == kind]

    def output(self, kind: str, step: str) -> bytes:
        head = step.encode() + b" "
        return b"".join(r.payload[len(head):] for r in self.of(kind) if r.payload.startswith(head))

    def end(self, step: str) -> dict:
        (found,) = [r.json for r in self.of("end") if r.json["step"] == step]
        return found

    @property
    def final(self) -> dict:
        assert self.records[-1].type == "final"
        return self.records[-1].json


def parse(stream: bytes) -> list[Record]:
    records: list[Record] = []
    while stream:
        match = HEADER.match(stream)
        assert match, f"noise in the stream: {stream[:80]!r}"
        kind, seq, length, crc = match[1], int(match[2]), int(match[3]), int(match[4], 16)
        assert seq == len(records)
        assert length <= 4096
        payload = stream[match.end():match.end() + length]
        assert len(payload) == length and stream[match.end() + length:][:1] == b"\n"
        assert zlib.crc32(b"%s %d\n%s" % (kind, seq, payload)) == crc
        records.append(Record(kind.decode(), payload))
        stream = stream[match.end() + length + 1:]
    return records


def read_until(fd: int, enough, deadline: float) -> bytes:
    got = b""
    os.set_blocking(fd, False)
    while not enough(got):
        assert time.monotonic() < deadline, f"nothing more came after {got[-200:]!r}"
        try:
            piece = os.read(fd, 65536)
        except BlockingIOError:
            time.sleep(0.005)
            continue
        except OSError:  # a pseudo-terminal whose other side is closed
            break
        if not piece:
            break
        got += piece
    return got


def start(channel: str, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen:
    return subprocess.Popen(
        [str(SEAWORTHY), "init", "--channel", channel, "--no-mounts", "--no-poweroff"],
        pass_fds=pass_fds, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run_raw(job: bytes, close: bool = False) -> Run:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = start(f"fd:{theirs.fileno()}", (theirs.fileno(),))
        try:
            theirs.close()
            deadline = time.monotonic() + LIMIT_S
            stream = read_until(ours.fileno(), lambda got: got.endswith(b"}\n"), deadline)
            ours.setblocking(True)
            ours.sendall(job)
            if close:
                ours.shutdown(socket.SHUT_WR)
            stream += read_until(ours.fileno(), lambda got: False, deadline)
            _, console = process.communicate(timeout=LIMIT_S)
        finally:
            process.kill()
            process.wait()
    return Run(parse(stream), process.returncode, console.decode(errors="replace"))


def escape(text: str) -> str:
    return "".join(f"%{ord(c):02x}" if c in " %\n" else c for c in text)


def step(name: str, timeout: int, *args: str) -> str:
    return " ".join(["step", name, str(timeout), *map(escape, args)])


def run(*lines: str) -> Run:
    return run_raw("".join(f"{line}\n" for line in (f"sw1-job {len(lines)}", *lines)).encode())


def test_an_empty_job_says_hello_and_final() -> None:
    got = run()
    assert [r.type for r in got.records] == ["hello", "final"]
    assert got.records[0].json == {"proto": 1, "release": os.uname().release,
                                   "arch": os.uname().machine,
                                   "version": got.records[0].json["version"]}
    assert got.final == {"steps": 0, "status": "done"}
    assert got.status == 0


def test_steps_run_in_order_with_their_output_and_status() -> None:
    got = run(step("one", 60, "/bin/sh", "-c", "echo to out; echo to err >&2; exit 3"),
              step("two", 60, "/bin/sh", "-c", "kill -TERM $$"))
    assert [r.json["step"] for r in got.of("begin")] == ["one", "two"]
    assert got.output("out", "one") == b"to out\n"
    assert got.output("err", "one") == b"to err\n"
    assert (got.end("one")["exit"], got.end("one")["signal"]) == (3, None)
    assert (got.end("two")["exit"], got.end("two")["signal"]) == (None, 15)
    assert got.end("one")["timeout"] is False
    assert got.end("one")["left"] == got.end("two")["left"] == []
    assert got.final == {"steps": 2, "status": "done"}


def test_output_of_any_bytes_and_size_arrives_whole() -> None:
    script = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 1024 + b'#sw1 end 3 0 00000000\\n')"
    got = run(step("bytes", 60, "/usr/bin/python3", "-c", script))
    assert got.output("out", "bytes") == bytes(range(256)) * 1024 + b"#sw1 end 3 0 00000000\n"
    assert max(len(r.payload) for r in got.records) <= 4096


def test_a_step_has_no_stdin_no_terminal_and_a_fixed_environment() -> None:
    script = ("import os,sys; print(os.readlink('/proc/self/fd/0'), os.getsid(0) == os.getpid(), "
              "sorted(os.environ), sorted(os.listdir('/proc/self/fd')))")
    got = run(step("env", 60, "/usr/bin/python3", "-I", "-c", script))
    names = [n for n in ("HOME", "LANG", "LC_CTYPE", "PATH", "TERM")]
    text = got.output("out", "env").decode()
    assert text.startswith("/dev/null True ")
    seen = re.findall(r"'([A-Z_]+)'", text)
    assert set(seen) <= set(names) and {"HOME", "LANG", "PATH", "TERM"} <= set(seen)
    assert text.rstrip().endswith("['0', '1', '2', '3']")  # 3 is the directory that is read


def test_arguments_are_unescaped() -> None:
    got = run(step("args", 60, "/bin/echo", "a b", "100%", "line\nline"))
    assert got.output("out", "args") == b"a b 100% line\nline\n"


@pytest.mark.parametrize("program, status, words", [
    ("/nonexistent/program", 127, b"No such file or directory"),
    ("/etc/passwd", 126, b"Permission denied"),
])
def test_a_program_that_cannot_run(program: str, status: int, words: bytes) -> None:
    got = run(step("none", 60, program))
    assert got.end("none")["exit"] == status
    assert words in got.output("err", "none") and program.encode() in got.output("err", "none")


def test_a_time_out_kills_all_descendants() -> None:
    script = "setsid sleep 1000 & (trap '' TERM; exec sleep 1001) & echo started; sleep 1002"
    got = run(step("hang", 2, "/bin/sh", "-c", script), step("after", 60, "/bin/echo", "alive"))
    end = got.end("hang")
    assert end["timeout"] is True and (end["exit"], end["signal"]) == (None, 9)
    pids = [int(m[1]) for m in (re.fullmatch(r"process (\d+) \(sleep\)", e) for e in end["left"]) if m]
    assert len(pids) == 3
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert got.output("out", "hang") == b"started\n"
    assert got.output("out", "after") == b"alive\n"
    assert got.final["status"] == "done"


def test_what_a_step_leaves_running_is_reported_and_killed() -> None:
    got = run(step("daemon", 60, "/bin/sh", "-c", "setsid sleep 1000 & echo $!"))
    pid = int(got.output("out", "daemon"))
    end = got.end("daemon")
    assert end["exit"] == 0 and end["timeout"] is False
    assert [e for e in end["left"] if e.startswith("process")] == [f"process {pid} (sleep)"]
    assert not Path(f"/proc/{pid}").exists()


def test_what_tidies_up_within_the_grace_is_not_left() -> None:
    got = run(step("tidy", 60, "/bin/sh", "-c", "(sleep 0.1; echo late) &"))
    assert [e for e in got.end("tidy")["left"] if e.startswith("process")] == []
    assert got.output("out", "tidy") == b"late\n"


def test_more_left_than_a_record_holds_is_counted() -> None:
    got = run(step("many", 60, "/bin/sh", "-c", "for i in $(seq 300); do sleep 1000 & done"))
    left = got.end("many")["left"]
    named = [e for e in left if re.fullmatch(r"process \d+ \(sleep\)", e)]
    more = [int(m[1]) for m in (re.fullmatch(r"and (\d+) more", e) for e in left) if m]
    assert len(named) > 50 and len(more) == 1
    assert len(named) + more[0] >= 300
    assert got.final == {"steps": 1, "status": "done"}


def test_output_without_end_is_cut_and_told() -> None:
    got = run(step("flood", 60, "/usr/bin/head", "-c", "12000000", "/dev/zero"),
              step("after", 60, "/bin/echo", "alive"))
    kept = len(got.output("out", "flood"))
    assert 8_000_000 < kept <= 8 << 20
    (note,) = got.of("note")
    assert note.payload == (f"step flood: its output is cut after {8 << 20} bytes, "
                            f"{12_000_000 - kept} more were dropped").encode()
    assert got.end("flood")["exit"] == 0
    assert got.output("out", "after") == b"alive\n"


def test_cpu_time_is_that_of_the_step() -> None:
    burn = "import time; t = time.process_time()\nwhile time.process_time() - t < 0.3: pass"
    got = run(step("burn", 60, "/usr/bin/python3", "-I", "-c", burn), step("idle", 60, "/bin/true"))
    assert got.end("burn")["cpu_ms"] >= 300
    assert got.end("idle")["cpu_ms"] < got.end("burn")["cpu_ms"]
    assert got.end("burn")["wall_ms"] >= 0


def run_apart(unshare: str, *lines: str) -> Run:
    """Run steps in namespaces of init's own, so that the machine keeps nothing."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            ["unshare", unshare, str(SEAWORTHY), "init", "--channel", f"fd:{theirs.fileno()}",
             "--no-mounts", "--no-poweroff"], pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            theirs.close()
            ours.sendall(f"sw1-job {len(lines)}\n{''.join(line + chr(10) for line in lines)}".encode())
            stream = read_until(ours.fileno(), lambda got: False, time.monotonic() + LIMIT_S)
            process.communicate(timeout=LIMIT_S)
        finally:
            process.kill()
            process.wait()
    return Run(parse(stream))


@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace takes root; make check runs as root")
def test_sysctls_that_were_changed_are_reported() -> None:
    setting = "/proc/sys/net/ipv4/conf/lo/forwarding"
    got = run_apart("-n", step("same", 60, "/bin/sh", "-c", f"echo 0 >{setting}"),
                    step("set", 60, "/bin/sh", "-c", f"echo 1 >{setting}"))
    name = "sysctl net/ipv4/conf/lo/forwarding"
    assert not [e for e in got.end("same")["left"] if name in e]
    assert [e for e in got.end("set")["left"] if name in e] == [
        f"no longer there: {name} = 0", f"{name} = 1"]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting takes root; make check runs as root")
def test_mounts_and_cgroups_left_are_reported(tmp_path: Path) -> None:
    got = run_apart("-m", step("mount", 60, "/bin/mount", "-t", "tmpfs", "none", str(tmp_path)),
                    step("umount", 60, "/bin/umount", str(tmp_path)))
    assert f"mount {tmp_path} (tmpfs)" in got.end("mount")["left"]
    assert f"no longer there: mount {tmp_path} (tmpfs)" in got.end("umount")["left"]


@pytest.mark.parametrize("job, status", [
    (b"hello\n", "the job starts with 'sw1-job COUNT', not 'hello'"),
    (b"sw1-job many\n", "a job has 0 to 4096 lines, not 'many'"),
    (b"sw1-job 100000\n", "a job has 0 to 4096 lines, not '100000'"),
    (b"sw1-job 2\nstep a 5 /bin/true\nfrobnicate\n", "line 3: there is no verb 'frobnicate'"),
    (b"sw1-job 1\nstep a 5\n", "line 2: step takes NAME TIMEOUT_S PROGRAM [ARG...]"),
    (b"sw1-job 1\n\n", "line 2: an empty field: fields are separated by one blank"),
    (b"sw1-job 1\nstep a 5 /bin/echo " + b"x" * 1000 + b"\n",
     "line 2: a line of a job has at most 1000 bytes"),
    (b"sw1-job 1\nstep a 5 /bin/echo \0\n", "line 2: a job is text, and holds no NUL byte"),
    (b"\xff\xfe\n", "the job starts with 'sw1-job COUNT', not '\ufffd\ufffd'"),
])
def test_a_malformed_job_runs_nothing_and_says_why(job: bytes, status: str) -> None:
    got = run_raw(job, close=True)
    assert [r.type for r in got.records] == ["hello", "final"]
    assert got.final == {"steps": 0, "status": status}
    assert got.status == 1
    assert "seaworthy init: " in got.console


def test_a_job_cut_short_is_told() -> None:
    got = run_raw(b"sw1-job 3\nstep a 5 /bin/true\n", close=True)
    assert got.final == {"steps": 0, "status": "line 3: the channel ended before the job did"}


def test_a_line_of_exactly_1000_bytes_is_taken() -> None:
    head = "step a 60 /bin/echo "
    got = run(head + "x" * (1000 - len(head)))
    assert got.output("out", "a") == b"x" * (1000 - len(head)) + b"\n"


def test_layout_and_modules_are_left_alone_with_no_mounts() -> None:
    got = run("layout v2", "module /nonexistent.ko", "devpts newinstance", "poweroff")
    assert [r.payload for r in got.of("note")] == [b"--no-mounts: modules and layout are left alone"]
    assert got.final["status"] == "done"


def test_a_terminal_as_the_channel_is_made_raw() -> None:
    leader, follower = pty.openpty()
    try:
        process = start(os.ttyname(follower))
        try:
            deadline = time.monotonic() + LIMIT_S
            stream = read_until(leader, lambda got: got.endswith(b"}\n"), deadline)
            assert not tty.tcgetattr(follower)[3] & (tty.ECHO | tty.ICANON | tty.ISIG)
            script = "printf 'a\\r\\n\\003\\004\\021'"
            os.set_blocking(leader, True)
            os.write(leader, f"sw1-job 1\n{step('raw', 60, '/bin/sh', '-c', script)}\n".encode())
            stream += read_until(leader, lambda got: b'"status":' in got and got.endswith(b"}\n"),
                                 deadline)
            process.wait(LIMIT_S)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()
    finally:
        os.close(leader)
        os.close(follower)
    got = Run(parse(stream))
    assert got.output("out", "raw") == b"a\r\n\x03\x04\x11"
    assert got.final == {"steps": 1, "status": "done"}


@pytest.mark.parametrize("args", [
    [], ["--no-mounts"], ["--channel", "/dev/null"], ["--channel", "/dev/null", "--no-mounts"],
    ["--channel", "/dev/null", "--no-poweroff"], ["--frobnicate"],
])
def test_it_refuses_to_be_anything_but_pid_1(args: list[str]) -> None:
    done = subprocess.run([str(SEAWORTHY), "init", *args], capture_output=True, text=True,
                          timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 64
    assert done.stderr.startswith("seaworthy init: ")
    assert done.stdout == ""


@pytest.mark.parametrize("channel, words", [
    ("fd:77", "is no open descriptor"), ("fd:x", "is no open descriptor"),
    ("/proc/version/x", "Not a directory"),
])
def test_a_channel_that_is_none(channel: str, words: str) -> None:
    done = subprocess.run(
        [str(SEAWORTHY), "init", "--channel", channel, "--no-mounts", "--no-poweroff"],
        capture_output=True, text=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 1
    assert words in done.stderr and channel in done.stderr
