# SPDX-License-Identifier: GPL-2.0-only
"""Reading a Kconfig tree: the words that the library does not know, and what is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from seaworthy import kconfig_tree
from seaworthy.errors import HarnessError

KCONFIG = """\
source "scripts/Kconfig.include"

config CC_HAS_LUCK
	def_bool $(cc-option,-fluck)

config LUCKY_SHELL
	def_bool $(success,exit 0)

config UNLUCKY_SHELL
	def_bool $(failure,exit 0)

config MODULES
	bool "Modules"
	modules

menu "Networking"
	depends on NET

config VETH
	tristate "Veth"
	select POOL
	depends on NETDEVICES if USB && !GADGET

endmenu

config NET
	bool "Net" if EXPERT
	default y

config EXPERT
	bool

config NETDEVICES
	bool "Devices"

config USB
	tristate "USB"

config GADGET
	tristate "Gadget"

config POOL
	bool

config OLD_POOL
	bool
	transitional
	help
	  Gone; depends on nothing if read.

source "arch/$(SRCARCH)/Kconfig"
"""

INCLUDE = """\
if-success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "$(2)" || echo "$(3)")
success = $(if-success,$(1),y,n)
failure = $(if-success,$(1),n,y)
cc-option = $(success,no-such-compiler $(1))
$(error-if,$(failure,command -v no-such-compiler),no compiler)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name, text in (("Makefile", "VERSION = 6\nPATCHLEVEL = 18\nSUBLEVEL = 3\n"),
                       ("Kconfig", KCONFIG), ("scripts/Kconfig.include", INCLUDE),
                       ("arch/x86/Kconfig", "config X86\n\tdef_bool y\n"),
                       ("arch/arm64/Kconfig", "config ARM64\n\tdef_bool y\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_newer_words_are_read(source: Path) -> None:
    tree = kconfig_tree.load(source, "x86_64")
    assert (tree.version, tree.srcarch) == ("6.18.3", "x86")
    assert tree.symbols["OLD_POOL"].transitional and not tree.symbols["POOL"].transitional
    assert not tree.symbols["OLD_POOL"].prompts
    assert tree.symbols["POOL"].selected_by[0].value == "VETH"
    assert tree.symbols["NET"].prompts == (kconfig_tree.Conditional("Net", "EXPERT"),)
    assert tree.symbols["VETH"].depends == "(NETDEVICES || !(USB != n && !(GADGET != n))) && NET"
    assert "ARM64" not in tree.symbols
    assert "ARM64" in kconfig_tree.load(source, "aarch64").symbols


@pytest.mark.parametrize(("usb", "gadget", "devices", "limit"), [
    (0, 0, 0, 2), (1, 0, 0, 0), (2, 0, 0, 0), (1, 0, 2, 2), (1, 1, 0, 2), (2, 2, 0, 2)])
def test_conditional_dependency_means_what_the_kernel_means(source: Path, usb: int, gadget: int,
                                                            devices: int, limit: int) -> None:
    """A || B=n, where B=n is y or n and nothing between, also for modules."""
    kconf = kconfig_tree.load(source, "x86").kconf
    for name, value in (("MODULES", 2), ("USB", usb), ("GADGET", gadget), ("NETDEVICES", devices)):
        kconf.syms[name].set_value(value)
    lib = kconfig_tree._library()
    assert lib.expr_value(kconf.syms["VETH"].direct_dep) == limit


def test_tools_of_the_machine_are_not_asked(source: Path) -> None:
    kconf = kconfig_tree.load(source, "x86").kconf
    assert [kconf.syms[n].str_value for n in ("CC_HAS_LUCK", "LUCKY_SHELL", "UNLUCKY_SHELL")] == [
        "y", "y", "n"]
    with pytest.raises(HarnessError, match="no compiler"):
        kconfig_tree.load(source, "x86", ask_tools=True)


def test_translation_leaves_help_and_comments_alone() -> None:
    text = "config A\n\tbool\n\tdepends on B # only if C\n\tdepends on D || !D\n\thelp\n\t  Means\n\n\t  transitional\n"
    text += "\t  depends on A if B\n\nconfig C\n\tbool\n"
    assert kconfig_tree.translate(text) == (text, [])


def test_what_is_no_kernel_source_is_said(source: Path, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no architecture vax; it has arm64, x86"):
        kconfig_tree.load(source, "vax")
    (source / "Makefile").write_text("all:\n")
    with pytest.raises(HarnessError, match="gives no version"):
        kconfig_tree.load(source, "x86")
    with pytest.raises(HarnessError, match="not a kernel source"):
        kconfig_tree.load(tmp_path / "nowhere", "x86")
