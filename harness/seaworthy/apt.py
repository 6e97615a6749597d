# SPDX-License-Identifier: GPL-2.0-only
"""Fetch packages of other Debian suites with apt, without touching the machine's own apt state.

apt verifies the signature of the release file and the check sum of each package; everything it
writes lies in directories of its own. The source lines are derived from the machine's own, since
that is the mirror, the proxy and the key that work here.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .errors import HarnessError

ETC_APT = Path("/etc/apt")
_OFF = ("no", "false", "0", "off", "without", "disable")
_LIMIT_S = 1800
_TICK_S = 0.25

# The suites of the Debian archive itself, by any of their names. Third-party archives use code
# names too, so a source counts only if it also has the component "main".
_CODENAMES = (
    "jessie|stretch|buster|bullseye|bookworm|trixie|forky|duke|sid"
    "|oldoldstable|oldstable|stable|testing|unstable"
)
_SUITE = re.compile(rf"^(?:{_CODENAMES})(?P<pocket>-updates|-security|/updates|-backports)?$")


@dataclass(frozen=True)
class Source:
    """One entry of the machine's apt sources: one URI with its suites."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""  # a path or finger prints, or the key itself, as in deb822

    def pockets(self) -> Iterator[str]:
        """'' for a plain suite, 'security' for a security one, and so on; none if not Debian's."""
        if "main" not in self.components:
            return
        for suite in self.suites:
            if match := _SUITE.match(suite):
                pocket = (match["pocket"] or "").strip("-/")
                # "bullseye/updates" was how the security archive named its suites before 2021.
                yield "security" if (match["pocket"] or "") == "/updates" else pocket


def parse_one_line(text: str) -> list[Source]:
    """Sources in the one-line form of sources.list(5); other types and broken lines give none."""
    sources = []
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        match = re.match(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<rest>\S.*)$", line)
        if not match:
            continue
        words = match["rest"].split()
        if len(words) < 2:
            continue
        options = dict(o.split("=", 1) for o in (match["options"] or "").split() if "=" in o)
        sources.append(
            Source(words[0], (words[1],), tuple(words[2:]), options.get("signed-by", ""))
        )
    return sources


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    key = ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields, key = {}, ""
        elif line[0] in " \t" and key:
            fields[key] += "\n" + line.rstrip()
        elif ":" in line:
            key, value = line.split(":", 1)
            key = key.strip().lower()
            fields[key] = value.strip()


def parse_deb822(text: str) -> list[Source]:
    """Sources in the deb822 form; disabled entries and source packages give none."""
    sources = []
    for fields in _stanzas(text):
        if fields.get("enabled", "yes").lower() in _OFF:
            continue
        if "deb" not in fields.get("types", "").split():
            continue
        for uri in fields.get("uris", "").split():
            sources.append(
                Source(
                    uri,
                    tuple(fields.get("suites", "").split()),
                    tuple(fields.get("components", "").split()),
                    fields.get("signed-by", ""),
                )
            )
    return sources


