"""scripts/run --screen, in a terminal: what a person sees there, and types."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

from pinenut import paths, tap

PATIENCE = 60                      # seconds, far more than anything takes
HELPED = "stop the machine"        # by help
SEQUENCE = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|[()][0-9A-B]|.)")


class Terminal:
    """A command in a pseudo terminal of 80 columns."""

    def __init__(self, *command):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 30, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm"}
        for name in "DISPLAY", "WAYLAND_DISPLAY":
            environment.pop(name, None)
        self.child = subprocess.Popen(command, stdin=slave, stdout=slave,
                                      stderr=slave, env=environment,
                                      start_new_session=True)
        os.close(slave)
        self.said = b""

    def read(self):
        """False when nobody will say anything any more."""
        if not select.select([self.master], [], [], 0.1)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:            # the other side is closed
            return False
        self.said += data
        return bool(data)

    def text(self):
        return SEQUENCE.sub("", self.said.decode("utf-8", "replace"))

    def shows(self, text):
        deadline = time.monotonic() + PATIENCE
        while text not in self.text() and time.monotonic() < deadline:
            if not self.read():
                break
        return text in self.text()

    def type(self, text):
        self.said = b""
        os.write(self.master, text.encode())

    def status(self):
        """Its exit status; None if it does not end."""
        deadline = time.monotonic() + PATIENCE
        while self.child.poll() is None and time.monotonic() < deadline:
            self.read()
        return self.child.poll()

    def end(self):
        self.child.terminate()
        self.child.wait()
        os.close(self.master)


def main():
    checks = tap.Checks()
    terminal = Terminal("sh", paths.ROOT / "scripts/run", "--no-build",
                        "--screen", "echo")
    try:
        checks.ok(terminal.shows("pinenut> "), "the screen is shown",
                  terminal.text())
        terminal.type("help\r")
        checks.ok(terminal.shows(HELPED), "the keyboard works",
                  terminal.text())
        terminal.type("\x1b2")
        checks.ok(terminal.shows("(qemu)"), "Alt-2 is QEMU's monitor",
                  terminal.text())
        terminal.type("\x1b3")
        checks.ok(terminal.shows(HELPED), "Alt-3 is COM1, with the same",
                  terminal.text())
        terminal.type("\x1b1")
        checks.ok(terminal.shows(HELPED), "Alt-1 the screen",
                  terminal.text())
        terminal.type("halt\r")
        checks.equal(terminal.status(), 0, "halt halts")
    finally:
        terminal.end()
    refused = subprocess.run(
        ["sh", paths.ROOT / "scripts/run", "--no-build", "--screen", "echo"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, env={
            name: value for name, value in os.environ.items()
            if name not in ("DISPLAY", "WAYLAND_DISPLAY")})
    checks.ok(refused.returncode == 2 and "nothing to show it on" in
              refused.stdout, "without terminal and window it is refused",
              refused.stdout)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
