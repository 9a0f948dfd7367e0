"""The layer check holds for this tree, and catches what it is there for."""

import pathlib
import sys
import tempfile

import check_layers
from pinenut import paths, tap

# A small sound tree: file -> its lines.
SOUND = {
    "src/kern/abi/pinenut/x2.h": ["#include <stdint.h>"],
    "src/kern/base.h": ["#include <pinenut/x2.h>"],
    "src/kern/panic.c": ['#include "kern/base.h"'],
    "src/seg/slot.h": ['#include "kern/base.h"'],
    "src/mm/space.h": ['#include "seg/slot.h"'],
    "src/kern/thread.h": ['#include "mm/space.h"'],
    "src/ipc/ipc.h": ['#include "kern/thread.h"'],
    "src/ipc/fast.asm": ['%include "offsets.inc"'],
    "src/kern/trap.h": ['#include "ipc/ipc.h"'],
    "servers/lib/include/l4/ipc.h": ["#include <pinenut/x2.h>"],
    "servers/root/main.c": ["#include <l4/ipc.h>", "#include <stdlib.h>"],
    "bench/pingpong/main.c": ["#include <l4/ipc.h>"],
    "tests/host/slot.c": ['#include "seg/slot.h"'],
}

# What must not be: (file, line, what goes wrong without the check).
PLANTED = [
    ("src/seg/gdt.c", '#include "mm/space.h"',
     "the segment layer leans on memory management"),
    ("src/mm/map.c", '#include "kern/thread.h"',
     "memory management leans on threads"),
    ("src/kern/sched.c", '#include "ipc/ipc.h"', "the scheduler leans on IPC"),
    ("src/kern/console.c", '#include "kern/trap.h"',
     "a leaf leans on the top of the kernel"),
    ("src/ipc/slow.c", '#include "kern/trap.h"', "IPC leans on the trap code"),
    ("src/ipc/slow.asm", '%include "../kern/trap.h"',
     "assembly goes around the layers"),
    ("src/kern/abi/pinenut/kip.h", '#include "kern/base.h"',
     "an ABI header needs the kernel's own files"),
    ("src/mm/frame.c", "#include <stdio.h>", "the kernel wants a C library"),
    ("src/mm/frame.c", "#include <l4/ipc.h>",
     "the kernel uses the user library"),
    ("src/mm/frame.c", "# include <nothing.h>", "an include goes nowhere"),
    ("servers/root/main.c", '#include "kern/base.h"',
     "a server sees the kernel's inside"),
    ("servers/root/main.c", '#include "../../src/seg/slot.h"',
     "a server reaches into the kernel by a path"),
    ("bench/pingpong/main.c", '#include "../../servers/root/root.h"',
     "a benchmark uses a server's file"),
    ("tests/api/main.c", '#include "mm/space.h"',
     "a guest test sees the kernel's inside"),
]


def write(root, files):
    for name, lines in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")


def sound_tree(root):
    write(root, SOUND)
    write(root, {"servers/root/root.h": []})


def caught(name, line):
    """The violations in a sound tree with this line added to this file."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        sound_tree(root)
        write(root, {name: [*SOUND.get(name, []), line]})
        return list(check_layers.violations(root))


def main():
    checks = tap.Checks()
    found = list(check_layers.violations(paths.ROOT))
    checks.ok(not found, "every file includes its own layer or lower",
              "\n".join(found))
    with tempfile.TemporaryDirectory() as folder:
        sound_tree(pathlib.Path(folder))
        checks.equal(list(check_layers.violations(folder)), [],
                     "a sound tree has no violation")
    for name, line, disaster in PLANTED:
        found = caught(name, line)
        checks.ok(len(found) == 1 and found[0].startswith(name + ":"),
                  f"caught: {disaster}", f"{name}: {line}\n{found}")
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
