"""The block driver and the ext2 server on it, with images of the host's: every
byte arrives, nothing is written that should not be, and an end in the middle, no
drive or no file system is told.

The last lines are what reading 4 KB costs, small against large.
"""

import hashlib
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "boot"))

import model
from console import Typist
from pinenut import emu, paths, tap

DISK = "disk {} ports=1f0+8 ports=3f6+1 irq=14"
CONSOLE = "console small ports=3f8+8 irq=4"
SECTOR, SECTORS = 512, 6001        # no whole cylinders, no whole KB
WRITTEN = (100, SECTORS - 2, SECTORS - 1)
SUM = re.compile(r"^servers_sum: ([0-9a-f]{64})  (\d+)  (\S+)$", re.MULTILINE)
COST = re.compile(r"servers_cost: \w+: min=(\d+) median=(\d+)")
MACHINES = {"qemu": emu.run_qemu, "bochs": emu.run_bochs}


def modules(*lines):
    pairs = []
    for line in ("sigma0", *lines):
        name, _, args = line.partition(" ")
        pairs.append((paths.program(name), args))
    return pairs


def boot(machine, *lines, **options):
    return MACHINES[machine](paths.kernel(), modules=modules(*lines), **options)


def number(n):
    return struct.pack("<I", n & 0xffffffff) * (SECTOR // 4)


def numbers(image):
    image.write_bytes(b"".join(map(number, range(SECTORS))))
    return image


def sectors(checks, machine, folder):
    """The client's own checks, and the image that it leaves."""
    image = numbers(folder / "numbers, of sectors.img")
    result = boot(machine, "root until=servers_disk", CONSOLE,
                  DISK.format("small"), f"servers_disk small {SECTORS}",
                  disk=image)
    said = re.findall(r"^ok \d+ - ", result.console, re.MULTILINE)
    checks.ok(result.status == 0 and len(said) > 10,
              f"{machine}: all {len(said)} checks of servers_disk",
              result.console)
    wanted = b"".join(number(~n if n in WRITTEN else n)
                      for n in range(SECTORS))
    checks.ok(image.read_bytes() == wanted,
              f"{machine}: the image has three sectors changed, no other")


def mke2fs(image, tree, block, size):
    with open(image, "wb") as file:
        file.truncate(size)
    search = os.environ["PATH"] + ":/usr/sbin:/sbin"
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext2", "-b", str(block),
                    "-d", tree, image], check=True, capture_output=True,
                   env=dict(os.environ, PATH=search))
    return image


def make_ext2(folder, block):
    """A file system of the host's files; {path: bytes}"""
    tree = folder / f"tree{block}"
    (tree / "etc/deep").mkdir(parents=True)
    files = {"/hello": b"hello\n", "/empty": b"",
             "/etc/deep/block": os.urandom(block),
             "/etc/deep/double-indirect": os.urandom(300 * block + 77)}
    for path, data in files.items():
        (tree / path[1:]).write_bytes(data)
    (tree / "link").symlink_to("etc/deep/block")
    image = mke2fs(folder / f"ext2-{block}.img", tree, block, 8 << 20)
    return image, {**files, "/link": files["/etc/deep/block"]}


def make_flat(folder):
    """A small file system with one file, of one block; and what is in that."""
    tree, data = folder / "flat", os.urandom(4096)
    tree.mkdir()
    (tree / "hello").write_bytes(data)
    return mke2fs(folder / "flat.img", tree, 4096, 1 << 20), data


def sums(checks, machine, image, files):
    before = image.read_bytes()
    result = boot(machine, "root until=servers_sum", CONSOLE,
                  DISK.format("small"), "ext2 small",
                  f"servers_sum small ext2 {' '.join(files)}", disk=image)
    told = {path: (sum256, int(size))
            for sum256, size, path in SUM.findall(result.console)}
    wanted = {path: (hashlib.sha256(data).hexdigest(), len(data))
              for path, data in files.items()}
    checks.ok(result.status == 0 and told == wanted,
              f"{machine}: {image.name}: the SHA-256 of {len(files)} files is "
              "hashlib's", f"{wanted}\n{result.console}")
    checks.ok(image.read_bytes() == before,
              f"{machine}: {image.name}: and the image is as it was")


def tells(checks, machine, what, told, *lines, disk=None):
    result = boot(machine, "root until=servers_sum", CONSOLE, *lines,
                  "servers_sum small ext2 /hello", disk=disk)
    checks.ok(result.status == 1 and all(
        re.search(text, result.console, re.MULTILINE) for text in told),
        f"{machine}: {what}", f"{told}\n{result.console}")


