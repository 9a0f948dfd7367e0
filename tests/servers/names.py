"""The name service in systems of their own: what it refuses, who waits, owners
that die; and a service that is killed at random and loses no name."""

import pathlib
import re
import sys
import tempfile

from pinenut import emu, paths, tap

SERVICE = """\
server names
    place   small
    heap    8 KB
    keep    heap
    restart always
    retries 1000
"""
CHECKS = SERVICE + """\
server mortal
    image servers_names
    arguments mortal test/mortal
    restart always
server brief
    image servers_names
    arguments mortal test/brief
    restart never
server guarded
    image servers_names
    arguments guarded
    talk names
server crowd
    image servers_names
    arguments crowd
    count 40
server servers_names
"""
KILLED = SERVICE + """\
    killed 50 ms
server servers_names
    arguments keeper
"""
MACHINES = {"qemu": emu.run_qemu, "bochs": emu.run_bochs}


def main():
    checks = tap.Checks()
    for machine, run in MACHINES.items():
        for what, text, least in ("asked", CHECKS, 25), ("killed", KILLED, 1):
            with tempfile.TemporaryDirectory() as folder:
                system = pathlib.Path(folder, "system")
                system.write_text(text)
                result = run(paths.kernel(), timeout=100, modules=[
                    (paths.program("sigma0"), ""),
                    (paths.program("root"), "until=servers_names"),
                    (system, ""), (paths.program("names"), ""),
                    (paths.program("servers_names"), "")])
            said = re.findall(r"^ok \d+ - ", result.console, re.MULTILINE)
            checks.ok(result.status == 0 and len(said) >= least,
                      f"{machine}: {what}: all {len(said)} checks of "
                      "servers_names", result.console)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
