# SPDX-License-Identifier: GPL-2.0-only
"""Kernel images with a configuration inside, as each architecture's build and each boot loader makes
them: small, but packed by the real tools. The tests read them, and fuzzing starts from them.

`samples.py DIRECTORY` writes all of them there.
"""

from __future__ import annotations

import gzip
import random
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CODE, DATA = 12000, 20000  # words and bytes of a kernel besides what is looked for; fuzzing wants few
RELEASE = "6.6.1"
BUILD = "6.6.1-sample"  # what the banner says

# Enough of a full configuration for the reader to take it for one.
SYMBOLS = """INIT_ENV_ARG_LIMIT=32 SYSVIPC=y PRINTK=y BUG=y BASE_FULL=y FUTEX=y EPOLL=y SIGNALFD=y TIMERFD=y
EVENTFD=y SHMEM=y AIO=y BLOCK=y MODULES=y NAMESPACES=y UTS_NS=y IPC_NS=y USER_NS=y PID_NS=y NET_NS=y CGROUPS=y
MEMCG=y CGROUP_PIDS=y OVERLAY_FS=m VETH=m DEFAULT_HOSTNAME="(none)" HAS_IOMEM=y CRC16=m CRC32=y ZLIB_INFLATE=y
PRINTK_TIME=y FRAME_WARN=2048 MAGIC_SYSRQ=y DEBUG_FS=y DEBUG_KERNEL=y""".split()
OFF = ("CGROUP_RDMA", "LOCALVERSION_AUTO", "BRIDGE_VLAN_FILTERING")

# As scripts/Makefile.lib calls them (cmd_gzip ... cmd_zstd22, scripts/xz_wrap.sh); the last two are
# what people do by hand.
PACKERS: dict[str, tuple[str, ...]] = {
    "gzip": ("gzip", "-n", "-9"),
    "bzip2": ("bzip2", "-9"),
    "lzma": ("xz", "--format=lzma", "-9"),
    "xz": ("xz", "--check=crc32", "--x86", "--lzma2=dict=32MiB"),
    "xz-arm": ("xz", "--check=crc32", "--arm", "--lzma2=dict=32MiB"),
    "lzo": ("lzop", "-9"),
    "lz4": ("lz4", "-l", "-9", "-z", "-", "-"),
    "zstd": ("zstd", "-19", "-q"),
    "lz4-frame": ("lz4", "-9", "-z", "-", "-"),
    "xz-plain": ("xz", "-6"),
}
KERNEL_PACKERS = tuple(PACKERS)[:-2]


