"""What ten opens cost through a ring and by messages: cycles of a Pentium, by
the model."""

import pathlib
import re
import sys
import tempfile

from pinenut import emu, paths, tap

MODULES = ["sigma0", "root until=servers_ring",
           "console small ports=3f8+8 irq=4", "ring {}", "servers_ring {} cost"]
COST = re.compile(r"^servers_ring: messages=(\d+) ring=(\d+)$", re.MULTILINE)


def measure(size):
    """(by messages, through a ring)"""
    modules = []
    for line in MODULES:
        name, _, args = line.format(size).partition(" ")
        modules.append((paths.program(name), args))
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "regions.json")
        plugin = paths.build_dir() / "bench/p5model.so"
        result = emu.run_qemu(
            paths.kernel(), modules=modules, timeout=100,
            plugin=f"{plugin},tsc=on,outfile={out}")
    found = COST.search(result.console)
    if result.status != 0 or not found:
        raise RuntimeError(f"servers_ring failed:\n{result.console}")
    return [int(word) for word in found.groups()]


def main():
    checks = tap.Checks()
    small, large = measure("small"), measure("large")
    for size, (messages, ring) in ("small", small), ("large", large):
        checks.ok(ring * 2 < messages, f"{size}: ten opens take {ring} cycles "
                  f"through a ring, {messages} by messages")
    checks.ok(small[0] < large[0] and small[1] < large[1],
              "and both ways fewer in small spaces")
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
