# SPDX-License-Identifier: GPL-2.0-only
"""Where other checkers are known to be wrong, one test each: the probe must be right there."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import pytest
from test_probe import EXE, LIMIT_S, READY, config, corpus, features, needs_root, probe, valid


# What NAT by the old iptables stands on, apart from its own symbols.
IPTABLES = ("CONFIG_INET=y\nCONFIG_NETFILTER=y\nCONFIG_NETFILTER_ADVANCED=y\nCONFIG_NETFILTER_XTABLES=y\n"
            "CONFIG_NF_CONNTRACK=y\nCONFIG_NF_CONNTRACK_IPV4=y\nCONFIG_IP_NF_IPTABLES=y\n"
            "CONFIG_IP_NF_FILTER=y\nCONFIG_IP_NF_NAT=y\n")


def of_file(path: Path) -> dict:
    return valid(probe("--config", path, "--format", "json").document)


def test_1_needs_no_helper_programs(tmp_path: Path) -> None:
    """lxc-checkconfig on BusyBox: 29 false "missing" where there is no zgrep."""
    path = config(tmp_path, "6.6.1")
    done = subprocess.run([EXE, "probe", "--config", path], env={"PATH": "/nonexistent"},
                          capture_output=True, timeout=LIMIT_S)
    assert done.returncode == 0
    assert done.stderr == b""


@pytest.mark.parametrize(("version", "text", "want"), [
    ("4.4.1", "CONFIG_DEVPTS_MULTIPLE_INSTANCES=y\n", "yes"),
    ("4.4.1", "# CONFIG_DEVPTS_MULTIPLE_INSTANCES is not set\n", "no"),
    ("4.9.1", "", "yes"),
])
def test_2_private_terminals(tmp_path: Path, version: str, text: str, want: str) -> None:
    document = of_file(config(tmp_path, version, READY + text))
    assert features(document)["mount.devpts_newinstance"]["usable"] == want


@pytest.mark.parametrize("version", ["10.1.0", "12.0.1"])
def test_3_two_digit_major_versions(tmp_path: Path, version: str) -> None:
    """lxc-checkconfig's arithmetic breaks at major version 10."""
    document = of_file(config(tmp_path, version))
    assert document["subject"]["release"] == version
    assert features(document)["process.clone3"]["usable"] == "yes"
    assert document["exit_status"] == 0


@pytest.mark.parametrize(("version", "text", "want"), [
    ("3.10.1", "CONFIG_NF_NAT_IPV4=y\nCONFIG_NF_NAT=y\nCONFIG_IP_NF_TARGET_MASQUERADE=y\n", "yes"),
    ("3.10.1", "# CONFIG_NF_NAT_IPV4 is not set\n# CONFIG_IP_NF_TARGET_MASQUERADE is not set\n", "no"),
    ("4.4.1", "CONFIG_NF_NAT_IPV4=y\nCONFIG_NF_NAT=y\nCONFIG_IP_NF_TARGET_MASQUERADE=y\n", "yes"),
    ("4.4.1", "# CONFIG_NF_NAT_IPV4 is not set\n# CONFIG_IP_NF_NAT is not set\n", "no"),
])
def test_3_nat_on_old_kernels(tmp_path: Path, version: str, text: str, want: str) -> None:
    """lxc-checkconfig looks at NF_NAT_IPV4 from 4.7 on only."""
    document = of_file(config(tmp_path, version, READY + IPTABLES + text))
    assert features(document)["net.iptables_nat"]["usable"] == want


def test_4_the_version_is_the_files_own(tmp_path: Path) -> None:
    """check-config.sh judges a 3.4 configuration on a 6.x host as one of 6.x."""
    document = of_file(config(tmp_path, "3.4.111", "CONFIG_CGROUP_MEM_RES_CTLR=y\nCONFIG_CGROUPS=y\n"))
    rows = features(document)
    assert rows["cgroup.v1.memory"]["configured"]["value"] == "builtin"
    assert rows["process.clone3"]["configured"]["value"] == "no-such-symbol"
    assert rows["process.clone3"]["remedy"] == "needs Linux 5.3 or newer"
    assert rows["cgroup.v2"]["usable"] == "no"


def test_5_nothing_there_is_not_success(tmp_path: Path) -> None:
    """check-config.sh ends with 0 without any storage driver."""
    nothing = "".join(f"# {line.split('=')[0]} is not set\n" for line in READY.splitlines())
    assert probe("--config", config(tmp_path, "6.6.1", nothing)).status == 1


@pytest.mark.parametrize("version", ["5.1.0", "5.2.0", "6.6.0"])
def test_6_removed_symbols_are_not_missed(tmp_path: Path, version: str) -> None:
    run = probe("--config", config(tmp_path, version))
    for gone in ("NF_NAT_IPV4", "NF_NAT_NEEDED", "DEVPTS_MULTIPLE_INSTANCES", "CGROUP_MEM_RES_CTLR"):
        assert gone not in run.out
    assert run.status == 0


