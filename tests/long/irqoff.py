"""The longest time with interrupts off, in instructions, over the longest
operations there are: long.c under the plugin irqoff.c."""

import bisect
import pathlib
import re
import subprocess
import sys
import tempfile

from pinenut import emu, paths, tap

LIMIT = 5000
PHASES = {
    1: "map of 64 MB, 16,384 pages", 2: "status bits of 64 MB", 3: "write protection of 64 MB",
    4: "unmap of 64 MB, 16,384 pages", 5: "grant of 64 MB",
    6: "death of a space with 64 MB", 7: "death of a space 64 MB came from",
    8: "status bits of a page in 4,096 places", 9: "unmap of such a page",
    10: "promotion of 16,384 pages by an access", 11: "demotion",
    12: "move of a small space", 13: "promotion by SpaceControl",
    14: "refused demotion", 15: "death of a large space",
    16: "death of a thread that others wait for",
    17: "map of 64 MB in 4 MB pages", 18: "status bits of 64 MB in 4 MB pages",
    19: "write protection of parts of 4 MB pages",
    20: "grant of 64 MB, parts of 4 MB pages",
    21: "unmap of 64 MB, parts of 4 MB pages",
    22: "grant of 64 MB in 4 MB pages",
    23: "death of a large space with 64 MB in 4 MB pages",
    24: "demotion of a large space with 64 MB in 4 MB pages",
    25: "map of 64 MB in 4 MB pages as 16,384 pages",
    26: "MemoryControl of 4 MB, 16,400 mappings",
    27: "unmap of 64 MB in 4 MB pages, of 16,384 pages",
    28: "death of a large space 16,384 pages came from",
}
LINE = re.compile(r"^phase (\d+) longest (\d+) from (\w+) to (\w+)$",
                  re.MULTILINE)


def symbols():
    """[(address, name), ...] of the kernel's text, sorted."""
    found = subprocess.run(["nm", paths.kernel()], capture_output=True,
                           text=True, check=True).stdout
    return sorted((int(words[0], 16), words[2]) for words in
                  map(str.split, found.splitlines())
                  if len(words) == 3 and words[1] in "tT")


def place(table, address):
    at = bisect.bisect_right(table, (address, "~")) - 1
    return f"{table[at][1]}+{address - table[at][0]:x}" if at >= 0 else "?"


def main():
    checks = tap.Checks()
    plugin = pathlib.Path(paths.build_dir("test")) / "tests" / "irqoff.so"
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "irqoff.txt"
        result = emu.run_qemu(
            paths.kernel(), "kmem=12", mem=128, timeout=500,
            plugin=f"{plugin},outfile={out}",
            modules=[paths.program("sigma0"), paths.program("long_operations")])
        text = out.read_text() if out.exists() else ""
    checks.equal(result.status, 0, "all operations run")
    table, found = symbols(), {}
    for phase, count, start, end in LINE.findall(text):
        found[int(phase)] = int(count)
        if int(phase) in PHASES:
            print(f"# {count:>6} {PHASES[int(phase)]}: from "
                  f"{place(table, int(start, 16))} to "
                  f"{place(table, int(end, 16))}")
    for phase, what in PHASES.items():
        checks.ok(0 < found.get(phase, 0) <= LIMIT,
                  f"{what}: interrupts are off for {found.get(phase)} "
                  f"instructions at most, of {LIMIT}")
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
