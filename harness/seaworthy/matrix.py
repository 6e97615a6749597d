# SPDX-License-Identifier: GPL-2.0-only
"""The verb `matrix`: fetch, boot, probe, test, join, report."""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import datetime
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any, TextIO

from . import (
    VERSION,
    guests,
    host,
    images,
    initramfs,
    kernels,
    kselftest_results,
    kselftests,
    machines,
    outcome,
    plan,
    protocol,
    report,
    results,
)
from .errors import EXIT_UNKNOWN, EXIT_USAGE, HarnessError, os_reason
from .progress import Progress
from .signals import interruptible

_TICK_S = 0.2


def executable() -> Path:
    """The static executable that guests are given."""
    path = os.environ.get("SEAWORTHY_EXECUTABLE")
    if not path:
        raise HarnessError("SEAWORTHY_EXECUTABLE is not set: start this as `seaworthy matrix`")
    if not os.access(path, os.R_OK):
        raise HarnessError(f"{path} cannot be read")
    return Path(path)


def default_output() -> Path:
    """reports/ beside the built executable, else out/reports below the current directory."""
    path = os.environ.get("SEAWORTHY_EXECUTABLE")
    if path and (Path(path).parent / "obj").is_dir():
        return Path(path).parent / "reports"
    return Path("out/reports")


@dataclasses.dataclass(frozen=True)
class Settings:
    executable: Path
    suite_glob: str | None = None
    groups: tuple[str, ...] = ()
    timeout_scale: float = 1.0
    jobs: int = 1
    limits: guests.Limits = guests.Limits()
    selftests: kselftests.Built | None = None  # the kernel's own
    selftests_required: bool = False


