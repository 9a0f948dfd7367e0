"""The console's two ends: VGA text as seen from outside, and typed input."""

import pathlib
import socket
import subprocess
import sys
import tempfile
import time

from pinenut import emu, paths, tap

VGA_TEXT, ROWS, COLUMNS = 0xB8000, 25, 80
PATIENCE = 30                      # seconds, far more than it takes


class Machine:
    """QEMU with COM1 and the monitor on sockets of the folder."""

    def __init__(self, folder, args):
        self.folder = pathlib.Path(folder)
        boot = emu.qemu_boot(self.folder, paths.kernel(), "", [
            paths.program("sigma0"), (paths.program("boot_hello"), args)])
        self.process = subprocess.Popen(
            ["qemu-system-i386", "-cpu", "pentium", "-m", "64", "-display",
             "none", "-debugcon", "file:console", "-serial",
             "unix:com1,server=on,wait=off", "-monitor",
             "unix:monitor,server=on,wait=off", *emu.QEMU_EXIT, *boot],
            cwd=folder, stdin=subprocess.DEVNULL)

    def until(self, condition):
        """Wait for condition(); False if it does not come true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def console(self):
        path = self.folder / "console"
        return path.read_text() if path.exists() else ""

    def says(self, text):
        return self.until(lambda: text in self.console())

    def send(self, name, data):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.folder / name))
            line.sendall(data)
            time.sleep(0.1)

    def screen(self):
        """The characters in VGA text memory, as lines."""
        size = ROWS * COLUMNS * 2
        path = self.folder / "vga"
        self.send("monitor", f"pmemsave {VGA_TEXT:#x} {size} vga\n".encode())
        self.until(lambda: path.exists() and path.stat().st_size == size)
        text = path.read_bytes()[::2].decode("cp437")
        return [text[i:i + COLUMNS].rstrip(" \0")
                for i in range(0, len(text), COLUMNS)]

    def stop(self):
        self.process.kill()
        self.process.wait()


def screen_shows_it(checks):
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(folder, "stay")
        try:
            checks.ok(machine.says("hello: argument 1: stay\n"),
                      "the root server runs", machine.console())
            machine.says("hello: module 1: ")
            time.sleep(0.2)
            lines = [line for line in machine.screen() if line]
            said = machine.console().replace("\r\n", "\n").splitlines()
            wrapped = [line[i:i + COLUMNS].rstrip() for line in said
                       for i in range(0, max(len(line), 1), COLUMNS)]
            wrapped = [line for line in wrapped if line]
            checks.ok(lines and wrapped[-len(lines):] == lines,
                      "the VGA screen shows the end of what was printed",
                      "\n".join(lines + ["--"] + wrapped))
        finally:
            machine.stop()


def typed_input_arrives(checks):
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(folder, "echo")
        try:
            machine.says("hello: type\n")
            machine.send("com1", b"a Z0.")
            machine.process.wait(PATIENCE)
            checks.ok("<a>< ><Z><0>\n" in machine.console(),
                      "what is typed on COM1 arrives", machine.console())
            checks.equal(machine.process.returncode, 1,
                         "and the guest ends itself with status 0")
        except subprocess.TimeoutExpired:
            checks.ok(False, "what is typed on COM1 arrives",
                      machine.console())
        finally:
            machine.stop()


def main():
    checks = tap.Checks()
    screen_shows_it(checks)
    typed_input_arrives(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
