# SPDX-License-Identifier: GPL-2.0-only
"""Networks of Berth's containers, in a network namespace of the test's own: every type, what it looks
like inside and on the host, and that the host is as it was afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from berth_box import LIMIT, Box, until
from berth_wire import Wire, config, enter, network, start

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network devices need root")


@pytest.fixture
def wire() -> Iterator[Wire]:
    with network() as wire:
        yield wire


@contextmanager
def boxed(path: Path, executable: Path, wire: Wire) -> Iterator[Box]:
    box = Box(path, executable, wrapper=enter(wire.pid))
    before = wire.snapshot()
    yield box
    box.end()
    assert wire.snapshot() == before


@pytest.fixture
def box(tmp_path: Path, executable: Path, wire: Wire) -> Iterator[Box]:
    with boxed(tmp_path, executable, wire) as box:
        yield box


def addresses(link: dict) -> set[str]:
    return {f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"] if a["scope"] == "global"}


def ping(wire: Wire, address: str) -> bool:
    return wire.call("busybox", "ping", "-c", "1", "-W", "10", address).returncode == 0


# ---- veth ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("old", [False, True], ids=["today", "0.8"])
def test_veth_on_a_bridge(box: Box, wire: Wire, old: bool) -> None:
    new_keys = """0.type = veth
        0.link = br0
        0.flags = up
        0.hwaddr = 00:16:3e:xx:xx:xx
        0.ipv4.address = 10.9.0.2/24
        0.ipv4.gateway = auto
        0.ipv6.address = fd00:9::2/64"""
    old_keys = """lxc.network.type = veth
        lxc.network.link = br0
        lxc.network.flags = up
        lxc.network.hwaddr = 00:16:3e:xx:xx:xx
        lxc.network.ipv4 = 10.9.0.2/24 10.9.0.255
        lxc.network.ipv4.gateway = auto
        lxc.network.ipv6 = fd00:9::2"""
    known = set(wire.links())
    start(box, "c", old_keys if old else new_keys)
    inside = wire.inside(box, "c")
    links = inside.links()
    assert set(links) == {"lo", "eth0"}
    eth0 = links["eth0"]
    assert "UP" in links["lo"]["flags"] and "UP" in eth0["flags"]
    assert re.fullmatch(r"00:16:3e(:[0-9a-f]{2}){3}", eth0["address"])
    assert eth0["mtu"] == 1400, "as its bridge"
    assert addresses(eth0) == {"10.9.0.2/24", "fd00:9::2/64"}
    assert [a["broadcast"] for a in eth0["addr_info"] if a["family"] == "inet"] == ["10.9.0.255"]
    assert [r for r in inside.json("route") if r["dst"] == "default"][0]["gateway"] == "10.9.0.1"
    host = wire.links()
    (peer,) = set(host) - known
    assert host[peer]["master"] == "br0" and host[peer]["address"].startswith("fe:")
    assert "UP" in host[peer]["flags"] and host[peer]["mtu"] == 1400
    assert ping(inside, "10.9.0.1") and ping(wire, "10.9.0.2")
    assert "10.9.0.2" in box.ok("info", "-i", "-H", "c")
    box.ok("stop", "-k", "c")
    assert set(wire.links()) == known


def test_veth_without_a_link_with_names_given(box: Box, wire: Wire) -> None:
    start(box, "c", """0.type = veth
        0.veth.pair = out0
        0.name = in0
        0.mtu = 1234
        0.hwaddr = 02:aa:bb:cc:dd:ee
        0.veth.n_rxqueues = 2
        0.veth.n_txqueues = 3
        1.type = veth
        2.type = veth
        2.name = eth0""")
    links = wire.inside(box, "c").links()
    assert set(links) == {"lo", "in0", "eth1", "eth0"}
    assert links["in0"]["mtu"] == 1234 and links["in0"]["address"] == "02:aa:bb:cc:dd:ee"
    assert links["in0"]["num_rx_queues"] == 2 and links["in0"]["num_tx_queues"] == 3
    assert "UP" not in links["in0"]["flags"] and "UP" not in links["lo"]["flags"]
    host = wire.links()["out0"]
    assert host["mtu"] == 1234 and "UP" in host["flags"] and "master" not in host
    assert host["num_rx_queues"] == 3 and host["num_tx_queues"] == 2


def test_two_containers_reach_one_another(box: Box, wire: Wire) -> None:
    for n in (2, 3):
        start(box, f"c{n}", f"""0.type = veth
            0.link = br0
            0.flags = up
            0.ipv4.address = 10.9.0.{n}/24""")
    assert ping(wire.inside(box, "c2"), "10.9.0.3")


def test_veth_in_router_mode(box: Box, wire: Wire) -> None:
    start(box, "c", """0.type = veth
        0.veth.mode = router
        0.veth.pair = r0
        0.flags = up
        0.ipv4.address = 10.20.0.5/32
        0.ipv4.gateway = 169.254.1.1
        0.ipv6.address = fd00:20::5/128
        0.ipv6.gateway = fe80::1
        0.veth.ipv4.route = 10.30.0.0/16,10.31.0.0/16""")
    inside = wire.inside(box, "c")
    routes = {r["dst"]: r for r in wire.json("route")}
    assert {routes[dst]["dev"] for dst in ("10.20.0.5", "10.30.0.0/16", "10.31.0.0/16")} == {"r0"}
    assert any(r["dst"] == "fd00:20::5" and r["dev"] == "r0" for r in wire.json("-6", "route"))
    assert {(p["dst"], p["dev"]) for p in wire.json("neigh", "show", "proxy")} == {
        ("169.254.1.1", "r0"), ("fe80::1", "r0")}
    default = [r for r in inside.json("route") if r["dst"] == "default"]
    assert [r["gateway"] for r in default] == ["169.254.1.1"]
    # The host answers for a gateway that nobody has, if it knows a way there (arp_process(), net/ipv4/arp.c),
    # and routes back by the container's address.
    wire.ip("route", "add", "default", "via", "10.9.0.254")
    assert ping(wire, "10.20.0.5") and ping(inside, "10.9.0.1")
    wire.ip("route", "del", "default")


def test_gateway_dev_is_a_route_to_nobody(box: Box, wire: Wire) -> None:
    start(box, "c", """0.type = veth
        0.flags = up
        0.ipv4.address = 10.9.7.2/24
        0.ipv4.gateway = dev
        0.ipv6.address = fd00:7::2/64
        0.ipv6.gateway = dev""")
    inside = wire.inside(box, "c")
    for family in ("-4", "-6"):
        (route,) = (r for r in inside.json(family, "route") if r["dst"] == "default")
        assert route["dev"] == "eth0" and "gateway" not in route


def test_gateway_outside_of_every_network(box: Box, wire: Wire) -> None:
    start(box, "c", """0.type = veth
        0.link = br0
        0.flags = up
        0.ipv4.address = 10.40.0.2/32
        0.ipv4.gateway = 10.9.0.1""")
    routes = {r["dst"]: r for r in wire.inside(box, "c").json("route")}
    assert routes["default"]["gateway"] == "10.9.0.1" and "gateway" not in routes["10.9.0.1"]


def test_proxies_on_the_link(box: Box, wire: Wire) -> None:
    text = """0.type = veth
        0.veth.mode = router
        0.link = p1
        0.l2proxy = 1
        0.flags = up
        0.ipv4.address = 10.50.0.5/32
        1.type = veth
        1.veth.mode = router
        1.link = p1
        1.l2proxy = 1
        1.flags = up
        1.ipv4.address = 10.50.0.6/32"""
    config(box, "c", text)
    assert wire.call("sysctl", "-qw", "net.ipv4.conf.p1.forwarding=0").returncode == 0
    done = box.run("start", "c")
    assert done.returncode == 1 and "/proc/sys/net/ipv4/conf/p1/forwarding" in done.stderr
    assert wire.call("sysctl", "-qw", "net.ipv4.conf.p1.forwarding=1").returncode == 0
    wire.ip("neigh", "add", "proxy", "10.50.0.6", "dev", "p1")
    box.ok("start", "-n", "c", "--", "/bin/sleep", "100000")
    assert {(p["dst"], p["dev"]) for p in wire.json("neigh", "show", "proxy")} == {
        ("10.50.0.5", "p1"), ("10.50.0.6", "p1")}
    box.ok("stop", "-k", "c")
    assert {p["dst"] for p in wire.json("neigh", "show", "proxy")} == {"10.50.0.6"}, "it was there before"
    wire.ip("neigh", "del", "proxy", "10.50.0.6", "dev", "p1")


def test_vlans_of_the_port(box: Box, wire: Wire) -> None:
    text = """0.type = veth
        0.link = br0
        0.veth.pair = v0
        0.veth.vlan.id = 7
        0.veth.vlan.tagged.id = 8
        0.veth.vlan.tagged.id = 9"""
    if not wire.try_device("type", "bridge", "vlan_filtering", "1"):
        config(box, "c", text)
        done = box.run("start", "c")
        assert done.returncode == 1 and "step net-0-port: " in done.stderr
        assert "net.bridge_vlan_filtering" in done.stderr and "BRIDGE_VLAN_FILTERING" in done.stderr
        return
    start(box, "c", text)
    (port,) = (p for p in wire.json("bridge", "vlan", "show") if p["ifname"] == "v0")
    assert {v["vlan"]: v.get("flags", []) for v in port["vlans"]} == {
        7: ["PVID", "Egress Untagged"], 8: [], 9: []}


# ---- upon a device of the host's -------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["private", "vepa", "bridge", "passthru", None])
def test_macvlan(box: Box, wire: Wire, mode: str | None) -> None:
    text = f"""0.type = macvlan
        0.link = p1
        0.flags = up
        0.mtu = 1200
        0.hwaddr = 02:01:02:03:04:05
        0.ipv4.address = 10.60.0.2/24
        {'0.macvlan.mode = ' + mode if mode else '0.name = eth0'}"""
    mac = wire.links()["p1"]["address"]
    start(box, "c", text)
    for _ in range(3):  # a passthru device's place is free again at once
        eth0 = wire.inside(box, "c").links()["eth0"]
        assert eth0["linkinfo"]["info_kind"] == "macvlan"
        assert eth0["linkinfo"]["info_data"]["mode"] == (mode or "private")
        assert eth0["mtu"] == 1200 and addresses(eth0) == {"10.60.0.2/24"} and "UP" in eth0["flags"]
        assert eth0["address"] == "02:01:02:03:04:05"
        if mode == "passthru":  # the link has the address of who is behind it
            assert wire.links()["p1"]["address"] == "02:01:02:03:04:05"
        box.ok("stop", "-k", "c")
        assert wire.links()["p1"]["address"] == mac
        box.ok("start", "-n", "c", "--", "/bin/sleep", "100000")


def test_macvlans_of_mode_bridge_reach_one_another(box: Box, wire: Wire) -> None:
    for n in (2, 3):
        start(box, f"c{n}", f"""0.type = macvlan
            0.macvlan.mode = bridge
            0.link = p1
            0.flags = up
            0.ipv4.address = 10.60.0.{n}/24""")
    assert ping(wire.inside(box, "c2"), "10.60.0.3")


MISSING = {
    "vlan": ("0.type = vlan\n0.vlan.id = 5", "net.vlan", "VLAN_8021Q"),
    "ipvlan": ("0.type = ipvlan\n0.ipvlan.mode = l2\n0.ipvlan.isolation = private", "net.ipvlan", "IPVLAN"),
}


@pytest.mark.parametrize("kind", MISSING)
def test_what_the_kernel_lacks_is_named(box: Box, wire: Wire, kind: str) -> None:
    text, feature, symbol = MISSING[kind]
    text += "\n0.link = p1\n0.flags = up\n0.ipv4.address = 10.70.0.2/24"
    options = ("type", kind, "id", "5") if kind == "vlan" else ("type", kind)
    if not wire.try_device("link", "p1", *options):
        config(box, "c", text)
        done = box.run("start", "c")
        assert done.returncode == 1
        assert f"step net-0-device: making a {kind} device on p1: " in done.stderr
        assert f"feature {feature} (kernel configuration: {symbol})" in done.stderr
        return
    start(box, "c", text)
    for _ in range(3):  # its number or address is free again at once
        info = wire.inside(box, "c").links()["eth0"]["linkinfo"]
        assert info["info_kind"] == kind
        if kind == "vlan":
            assert info["info_data"]["id"] == 5
        else:
            assert info["info_data"]["mode"] == "l2" and info["info_data"]["private"]
        box.ok("stop", "-k", "c")
        box.ok("start", "-n", "c", "--", "/bin/sleep", "100000")


# ---- a device of the host's itself ----------------------------------------------------------------

PHYS = """0.type = phys
    0.link = p0
    0.name = wan
    0.mtu = 1250
    0.hwaddr = 02:00:00:00:00:99
    0.flags = up
    0.ipv4.address = 10.80.0.2/24"""


def test_phys_goes_and_comes_back(box: Box, wire: Wire) -> None:
    wire.ip("addr", "add", "10.80.0.1/24", "dev", "p1")
    start(box, "c", PHYS)
    assert "p0" not in wire.links()
    inside = wire.inside(box, "c")
    wan = inside.links()["wan"]
    assert wan["mtu"] == 1250 and wan["address"] == "02:00:00:00:00:99"
    assert ping(inside, "10.80.0.1")
    box.ok("stop", "-k", "c")
    p0 = wire.links()["p0"]
    assert p0["mtu"] == 1300 and p0["address"] == "02:00:00:00:00:10"
    wire.ip("addr", "del", "10.80.0.1/24", "dev", "p1")


def test_phys_keeps_its_name_inside(box: Box, wire: Wire) -> None:
    start(box, "c", "0.type = phys\n0.link = p0")
    assert set(wire.inside(box, "c").links()) == {"lo", "p0"}


def test_phys_comes_back_whatever_was_done_to_it(box: Box, wire: Wire) -> None:
    start(box, "c", PHYS)
    inside = wire.inside(box, "c")
    inside.ip("link", "set", "wan", "down")
    inside.ip("link", "set", "wan", "name", "other", "address", "02:00:00:00:00:77", "mtu", "900")
    inside.ip("link", "add", "wan", "type", "bridge")
    inside.ip("link", "set", "wan", "address", "02:00:00:00:00:99")
    box.ok("stop", "-k", "c")  # the fixture compares


@pytest.mark.parametrize("elsewhere", [False, True], ids=["in place", "from elsewhere"])
def test_phys_comes_back_after_a_killed_monitor(box: Box, wire: Wire, elsewhere: bool) -> None:
    """Also where the command that cleans up runs in another network namespace."""
    start(box, "c", PHYS)
    monitor, init = box.monitor("c"), box.init("c")
    os.kill(monitor, 9)
    until(lambda: not Path(f"/proc/{init}/root").exists(), "the end of init")
    if elsewhere:
        box.wrapper = ()
    assert box.state("c") == "STOPPED"
    p0 = wire.links()["p0"]
    assert p0["mtu"] == 1300 and p0["address"] == "02:00:00:00:00:10"
    assert box.left() == []
    box.wrapper = enter(wire.pid)
    start_again = box.run("start", "-n", "c", "--", "/bin/sleep", "100000")
    assert start_again.returncode == 0, start_again.stderr


def test_phys_that_the_kernel_gave_back_gets_its_name(box: Box, wire: Wire) -> None:
    """As hardware comes back whose namespace has gone: under the name that it had inside."""
    start(box, "c", "0.type = phys\n0.link = p0\n0.name = wan\n0.mtu = 1250\n0.flags = up")
    (state,) = box.rundir.glob("*-c")
    init = box.init("c")
    os.kill(box.monitor("c"), 9)
    until(lambda: not Path(f"/proc/{init}/root").exists(), "the end of init")
    subprocess.run(["nsenter", f"--net={state}/netns.inside", "ip", "link", "set", "wan", "netns", str(wire.pid)],
                   check=True, timeout=60)
    assert "wan" in wire.links()
    subprocess.run(["umount", state / "netns.inside"], check=True, timeout=60)
    assert box.state("c") == "STOPPED"
    p0 = wire.links()["p0"]
    assert p0["mtu"] == 1300 and p0["address"] == "02:00:00:00:00:10"


def test_many_at_once(box: Box, wire: Wire) -> None:
    """Each start and each stop in the midst of others'."""
    names = [f"c{n}" for n in range(12)]
    for n, name in enumerate(names):
        config(box, name, f"""0.type = veth
            0.link = br0
            0.flags = up
            0.ipv4.address = 10.9.0.{n + 10}/24
            1.type = macvlan
            1.link = p1
            1.flags = up""")
    for _ in range(2):
        started = [box.popen("start", "-n", name, "--", "/bin/sleep", "100000") for name in names]
        assert [p.wait(LIMIT) for p in started] == [0] * len(names)
        for name in names:
            assert set(wire.inside(box, name).links()) == {"lo", "eth0", "eth1"}
        stopped = [box.popen("stop", "-k", name) for name in names]
        assert [p.wait(LIMIT) for p in stopped] == [0] * len(names)
        assert box.left() == []


