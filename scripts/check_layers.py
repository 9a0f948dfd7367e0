#!/usr/bin/env python3
"""Check that every file includes only its own layer or lower ones.

    scripts/check_layers.py [TREE]

The layers, from the design:

    6  kern/  main boot trap syscall irq kdb ...     puts it together
    5  ipc/   IPC, map items, interrupts and faults as IPC
    4  kern/  thread sched timeout
    3  mm/    frames, objects, page tables, spaces, mapping database
    2  seg/   descriptors, slots, the switch
    1  kern/  base list bits x86 layout trace panic clock ...  leaf
    0  kern/abi/  the ABI headers shared with user code

Programs (servers/, bench/, tests/) include ABI headers, <l4/...> and files of
their own top-level folder or servers/lib; only host tests (tests/host/) look
into the kernel. Calls upwards by name (a lower layer declaring a function of a
higher one) are not seen here. Prints one line for each violation; the exit
status is 1 if there was any.
"""

import pathlib
import re
import sys

ABI, LEAF, SEG, MM, THREAD, IPC, TOP = range(7)

FOLDERS = {"src/kern/abi": ABI, "src/seg": SEG, "src/mm": MM, "src/ipc": IPC,
           "src/kern": TOP}
KERN_FILES = {
    **dict.fromkeys(["base", "list", "bits", "x86", "layout", "trace", "panic",
                     "clock", "console", "string", "window", "pic"], LEAF),
    **dict.fromkeys(["thread", "sched", "timeout"], THREAD),
}
PROGRAM_FOLDERS = ("servers", "bench", "tests")
HOST_FOLDER = "tests/host"
LIBRARY = "servers/lib"

# What a freestanding compiler brings, and what the build generates.
FREESTANDING = {"stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "limits.h",
                "stdalign.h", "stdnoreturn.h", "stdatomic.h"}
GENERATED = {"offsets.inc", "pinenut_version.h"}

SUFFIXES = {".c", ".h", ".inc", ".asm", ".def"}
INCLUDE = re.compile(r'^\s*(?:#\s*|%)include\s+([<"])([^>"]+)[>"]')


def layer(name):
    """The layer of a file named from the tree's root; None: no kernel file."""
    path = pathlib.PurePosixPath(name)
    for folder, number in FOLDERS.items():
        if name.startswith(folder + "/"):
            if folder == "src/kern":
                return KERN_FILES.get(path.stem, number)
            return number
    return None


def sources(root):
    for folder in ("src", *PROGRAM_FOLDERS):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path.relative_to(root).as_posix()


def includes(path):
    """(line number, name, in quotes?) of each include."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(2), match.group(1) == '"'


def find(root, name, included, quoted):
    """The included file, named from the root; None if not of this tree."""
    places = [root / "src/kern/abi", root / "servers/lib/include"]
    if quoted:
        here = (root / name).parent
        places = [here, root / "src", root / "src/kern", *places]
    for place in places:
        path = (place / included).resolve()
        if path.is_file() and path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return None


def kernel_fault(name, included, target):
    """What is wrong with a kernel file's include; None if nothing."""
    if target is None:
        if included in FREESTANDING or included in GENERATED:
            return None
        return "is neither in the kernel nor freestanding"
    above = layer(target)
    if above is None:
        return f"belongs to programs ({target})"
    if above > layer(name):
        return f"is layer {above}, the file layer {layer(name)}"
    return None


def program_fault(name, target):
    """The same for a file of a program."""
    if target is None or name.startswith(HOST_FOLDER + "/"):
        return None
    if layer(target) is not None:
        if layer(target) == ABI:
            return None
        return f"is kernel code ({target})"
    own = name.split("/")[0] + "/"
    if not target.startswith((own, LIBRARY + "/")):
        return f"belongs to another program ({target})"
    return None


def violations(root):
    root = pathlib.Path(root).resolve()
    for name in sources(root):
        for number, included, quoted in includes(root / name):
            target = find(root, name, included, quoted)
            if layer(name) is None:
                fault = program_fault(name, target)
            else:
                fault = kernel_fault(name, included, target)
            if fault:
                yield f"{name}:{number}: {included} {fault}"


def main(argv):
    default = pathlib.Path(__file__).resolve().parents[1]
    found = list(violations(argv[1] if len(argv) > 1 else default))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