def test_7_v2_alone_is_enough(tmp_path: Path) -> None:
    """devices and freezer have no controller on v2: BPF programs and cgroup.freeze do it."""
    text = READY.replace("CONFIG_CGROUP_DEVICE=y", "# CONFIG_CGROUP_DEVICE is not set")
    text = text.replace("CONFIG_CGROUP_FREEZER=y", "# CONFIG_CGROUP_FREEZER is not set")
    text += "# CONFIG_MEMCG_V1 is not set\n"
    document = of_file(config(tmp_path, "6.12.1", text))
    rows = features(document)
    assert rows["cgroup.v1.devices"]["usable"] == "no"
    assert rows["cgroup.v2.devices"]["usable"] == "yes"
    assert rows["cgroup.v2.freezer"]["usable"] == "yes"
    assert rows["cgroup.v1.memory"]["usable"] == "no"
    assert rows["cgroup.v2.memory"]["usable"] == "yes"
    assert document["exit_status"] == 0


def test_8_swap_accounting_outlived_its_symbol(tmp_path: Path) -> None:
    rows = features(of_file(config(tmp_path, "6.6.1")))
    assert rows["cgroup.v1.memsw"]["usable"] == "yes"
    assert rows["cgroup.v2.swap"]["usable"] == "yes"
    rows = features(of_file(config(tmp_path, "5.10.1", READY + "# CONFIG_MEMCG_SWAP is not set\n")))
    assert rows["cgroup.v2.swap"]["usable"] == "no"
    assert rows["cgroup.v2.swap"]["remedy"] == "set CONFIG_MEMCG_SWAP=y"


@needs_root
def test_9_clone_children_is_set_and_seen() -> None:
    """lxc-checkconfig says enabled when the file exists."""
    row = features(valid(probe("--format", "json", "cgroup.v1.clone_children").document))[
        "cgroup.v1.clone_children"]
    mounted = any(" - cgroup " in line and "cpuset" in line
                  for line in Path("/proc/self/mountinfo").read_text().splitlines())
    assert (row["live"]["value"] == "works") == mounted, row
    if mounted:
        assert "clone_children" in row["live"]["evidence"]


# Row 10, user namespaces with a limit of 0: test_probe.py has it, with the sysctl in a namespace.


def test_11_modules_without_module_support(tmp_path: Path) -> None:
    text = READY.replace("CONFIG_VETH=y", "CONFIG_VETH=m") + "# CONFIG_MODULES is not set\n"
    veth = features(of_file(config(tmp_path, "6.6.1", text)))["net.veth"]
    assert veth["configured"]["value"] == "module"
    assert veth["usable"] == "no"
    assert veth["finding"]["type"] == "no-module-support"
    with_support = text.replace("# CONFIG_MODULES is not set", "CONFIG_MODULES=y")
    assert features(of_file(config(tmp_path, "6.6.1", with_support)))["net.veth"]["usable"] == "yes"


@pytest.mark.parametrize("text", [
    "CONFIG_USER_NS=maybe\n",
    "#CONFIG_USER_NS=y\n",
    "# CONFIG_USER_NS=y\n",
    'CONFIG_CMDLINE="CONFIG_USER_NS=y"\n',
    "CONFIG_USER_NSX=y\n",
    "CONFIG_USER_NS=n\n",
])
def test_12_only_what_is_set_is_set(tmp_path: Path, text: str) -> None:
    document = of_file(config(tmp_path, "6.6.1", READY.replace("CONFIG_USER_NS=y\n", text)))
    assert features(document)["ns.user"]["usable"] != "yes", text