def test_phys_whose_name_was_taken_meanwhile(box: Box, wire: Wire) -> None:
    start(box, "c", PHYS)
    wire.ip("link", "add", "p0", "type", "bridge")
    box.run("stop", "-k", "c")
    # Under its name inside, or another: not lost, and in nobody's way.
    back = [link for link in wire.links().values() if link.get("address") == "02:00:00:00:00:10"]
    assert back and box.left() == []
    wire.ip("link", "del", "p0")
    wire.ip("link", "set", back[0]["ifname"], "down")
    wire.ip("link", "set", back[0]["ifname"], "name", "p0")
    wire.ip("link", "set", "p0", "up")


def test_names_change_places(box: Box, wire: Wire) -> None:
    start(box, "c", """0.type = phys
        0.link = p0
        0.name = p1
        1.type = phys
        1.link = p1
        1.name = p0""")
    links = wire.inside(box, "c").links()
    assert set(links) == {"lo", "p0", "p1"} and links["p1"]["address"] == "02:00:00:00:00:10"
    box.ok("stop", "-k", "c")
    wire.ip("link", "set", "p0", "up")
    wire.ip("link", "set", "p1", "up")


def test_lo_cannot_be_moved(box: Box, wire: Wire) -> None:
    config(box, "c", "0.type = phys\n0.link = lo\n0.name = x")
    done = box.run("start", "c")
    assert done.returncode == 1 and "cannot leave its network namespace" in done.stderr


