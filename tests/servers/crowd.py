"""Instances of one server share its image until they write to it."""

import pathlib
import re
import sys
import tempfile

from pinenut import emu, paths, tap

COUNT = 25
IMAGE = 40                         # KB, servers_crowd's
SYSTEM = f"""\
server crowd
    image servers_crowd
    count {COUNT}
    place small
server asker
    image servers_crowd
    arguments ask {COUNT}
"""
MACHINES = {"qemu": emu.run_qemu, "bochs": emu.run_bochs}


def main():
    checks = tap.Checks()
    for machine, run in MACHINES.items():
        with tempfile.TemporaryDirectory() as folder:
            system = pathlib.Path(folder, "system")
            system.write_text(SYSTEM)
            result = run(paths.kernel(), modules=[
                (paths.program("sigma0"), ""),
                (paths.program("root"), "until=asker"), (system, ""),
                (paths.program("servers_crowd"), "")])
        said = re.findall(r"\bok \d+ - ", result.console)
        checks.ok(result.status == 0 and len(said) == 3,
                  f"{machine}: each of {COUNT} instances has what it wrote",
                  result.console)
        taken = re.search(rf"crowd: {COUNT} of {COUNT} run, .* (\d+) KB taken "
                          "so far", result.console)
        checks.ok(taken and int(taken[1]) < COUNT * IMAGE // 2,
                  f"{machine}: and they have one image at first",
                  result.console)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
