"""Programs under the root server, in QEMU with the P5 model."""

import pathlib
import tempfile

from pinenut import emu, paths


def measure(cost, *lines, **options):
    """sigma0 and these module lines, the last one a client's that ends the
    machine: the numbers in its line `cost`."""
    modules = []
    for line in ("sigma0", *lines):
        name, _, args = line.partition(" ")
        modules.append((paths.program(name), args))
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "regions.json")
        plugin = paths.build_dir() / "bench/p5model.so"
        result = emu.run_qemu(
            paths.kernel(), modules=modules, timeout=200,
            plugin=f"{plugin},tsc=on,outfile={out}", **options)
    found = cost.search(result.console)
    if result.status != 0 or not found:
        raise RuntimeError(f"{lines[-1]} failed:\n{result.console}")
    return [int(word) for word in found.groups()]