def test_monitor_killed_while_it_undoes(box: Box, wire: Wire) -> None:
    """After the device went back, before the rest was undone."""
    script = box.path / "down"
    script.write_text(f"#!/bin/sh\n[ -e {box.path}/once ] || {{ : >{box.path}/once; kill -9 $PPID; }}\n")
    script.chmod(0o755)
    start(box, "c", f"""0.type = veth
        0.link = br0
        1.type = empty
        1.script.down = {script}
        {PHYS.replace("0.", "2.", 1).replace(chr(10) + "    0.", chr(10) + "    2.")}""")
    box.run("stop", "-k", "c")
    until(lambda: (box.path / "once").exists(), "the script")
    assert box.state("c") == "STOPPED"
    assert box.left() == []


def test_reboot_keeps_hardware_addresses(box: Box, wire: Wire) -> None:
    config(box, "c", """0.type = veth
        0.link = br0
        0.hwaddr = 00:16:3e:xx:xx:xx
        1.type = phys
        1.link = p0
        2.type = macvlan
        2.macvlan.mode = passthru
        2.link = p1""")
    script = "ip link show eth0 >/tmp/$(ls /tmp | wc -l); [ -e /tmp/1 ] && exec sleep 100000; exec reboot -f"
    box.ok("start", "-n", "c", "--", "/bin/sh", "-c", script)
    first, second = (box.rootfs("c") / f"tmp/{n}" for n in (0, 1))
    until(lambda: second.exists() and "link/ether" in second.read_text(), "the second boot")

    def mac(path: Path) -> str:
        return path.read_text().split("link/ether ")[1].split()[0]
    assert mac(first) == mac(second) and mac(first).startswith("00:16:3e:")
    until(lambda: box.state("c") == "RUNNING", "running again")
    assert set(wire.inside(box, "c").links()) == {"lo", "eth0", "eth1", "p0"}
    box.ok("stop", "-k", "c")
    wire.ip("link", "set", "p0", "up")