@pytest.mark.parametrize("damage", ["cut", "empty"])
def test_13_a_file_that_cannot_be_read_is_no_verdict(tmp_path: Path, damage: str) -> None:
    """lxc-checkconfig: everything missing, exit 0."""
    path = tmp_path / "config.gz"
    whole = gzip.compress(config(tmp_path, "6.6.1").read_bytes())
    path.write_bytes(whole[:len(whole) // 2] if damage == "cut" else b"")
    run = probe("--config", path)
    assert (run.status, run.out) == (3, "")
    assert str(path) in run.err and "missing" not in run.err


def test_13_a_path_with_blanks(tmp_path: Path) -> None:
    directory = tmp_path / "a b  $(c) *"
    directory.mkdir()
    assert probe("--config", config(directory, "6.6.1")).status == 0


def test_14_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """check-config.sh warns and judges the running kernel."""
    run = probe("--config", tmp_path / "nowhere")
    assert (run.status, run.out) == (3, "")
    assert "nowhere" in run.err and "No such file" in run.err


@pytest.mark.parametrize(("without", "status"), [("", 0), ("CONFIG_PID_NS", 1), ("CONFIG_SECCOMP_FILTER", 2)])
def test_15_what_is_missing_decides_the_status(tmp_path: Path, without: str, status: int) -> None:
    """lxc-checkconfig ends with 0 with required items missing."""
    text = READY.replace(f"{without}=y", f"# {without} is not set") if without else READY
    assert not without or without in text
    assert probe("--config", config(tmp_path, "6.6.1", text)).status == status


@pytest.mark.parametrize("module", ["apparmor", "selinux"])
def test_16_a_security_module_works_where_it_is_active(module: str) -> None:
    """runc features says true where one is compiled in, or only known by name."""
    row = features(valid(probe("--format", "json", f"security.{module}").document))[f"security.{module}"]
    registered = {"apparmor": "/sys/module/apparmor/parameters/enabled", "selinux": "/sys/fs/selinux/enforce"}
    path = Path(registered[module])
    if row["live"]["value"] == "works":
        assert path.exists() or Path(f"/proc/self/attr/{module}").exists(), row
    if not path.exists():
        assert row["usable"] != "yes", row


@pytest.mark.parametrize(("version", "lines", "feature", "boot"), [
    ("6.3.1", 'CONFIG_SECURITY_APPARMOR=y\nCONFIG_LSM="landlock,yama,bpf"\n', "security.apparmor", "lsm="),
    ("6.3.1", 'CONFIG_SECURITY_APPARMOR=y\nCONFIG_LSM="landlock,apparmor,bpf"\n', "security.apparmor", None),
    # Only the first of those that exclude each other starts.
    ("6.3.1", 'CONFIG_SECURITY_APPARMOR=y\nCONFIG_SECURITY_SELINUX=y\nCONFIG_LSM="apparmor,selinux"\n',
     "security.selinux", "lsm="),
    ("5.14.1", 'CONFIG_SECURITY_LANDLOCK=y\nCONFIG_LSM="yama,integrity"\n', "security.landlock", "lsm="),
    ("3.10.1", 'CONFIG_SECURITY_SELINUX=y\nCONFIG_DEFAULT_SECURITY="apparmor"\n', "security.selinux",
     "security=selinux"),
    ("3.10.1", 'CONFIG_SECURITY_APPARMOR=y\nCONFIG_DEFAULT_SECURITY="apparmor"\n', "security.apparmor", None),
    ("4.4.1", 'CONFIG_SECURITY_APPARMOR=y\nCONFIG_DEFAULT_SECURITY="apparmor"\n'
     "CONFIG_SECURITY_APPARMOR_BOOTPARAM_VALUE=0\n", "security.apparmor", "apparmor=1"),
    ("5.3.1", "CONFIG_PSI=y\nCONFIG_PSI_DEFAULT_DISABLED=y\n", "base.psi", "psi=1"),
    ("5.3.1", "CONFIG_PSI=y\n# CONFIG_PSI_DEFAULT_DISABLED is not set\n", "base.psi", None),
    ("4.4.1", "CONFIG_MEMCG_SWAP=y\n# CONFIG_MEMCG_SWAP_ENABLED is not set\n", "cgroup.v1.memsw",
     "swapaccount=1"),
    ("5.10.1", "CONFIG_MEMCG_SWAP=y\n", "cgroup.v1.memsw", None),
])
def test_16_built_in_and_off_at_every_boot(tmp_path: Path, version: str, lines: str, feature: str,
                                           boot: str | None) -> None:
    """The same in a file: what no boot parameter asks for does not start."""
    row = features(of_file(config(tmp_path, version, READY + lines)))[feature]
    assert row["configured"]["value"] == "builtin"
    if boot is None:
        assert (row["usable"], row["finding"]) == ("yes", None)
    else:
        assert (row["usable"], row["finding"]["type"]) == ("no", "boot-parameter")
        assert row["remedy"].startswith("boot with ") and boot in row["remedy"]


@pytest.mark.parametrize(("version", "lines", "want", "remedy"), [
    ("4.1.15", "CONFIG_NF_TABLES=y\nCONFIG_NF_TABLES_IPV4=y\nCONFIG_NFT_MASQ=y\n"
     "# CONFIG_NFT_MASQ_IPV4 is not set\n# CONFIG_NFT_CHAIN_NAT_IPV4 is not set\n"
     "# CONFIG_IP_NF_TARGET_MASQUERADE is not set\n", "no", "set CONFIG_IP_NF_TARGET_MASQUERADE=y"),
    ("5.3.9", "CONFIG_NF_TABLES=y\n# CONFIG_NF_TABLES_IPV4 is not set\nCONFIG_NFT_NAT=y\nCONFIG_NFT_MASQ=y\n"
     "# CONFIG_NETFILTER_XT_TARGET_MASQUERADE is not set\n", "no",
     "set CONFIG_NF_TABLES_IPV4=y or CONFIG_NETFILTER_XT_TARGET_MASQUERADE=y"),
    ("5.3.9", "CONFIG_NF_TABLES=y\nCONFIG_NF_TABLES_IPV4=y\nCONFIG_NFT_NAT=y\nCONFIG_NFT_MASQ=y\n", "yes", None),
])
def test_the_core_of_masquerading_masquerades_nothing(tmp_path: Path, version: str, lines: str, want: str,
                                                      remedy: str | None) -> None:
    row = features(of_file(config(tmp_path, version, READY + lines)))["net.masquerade"]
    assert (row["usable"], row["remedy"]) == (want, remedy)


@pytest.mark.parametrize(("version", "text", "want"), [
    ("6.12.1", "", "yes"),
    ("6.17.0", "# CONFIG_NETFILTER_XTABLES_LEGACY is not set\n", "no"),
    ("6.17.0", "CONFIG_NETFILTER_XTABLES_LEGACY=y\n", "yes"),
])
def test_17_legacy_iptables_needs_a_symbol_of_its_own(tmp_path: Path, version: str, text: str, want: str
                                                      ) -> None:
    legacy = "CONFIG_IP_NF_IPTABLES_LEGACY=y\n" if want == "yes" else ""
    row = features(of_file(config(tmp_path, version, READY + IPTABLES + legacy + text)))["net.iptables_legacy"]
    assert row["usable"] == want
    if want == "no":
        assert "NETFILTER_XTABLES_LEGACY" in row["configured"]["why"] + row["remedy"]


@pytest.mark.parametrize("version", ["6.1.0", "6.12.0", "7.2.0"])
def test_18_a_fragment_has_symbols_of_its_version_only(tmp_path: Path, version: str) -> None:
    """Fragments in circulation ask for MEMCG_SWAP and CFQ_GROUP_IOSCHED on kernels without them."""
    nothing = "".join(f"# {line.split('=')[0]} is not set\n" for line in READY.splitlines())
    for profile in ("application-container", "docker", "lxc"):
        run = probe("--config", config(tmp_path, version, nothing), "--fragment", profile)
        assert "CONFIG_MEMCG=y" in run.out, run
        for gone in ("MEMCG_SWAP", "CFQ_GROUP_IOSCHED", "DEVPTS_MULTIPLE_INSTANCES", "NF_NAT_IPV4",
                     "NF_NAT_NEEDED", "RESOURCE_COUNTERS"):
            assert f"CONFIG_{gone}" not in run.out, (profile, gone)


def test_memory_controller_by_its_old_name() -> None:
    """check-config.sh says MEMCG missing on kernels before 3.6, which call it something else."""
    old = [p for p in corpus() if p.name.startswith("armbian-sun8i_default-arm-3.4.111")]
    if not old:
        pytest.skip("the corpus is not here")
    memory = features(of_file(old[0]))["cgroup.v1.memory"]
    assert memory["configured"]["value"] in ("builtin", "off")
    assert "MEMCG" not in memory["configured"]["why"]


@pytest.mark.parametrize(("release", "id_", "lines", "want"), [
    ("4.18.0", "mount.new_api", "", "no-such-symbol"),
    ("4.18.0-553.el8_10.x86_64", "mount.new_api", "", "unknown"),
    ("4.18.0-553.el8_10.x86_64", "cgroup.v2.freezer", "CONFIG_CGROUPS=y\n", "unknown"),
    ("4.18.0-553.el8_10.x86_64", "cgroup.v2.freezer", "# CONFIG_CGROUPS is not set\n", "no-such-symbol"),
    ("4.12.14-122.37-default", "cgroup.v2.freezer", "CONFIG_CGROUPS=y\n", "unknown"),
    ("4.12.14-default-board", "cgroup.v2.freezer", "CONFIG_CGROUPS=y\n", "no-such-symbol"),
    # Kconfig would show the symbol of a time namespace that was taken over.
    ("4.18.0-553.el8_10.x86_64", "ns.time", "", "no-such-symbol"),
    ("4.18.0-553.el8_10.x86_64", "ns.time", "CONFIG_TIME_NS=y\n", "builtin"),
])
def test_enterprise_kernels_take_over_later_things(tmp_path: Path, release: str, id_: str, lines: str,
                                                   want: str) -> None:
    row = features(of_file(config(tmp_path, release, lines)))[id_]
    assert row["configured"]["value"] == want, row["configured"]
    assert want != "unknown" or release in row["configured"]["why"]
