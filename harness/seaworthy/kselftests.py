# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's own selftests (tools/testing/selftests), of what containers are made of.

One row a program says which sources it is made of and what it needs. The sources are those of
Debian's linux-source-6.1, for all kernels alike: as with the suites of our own, one set of
programs asks all kernels the same questions, and what an older one does not have is skipped.
They are other people's tests; they are run as they are, and what they print is read here.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import kernel_source, kernels
from .errors import EXIT_USAGE, HarnessError
from .protocol import Step

SOURCE = "debian-6.1"
GROUP = "kselftest/"
STEP = "kselftest."
_TOP = "kselftest"  # the directory in the guest
_SELFTESTS = "tools/testing/selftests"
# Not optimised, as most of their Makefiles have it: test_memcontrol's allocations are never read, and
# gcc leaves them out.
_GCC = ("gcc", "-std=gnu11", "-w", "-static", "-s", "-pthread")
_LIMIT_S = 600
# As the kernel's own runner does by stdbuf(1), which cannot reach into a static executable: what
# waits in a buffer at fork(2) would be printed once by each child.
_LINES = """#include <stdio.h>
__attribute__((constructor)) static void print_by_lines(void)
{
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}
"""
# Debian's packages of the tools and the static libraries.
_TOOLS = {"gcc": "gcc", "make": "make", "tar": "tar", "xz": "xz-utils"}
_PACKAGES = {"c": "libc6-dev", "cap": "libcap-dev", "cap-ng": "libcap-ng-dev"}

# What the target `headers` of the kernel's Makefile reads (seen on 6.1, x86).
_HEADERS = ("Makefile", "scripts", "include/uapi", "include/asm-generic", "usr/include",
            "arch/x86/Makefile*", "arch/x86/include/uapi", "arch/x86/include/asm",
            "arch/x86/entry/syscalls", "arch/x86/tools", "tools/include/tools")


@dataclass(frozen=True)
class Program:
    """One executable. Sources are relative to its directory, and the first is NAME.c."""

    directory: str
    name: str
    needs: str = ""  # for people: without it the program skips or fails
    libs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()  # more of them
    flags: tuple[str, ...] = ()
    timeout_s: int = 60
    tty: bool = False  # it skips unless its standard input is a terminal
    helper: bool = False  # run by another program, not by us
    feature: str = ""  # of the probe: where it is absent, the program fails instead of skipping

    @property
    def id(self) -> str:
        return f"{self.directory}/{self.name}"

    @property
    def step(self) -> str:
        return STEP + self.id.replace("/", ".")

    @property
    def group(self) -> str:
        return GROUP + self.directory


def _rows(directory: str, names: str, needs: str = "", libs: tuple[str, ...] = (),
          sources: tuple[str, ...] = (), flags: tuple[str, ...] = (), timeout_s: int = 60
          ) -> tuple[Program, ...]:
    return tuple(Program(directory, n, needs, libs, sources, flags, timeout_s)
                 for n in names.split())