def test_create_draws_hardware_addresses_once(box: Box, wire: Wire) -> None:
    text = ("# lxc.net.0.hwaddr = 00:16:3e:xx:xx:xx\n lxc.network.type = veth\n"
            "lxc.network.hwaddr=00:16:3e:xX:0x:aa\nlxc.network.type = veth\n"
            "lxc.network.hwaddr = 00:16:3e:11:22:33\nlxc.uts.name = lxc.net.0.hwaddr\n")
    path = box.path / "given"
    path.write_text(text)
    box.lxcpath.mkdir(exist_ok=True)
    box.ok("create", "-n", "m", "-f", str(path))
    made = (box.lxcpath / "m/config").read_text()
    drawn = re.search(r"^lxc.network.hwaddr=(00:16:3e:[0-9a-f]{2}:0[0-9a-f]:aa)$", made, re.MULTILINE)
    assert drawn, made
    assert made == text.replace("00:16:3e:xX:0x:aa", drawn[1])
    box.ok("destroy", "-n", "m")


def test_info_counts_what_went_through(box: Box, wire: Wire) -> None:
    start(box, "c", """0.type = veth
        0.link = br0
        0.veth.pair = v0
        0.flags = up
        0.ipv4.address = 10.9.0.2/24""")
    assert ping(wire, "10.9.0.2")
    told = box.ok("info", "c")
    assert re.search(r"^Link: +v0$", told, re.MULTILINE), told
    for word in ("TX", "RX", "Total"):
        assert re.search(rf"^ {word} bytes: +[\d.]+ KiB$", told, re.MULTILINE), told