def by_names(checks, machine, image, data):
    """Whatever the programs are called, they find each other by the names that
    they have published: `copy/0`, `files/ext2`."""
    result = boot(machine, "root until=servers_sum", CONSOLE,
                  "names small heap=8", DISK.format("small"),
                  "servers_copy small heap=2048", "ext2 small copy/0",
                  "servers_sum small files/ext2 /hello", disk=image)
    wanted = hashlib.sha256(data).hexdigest()
    found = SUM.search(result.console)
    checks.ok(result.status == 0 and found and found[1] == wanted,
              f"{machine}: name service -> ext2 -> block driver",
              result.console)


def failures(checks, machine, folder, image):
    blank = folder / "blank.img"
    blank.write_bytes(bytes(1 << 20))
    tells(checks, machine, "no drive is told",
          ["^disk: no drive answers at ports 1f0$",
           "^ext2: no disk can be read$", "^servers_sum: "],
          DISK.format("small"), "ext2 small")
    tells(checks, machine, "no interrupt is told",
          ["^disk: interrupt 14 is not mine: it wants irq 14$",
           "^ext2: no disk can be read$"],
          "disk ports=1f0+8 ports=3f6+1", "ext2", disk=image)
    tells(checks, machine, "no driver is told", ["^ext2: no disk can be read$"],
          "ext2", disk=image)
    tells(checks, machine, "no file system is told",
          ["^ext2: the disk has no ext2 file system$"],
          DISK.format("small"), "ext2", disk=blank)
    tells(checks, machine, "no file is told",
          ["^servers_sum: /none: not found$"], DISK.format("small"), "ext2",
          "servers_sum ext2 /none", disk=image)


def images(checks):
    """A wrong image is one line, before anything is booted."""
    with tempfile.TemporaryDirectory() as name:
        odd = pathlib.Path(name, "odd.img")
        odd.write_bytes(bytes(513))
        for disk, text in (odd, "whole sectors"), (name, "no such disk"):
            for machine in MACHINES:
                done = subprocess.run(
                    ["sh", paths.ROOT / "scripts/emu", machine, "--disk", disk,
                     "sigma0", "root"], capture_output=True, text=True)
                checks.ok(done.returncode == 1 and text in done.stderr
                          and done.stderr.count("\n") == 1,
                          f"{machine}: a disk that is none is refused: {text}",
                          done.stderr)


def dies(checks, machine, folder):
    """The driver is killed while it is used."""
    image = numbers(folder / "killed.img")
    options = ["--bochs"] if machine == "bochs" else []
    client = paths.program("servers_disk")
    typist = Typist(*options, "--disk", str(image), DISK.format("small"),
                    f"{client} read")
    try:
        typist.wait_for("servers_disk: reading")
        said = typist.ask(b"kill disk\r", "found again: no")
        checks.ok("servers_disk: gone; found again: no" in said,
                  f"{machine}: a client of a killed driver goes on",
                  typist.said)
        typist.ask(b"halt\r", "pinenut: exit 0")
    finally:
        typist.end()


def cost(size, image, name, path, *servers):
    """Cycles of a Pentium, by the model: (min, median)."""
    return model.measure(
        COST, "root until=servers_cost", CONSOLE,
        *(server.format(size) for server in servers),
        f"servers_cost {size} {name} {path}", disk=image)


PATHS = {
    "files": ("files", "/block", "files {} heap=64"),
    "ext2 -> disk": ("ext2", "/hello", DISK, "ext2 {}"),
    "ext2 -> a disk in memory": (
        "ext2", "/hello", DISK, "servers_copy {} heap=2048",
        "ext2 {} servers_copy"),
}


def costs(checks, image):
    """The real drive's waiting depends on the host, so only paths without it
    are compared."""
    for text, (name, path, *servers) in PATHS.items():
        small, large = (cost(size, image, name, path, *servers)[1]
                        for size in ("small", "large"))
        told = (f"client -> {text}: small {small}, large {large} cycles per "
                f"4 KB read")
        checks.ok(DISK in servers and len(servers) == 2 or small < large, told)


def main():
    checks = tap.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        trees = [make_ext2(folder, block) for block in (1024, 4096)]
        flat = make_flat(folder)
        images(checks)
        for machine in MACHINES:
            sectors(checks, machine, folder)
            for image, files in trees:
                sums(checks, machine, image, files)
            by_names(checks, machine, *flat)
            failures(checks, machine, folder, trees[0][0])
            dies(checks, machine, folder)
        costs(checks, flat[0])
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