_CGROUP = "cgroup v2 with the controller"
CATALOGUE: tuple[Program, ...] = (
    *_rows("capabilities", "test_execve", "5.10: ambient capabilities", ("cap-ng",)),
    Program("capabilities", "validate_cap", libs=("cap-ng",), helper=True),
    *_rows("cgroup", "test_core test_freezer test_kill", "cgroup v2", (), ("cgroup_util.c",)),
    *_rows("cgroup", "test_cpu test_memcontrol test_kmem", _CGROUP, (), ("cgroup_util.c",),
           timeout_s=100),
    *_rows("clone3", "clone3 clone3_clear_sighand clone3_set_tid clone3_cap_checkpoint_restore",
           "clone3 (5.3), set_tid (5.5), CAP_CHECKPOINT_RESTORE (5.9)", ("cap",)),
    *_rows("core", "close_range_test", "close_range (5.9)"),
    Program("filesystems", "devpts_pts", "TIOCGPTPEER (4.13)", tty=True),
    *_rows("filesystems/binderfs", "binderfs_test", "CONFIG_ANDROID_BINDERFS"),
    *_rows("ipc", "msgque", "CONFIG_CHECKPOINT_RESTORE"),
    *_rows("kcmp", "kcmp_test", "CONFIG_KCMP"),
    *(dataclasses.replace(p, feature="security.landlock") for p in _rows(
        "landlock", "base_test fs_test ptrace_test", "Landlock (5.13)", ("cap",))),
    Program("landlock", "true", helper=True),
    *_rows("mount", "unprivileged-remount-test nosymfollow-test",
           "user namespaces; nosymfollow (5.10)"),
    *_rows("mount_setattr", "mount_setattr_test", "mount_setattr (5.12)"),
    *_rows("move_mount_set_group", "move_mount_set_group_test", "MOVE_MOUNT_SET_GROUP (5.15)"),
    *_rows("mqueue", "mq_open_tests", "POSIX message queues"),
    *_rows("nsfs", "owner pidns", "NS_GET_USERNS, NS_GET_PARENT (4.9)"),
    # Not rename_attack_test: a race of ten million renames, which takes minutes under emulation.
    *_rows("openat2", "openat2_test resolve_test", "openat2 (5.6)", (),
           ("helpers.c",)),
    *_rows("pid_namespace", "regression_enomem", "PID namespaces"),
    *_rows("pidfd", "pidfd_test pidfd_fdinfo_test pidfd_open_test pidfd_poll_test pidfd_wait "
           "pidfd_getfd_test pidfd_setns_test",
           "pidfd_open (5.3), P_PIDFD (5.4), pidfd_getfd (5.6), setns by pidfd (5.8)"),
    *_rows("proc", "fd-001-lookup fd-002-posix-eq fd-003-kthread proc-loadavg-001 "
           "proc-fsconfig-hidepid proc-multiple-procfs proc-self-map-files-001 "
           "proc-self-map-files-002 proc-self-syscall proc-self-wchan proc-subset-pid proc-tid0 "
           "proc-uptime-001 read self setns-dcache setns-sysvipc thread-self",
           "hidepid and subset by mount (5.8)", flags=("-D_GNU_SOURCE",)),
    *_rows("rlimits", "rlimits-per-userns", "limits counted per user namespace (5.14)"),
    *_rows("seccomp", "seccomp_bpf", "seccomp filters, notifications (5.0), addfd (5.9)", ("cap",),
           timeout_s=110),
    *_rows("timens", "timens timerfd timer clock_nanosleep procfs exec futex",
           "time namespaces (5.6)"),
    *_rows("tmpfs", "bug-link-o-tmpfile", "tmpfs", flags=("-D_GNU_SOURCE",)),
    *_rows("uevent", "uevent_filtering", "network namespaces"),
)


def selected(glob: str) -> tuple[Program, ...]:
    """The programs whose id matches (a shell pattern, or a directory), with what they run."""
    wanted = {p.id for p in CATALOGUE if not p.helper and (
        fnmatch.fnmatchcase(p.id, glob) or p.directory == glob)}
    if not wanted:
        ids = ", ".join(sorted({p.directory for p in CATALOGUE}))
        raise HarnessError(f"--kselftest {glob}: matches none; directories: {ids}", EXIT_USAGE)
    directories = {p.directory for p in CATALOGUE if p.id in wanted}
    return tuple(p for p in CATALOGUE
                 if p.id in wanted or p.helper and p.directory in directories)


# ---- building


@dataclass(frozen=True)
class Built:
    """Executables by the program's id, and why the others are none."""

    programs: tuple[Program, ...]
    files: Mapping[str, bytes]
    failed: Mapping[str, str]

    def archive(self) -> dict[str, bytes]:
        """What goes into the guest, by its path there."""
        return {f"{_TOP}/{name}": data for name, data in self.files.items()}

    def steps(self, scale: float) -> tuple[Step, ...]:
        """A program is run in its own directory, as the kernel's runner does it."""
        steps = []
        for p in self.programs:
            if p.helper or p.id not in self.files:
                continue
            # The one terminal that a guest has; a step's own standard input is /dev/null.
            tail = " </dev/console" if p.tty else ""
            steps.append(Step(p.step, max(1, min(86400, round(p.timeout_s * scale))), (
                "/bin/sh", "-c", f"cd /{_TOP}/{p.directory} && exec ./{p.name}{tail}")))
        return tuple(steps)