# ---- scripts --------------------------------------------------------------------------------------


def recorder(box: Box, name: str, status: int = 0) -> Path:
    script = box.path / name
    script.write_text("#!/bin/sh\n"
                      f'echo "$0 $*" >>{box.path}/said\nenv | grep ^LXC_ | sort >>{box.path}/said\n'
                      f"exit {status}\n")
    script.chmod(0o755)
    return script


def said(box: Box) -> str:
    path = box.path / "said"
    text = path.read_text() if path.exists() else ""
    path.unlink(missing_ok=True)
    return text


def test_scripts_up_and_down(box: Box, wire: Wire) -> None:
    up, down = recorder(box, "up"), recorder(box, "down")
    start(box, "c", f"""0.type = veth
        0.link = br0
        0.veth.pair = v0
        0.script.up = {up}
        0.script.down = {down} with 'a blank'""")
    text = said(box)
    assert text.splitlines()[0] == f"{up} c net up veth br0 v0"
    for line in ("LXC_NAME=c", "LXC_HOOK_TYPE=up", "LXC_HOOK_SECTION=net", "LXC_NET_TYPE=veth",
                 "LXC_NET_PARENT=br0", "LXC_NET_PEER=v0", "LXC_HOOK_VERSION=0",
                 f"LXC_ROOTFS_PATH={box.rootfs('c')}"):
        assert line in text.splitlines()
    box.ok("stop", "-k", "c")
    text = said(box)
    assert text.splitlines()[0] == f"{down} with a blank c net down veth br0 v0"
    assert "LXC_HOOK_TYPE=down" in text and text.count("LXC_NAME=c") == 1
    assert f"LXC_ROOTFS_PATH={box.rootfs('c')}" in text


