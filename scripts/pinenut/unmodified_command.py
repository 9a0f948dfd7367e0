"""scripts/unmodified: L4Ka's own programs on Pinenut, and their ping-pong."""

import os
import pathlib
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

from . import arguments, build, emu, l4ka, paths

PATIENCE = 240                     # seconds for the longest wait
SILENCE = 45                       # seconds after which l4test hangs
BAUD = ["-global", "isa-serial.baudbase=1000000000"]  # no time for the wire
NOISE = re.compile(r"\r|\x1b\[[0-9;]*m")  # carriage returns, colours
IPC = re.compile(r"IPC \( *(\d+) MRs\): ([\d.]+) cycles")
RESULT = re.compile(r"^ +(.*?): +(OK|FAILED)$", re.MULTILINE)
WORDS = (0, 3, 4, 8, 16, 63)       # message registers worth a column


class Stuck(RuntimeError):
    """The program did not say what it should."""


class Session:
    """A program as root server, with this one at its serial line."""

    def __init__(self, program, cmdline="", model=True, mem=128):
        self.folder = tempfile.TemporaryDirectory(prefix="pinenut-l4ka-")
        folder = pathlib.Path(self.folder.name)
        command = ["qemu-system-i386", "-cpu", "pentium", "-m", str(mem),
                   "-display", "none", "-monitor", "none", *BAUD,
                   "-serial", "unix:com1,server=on,wait=on", *emu.QEMU_EXIT,
                   "-icount", "shift=0,sleep=off"]
        if model:
            plugin = paths.build_dir() / "bench/p5model.so"
            command += ["-plugin", f"{plugin},tsc=on,outfile=counts"]
        command += emu.qemu_boot(folder, paths.kernel(), cmdline,
                                 [paths.program("sigma0"), program])
        with open(folder / "output", "wb") as output:
            self.process = subprocess.Popen(command, cwd=folder,
                                            stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output)
        self.line = socket.socket(socket.AF_UNIX)
        self.text, self.seen = "", 0
        self._connect(folder)

    def _connect(self, folder):
        for _ in range(200):
            if self.process.poll() is not None:
                raise Stuck((folder / "output").read_text("utf-8", "replace"))
            if self.line.connect_ex(str(folder / "com1")) == 0:
                return
            time.sleep(0.05)
        raise Stuck("QEMU does not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.line.close()
        self.folder.cleanup()

    def wait(self, text, silence=None):
        """Read until `text` comes; what has come since the last wait. With
        `silence` seconds without a word it has come to its end, too."""
        deadline, heard = time.monotonic() + PATIENCE, time.monotonic()
        while (at := self.text.find(text, self.seen)) < 0:
            data = b""
            if silence and time.monotonic() > heard + silence:
                at = len(self.text)
                break
            if select.select([self.line], [], [], 1)[0]:
                data = self.line.recv(65536)
                if not data:
                    raise Stuck(f"it ended:\n{self.text[-800:]}")
                heard = time.monotonic()
            self.text += data.decode("latin1")
            if time.monotonic() > deadline:
                raise Stuck(f"it does not say \"{text}\":\n{self.text[-800:]}")
        said = self.text[self.seen:at]
        self.seen = at + len(text)
        return NOISE.sub("", said)

    def type(self, keys):
        self.line.sendall(keys.encode())


class Case(NamedTuple):
    name: str
    key: str      # of pingpong's menu
    cmdline: str
    peer: str     # Pistachio, without / with support for small spaces
    goal: int


# small=16 leaves no room for the second of pingpong's two small spaces.
CASES = (
    Case("same space", "2", "", "213 / 247", 140),
    Case("same space, Lipc", "3", "", "", 140),
    Case("small to small", "5", "", "- / 263", 150),
    Case("large and small, a hop", "5", "small=16", "- / 457", 150),
    Case("large to large", "1", "", "426 / 476", 225),
)


def pingpong(program, case):
    """{message registers: cycles} of one of its measurements."""
    with Session(program, case.cmdline) as session:
        session.wait("SQLite table")
        session.type(case.key)
        return {int(n): float(c)
                for n, c in IPC.findall(session.wait("What now?"))}


def show_pingpong(program):
    head = "".join(f"{n:>8}" for n in WORDS)
    print("L4KA'S PINGPONG, unmodified: one IPC, cycles of the P5 model, by "
          "message registers")
    print(f"{'':24}{head}   goal, of 3  Pistachio [DESIGN 9]")
    for case in CASES:
        figures = pingpong(program, case)
        if any(n not in figures for n in range(64)):
            raise Stuck(f"{case.name}: figures are missing: {figures}")
        row = "".join(f"{figures[n]:8.1f}" for n in WORDS)
        reached = "reached" if figures[3] <= case.goal else \
            f"{figures[3] - case.goal:.0f} to go"
        print(f"{case.name:24}{row}   {case.goal} {reached:9}  {case.peer}",
              flush=True)


def show_l4test(program):
    with Session(program, model=False) as session:
        session.wait("All tests")
        session.type("8")
        said = session.wait("Main menu", SILENCE)
        ended = "Main menu" in session.text[-400:]
    results = RESULT.findall(said)
    if not results:
        raise Stuck(f"l4test has no results:\n{said[-800:]}")
    failed = [name for name, result in results if result == "FAILED"]
    print(f"\nL4TEST, all tests: {len(results) - len(failed)} passed, "
          f"{len(failed)} failed" + ("" if ended else "; the one behind "
                                     f"\"{results[-1][0]}\" does not end"))
    for name in failed:
        print(f"    failed: {name}")


def show_grabmem(program):
    with Session(program, model=False) as session:
        session.wait("Total memory:")
        print(f"\nGRABMEM: total memory {session.wait('KB').strip()}KB of 128 MB")


def parser():
    p = arguments.Parser(
        "unmodified", description="Build L4Ka Pistachio's user programs from a "
        "source tree, without a change, into build/unmodified; run them on "
        "Pinenut, and print what its ping-pong measures.")
    p.add_argument("tree", metavar="SOURCE_DIR",
                   help="the top of L4Ka Pistachio's source tree")
    p.add_argument("--only", choices=("pingpong", "l4test", "grabmem"),
                   help="run this one alone")
    return p


def main():
    args = parser().parse_args()
    try:
        l4ka.user_folder(args.tree)
        build.build()
        programs = l4ka.build(args.tree, paths.ROOT / "build/unmodified")
        for show in (show_pingpong, show_l4test, show_grabmem):
            name = show.__name__.removeprefix("show_")
            if args.only in (None, name):
                show(programs[name])
    except (l4ka.L4kaError, Stuck, emu.EmulatorError, OSError) as error:
        sys.exit(f"scripts/unmodified: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
