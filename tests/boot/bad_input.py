"""What cannot work ends at once, with one clear line and status 2."""

import pathlib
import re
import struct
import sys
import tempfile

from pinenut import emu, paths, tap

MB = 1 << 20
# One line: what is wrong, a colon or comma, what to do; no further one but the
# exit line.
COMPLAINT = re.compile(r"^pinenut: (?!exit \d).*$", re.MULTILINE)


def elf(address=0x400000, file_size=16, memory_size=16, machine=3, kind=2,
        entry=None, offset=0x1000, bits=1):
    """An ELF file with one segment of NOPs, as good or bad as asked for."""
    entry = address if entry is None else entry
    header = struct.pack("<16sHHIIIIIHHHHHH", bytes([0x7F, 69, 76, 70, bits, 1,
                                                     1]),
                         kind, machine, 1, entry, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    segment = struct.pack("<8I", 1, offset, address, address, file_size,
                          memory_size, 7, 0x1000)
    return (header + segment).ljust(0x1000, b"\0") + b"\x90" * 16


BAD_PROGRAMS = [
    ("a text file", b"#!/bin/sh\necho no kernel food\n" * 20),
    ("an empty page", bytes(4096)),
    ("four bytes", b"\x7fELF"),
    ("a 64-bit ELF", elf(bits=2)),
    ("an ELF for another CPU", elf(machine=8)),
    ("an object file", elf(kind=1)),
    ("an ELF cut short", elf(file_size=0x9000, memory_size=0x9000)),
    ("an ELF with its segment outside the file", elf(offset=0xFFFFF000)),
    ("one larger than memory", elf(memory_size=0x10000000)),
    ("one that wraps around", elf(memory_size=0xFFFFF000)),
    ("one linked into the kernel's image", elf(address=0x100000)),
    ("one linked into kernel space", elf(address=0xE0000000)),
    ("one linked at address 0", elf(address=0)),
]
BAD_OPTIONS = ["nonsense", "fastpath=maybe", "small=0", "small=3", "small=9999",
               "small=", "kmem=0", "kmem=much", "kmem=4000", "threads=99",
               "threads=1", "threads=14", "fastpath=off nonsense=1",
               "entry=syscall", "entry=sysenter"]  # a Pentium has none


def refused(checks, text, cmdline, modules, run=emu.run_qemu, **options):
    """The kernel says one line about it and ends with status 2."""
    result = run(paths.kernel(), cmdline, modules, timeout=20, **options)
    said = COMPLAINT.findall(result.console)
    checks.ok(result.status == 2 and len(said) == 1
              and re.search(r"pinenut: .+[:,] ", said[0])
              and len(said[0]) <= 160,
              f"refused: {text}", f"status {result.status}, process "
              f"{result.process}\n{result.console}")


def good():
    return [paths.program("sigma0"), paths.program("boot_hello")]


def main():
    checks = tap.Checks()
    for name, run in (("qemu", emu.run_qemu), ("bochs", emu.run_bochs)):
        refused(checks, f"no modules ({name})", "", [], run)
        refused(checks, f"sigma0 alone ({name})", "", good()[:1], run)
        refused(checks, f"an unknown option ({name})", "colour=red", good(),
                run)
    for line in BAD_OPTIONS:
        refused(checks, f"option {line}", line, good())
    with tempfile.TemporaryDirectory() as folder:
        bad = pathlib.Path(folder, "bad")
        for text, content in BAD_PROGRAMS:
            bad.write_bytes(content)
            refused(checks, f"{text} as root server", "",
                    [paths.program("sigma0"), bad])
        bad.write_bytes(BAD_PROGRAMS[0][1])
        refused(checks, "a text file as sigma0", "", [bad, good()[1]])
        with open(bad, "wb") as file:
            file.truncate(70 * MB)
        refused(checks, "a module larger than memory", "", [*good(), bad])
    for megabytes in (2, 4, 6):
        refused(checks, f"{megabytes} MB of memory", "", good(), mem=megabytes)
    refused(checks, "13 bits of thread numbers on 8 MB", "threads=13", good(),
            mem=8)
    refused(checks, "more modules than there is room for", "",
            good() + [good()[1]] * 60)
    refused(checks, "command lines longer than their page", "",
            [*good(), *[(good()[1], "word " * 100)] * 12])
    refused(checks, "more kernel memory than there is", "kmem=8", good(),
            mem=8)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