def test_scripts_of_hook_version_1_have_no_arguments(box: Box, wire: Wire) -> None:
    script = recorder(box, "both")
    start(box, "c", f"""0.type = macvlan
        0.link = p1
        0.script.up = {script}
        0.script.down = {script}
        lxc.hook.version = 1""")
    box.ok("stop", "-k", "c")
    up, down = said(box).split(f"{script} \n")[1:]
    assert "LXC_HOOK_TYPE=up" in up and "LXC_HOOK_TYPE=down" in down
    for text in (up, down):
        for line in ("LXC_HOOK_VERSION=1", "LXC_NET_TYPE=macvlan", "LXC_NET_PARENT=p1", "LXC_NAME=c"):
            assert line in text.splitlines()
        assert "LXC_NET_PEER" not in text


def test_pair_that_a_script_renamed_is_removed(box: Box, wire: Wire) -> None:
    script = box.path / "up"
    script.write_text("#!/bin/sh\nip link set $6 down && ip link set $6 name else0 && ip link add $6 type bridge\n")
    script.chmod(0o755)
    start(box, "c", f"0.type = veth\n0.link = br0\n0.veth.pair = v0\n0.script.up = {script}")
    assert wire.links()["else0"]["linkinfo"]["info_kind"] == "veth"
    box.ok("stop", "-k", "c")
    assert "else0" not in wire.links(), "whatever it is called"
    assert "v0" in wire.links(), "that name is somebody else's by now"
    wire.ip("link", "del", "v0")


def test_script_up_that_fails_stops_the_start(box: Box, wire: Wire) -> None:
    up, down = recorder(box, "up", status=3), recorder(box, "down", status=4)
    config(box, "c", f"0.type = empty\n0.script.up = {up}\n0.script.down = {down}")
    done = box.run("start", "c")
    assert done.returncode == 1 and f"script {up} (up) failed with status 3" in done.stderr
    text = said(box)
    assert f"{up} c net up empty\n" in text and f"{down} c net down empty\n" in text
    assert box.left() == []
    config(box, "d", "0.type = empty\n0.script.up = /no/such/script")
    done = box.run("start", "d")
    assert done.returncode == 1 and "script /no/such/script (up) cannot be executed" in done.stderr


def test_stop_does_not_wait_for_a_script(box: Box, wire: Wire) -> None:
    script = box.path / "up"
    script.write_text(f"#!/bin/sh\n: >{box.path}/runs\nexec sleep 100000\n")
    script.chmod(0o755)
    config(box, "c", f"0.type = veth\n0.script.up = {script}")
    starting = box.popen("start", "c", stderr=subprocess.PIPE)
    until(lambda: (box.path / "runs").exists(), "the script")
    assert box.state("c") == "STARTING"
    box.ok("stop", "-k", "c")
    assert starting.wait(LIMIT) == 1
    assert starting.stderr and "the container was stopped meanwhile" in starting.stderr.read()
    assert box.left() == []


