"""QEMU's display, where people see the machine's screen and use its keyboard:
a window, or this terminal."""

import os
import subprocess
import sys

WINDOWS = ["gtk", "sdl"]
TERMINAL = "curses"
# Behind the screen, in this order: QEMU's monitor, COM1.
REST = ["-monitor", "vc", "-serial", "vc"]


def displays():
    """Those that this QEMU has."""
    listed = subprocess.run(["qemu-system-i386", "-display", "help"], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return listed.stdout.split()


def options():
    """QEMU's options; None if there is nothing to show it on."""
    has = displays()
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        for window in WINDOWS:
            if window in has:
                return ["-display", window, *REST]
    if TERMINAL in has and sys.stdin.isatty() and sys.stdout.isatty():
        return ["-display", TERMINAL, *REST]
    return None