def machine_sources(etc: Path = ETC_APT) -> list[Source]:
    """All binary sources of this machine, in apt's order; unreadable files are left out."""
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    sources: list[Source] = []
    for path in files:
        parse = {".list": parse_one_line, ".sources": parse_deb822}.get(path.suffix)
        if not parse:
            continue
        try:
            sources += parse(path.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
    return sources


def derive_sources(suite: str, sources: Iterable[Source]) -> str:
    """A deb822 sources file for SUITE, on the mirror that this machine uses for its own.

    A "-security" suite comes from the machine's security archive if it names one. Raises
    HarnessError where the machine has no source of the Debian archive at all.
    """
    security = suite.endswith("-security")
    wanted = "security" if security else ""
    chosen = None
    for source in sources:
        if source.uri.startswith("cdrom:"):
            continue
        if wanted in source.pockets():
            chosen = source
            break
    if not chosen:
        raise HarnessError(
            f"no {'security ' if security else ''}source of the Debian archive (a suite such as "
            f"bookworm, component main) in {ETC_APT}/sources.list or sources.list.d: add one, so "
            f"that {suite} can be fetched from the same mirror"
        )
    text = f"Types: deb\nURIs: {chosen.uri}\nSuites: {suite}\nComponents: main\n"
    if chosen.signed_by:
        text += f"Signed-By: {chosen.signed_by}\n"
    return text


@dataclass(frozen=True)
class Package:
    """One version of one package, as apt's lists have it."""

    name: str
    version: str
    depends: tuple[str, ...] = field(default=())


def parse_show(text: str) -> list[Package]:
    """The stanzas that `apt-cache show` prints."""
    packages = []
    for fields in _stanzas(text):
        if "package" not in fields or "version" not in fields:
            continue
        relations = ", ".join(fields.get(k, "") for k in ("pre-depends", "depends"))
        names = re.findall(r"(?:^|,|\|)\s*([a-z0-9][a-z0-9+.~-]*)", relations)
        packages.append(Package(fields["package"], fields["version"], tuple(names)))
    return packages


def explain(output: str) -> str:
    """What apt's complaint means, in words; the complaint itself follows."""
    lines = [ln for ln in output.splitlines() if ln.startswith(("E:", "W:", "Err:", "  "))]
    tail = "\n".join(f"    {ln.strip()}" for ln in (lines or output.splitlines())[-6:])
    hints = (
        (r"No space left|not have enough (free )?space|enough free space", "the disk is full"),
        (r"Could not resolve|Temporary failure resolving|Could not connect|Connection (failed|"
         r"refused|timed out)|Network is unreachable|Unable to connect|Cannot initiate",
         "the network or the mirror cannot be reached"),
        (r"NO_PUBKEY|is not signed|signatures (couldn't|were invalid)|EXPKEYSIG",
         "the signature does not verify (is debian-archive-keyring up to date?)"),
        (r"404 +Not Found|does not have a Release file", "the mirror does not carry that suite"),
        (r"Hash Sum mismatch|unexpected size", "the check sum does not match what was announced"),
    )
    for pattern, meaning in hints:
        if re.search(pattern, output):
            return f"{meaning}:\n{tail}"
    return f"apt says:\n{tail}"


class PrivateApt:
    """apt-get and apt-cache with directories of their own, for one set of suites."""

    def __init__(self, root: Path, suites: tuple[str, ...], arch: str,
                 stop: threading.Event | None = None) -> None:
        for tool in ("apt-get", "apt-cache", "dpkg-deb", "dpkg"):
            if not shutil.which(tool):
                raise HarnessError(
                    f"{tool} is not installed: kernels of the catalogue are Debian packages; use "
                    "--kernel IMAGE --modules DIR for a kernel of your own"
                )
        self.root = root
        self.suites = suites
        self.stop = stop or threading.Event()
        entries = machine_sources(ETC_APT)
        texts = []
        for suite in suites:
            try:
                texts.append(derive_sources(suite, entries))
            except HarnessError:
                # A machine without a security source still has the plain suite.
                if not suite.endswith("-security"):
                    raise
        for sub in ("state/lists/partial", "cache/archives/partial"):
            (root / sub).mkdir(parents=True, exist_ok=True)
        (root / "seaworthy.sources").write_text("\n".join(texts))
        (root / "apt.conf").write_text(self._conf(arch))

    def _conf(self, arch: str) -> str:
        root = self.root.resolve()
        # Hooks of the machine (containers' images delete their package cache after each update)
        # must not run for lists that are not the machine's.
        return (
            f'Dir::Etc::sourcelist "{root}/seaworthy.sources";\n'
            'Dir::Etc::sourceparts "/dev/null";\n'
            'Dir::Etc::preferences "/dev/null";\nDir::Etc::preferencesparts "/dev/null";\n'
            f'Dir::State "{root}/state";\nDir::State::status "/dev/null";\n'
            f'Dir::Cache "{root}/cache";\n'
            f'APT::Architecture "{arch}";\n'
            f'#clear APT::Architectures;\nAPT::Architectures "{arch}";\n'
            'APT::Sandbox::User "root";\nAPT::Update::Error-Mode "any";\n'
            'Acquire::Languages "none";\nAcquire::Retries "2";\n'
            "#clear APT::Update::Pre-Invoke;\n#clear APT::Update::Post-Invoke;\n"
            "#clear APT::Update::Post-Invoke-Success;\n"
        )

    def _run(self, tool: str, *args: str, cwd: Path | None = None
             ) -> subprocess.CompletedProcess[str]:
        """Run to the end, or until the user interrupts; a session of its own keeps the terminal's
        Ctrl-C from it, so that there is one way to end."""
        argv = [tool, "-q", "-c", str(self.root / "apt.conf"), *args]
        deadline = time.monotonic() + _LIMIT_S
        with subprocess.Popen(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              env=_environment(), start_new_session=True) as process:
            while True:
                try:
                    output, _ = process.communicate(timeout=_TICK_S)
                    return subprocess.CompletedProcess(argv, process.returncode, output)
                except subprocess.TimeoutExpired:
                    late = time.monotonic() > deadline
                    if late or self.stop.is_set():
                        os.killpg(process.pid, signal.SIGKILL)
                        process.communicate()
                        why = f"did not end within {_LIMIT_S} s" if late else "was interrupted"
                        raise HarnessError(f"{tool} {args[0]} {why}") from None

    def update(self) -> None:
        done = self._run("apt-get", "update")
        if done.returncode:
            raise HarnessError(
                f"cannot fetch the package lists of {', '.join(self.suites)}: "
                + explain(done.stdout))

    def find(self, pattern: str) -> list[Package]:
        """All versions of all packages whose whole name matches PATTERN, newest first."""
        names = self._run("apt-cache", "pkgnames").stdout.split()
        wanted = sorted(n for n in names if re.fullmatch(pattern, n))
        if not wanted:
            return []
        found = parse_show(self._run("apt-cache", "show", "--", *wanted).stdout)
        return sort_by_version(found)

    def suite_of(self, package: Package) -> str:
        """The suite that has this version; the first that was asked for where apt does not say."""
        for line in self._run("apt-cache", "madison", "--", package.name).stdout.splitlines():
            fields = [f.strip() for f in line.split("|")]
            if len(fields) == 3 and fields[1] == package.version:
                for word in fields[2].split():
                    if (suite := word.partition("/")[0]) in self.suites:
                        return suite
        return self.suites[0]

    def download(self, package: Package, to: Path) -> Path:
        """Fetch the .deb; apt has verified it against the signed lists when this returns."""
        done = self._run("apt-get", "download", f"{package.name}={package.version}", cwd=to)
        if done.returncode:
            raise HarnessError(
                f"cannot fetch {package.name} {package.version}: {explain(done.stdout)}"
            )
        debs = sorted(to.glob(f"{package.name}_*.deb"))
        if len(debs) != 1:
            raise HarnessError(f"apt-get download {package.name} left {len(debs)} files in {to}")
        return debs[0]


def _environment() -> dict[str, str]:


    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def sort_by_version(packages: list[Package]) -> list[Package]:
    """Newest first, by dpkg's own order."""


    def compare(a: Package, b: Package) -> int:
        for relation, answer in (("gt", -1), ("lt", 1)):
            argv = ["dpkg", "--compare-versions", a.version, relation, b.version]
            if subprocess.run(argv, check=False).returncode == 0:
                return answer
        return 0

    return sorted(packages, key=functools.cmp_to_key(compare))


def unpack(deb: Path, to: Path) -> None:
    """Unpack a package's files without installing it."""
    done = subprocess.run(
        ["dpkg-deb", "-x", str(deb), str(to)], stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors="replace", check=False, env=_environment(),
    )
    if done.returncode:
        raise HarnessError(f"cannot unpack {deb.name}: {explain(done.stderr)}")