def run(*argv: object, data: bytes | None = None) -> bytes:
    done = subprocess.run([str(a) for a in argv], input=data, capture_output=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"{argv}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def config(arch: str = "arm", release: str = RELEASE) -> bytes:
    lines = ["#", "# Automatically generated file; DO NOT EDIT.", f"# Linux/{arch} {release} Kernel Configuration",
             "#", *(f"CONFIG_{s}" for s in SYMBOLS), *(f"# CONFIG_{s} is not set" for s in OFF)]
    return ("\n".join(lines) + "\n").encode()


def pack(packing: str, data: bytes, size: bool = False) -> bytes:
    """SIZE: with the unpacked size appended, as the kernel's build does for most."""
    return run(*PACKERS[packing], data=data) + (struct.pack("<I", len(data)) if size else b"")


def kernel(arch: str, ikconfig: bool = True, seed: int = 1) -> bytes:
    """What an unpacked kernel holds as far as a reader looks: code, banner, configuration, data."""
    rng = random.Random(seed)
    code = b"".join(rng.choice(WORDS) for _ in range(CODE))
    banner = f"Linux version {BUILD} (who@where) (gcc 12.2.0) #1 SMP\n".encode()
    marked = b"IKCFG_ST" + gzip.compress(config(arch), 9, mtime=0) + b"IKCFG_ED" if ikconfig else b""
    return b"\0" * 64 + code + b"Linux version %s (%s)\n\0" + banner + rng.randbytes(DATA) + marked + b"\0" * 64


WORDS = [random.Random(0).randbytes(n) for n in (3, 5, 8, 13, 21) for _ in range(40)]


# ---- what architectures' builds make ------------------------------------------------------------------

def vmlinux(arch: str = "x86", stripped: bool = False, ikconfig: bool = True) -> bytes:
    """Linked by the real linker, for this machine."""
    with tempfile.TemporaryDirectory(prefix="seaworthy-samples-") as name:
        at = Path(name)
        (at / "kernel").write_bytes(kernel(arch, ikconfig))
        (at / "k.c").write_text('__asm__(".section .rodata\\n.incbin \\"kernel\\"\\n.previous");\n'
                                "void _start(void) { for (;;) ; }\n")
        subprocess.run(["gcc", "-g", "-O1", "-nostdlib", "-static", "-o", "vmlinux", "k.c"], cwd=at, check=True,
                       timeout=120)
        if stripped:
            run("strip", at / "vmlinux")
        return (at / "vmlinux").read_bytes()


def bzimage(packing: str, ikconfig: bool = True, protocol: int = 0x20F) -> bytes:
    """Documentation/arch/x86/boot.rst."""
    sects = 3
    head = bytearray((sects + 1) * 512)
    head[0x1F1] = sects
    head[0x1FE:0x200] = b"\x55\xaa"
    head[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", head, 0x206, protocol)
    struct.pack_into("<H", head, 0x20E, 0x310)
    release = f"{BUILD} (who@where) #1 SMP".encode() + b"\0"
    head[0x510:0x510 + len(release)] = release
    stub = random.Random(3).randbytes(777)
    payload = pack(packing, vmlinux("x86", True, ikconfig), packing != "gzip")
    struct.pack_into("<II", head, 0x248, len(stub), len(payload))
    return bytes(head) + stub + payload + random.Random(4).randbytes(500)


def zimage(packing: str, ikconfig: bool = True) -> bytes:
    """arch/arm/boot/compressed/head.S, with a device tree behind it as CONFIG_ARM_APPENDED_DTB has it."""
    body = random.Random(5).randbytes(0x3000) + pack(packing, kernel("arm", ikconfig), packing != "gzip")
    total = 0x34 + len(body) + 96
    head = b"\0\0\xa0\xe1" * 9 + struct.pack("<IIII", 0x016F2818, 0, total, 0x04030201)
    return head + body + b"\0" * 96 + b"\xd0\x0d\xfe\xed" + b"\0" * 60


def arm64_image(ikconfig: bool = True) -> bytes:
    """Documentation/arch/arm64/booting.rst."""
    body = kernel("arm64", ikconfig)
    return struct.pack("<IIQQQQQQ4sI", 0x14000010, 0, 0, len(body), 10, 0, 0, 0, b"ARM\x64", 0) + body[64:]


def riscv_image() -> bytes:
    """Documentation/arch/riscv/boot-image-header.rst."""
    body = kernel("riscv")
    return struct.pack("<IIQQQIIQQ4sI", 0, 0, 0, len(body), 0, 2, 0, 0, 0x5643534952, b"RSC\x05", 0) + body[64:]


def zboot(packing: str) -> bytes:
    """drivers/firmware/efi/libstub/zboot-header.S."""
    payload = pack(packing, arm64_image())
    head = struct.pack("<4s4sII16s", b"MZ\0\0", b"zimg", 0x1000, len(payload), b"")
    return head.ljust(0x1000, b"\0") + payload + b"\0" * 16


# ---- what boot loaders want ---------------------------------------------------------------------------

def uimage(data: bytes, arch: str = "arm", comp: str = "none") -> bytes:
    return _mkimage("-A", arch, "-O", "linux", "-T", "kernel", "-C", comp, "-a", "0x8000", "-e", "0x8000", "-n",
                    "sample", data=data)


def uimage_multi(data: bytes) -> bytes:
    return _mkimage("-A", "arm", "-O", "linux", "-T", "multi", "-C", "none", "-a", "0x8000", "-e", "0x8000", "-n",
                    "sample", data=data, more=(b"an initial RAM disk", b"a device tree"))


def _mkimage(*options: str, data: bytes, more: tuple[bytes, ...] = ()) -> bytes:
    with tempfile.TemporaryDirectory(prefix="seaworthy-samples-") as name:
        parts = [Path(name) / f"part{i}" for i in range(1 + len(more))]
        for path, part in zip(parts, (data, *more), strict=True):
            path.write_bytes(part)
        run("mkimage", *options, "-d", ":".join(map(str, parts)), Path(name) / "out")
        return (Path(name) / "out").read_bytes()


FIT = """/dts-v1/;
/ {
	description = "sample"; #address-cells = <1>;
	images {
		ramdisk { description = "r"; data = /incbin/("ramdisk"); type = "ramdisk"; arch = "arm64"; os = "linux";
			compression = "none"; };
		other { description = "o"; data = /incbin/("ramdisk"); type = "kernel"; arch = "arm"; os = "linux";
			compression = "none"; load = <0x8000>; entry = <0x8000>; };
		kernel { description = "k"; data = /incbin/("kernel"); type = "kernel"; arch = "arm64"; os = "linux";
			compression = "COMP"; load = <0x8000>; entry = <0x8000>; hash { algo = "sha256"; }; };
	};
	configurations { default = "conf";
		wrong { kernel = "other"; };
		conf { kernel = "kernel"; ramdisk = "ramdisk"; }; };
};
"""


def fit(data: bytes, comp: str = "none", external: bool = False) -> bytes:
    with tempfile.TemporaryDirectory(prefix="seaworthy-samples-") as name:
        at = Path(name)
        (at / "kernel").write_bytes(data)
        (at / "ramdisk").write_bytes(b"070701 no kernel")
        (at / "image.its").write_text(FIT.replace("COMP", comp))
        subprocess.run(["mkimage", *(["-E"] if external else []), "-f", "image.its", "out"], cwd=at, check=True,
                       capture_output=True, timeout=120)
        return (at / "out").read_bytes()


def boot_img(data: bytes, version: int, page: int = 2048) -> bytes:
    with tempfile.TemporaryDirectory(prefix="seaworthy-samples-") as name:
        at = Path(name)
        (at / "kernel").write_bytes(data)
        (at / "ramdisk").write_bytes(gzip.compress(b"070701 no kernel", mtime=0))
        (at / "dtb").write_bytes(b"\xd0\x0d\xfe\xed" + b"\0" * 60)
        options = ["--dtb", at / "dtb"] if version == 2 else []
        options += ["--pagesize", page] if version < 3 else []
        # Debian's mkbootimg ends with version 3; 4 has the size of a signature more, here 0.
        run("mkbootimg", "--header_version", min(version, 3), "--kernel", at / "kernel", "--ramdisk", at / "ramdisk",
            "-o", at / "out", *options)
        image = bytearray((at / "out").read_bytes())
        if version == 4:
            struct.pack_into("<I", image, 20, 1584)
            struct.pack_into("<I", image, 40, 4)
        return bytes(image)


# ---- all of them --------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Sample:
    name: str
    make: Callable[[], bytes]
    format: str
    arch: str


def samples() -> Iterator[Sample]:
    yield Sample("config", config, "plain", "arm")
    for p in PACKERS:
        said = {"lz4-frame": "lz4", "xz-arm": "xz", "xz-plain": "xz"}.get(p, p)
        yield Sample(f"config.{p}", lambda p=p: pack(p, config()), said, "arm")
        yield Sample(f"Image.{p}", lambda p=p: pack(p, arm64_image()), f"arm64 Image in {said}", "arm64")
    yield Sample("vmlinux", vmlinux, "vmlinux", "x86")
    yield Sample("vmlinux-stripped", lambda: vmlinux(stripped=True), "vmlinux", "x86")
    yield Sample("Image", arm64_image, "arm64 Image", "arm64")
    yield Sample("Image-riscv", riscv_image, "RISC-V Image", "riscv")
    for p in KERNEL_PACKERS:
        yield Sample(f"bzImage.{p}", lambda p=p: bzimage(p), "bzImage", "x86")
        yield Sample(f"zImage.{p}", lambda p=p: zimage(p), "ARM zImage", "arm")
        yield Sample(f"uImage.{p}", lambda p=p: uimage(pack(p, kernel("arm")), comp=p if p in UBOOT else "none"),
                     "uImage", "arm")
    yield Sample("bzImage-old", lambda: bzimage("gzip", protocol=0x206), "bzImage", "x86")
    for p in ("gzip", "zstd"):
        yield Sample(f"zboot.{p}", lambda p=p: zboot(p), "arm64 Image in EFI zboot image", "arm64")
    yield Sample("uImage-zImage", lambda: uimage(zimage("lzo")), "ARM zImage in uImage", "arm")
    yield Sample("uImage-bare", lambda: uimage(kernel("arm")), "uImage", "arm")
    yield Sample("uImage-arm64", lambda: uimage(pack("gzip", arm64_image()), "arm64", "gzip"),
                 "arm64 Image in uImage", "arm64")
    yield Sample("uImage-multi", lambda: uimage_multi(zimage("gzip")), "ARM zImage in uImage", "arm")
    yield Sample("uImage-multi-packed", lambda: uimage_multi(pack("lzma", kernel("arm"))), "uImage", "arm")
    for external in (False, True):
        tail = "-external" if external else ""
        yield Sample(f"fit{tail}", lambda e=external: fit(arm64_image(), external=e), "arm64 Image in FIT image",
                     "arm64")
        yield Sample(f"fit-lzma{tail}", lambda e=external: fit(pack("lzma", kernel("arm64")), "lzma", e),
                     "FIT image", "arm64")
    for version in range(5):
        for p in ("gzip", "lz4"):
            yield Sample(f"boot-{version}.{p}", lambda v=version, p=p: boot_img(
                pack(p, arm64_image()) + b"\xd0\x0d\xfe\xed" + b"\0" * 60, v), "arm64 Image in Android boot image",
                "arm64")
        yield Sample(f"boot-{version}-zImage", lambda v=version: boot_img(zimage("xz-arm"), v, 4096),
                     "ARM zImage in Android boot image", "arm")
    yield Sample("boot-mediatek", lambda: boot_img(b"\x88\x16\x88\x58".ljust(512, b"\xff") + zimage("gzip"), 0),
                 "ARM zImage in Android boot image", "arm")
    yield Sample("uImage-zImage.xz", lambda: pack("xz-plain", uimage(zimage("gzip"))),
                 "ARM zImage in uImage in xz", "arm")
    yield Sample("bzImage.gz", lambda: pack("gzip", bzimage("xz")), "bzImage in gzip", "x86")


UBOOT = ("gzip", "bzip2", "lzma", "lzo", "lz4", "zstd")  # what mkimage -C knows


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: samples.py DIRECTORY", file=sys.stderr)
        return 64
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for sample in samples():
        (out / sample.name).write_bytes(sample.make())
    return 0


if __name__ == "__main__":
    sys.exit(main())
