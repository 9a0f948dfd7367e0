"""The console's two ends: VGA text as seen from outside, and typed input; and
scripts/run, which is both for a user."""

import os
import select
import subprocess
import sys
import tempfile
import time

from machine import PATIENCE, Machine
from pinenut import paths, tap

PROMPT = "pinenut> "
# In a system's description: the driver, of the line alone.
CONSOLE = """\
server console
    priority 220
    place    small
    restart  always
    ports    3f8+8
    irq      4
"""
VGA_TEXT, ROWS, COLUMNS = 0xB8000, 25, 80


def screen(machine):
    """The lines of characters in VGA text memory."""
    size = ROWS * COLUMNS * 2
    path = machine.folder / "vga"
    path.unlink(missing_ok=True)
    machine.send("monitor", f"pmemsave {VGA_TEXT:#x} {size} vga\n".encode())
    machine.until(lambda: path.exists() and path.stat().st_size == size)
    text = path.read_bytes()[::2].decode("cp437")
    return [text[i:i + COLUMNS].rstrip(" \0")
            for i in range(0, len(text), COLUMNS)]


def folded(text):
    """The lines as a screen of 80 columns breaks them, without empty ones."""
    lines = [line[i:i + COLUMNS].rstrip() for line in text.splitlines()
             for i in range(0, max(len(line), 1), COLUMNS)]
    return [line for line in lines if line]


def shows_the_end(machine):
    shown = [line for line in screen(machine) if line]
    return shown and folded(machine.console())[-len(shown):] == shown


def screen_shows_it(checks):
    with tempfile.TemporaryDirectory() as folder, \
            Machine(folder, "stay") as machine:
        checks.ok(machine.says("hello: argument 1: stay\n")
                  and machine.says("hello: module 1: "),
                  "the root server runs", machine.console())
        checks.ok(machine.until(lambda: shows_the_end(machine)),
                  "the VGA screen shows the end of what was printed",
                  "\n".join([*screen(machine), "--", machine.console()]))


def typed_input_arrives(checks):
    with tempfile.TemporaryDirectory() as folder, \
            Machine(folder, "echo") as machine:
        machine.says("hello: type\n")
        machine.send("com1", b"a Z0.")
        checks.equal(machine.ended(), 0, "a key on COM1 ends the program")
        checks.ok("<a>< ><Z><0>\n" in machine.console(),
                  "what is typed on COM1 arrives", machine.console())


class Typist:
    """scripts/run with this program at its keyboard; or another command."""

    def __init__(self, *words, command=("sh", paths.ROOT / "scripts/run",
                                        "--no-build"), **options):
        self.child = subprocess.Popen(
            [*command, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, **options)
        self.said = ""

    def wait_for(self, text, start=0):
        """Read until `text` has come, behind the first `start` characters;
        False if it does not."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.said[start:]:
            start = max(start, len(self.said) - len(text) + 1)
            if time.monotonic() > deadline or not self.read():
                return False
        return True

    def read(self):
        """What comes in a moment; False if nothing will ever."""
        if select.select([self.child.stdout], [], [], 0.1)[0]:
            data = os.read(self.child.stdout.fileno(), 4096)
            self.said += data.decode("utf-8", "replace")
            return bool(data)
        return True

    def type(self, line):
        self.child.stdin.write(line)
        self.child.stdin.flush()

    def ask(self, typed, text):
        """Type; all that has come when `text` has."""
        start = len(self.said)
        self.type(typed)
        self.wait_for(text, start)
        return self.said[start:].replace("\r\n", "\n")

    def command(self, line):
        """Type it at the prompt; all that has come at the next prompt. The
        prompt and what was typed so far is printed again when others have
        printed meanwhile, so the echo is waited for first."""
        start = len(self.said)
        self.type(f"{line}\r".encode())
        echo = f"{line}\r\n"
        if self.wait_for(echo, start):
            self.wait_for("\n" + PROMPT,
                          self.said.index(echo, start) + len(echo) - 1)
        return self.said[start:].replace("\r\n", "\n")

    def end(self):
        self.child.terminate()
        self.child.communicate()


def a_user_gets_answers(checks, name, *options):
    typist = Typist(*options, "args")
    try:
        checks.ok(typist.wait_for(PROMPT), f"{name}: there is a prompt",
                  typist.said)
        typist.type(b"help\r")
        checks.ok(typist.wait_for("this list"), f"{name}: help helps",
                  typist.said)
        typist.type(b"halt\r")
        checks.ok(typist.wait_for("pinenut: exit 0"), f"{name}: halt halts",
                  typist.said)
        checks.equal(typist.child.wait(PATIENCE), 0,
                     f"{name}: and scripts/run ends with status 0")
    finally:
        typist.end()


def main():
    checks = tap.Checks()
    screen_shows_it(checks)
    typed_input_arrives(checks)
    a_user_gets_answers(checks, "run")
    a_user_gets_answers(checks, "run --bochs", "--bochs")
    a_user_gets_answers(checks, "run --iso", "--iso")
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