def test_script_down_runs_after_a_killed_monitor(box: Box, wire: Wire) -> None:
    down = recorder(box, "down")
    start(box, "c", f"0.type = macvlan\n0.link = p1\n0.script.down = {down}")
    init = box.init("c")
    os.kill(box.monitor("c"), 9)
    until(lambda: not Path(f"/proc/{init}/root").exists(), "the end of init")
    assert box.state("c") == "STOPPED"
    assert said(box).splitlines()[0] == f"{down} c net down macvlan p1"


# ---- netstat --------------------------------------------------------------------------------------

SERVERS = """
import os, socket, sys
a = socket.socket(); a.bind(("10.9.0.2", 4001)); a.listen()
b = socket.socket(socket.AF_INET6); b.bind(("::1", 4002)); b.listen()
c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.bind(("0.0.0.0", 4003))
d = socket.create_connection(("10.9.0.2", 4001))
e = socket.socket(socket.AF_UNIX); e.bind("\\0of-a-test"); e.listen()
print("ready", flush=True)
sys.stdin.read()
"""


def netstat(box: Box, *args: str) -> list[list[str]]:
    done = box.run("netstat", *args)
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_netstat_tells_of_the_container_alone(box: Box, wire: Wire) -> None:
    start(box, "c", """0.type = veth
        0.link = br0
        0.flags = up
        0.ipv4.address = 10.9.0.2/24
        0.ipv4.gateway = auto
        1.type = veth""")
    with subprocess.Popen([*enter(box.init("c")), sys.executable, "-c", SERVERS], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as servers:
        assert servers.stdout and servers.stdout.readline() == "ready\n"
        lines = netstat(box, "c", "-tlnp")
        assert [(w[0], w[3], w[4], w[5]) for w in lines[2:]] == [
            ("tcp", "10.9.0.2:4001", "0.0.0.0:*", "LISTEN"), ("tcp6", "::1:4002", ":::*", "LISTEN")]
        assert all(w[6].startswith(f"{servers.pid}/python") for w in lines[2:])
        lines = netstat(box, "--name", "c", "--tcp")
        assert {w[5] for w in lines[2:]} == {"ESTABLISHED"} and len(lines) == 4, "both ends of one"
        assert [w[3] for w in netstat(box, "-ul", "c")[2:]] == ["0.0.0.0:4003"]
        assert [w[-1] for w in netstat(box, "-xl", "c")[2:]] == ["@of-a-test"]
        everything = netstat(box, "c", "-a")
        assert {w[0] for w in everything} >= {"tcp", "tcp6", "udp", "unix"}
        servers.kill()
    routes = netstat(box, "c", "-r")
    assert ["0.0.0.0", "10.9.0.1", "0.0.0.0", "UG", "0", "0", "0", "eth0"] in routes
    devices = netstat(box, "-i", "c")[2:]
    assert [w[0] for w in devices] == ["lo", "eth0"] and devices[1][1] == "1400"
    assert [w[0] for w in netstat(box, "-ia", "c")[2:]] == ["lo", "eth0", "eth1"]


def test_netstat_is_asked_wrongly(box: Box, wire: Wire) -> None:
    config(box, "c", "0.type = empty")
    done = box.run("netstat", "c")
    assert done.returncode == 1 and "container 'c' does not run" in done.stderr
    for args, words in ((("-t",), "the name of the container is missing"), (("c", "-tz"), "there is no option '-tz'"),
                        (("c", "d"), "one name is enough"), (("c", "--tcpx"), "there is no option '--tcpx'")):
        done = box.run("netstat", *args)
        assert done.returncode == 64 and words in done.stderr


# ---- what goes wrong --------------------------------------------------------------------------------

WRONG = {
    "no link": ("0.type = veth\n0.link = nope", "net-0-find: there is no network device nope here"),
    "no bridge": ("0.type = veth\n0.link = p1", "the link p1 is of the kind veth, not a bridge"),
    "pair taken": ("0.type = veth\n0.veth.pair = p1", "there is a device p1 here already"),
    "auto without address": (
        "0.type = veth\n0.link = p1\n0.flags = up\n0.ipv4.address = 10.0.0.2/8\n0.ipv4.gateway = auto",
        "p1 has no IPv4 address, which the gateway auto is to be"),
    "two gateways": (
        "0.type = veth\n0.flags = up\n0.ipv4.address = 10.0.1.2/24\n0.ipv4.gateway = 10.0.1.1\n"
        "1.type = veth\n1.flags = up\n1.ipv4.address = 10.0.2.2/24\n1.ipv4.gateway = 10.0.2.1",
        "another network's gateway is the IPv4 default route already"),
    "no mtu": ("0.type = veth\n0.mtu = 68\n0.flags = up\n0.ipv6.address = fd00::2/64",
               "step net-0-setup: address fd00::2/64 for eth0: "),
    "address twice": ("0.type = veth\n0.ipv4.address = 10.0.0.1/8\n0.ipv4.address = 10.0.0.1/8",
                      "step net-0-setup: address 10.0.0.1/8 for eth0: File exists"),
}


@pytest.mark.parametrize("case", WRONG)
def test_one_clear_error_and_nothing_left(box: Box, wire: Wire, case: str) -> None:
    text, words = WRONG[case]
    before = wire.snapshot()
    config(box, "c", text)
    done = box.run("start", "c")
    assert done.returncode == 1 and words in done.stderr, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert box.left() == [] and wire.snapshot() == before


def test_bad_configurations_are_refused_in_the_plan(box: Box, wire: Wire) -> None:
    config(box, "c", "0.type = vlan\n0.link = p1")
    done = box.run("start", "--dry-run", "c")
    assert done.returncode == 1 and "network of type vlan needs a vlan.id" in done.stderr


# ---- together ---------------------------------------------------------------------------------------


def test_in_a_user_namespace(executable: Path, wire: Wire) -> None:
    # Every directory down to the rootfs must let the container's root through, unlike pytest's own.
    with tempfile.TemporaryDirectory(prefix="berth-", dir="/var/tmp") as directory:
        Path(directory).chmod(0o755)
        with boxed(Path(directory), executable, wire) as box:
            config(box, "c", """0.type = veth
                0.link = br0
                0.flags = up
                0.ipv4.address = 10.9.0.2/24
                0.ipv4.gateway = auto
                1.type = macvlan
                1.link = p1
                2.type = phys
                2.link = p0
                lxc.idmap = u 0 100000 65536
                lxc.idmap = g 0 100000 65536""")
            subprocess.run(["chown", "-R", "100000:100000", box.rootfs("c")], check=True, timeout=60)
            box.ok("start", "-n", "c", "--", "/bin/sleep", "100000")
            inside = wire.inside(box, "c")
            assert set(inside.links()) == {"lo", "eth0", "eth1", "p0"}
            assert ping(inside, "10.9.0.1")


def test_two_containers_do_not_mind_one_another(box: Box, wire: Wire) -> None:
    start(box, "a", "0.type = phys\n0.link = p0")
    start(box, "b", "0.type = macvlan\n0.link = p1")
    box.ok("stop", "-k", "a")
    assert set(wire.inside(box, "b").links()) == {"lo", "eth0"}
    box.ok("stop", "-k", "b")
    wire.ip("link", "set", "p0", "up")


ALL = """0.type = veth
    0.link = br0
    0.flags = up
    0.ipv4.address = 10.9.0.2/24
    0.script.up = /bin/true
    0.script.down = /bin/true
    1.type = macvlan
    1.link = p1
    1.flags = up
    2.type = phys
    2.link = p0
    2.name = wan
    2.hwaddr = 02:00:00:00:00:99
    2.mtu = 1250
    3.type = veth
    3.veth.mode = router
    3.link = p1
    3.l2proxy = 1
    3.flags = up
    3.ipv4.address = 10.50.0.5/32"""


@pytest.mark.parametrize("way", ["ENOSPC", "after-ENOSPC", "kill", "after-kill"])
def test_every_step_fails_and_the_host_is_as_before(box: Box, wire: Wire, way: str) -> None:
    assert wire.call("sysctl", "-qw", "net.ipv4.conf.p1.forwarding=1").returncode == 0
    config(box, "c", ALL)
    before = wire.snapshot()
    steps = [s for s in box.steps("start", "c") if s.startswith("net-")]
    assert len(steps) == 17 and "net-pin" in steps and "net-3-proxy" in steps
    for step in [*steps, "loopback"]:
        done = box.run("start", "-n", "c", "--", "/bin/sleep", "100000", env={"BERTH_FAULT": f"{step}:{way}"})
        assert done.returncode == 1, f"{step}:{way} went through"
        if "kill" not in way:
            assert f"step {step}: " in done.stderr and "No space left" in done.stderr
            assert box.left() == [] and wire.snapshot() == before, f"{step}:{way}: left at once"
        assert box.state("c") == "STOPPED"
        assert box.left() == [] and wire.snapshot() == before, f"{step}:{way}: left to the next command"
    box.ok("start", "-n", "c", "--", "/bin/sleep", "100000")
