# SPDX-License-Identifier: GPL-2.0-only
"""Seccomp profiles in both of LXC's syntaxes: what they let through, and what is wrong with them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from berth_box import Box

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")
x86_64 = pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")
DENY_MKDIR = "2\ndenylist\nmkdir errno 28\nmkdirat errno 28\n"
SIGSYS = 128 + 31


@pytest.fixture
def box(box: Box) -> Box:
    root = box.make_rootfs("c")
    (root / "bin/mkdir").symlink_to("busybox")
    (root / "bin/chmod").symlink_to("busybox")
    return box


def configure(box: Box, profile: str, extra: str = "") -> Path:
    root = box.rootfs("c")
    path = box.path / "profile"
    path.write_text(profile)
    (root.parent / "config").write_text(
        f"lxc.rootfs.path = {root}\nlxc.net.0.type = empty\nlxc.mount.auto = proc:rw\n"
        f"lxc.seccomp.profile = {path}\n{extra}")
    return path


def run(box: Box, profile: str, script: str, extra: str = "") -> subprocess.CompletedProcess[str]:
    configure(box, profile, extra)
    return box.run("execute", "-n", "c", "--", "/bin/sh", "-c", script)


@needs_root
@pytest.mark.parametrize("extra", ["", "lxc.no_new_privs = 1\n", "lxc.cap.drop = sys_admin\n",
                                   "lxc.cap.keep = chown\n", "lxc.init.uid = 1000\n",
                                   "lxc.idmap = b 0 0 4294967294\n"])
def test_denied_call_fails_with_its_errno(box: Box, extra: str) -> None:
    (box.rootfs("c") / "tmp").chmod(0o1777)
    done = run(box, DENY_MKDIR, "mkdir /tmp/x; grep -E 'Seccomp:|CapEff' /proc/self/status /proc/1/status", extra)
    assert "No space left" in done.stderr, done.stderr
    assert done.stdout.count("Seccomp:\t2") == 2, "the program and the init before it"
    if "cap" in extra or "uid" in extra:
        lines = [line for line in done.stdout.splitlines() if "status:CapEff" in line]
        assert len(lines) == 2, "the program's, and those of the init before it"
        for line in lines:
            assert not int(line.split()[-1], 16) >> 21 & 1, "CAP_SYS_ADMIN ends with execve"


@needs_root
@x86_64
def test_version_1_is_a_list_of_numbers(box: Box) -> None:
    numbers = [n for n in range(470) if n not in (83, 258)]  # mkdir, mkdirat
    listed = "1\nwhitelist\n" + "".join(f"{n}\n" for n in numbers)
    assert run(box, listed, "echo in").stdout == "in\n"
    done = run(box, listed, "mkdir /tmp/x")
    assert done.returncode in (SIGSYS, 1) and not (box.rootfs("c") / "tmp/x").exists()


@needs_root
@x86_64
def test_allowlist_with_an_action_of_its_own(box: Box) -> None:
    plan = "2\nallowlist errno 11\n[x86_64]\n" + "".join(f"{c}\n" for c in (
        "execve brk arch_prctl set_tid_address set_robust_list rseq prlimit64 readlink getrandom "
        "mprotect rt_sigaction rt_sigprocmask getpid getppid getuid geteuid getgid getegid stat fstat "
        "newfstatat getcwd fcntl dup2 close open openat read write ioctl clone fork vfork wait4 exit_group "
        "prctl uname mmap munmap rt_sigreturn kill access poll").split())
    done = run(box, plan, "echo in; mkdir /tmp/x")
    assert done.stdout == "in\n" and "Resource temporarily unavailable" in done.stderr, done.stderr


@needs_root
def test_arguments_are_compared(box: Box) -> None:
    profile = ("2\nblacklist\n# set-user-ID, but not other bits\n"
               "fchmodat errno 13 [2,0x800,SCMP_CMP_MASKED_EQ,0x800]\n"
               "chmod errno 13 [1,0x800,&=,0x800]\n")
    done = run(box, profile, "mkdir -p /tmp/x; chmod 700 /tmp/x && echo one; chmod 4700 /tmp/x || echo two")
    assert done.stdout == "one\ntwo\n" and "Permission denied" in done.stderr


@needs_root
def test_lxcs_own_word_and_other_machines(box: Box) -> None:
    profile = "2\nblacklist\nreject_force_umount\n[all]\nkexec_load errno 1\n[s390x]\nmkdir kill\n"
    done = run(box, profile, "mkdir -p /tmp/x && mount -t tmpfs t /tmp/x && umount -f /tmp/x; "
                             "umount /tmp/x && echo out")
    assert "ermission denied" in done.stderr and done.stdout == "out\n", done.stderr


@needs_root
def test_default_action_of_a_denylist_is_to_kill(box: Box) -> None:
    done = run(box, "2\ndenylist\nmkdir\nmkdirat\n", "mkdir /tmp/x; echo $?")
    assert done.stdout == f"{SIGSYS}\n"


@needs_root
def test_who_attaches_is_filtered_too(box: Box) -> None:
    configure(box, DENY_MKDIR, "lxc.cap.drop = sys_admin\n")
    box.ok("start", "c", "--", "/bin/sleep", "1000")
    done = box.inside("c", "mkdir /tmp/x; grep Seccomp: /proc/self/status")
    assert "No space left" in done.stderr and "Seccomp:\t2" in done.stdout


@needs_root
def test_a_filter_without_execve_is_told(box: Box) -> None:
    """The last thing before execve(2) is the filter, so that it alone can stand in the way."""
    done = run(box, "2\ndenylist\nexecve errno 7\n", "echo in")
    assert done.returncode != 0 and done.stdout == ""
    assert "Argument list too long" in done.stderr, done.stderr
    assert box.left() == []


@needs_root
def test_it_lives_where_the_kernel_has_no_filters(box: Box) -> None:
    configure(box, DENY_MKDIR)
    plan = box.ok("execute", "--dry-run", "-n", "c", "/bin/true")
    assert "security.seccomp_filter" in plan
    done = box.run("execute", "-n", "c", "/bin/true", env={"BERTH_FAULT": "seccomp:EINVAL"})
    assert done.returncode != 0 and "CONFIG_" not in done.stdout
    assert "security.seccomp_filter" in done.stderr and "SECCOMP_FILTER" in done.stderr


@pytest.mark.parametrize(("text", "said"), [
    ("", "profile: the profile has no version"),
    ("2\n", "has no allowlist or denylist"),
    ("3\ndenylist\n", ":1: expected the version, 1 or 2, found '3'"),
    ("2\ndenylust\n", ":2: expected allowlist or denylist, found 'denylust'"),
    ("1\ndenylist\n", ":2: expected allowlist, found 'denylist'"),
    ("1\nwhitelist\nread\n", ":3: expected the number of a system call, found 'read'"),
    ("2\ndenylist\nmkdir errno\n", ":3: expected errno and a number"),
    ("2\ndenylist\nmkdir errno 99999\n", ":3: expected errno and a number"),
    ("2\ndenylist\n\n# x\nmkdir explode\n", ":5: there is no action 'explode'"),
    ("2\ndenylist\nmkdir notify\n", ":3: action notify needs somebody who answers"),
    ("2\ndenylist\nmkdri errno 1\n", ":3: there is no system call 'mkdri'"),
    ("2\ndenylist\n[vax]\n", ":3: there is no architecture 'vax'"),
    ("2\ndenylist\n[all\n", ":3: expected [ARCHITECTURE] alone"),
    ("2\ndenylist\nmkdir errno 1 [6,1,==]\n", ":3: expected [INDEX,VALUE,OP]"),
    ("2\ndenylist\nmkdir errno 1 [1,1,~]\n", ":3: expected [INDEX,VALUE,OP]"),
    ("2\ndenylist\nmkdir errno 1 [1,1,==\n", ":3: expected up to 6 of"),
    ("2\ndenylist\nmkdir errno 1 [1,1,==][1,2,!=]\n", ":3: argument 1 is compared twice"),
    ("2\ndenylist errno 1 2\n", ":2: expected nothing more, found"),
    ("2\ndenylist\n\0mkdir\n", "holds a NUL byte"),
])
def test_a_bad_profile_names_file_line_and_word(box: Box, text: str, said: str) -> None:
    configure(box, text)
    done = box.run("execute", "--dry-run", "-n", "c", "/bin/true")
    assert done.returncode != 0 and said in done.stderr, done.stderr
    assert str(box.path / "profile") in done.stderr and len(done.stderr.splitlines()) == 1


def test_unknown_calls_stay_forbidden_by_an_allowlist(box: Box) -> None:
    configure(box, "2\nallowlist\nread\nbrand_new_call\n")
    done = box.run("execute", "--dry-run", "-n", "c", "/bin/true")
    assert done.returncode == 0 and "profile:4: there is no system call 'brand_new_call'" in done.stderr
    assert done.stderr.count("brand_new_call") == 1


def test_a_profile_that_cannot_be_read(box: Box) -> None:
    configure(box, DENY_MKDIR).unlink()
    done = box.run("execute", "--dry-run", "-n", "c", "/bin/true")
    assert done.returncode != 0 and "config:4: cannot read the seccomp profile" in done.stderr
    os.mkfifo(box.path / "profile")
    assert box.run("execute", "--dry-run", "-n", "c", "/bin/true").returncode != 0


@needs_root
@x86_64
def test_every_way_into_the_kernel_is_filtered(box: Box) -> None:
    """int 0x80 is another table of calls: a filter that knew one alone would be stepped around."""
    source = box.path / "i386.c"
    source.write_text('#include <stdio.h>\nint main(void){int r;__asm__ volatile("int $0x80":"=a"(r):'
                      '"a"(39),"b"(0),"c"(0):"memory");printf("%d\\n",r);return 0;}\n')
    program = box.rootfs("c") / "bin/i386"
    subprocess.run(["gcc", "-static", "-o", program, source], check=True, timeout=60)
    plain = box.run("execute", "-n", "c", "--", "/bin/true")
    assert plain is not None
    configure(box, DENY_MKDIR)
    done = box.run("execute", "-n", "c", "--", "/bin/i386")
    if done.stdout == "-38\n" or done.returncode == 128 + 11:
        pytest.skip("this kernel has no 32-bit calls")
    assert done.stdout == "-28\n", done.stderr
