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
        self.process = subprocess.Popen(command, cwd=folder,
                                        stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

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
        """A connection to one of the sockets."""
        path = self.folder / name
        self.until(path.exists)
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(PATIENCE)
        line.connect(str(path))
        return line

    def send(self, name, data):
        with self.connect(name) as line:
            line.sendall(data)
            time.sleep(0.1)

    def ended(self):
        """The guest's status when it has ended itself, else None."""
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return None
        return status // 2 if status % 2 else None