class Matrix:
    """The runs of one command, made side by side."""

    def __init__(self, settings: Settings, planned: list[plan.Planned], progress: Progress) -> None:
        self.settings = settings
        self.planned = planned
        self.progress = progress
        self.stop = threading.Event()
        self.problems: list[str] = []
        self.cache = kernels.Cache(say=progress.say, stop=self.stop)
        self._fetched: dict[str, concurrent.futures.Future[kernels.Kernel]] = {}
        self._accel: machines.Accel | None = None
        self._accel_lock = threading.Lock()
        self._started = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        self._begin = time.monotonic()

    def accel(self, machine: machines.Machine) -> machines.Accel:
        """Measured once, by the first run that needs it."""
        with self._accel_lock:
            if not self._accel:
                self._accel = machines.choose_accel(machine)
                self.progress.say(f"QEMU runs under {self._accel.name}; time-outs are scaled by "
                                  f"{self.scale(self._accel):.1f}")
            return self._accel

    def scale(self, accel: machines.Accel) -> float:
        return accel.slowness * self.settings.timeout_scale

    def run_one(self, planned: plan.Planned) -> results.Run | None:
        """One run; None when the user interrupted it. HarnessError where it cannot be made."""
        if self.stop.is_set():
            return None
        if planned.id == plan.HOST:
            return self._host()
        kernel = planned.kernel
        if not kernel:
            self.progress.phase(planned.id, "fetch")
            try:
                kernel = self._fetched[planned.id].result()
            except (HarnessError, concurrent.futures.CancelledError):
                if self.stop.is_set():
                    return None
                raise
        return self._guest(planned, kernel)

    def _guest(self, planned: plan.Planned, kernel: kernels.Kernel) -> results.Run | None:
        machine = machines.MACHINES[kernel.machine]
        info = results.KernelInfo(
            None, "x86_64", kernel.image.name, kernels.sha256(kernel.image), kernel.package,
            kernel.package_version, kernel.suite)
        if planned.problem:
            # Not booted: half a kernel can run into anything, and none of it would mean a thing.
            return results.Run(planned.id, info, results.MachineInfo(machine.kind, None, []),
                               kernel.layout, results.NO_BOOT,
                               f"the image is no whole kernel: {planned.problem}")
        program = images.sniff(self.settings.executable)
        if program.arch != "x86_64":
            raise HarnessError(f"{self.settings.executable} is built for {program.arch}, and the "
                               "guests are x86-64: take one that is built for x86-64")
        accel = self.accel(machine)
        selftests = self.settings.selftests
        more = selftests.archive() if selftests else {}
        # The root filesystem is in the guest's memory, as is, and once more while it is unpacked.
        machine = machines.with_memory(machine, 2 * sum(map(len, more.values())) >> 20)
        built = initramfs.build(kernel, self.settings.executable, programs=more)
        seen, job = self._boot(planned.id, machine, accel, kernel, built)
        if accel.name == "kvm" and not seen.hello and not seen.console.total:
            # KVM ran the small job but not a kernel: nested virtualisation can be like that.
            accel = dataclasses.replace(accel, name="tcg", argument="tcg,thread=multi")
            seen, job = self._boot(planned.id, machine, accel, kernel, built)
        if seen.ended == outcome.STOPPED:
            return None
        run = results.make_run(
            planned.id, info, results.MachineInfo(machine.kind, accel.name, seen.command),
            kernel.layout, job, seen)
        if selftests:
            kselftest_results.add(run, selftests, seen, self.settings.selftests_required)
        return run

    def _boot(self, run_id: str, machine: machines.Machine, accel: machines.Accel,
              kernel: kernels.Kernel, built: initramfs.Initramfs
              ) -> tuple[outcome.Outcome, protocol.Job]:
        scale = self.scale(accel)
        steps = plan.steps(scale, self.settings.suite_glob, self.settings.groups,
                           self.settings.selftests)
        job = plan.job(kernel.layout, steps, built.modules)
        self.progress.phase(run_id, "boot")
        guest = guests.Guest(
            machine, accel, kernel.image, built.data, job, self.settings.limits.scaled(scale),
            kernel.append, self.stop, lambda phase, seen: self.progress.phase(run_id, phase, seen))
        return guest.run(), job

    def _host(self) -> results.Run | None:
        machine = machines.MACHINES[plan.HOST]
        layout = host.layout()
        steps = plan.steps(self.settings.timeout_scale, self.settings.suite_glob,
                           self.settings.groups)
        job = plan.job("none", steps, ())
        seen = host.run(job, self.settings.executable, self.stop,
                        lambda phase, seen: self.progress.phase(plan.HOST, phase, seen))
        if seen.ended == outcome.STOPPED:
            return None
        uname = platform.uname()
        info = results.KernelInfo(uname.release, uname.machine, None, None)
        return results.make_run(plan.HOST, info, results.MachineInfo(machine.kind, None, []),
                                layout, job, seen, has_channel=False)

    def run_all(self) -> results.Matrix:
        """All runs, at most `jobs` at a time, in the plan's order in the result."""
        done: dict[str, results.Run] = {}
        # Fetching goes ahead on its own, one kernel after another, while machines run; the running
        # kernel needs nothing fetched, so it comes first.
        order = sorted(self.planned, key=lambda p: p.id != plan.HOST)
        with (concurrent.futures.ThreadPoolExecutor(1) as fetcher,
              concurrent.futures.ThreadPoolExecutor(self.settings.jobs) as pool):
            for planned in self.planned:
                if planned.row:
                    self._fetched[planned.id] = fetcher.submit(self.cache.get, planned.row)
            futures = {pool.submit(self.run_one, p): p for p in order}
            waiting = set(futures)
            while waiting:
                finished, waiting = concurrent.futures.wait(
                    waiting, _TICK_S, concurrent.futures.FIRST_COMPLETED)
                for future in finished:
                    self._finish(futures[future], future, done)
                self.progress.tick()
        self.progress.close()
        return self._join([done[p.id] for p in self.planned if p.id in done])

    def _finish(self, planned: plan.Planned, future: concurrent.futures.Future[results.Run | None],
                done: dict[str, results.Run]) -> None:
        try:
            run = future.result()
        except HarnessError as error:
            self.problems.append(f"{planned.id}: {error}")
            self.progress.failed(planned.id, "not run: see below")
            return
        except OSError as error:
            self.problems.append(f"{planned.id}: {error.filename or ''} {os_reason(error)}".strip())
            self.progress.failed(planned.id, "not run: see below")
            return
        except Exception as error:  # a mistake of ours: it must not cost the other kernels' results
            traceback.print_exception(error)
            self.problems.append(f"{planned.id}: internal error: {type(error).__name__}: {error}")
            self.progress.failed(planned.id, "not run: see below")
            return
        if run:
            done[planned.id] = run
            self.progress.finished(planned.id, run)
        else:
            self.progress.failed(planned.id, "interrupted")

    def _join(self, runs: list[results.Run]) -> results.Matrix:
        uname = platform.uname()
        results.fill_not_run(runs)
        machine = machines.MACHINES["qemu-pc"]
        about = {"release": uname.release, "arch": uname.machine, "cpus": os.cpu_count() or 1,
                 "qemu": machines.emulator_version(machine)}
        stopped = self.stop.is_set()
        status = results.overall(runs, stopped or bool(self.problems))
        return results.Matrix(
            self._started.isoformat().replace("+00:00", "Z"), about, VERSION,
            time.monotonic() - self._begin, runs, status, stopped, list(self.problems),
            self._selftests())

    def _selftests(self) -> dict[str, Any] | None:
        built = self.settings.selftests
        return built and {
            "source": kselftests.SOURCE, "required": self.settings.selftests_required,
            "not_built": [f"{name}: {why}" for name, why in built.failed.items()]}


