"""A QEMU that a test watches and disturbs from outside while it runs."""

import pathlib
import socket
import subprocess
import time

from pinenut import emu, paths

PATIENCE = 30                      # seconds, far more than anything takes


class Machine:
    """sigma0 and boot_hello with the words `args`, or other `modules`, in the
    folder `folder`, with some `options` of QEMU's.

    Sockets there: com1, monitor and gdb. stopped: it waits for gdb. stays: its
    end is not QEMU's.
    """

    def __init__(self, folder, args="", stopped=False, modules=None,
                 options=(), stays=False):
        self.folder = pathlib.Path(folder)
        boot = emu.qemu_boot(self.folder, paths.kernel(), "", modules or [
            paths.program("sigma0"), (paths.program("boot_hello"), args)])
        command = ["qemu-system-i386", "-cpu", "pentium", "-m", "64",
                   "-display", "none", "-debugcon", "file:console.txt",
                   *([] if stays else emu.QEMU_EXIT), *boot, *options]
        for option, name in (("-serial", "com1"), ("-monitor", "monitor"),
                             ("-gdb", "gdb")):
            command += [option, f"unix:{name},server=on,wait=off"]
        if stopped:
            command.append("-S")
        self.lines = {}            # those that send() has made
        self.process = subprocess.Popen(command, cwd=folder,
                                        stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for line in self.lines.values():
            line.close()

    def until(self, condition):
        """Wait for condition(); False if it does not come true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def console(self):
        path = self.folder / "console.txt"
        if not path.exists():
            return ""
        return path.read_text("utf-8", "replace").replace("\r\n", "\n")

    def says(self, text):
        return self.until(lambda: text in self.console())

    def connect(self, name):
        """A connection to one of the sockets, which QEMU makes and then listens
        to."""
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(PATIENCE)
        path = str(self.folder / name)
        if not self.until(lambda: line.connect_ex(path) == 0):
            line.close()
            raise ConnectionError(f"QEMU does not listen to {name}")
        return line

    def send(self, name, data):
        """One connection for all of it: QEMU may not read what is left in one
        that is closed."""
        if name not in self.lines:
            self.lines[name] = self.connect(name)
        self.lines[name].sendall(data)

    def ended(self):
        """The guest's status when it has ended itself, else None."""
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return None
        return status // 2 if status % 2 else None
