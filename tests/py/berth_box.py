# SPDX-License-Identifier: GPL-2.0-only
"""A place for containers of a test's own: configurations, rootfs, run-time state; and proof that
nothing of it is left."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BUSYBOX = Path(os.environ.get("BUSYBOX", "/bin/busybox"))
APPLETS = ("sh", "ls", "cat", "mount", "ps", "getty", "id", "hostname", "ip", "sleep", "kill", "stty",
           "tty", "umount", "mknod", "grep", "readlink", "true", "false", "reboot", "trap", "wc", "head")
LIMIT = 60.0  # seconds for one command: a bound for a hang, not a measurement

DEVICES = """\
lxc.cgroup.devices.deny                 = a
lxc.cgroup.devices.allow                = c 1:3 rwm
lxc.cgroup.devices.allow                = c 1:5 rwm
lxc.cgroup.devices.allow                = c 5:1 rwm
lxc.cgroup.devices.allow                = c 5:0 rwm
lxc.cgroup.devices.allow                = c 4:0 rwm
lxc.cgroup.devices.allow                = c 4:1 rwm
lxc.cgroup.devices.allow                = c 1:9 rwm
lxc.cgroup.devices.allow                = c 1:8 rwm
lxc.cgroup.devices.allow                = c 136:* rwm
lxc.cgroup.devices.allow                = c 5:2 rwm
lxc.cgroup.devices.allow                = c 254:0 rwm
"""


@dataclass
class Box:
    """Containers below path/lxc, state below path/run."""

    path: Path
    berth: Path
    wrapper: tuple[str, ...] = ()
    started: list[str] = field(default_factory=list)

    @property
    def lxcpath(self) -> Path:
        return self.path / "lxc"

    @property
    def rundir(self) -> Path:
        return self.path / "run"

    def rootfs(self, name: str) -> Path:
        return self.lxcpath / name / "rootfs"

    def make_rootfs(self, name: str, inittab: str = "console::respawn:/bin/getty -n -l /bin/sh 0 console\n"
                    ) -> Path:
        root = self.rootfs(name)
        for part in ("bin", "sbin", "dev", "proc", "sys", "etc", "tmp"):
            (root / part).mkdir(parents=True)
        shutil.copy2(BUSYBOX, root / "bin/busybox")
        for applet in APPLETS:
            (root / "bin" / applet).symlink_to("busybox")
        (root / "sbin/init").symlink_to("../bin/busybox")
        (root / "etc/inittab").write_text(inittab)
        return root

    def application(self, name: str = "app_bash", extra: str = "") -> str:
        """The application container of the story."""
        root = self.make_rootfs(name)
        (root.parent / "config").write_text(
            f"lxc.utsname = {name}\n"
            f"lxc.rootfs = {root}\n"
            f"lxc.mount.entry=/dev {root}/dev/ none bind 0 0\n"
            f"lxc.mount.entry=/dev/pts {root}/dev/pts devpts "
            "gid=5,mode=620,newinstance,ptmxmode=0666 0 0\n" + extra)
        return name

    def system(self, name: str = "sys_elinux", extra: str = DEVICES, **kwargs: str) -> str:
        """The system container of the story, its slip in the proc line included."""
        root = self.make_rootfs(name, **kwargs)
        (root.parent / "config").write_text(
            f"lxc.utsname = {name}\n"
            "lxc.network.type = empty\n"
            "lxc.network.flags = up\n"
            f"lxc.rootfs = {root}\n"
            f"lxc.mount.entry=/dev {root}/dev none bind 0 0\n"
            f"lxc.mount.entry=devpts {root}/dev/pts devpts "
            "gid=5,mode=620,newinstance,ptmxmode=0666 0 0\n"
            f"lxc.mount.entry=proc /proc {root}/proc nodev,noexec,nosuid 0 0\n"
            f"lxc.mount.entry=sysfs {root}/sys sysfs defaults  0 0\n" + extra)
        return name

    def environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "BERTH_RUNDIR": str(self.rundir),
                "ASAN_OPTIONS": "detect_leaks=0"} | dict(env or {})

    def argv(self, verb: str, *args: str) -> list[str]:
        return [*self.wrapper, str(self.berth), "berth", verb, "-P", str(self.lxcpath), *args]

    def run(self, verb: str, *args: str, env: Mapping[str, str] | None = None, stdin: str = ""
            ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.argv(verb, *args), input=stdin, text=True, capture_output=True,
                              timeout=LIMIT, env=self.environment(env), cwd="/", check=False)

    def ok(self, verb: str, *args: str, **kwargs: str) -> str:
        done = self.run(verb, *args, **kwargs)
        assert done.returncode == 0, f"berth {verb} {args}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def popen(self, verb: str, *args: str, **kwargs: object) -> subprocess.Popen[str]:
        return subprocess.Popen(self.argv(verb, *args), text=True, env=self.environment(), cwd="/",
                                **kwargs)  # type: ignore[call-overload, no-any-return]

    def state(self, name: str) -> str:
        return self.ok("info", "-s", "-H", name).strip()

    def inside(self, name: str, script: str) -> subprocess.CompletedProcess[str]:
        return self.run("attach", "-n", name, "--", "/bin/sh", "-c", script)

    def init(self, name: str) -> int:
        return int(self.ok("info", "-p", "-H", name).strip())

    def monitor(self, name: str) -> int:
        status = Path(f"/proc/{self.init(name)}/status").read_text()
        return int(status.split("PPid:")[1].split()[0])

    def steps(self, verb: str, name: str, *command: str) -> list[str]:
        text = self.ok(verb, "--dry-run", "-n", name, *command)
        return [line.split()[1] for line in text.splitlines() if line.startswith(("parent ", "child "))]

    # ---- what is left ----------------------------------------------------------------------

    def processes(self) -> Iterator[str]:
        """Ours by their command line, or by a root that lies in our rootfs."""
        mark = str(self.path)
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                command = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                mounts = (proc / "mountinfo").read_text(errors="replace")
                state = (proc / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
            except (OSError, IndexError):
                continue
            own_root = any(line.split()[3].startswith(mark) and line.split()[4] == "/"
                           for line in mounts.splitlines())
            if state not in "ZX" and int(proc.name) != os.getpid() and (own_root or mark in command):
                yield f"process {proc.name} {command}"

    def hash(self) -> int:
        """What tells containers of the same name apart: FNV-1a of lxcpath and runtime directory."""
        h = 0xcbf29ce484222325
        for byte in os.fsencode(self.lxcpath.resolve()) + os.fsencode(self.rundir):
            h = (h ^ byte) * 0x100000001b3 % 2**64
        return h

    def cgroups(self) -> Iterator[str]:
        tag = f"@{self.hash() % 2**32:08x}"
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            if line.partition(" - ")[2].split()[0] in ("cgroup", "cgroup2"):
                top = Path(line.split()[4])
                for entry in top.iterdir():
                    if entry.name.startswith("berth.") and entry.name.endswith(tag):
                        yield f"cgroup {entry}"

    def left(self) -> list[str]:
        """Everything that an ended container must not leave."""
        found = [*self.processes(), *self.cgroups()]
        found += [f"state {p}" for p in self.rundir.glob("*")]
        found += [f"mount {line}" for line in Path("/proc/self/mountinfo").read_text().splitlines()
                  if str(self.path) in line]
        return found

    def end(self) -> None:
        """Stop every container, after which nothing may be left."""
        for config in self.lxcpath.glob("*/config"):
            self.run("stop", "-k", config.parent.name)
        left = self.left()
        assert left == [], left


def until(condition: Callable[[], bool], what: str, limit: float = LIMIT) -> None:
    """Poll for something another process does; the limit only bounds a failure."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)