def check_output(directory: Path) -> None:
    """Better to learn now than after ten minutes that the reports cannot be written."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory) as f:
            f.write(bytes(1 << 20))
    except OSError as error:
        raise HarnessError(f"--output {directory}: {os_reason(error)}") from error


def selected_groups(program: Path, suite_glob: str | None) -> tuple[str, ...]:
    """The test groups in which --suite-glob matches something; () without the option."""
    if not suite_glob:
        return ()
    groups = []
    for group in results.TEST_STEPS.values():
        argv = [str(program), "test", "--list", "--group", group, suite_glob]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                              check=False)
        if done.returncode == 0 and done.stdout.strip():
            groups.append(group)
    if not groups:
        raise HarnessError(f"--suite-glob {suite_glob}: no test matches; `seaworthy test --list` "
                           "names them", EXIT_USAGE)
    return tuple(groups)


class _KernelOption(argparse.Action):
    """--modules, --append and --layout belong to the --kernel before them."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace,
                 values: Any, option_string: str | None = None) -> None:
        users: list[plan.UserKernel] = list(namespace.kernels or [])
        if self.dest == "kernel":
            users.append(plan.UserKernel(Path(values)))
        elif not users:
            parser.error(f"{option_string} belongs to a --kernel before it")
        elif self.dest == "modules":
            users[-1].modules = Path(values)
        else:
            setattr(users[-1], self.dest, values)
        namespace.kernels = users


def _positive(convert: type) -> Any:
    def parse(text: str) -> Any:
        value = convert(text)
        if not 0 < value < 1e6:
            raise ValueError(text)
        return value

    parse.__name__ = "positive number"
    return parse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(kernels=[])
    group = parser.add_argument_group("kernels")
    group.add_argument("--kernel", metavar="IMAGE", action=_KernelOption, default=argparse.SUPPRESS,
                       help="add a kernel of your own (may be given again)")
    group.add_argument("--modules", metavar="DIR", action=_KernelOption, default=argparse.SUPPRESS,
                       help="its modules: a lib/modules/RELEASE directory")
    group.add_argument("--append", metavar="ARGS", action=_KernelOption, default=argparse.SUPPRESS,
                       help="more words for its command line")
    group.add_argument("--layout", choices=("v1-single", "v1-each", "v2", "none"),
                       action=_KernelOption, default=argparse.SUPPRESS,
                       help="how its guest mounts cgroups (v1-each before 5.2, else v2)")
    group.add_argument("--only", metavar="GLOB", action="append", help="only runs whose id matches, 'host' included "
                       "(may be given again)")
    group.add_argument("--no-host", action="store_true", help="leave the running kernel out")
    group = parser.add_argument_group("how")
    group.add_argument("--suite-glob", metavar="GLOB", help="only tests whose id matches")
    group.add_argument("--kselftest", metavar="GLOB", nargs="?", const="*",
                       help="also run the kernel's own selftests in the guests (all, or those "
                       "whose DIRECTORY/PROGRAM matches); they are shown, and no verdict follows")
    group.add_argument("--kselftest-required", action="store_true",
                       help="with --kselftest: a failure there is one of the kernel")
    group.add_argument("--jobs", metavar="N", type=_positive(int), default=os.cpu_count() or 1,
                       help="machines side by side (default: one a CPU)")
    group.add_argument("--timeout-scale", metavar="F", type=_positive(float), default=1.0,
                       help="multiply all time limits, which follow the measured speed anyway")
    group.add_argument("--output", metavar="DIR", type=Path, help="where the reports go "
                       f"(default: {default_output()})")


def main(args: argparse.Namespace, stdout: TextIO = sys.stdout, stderr: TextIO = sys.stderr) -> int:
    """Returns the exit status; the matrix goes to STDOUT, progress and complaints to STDERR."""
    program = executable()
    output: Path = args.output or default_output()
    root = os.geteuid() == 0
    planned = plan.make(args.kernels, args.only, root and not args.no_host)
    groups = selected_groups(program, args.suite_glob)
    if args.kselftest_required and args.kselftest is None:
        raise HarnessError("--kselftest-required: needs --kselftest", EXIT_USAGE)
    if args.kselftest is not None:
        kselftests.selected(args.kselftest)
    check_output(output)
    progress = Progress(stderr, [p.id for p in planned])
    if not root and not args.no_host:
        progress.say("the running kernel is left out: its tests need root")
    settings = Settings(program, args.suite_glob, groups, args.timeout_scale, args.jobs,
                        selftests_required=args.kselftest_required)
    matrix = Matrix(settings, planned, progress)
    with interruptible(matrix.stop):
        if args.kselftest is not None and any(p.id != plan.HOST for p in planned):
            selftests = kselftests.build(args.kselftest, progress.say, matrix.stop)
            matrix.settings = dataclasses.replace(settings, selftests=selftests)
        result = matrix.run_all()
    for problem in matrix.problems:
        print(f"seaworthy matrix: {problem}", file=stderr)
    if result.interrupted:
        print("seaworthy matrix: interrupted; the reports hold the runs that were done",
              file=stderr)
    return write_reports(result, output, stdout, stderr)


def write_reports(result: results.Matrix, output: Path, stdout: TextIO, stderr: TextIO) -> int:
    document = result.document()
    status = result.exit_status
    try:
        paths = report.render_all(document, output)
    except OSError as error:
        print(f"seaworthy matrix: cannot write the reports to {output}: {os_reason(error)}",
              file=stderr)
        paths, status = {}, EXIT_UNKNOWN
    try:
        if result.runs:
            report.print_matrix(document, stdout, shutil.get_terminal_size().columns,
                                stdout.isatty())
        for path in paths.values():
            print(f"  {path}", file=stdout)
        stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), 1)
    return status