def _run(argv: list[str], cwd: Path, stop: threading.Event) -> subprocess.CompletedProcess[str]:
    if stop.is_set():
        raise HarnessError("interrupted")
    try:
        return subprocess.run(argv, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=_LIMIT_S, check=False,
                              env=kernel_source._environment())
    except FileNotFoundError as error:
        raise HarnessError(f"{argv[0]} is missing: the kernel's selftests are built with it; "
                           f"apt-get install {argv[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise HarnessError(f"{argv[0]} did not end within {_LIMIT_S} s") from error


def _folders() -> list[str]:
    """A folder brings what is below it, and tar complains of a pattern that finds nothing left."""
    return sorted({p.directory.partition("/")[0] for p in CATALOGUE})


def extract(tarball: Path, to: Path, stop: threading.Event) -> None:
    """The selftests of the catalogue, and the headers of that kernel in usr/include."""
    names = [f"{_SELFTESTS}/kselftest.h", f"{_SELFTESTS}/kselftest_harness.h",
             *(f"{_SELFTESTS}/{d}" for d in _folders()), *_HEADERS]
    to.mkdir(parents=True)
    done = _run(["tar", "-C", str(to), "--strip-components=1", "-xf", str(tarball), "--wildcards",
                 "--no-wildcards-match-slash", *(f"*/{n}" for n in names)], to, stop)
    if done.returncode or not (to / _SELFTESTS / "kselftest.h").is_file():
        why = (done.stderr.strip().splitlines() or ["there are no selftests in it"])[0]
        raise HarnessError(f"cannot take the selftests out of {tarball}: {why}")
    done = _run(["make", "-s", "ARCH=x86", "headers"], to, stop)
    if done.returncode or not (to / "usr/include/linux/version.h").is_file():
        tail = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise HarnessError(f"make headers of {tarball} failed: {tail}")


def compile_one(tree: Path, program: Program, to: Path, stop: threading.Event) -> str:
    """Build one program into the file TO; why it cannot be, or the empty string."""
    lines = to.with_name("lines.c")
    lines.write_text(_LINES)
    done = _run([*_GCC, *program.flags, "-isystem", str(tree / "usr/include"), "-o", str(to),
                 f"{program.name}.c", *program.sources, str(lines), *(f"-l{lib}" for lib in program.libs)],
                tree / _SELFTESTS / program.directory, stop)
    if not done.returncode:
        return ""
    said = done.stderr.splitlines()
    return next((ln for ln in said if "error" in ln), (said or ["gcc failed"])[-1])[:300]


def lacking(programs: tuple[Program, ...], stop: threading.Event) -> list[str]:
    """The packages that building takes and this machine has not."""
    tools = {package for tool, package in _TOOLS.items() if not shutil.which(tool)}
    libs = sorted({"c"} | {lib for p in programs for lib in p.libs})
    if "gcc" not in tools:  # else there is nobody to ask, and what is there does no harm
        libs = [lib for lib in libs if not os.path.isabs(
            _run(["gcc", f"-print-file-name=lib{lib}.a"], Path("/"), stop).stdout.strip())]
    return sorted(tools | {_PACKAGES[lib] for lib in libs})


def _tarball(cache: kernels.Cache, temp: Path, stop: threading.Event) -> Path:
    row = next(p for p in kernel_source.PACKAGES if p.name == SOURCE)
    return kernel_source._tarball(row, cache, temp, stop)


def _tree(cache: kernels.Cache, say: Callable[[str], None], stop: threading.Event) -> Path:
    """The cached sources; the cache is locked. Named by what was wanted, so that a new catalogue
    finds no old tree."""
    wanted = repr((_folders(), _HEADERS))
    where = cache.root / "kselftest" / f"source-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    if not where.is_dir():
        say("taking the kernel's selftests out of linux-source-6.1")
        where.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".source-", dir=where.parent) as temp:
            extract(_tarball(cache, Path(temp), stop), Path(temp) / "tree", stop)
            os.rename(Path(temp) / "tree", where)
    return where


def build(glob: str = "*", say: Callable[[str], None] = lambda _: None,
          stop: threading.Event | None = None, root: Path | None = None) -> Built:
    """Executables for the programs that GLOB selects, out of the cache where they are in it."""
    stop = stop or threading.Event()
    programs = selected(glob)
    if platform.machine() != "x86_64":
        raise HarnessError("the kernel's selftests are built with this machine's gcc, and guests "
                           "are x86-64: that takes an x86-64 machine")
    # Said once and whole, before anything is fetched or unpacked.
    if packages := lacking(programs, stop):
        raise HarnessError("building the kernel's selftests takes what this machine lacks: "
                           f"apt-get install {' '.join(packages)}")
    cache = kernels.Cache(root, say=say, stop=stop)
    files: dict[str, bytes] = {}
    failed: dict[str, str] = {}
    with cache._locked():
        tree = _tree(cache, say, stop)
        compiler = _run(["gcc", "-dumpfullversion"], tree, stop).stdout
        for number, p in enumerate(programs):
            recipe = json.dumps([_GCC, _LINES, dataclasses.astuple(p), compiler, tree.name])
            key = hashlib.sha256(recipe.encode()).hexdigest()[:16]
            where = tree.parent / "built" / key / p.name
            if not where.is_file():
                if not number or number % 20 == 0:
                    say(f"building the kernel's selftests: {number} of {len(programs)}")
                where.parent.mkdir(parents=True, exist_ok=True)
                part = where.with_suffix(".part")
                why = compile_one(tree, p, part, stop)
                if why:
                    failed[p.id] = why
                    continue
                os.rename(part, where)
            files[p.id] = where.read_bytes()
    return Built(programs, files, failed)
