"""Memory that is larger than its share of the machine's: clients, small and
large, that use it at once, die and come back; a disk that fails; a pager that
ends. The last lines are what a page costs that has to be brought."""

import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "boot"))

import model
from console import CONSOLE, PROMPT, Typist
from pinenut import emu, paths, tap

SECTOR, SECTORS = 512, 4096
FROM, STORE = 64, 2048             # sectors that the pager may write over
MACHINES = {"qemu": emu.run_qemu, "bochs": emu.run_bochs}
COST = re.compile(r"^servers_swap: clean=(\d+) dirty=(\d+)$", re.MULTILINE)

DISK = """\
server disk
    place     small
    priority  220
    ports     1f0+8 3f6+1
    irq       14
"""
DRIVE = """\
server drive
    image     servers_drive
    place     small
    heap      1024 KB
    arguments {}
"""
SWAP = """\
server swap
    place     small
    heap      96 KB
    restart   always
    retries   1000
    arguments {}
"""


def client(name, words, *lines):
    return "\n    ".join([f"server {name}", "image servers_swap",
                          f"arguments {words}", *lines]) + "\n"


MANY = (DISK + SWAP.format(f"from={FROM} sectors={STORE} frames=16")
        + client("small", "worker 200", "place small")
        + client("large", "worker 200", "place large")
        + client("auto", "worker 200", "place auto", "heap 8 KB",
                 "threshold 160 KB")
        + client("mortal", "mortal")
        + client("beyond", "beyond", "restart never")
        + client("farther", "beyond", "place large", "restart never")
        + client("guarded", "guarded", "talk swap", "restart never")
        + "server kv\n    heap 64 KB\nserver servers_swap\n    heap 64 KB\n")
# The victim comes first: its pages are sectors 0 to 191, the other's those from
# 192 on.
BROKEN = (DRIVE.format("unreadable=80 unwritable=200")
          + SWAP.format("from=0 sectors=1024 frames=16 disk=drive")
          + client("victim", "worker 0", "restart never")
          + "server servers_swap\n    arguments alone\n")
ENDS = (DRIVE.format("") + SWAP.format(
    "from=0 sectors=1024 frames=8 disk=drive\n    killed 60 ms")
        + client("worker", "survivor", "retries 1000"))


def boot(run, until, text, *programs, disk=None):
    with tempfile.TemporaryDirectory() as folder:
        system = pathlib.Path(folder, "system")
        system.write_text(text)
        return run(paths.kernel(), timeout=100, disk=disk, modules=[
            (paths.program("sigma0"), ""),
            (paths.program("root"), f"until={until}"), (system, ""),
            *((paths.program(name), "")
              for name in (*programs, "swap", "servers_swap"))])


def lines(result, *patterns):
    return all(re.search(pattern, result.console, re.MULTILINE)
               for pattern in patterns)


def many(checks, machine, folder):
    image = folder / f"{machine}.img"
    before = bytes(range(1, 129)) * (SECTORS * SECTOR // 128)
    image.write_bytes(before)
    result = boot(MACHINES[machine], "servers_swap", MANY, "disk", "kv", disk=image)
    said = re.findall(r"^ok \d+ - ", result.console, re.MULTILINE)
    checks.ok(result.status == 0 and len(said) >= 20,
              f"{machine}: all {len(said)} checks of servers_swap",
              result.console)
    checks.ok(lines(result, *(f"^{name}: done$"
                              for name in ("small", "large", "auto")))
              and "wrong" not in result.console,
              f"{machine}: the others' memory is right", result.console)
    checks.ok(lines(result, r"^root: beyond: (no memory at|exception d) ",
                    r"^root: farther: no memory at "),
              f"{machine}: who goes beyond it is stopped", result.console)
    checks.ok(lines(result, r"^guarded: not allowed$"),
              f"{machine}: who cannot be answered is told", result.console)
    after = image.read_bytes()
    begin, end = FROM * SECTOR, (FROM + STORE) * SECTOR
    checks.ok(after[:begin] == before[:begin] and after[end:] == before[end:]
              and after != before,
              f"{machine}: no other sector is written")


def broken(checks, machine):
    result = boot(MACHINES[machine], "servers_swap", BROKEN, "servers_drive")
    checks.ok(result.status == 0 and "wrong" not in result.console and lines(
        result, r"^swap: sector 80 cannot be read: broken$",
        r"^swap: thread \d+: the page at \w+ is lost$",
        r"^root: victim: lost by its pager: \w+ "),
        f"{machine}: a page that cannot be read costs its client alone",
        result.console)
    checks.ok(lines(result, r"^swap: sector 200 cannot be written: broken$"),
              f"{machine}: one that cannot be written costs nothing",
              result.console)


def ends(checks, machine):
    result = boot(MACHINES[machine], "worker", ENDS, "servers_drive")
    checks.ok(result.status == 0 and "wrong" not in result.console and lines(
        result, r"^root: worker: no pager any more for \w+ .*restart",
        r"^worker: done$"),
        f"{machine}: a client of a killed pager comes back and gets on",
        result.console)


def moved(checks, machine):
    """Their spaces become large and small, and move, while pages come and go."""
    options = ["--bochs"] if machine == "bochs" else []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "moved.pn")
        path.write_text(CONSOLE + DRIVE.format("") + SWAP.format(
            "from=0 sectors=1024 frames=8 disk=drive") + "".join(
                client(name, "worker 0", f"place {place}")
                for name, place in (("a", "auto"), ("b", "small"))))
        typist = Typist(*options, "--system", str(path))
        try:
            typist.wait_for(PROMPT)
            for command in ("large a", "small a", "move a", "large b",
                            "small b", "compact", "move b") * 3:
                typist.command(command)
            said = typist.command("ps")
            typist.ask(b"halt\r", "pinenut: exit 0")
        finally:
            typist.end()
    alive = re.findall(r"^ +[ab] +\d+\.2 +small ", said, re.MULTILINE)
    checks.ok(len(alive) == 2 and "wrong" not in typist.said,
              f"{machine}: clients that move keep what they have", typist.said)


def refused(checks):
    for words, told in (("", "no sectors"), ("from=x sectors=80", "none of"),
                        ("from=0 sectors=80 frames=7", "frames from 8"),
                        ("from=0 sectors=80 frames=99", "not so many"),
                        ("from=0 sectors=80 disk=none", "no disk"),
                        ("from=2040 sectors=80 disk=drive", "does not have")):
        result = boot(emu.run_qemu, "swap", DRIVE.format("")
                      + SWAP.format(words), "servers_drive")
        checks.ok(result.status == 1
                  and lines(result, f"swap: .*{re.escape(told)}"),
                  f"swap {words}: {told}", result.console)


def cost(size):
    """(of a page whose victim was only read, of one whose was written to)"""
    return model.measure(
        COST, "root until=servers_swap", f"servers_drive {size} heap=1024",
        f"swap {size} heap=96 from=0 sectors=1024 frames=16 "
        "disk=servers_drive", f"servers_swap {size} cost")


def main():
    checks = tap.Checks()
    with tempfile.TemporaryDirectory() as name:
        for machine in MACHINES:
            many(checks, machine, pathlib.Path(name))
            broken(checks, machine)
            ends(checks, machine)
            moved(checks, machine)
    refused(checks)
    small, large = cost("small"), cost("large")
    for i, what in enumerate(("one only read", "one written to")):
        checks.ok(small[i] < large[i], f"a page in the place of {what}: small "
                  f"{small[i]}, large {large[i]} cycles")
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
