"""Run a kernel with modules in QEMU or in Bochs, headless, to its end.

    run_qemu(kernel, cmdline, modules=[(path, args), ...])  -> Result
    run_bochs(kernel, cmdline, modules, via="rom" | "iso")  -> Result

A module's command line is its file's name and its arguments; every way to
boot hands the kernel the same. Each run has a folder of its own, so any
number of them may run at once.

How a guest ends itself (exit protocol): it prints `pinenut: exit <status>`;
QEMU's isa-debug-exit then gives process status 2 * status + 1; Bochs gives 0
for status 0 and 1 for any other, where the printed line tells which. A guest
status of 0 counts only if that line stands on the console too: QEMU's own
failures have process status 1 as well, and Bochs also stops with 0 when its
debugger does.
"""

import contextlib
import os
import pathlib
import re
import subprocess
import tempfile
import time
from typing import NamedTuple, Optional

from . import iso, rom

EXIT_LINE = re.compile(r"^pinenut: exit (\d+)\s*$", re.MULTILINE)
TIMED_OUT = 124                    # process status, as of timeout(1)
BOCHS_START = re.compile(r"^Next at t=0\n\(0\) .*\n", re.MULTILINE)
BOCHS_END = re.compile(r"^\(0\) Magic breakpoint\n|^={20,}\nBochs is exiting",
                       re.MULTILINE)
DRIVER = "console"                 # the console's driver, a program
SECTOR = 512                       # bytes, of a disk
UNKNOWN_FAILURE = 255              # a guest status that Bochs cannot tell
START_OF_TEXT = "\x02"             # written by rom.asm ahead of the kernel

QEMU_EXIT = ["-device", "isa-debug-exit,iobase=0xf4,iosize=1", "-no-reboot"]

# The machine in Bochs; rfb is the one display that needs no display.
BOCHSRC = """\
plugin_ctrl: iodebug=1, speaker=0, parallel=0, gameport=0, biosdev={bios}
megs: {mem}
cpu: model={model}, ips=10000000, reset_on_triple_fault=0
display_library: rfb, options="timeout=0"
port_e9_hack: enabled=1
com1: enabled=1, {com1}
clock: sync=none, time0=946684800
mouse: enabled=0
log: log.txt
panic: action=fatal
error: action=report
info: action=report
magic_break: enabled=1
"""
BOCHS_ROM = """\
romimage: file=rom.bin
optramimage1: file=memory.bin, address={:#x}
"""
BOCHS_ISO = """\
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
ata1-master: type=cdrom, path={}, status=inserted
boot: cdrom
"""
# Bochs finds the number of cylinders, and counts all sectors by itself.
BOCHS_DISK = """\
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=disk, mode=flat, path=disk, cylinders=0, heads=16, spt=63
"""


class Result(NamedTuple):
    """status: the guest's, None if it did not end itself; console: all it
    printed (and, if it did not start, what the emulator said); process: the
    emulator's exit status, 124 for a timeout."""

    status: Optional[int]
    console: str
    process: int


class EmulatorError(RuntimeError):
    """The run could not be set up."""


def resolved(modules):
    """(path, args) pairs or bare paths -> (path, command line) pairs."""
    pairs = []
    for module in modules:
        path, args = (module, "") if isinstance(
            module, (str, os.PathLike)) else module
        path = pathlib.Path(path).absolute()
        if not path.is_file():
            raise EmulatorError(f"{path}: no such module")
        pairs.append((path, f"{path.name} {args}".strip()))
    return pairs


def _kernel(path):
    path = pathlib.Path(path).absolute()
    if not path.is_file():
        raise EmulatorError(f"{path}: no such kernel")
    return path


def _linked(folder, path):
    """Name `path` by its last part inside `folder`: QEMU hands names on."""
    link = folder / path.name
    if link.is_symlink() and link.readlink() != path:
        raise EmulatorError(f"two different modules are named {path.name}")
    if not link.is_symlink():
        link.symlink_to(path)


def _escaped(text):
    """QEMU's options end a value at a comma unless it is doubled."""
    return text.replace(",", ",,")


def _disk(path):
    """A raw image, of whole sectors and some, for the first IDE drive."""
    path = pathlib.Path(path).absolute()
    if not path.is_file():
        raise EmulatorError(f"{path}: no such disk image")
    size = path.stat().st_size
    if size == 0 or size % SECTOR != 0:
        raise EmulatorError(f"{path}: a disk image is whole sectors of "
                            f"{SECTOR} bytes, not {size} bytes")
    return path


def qemu_disk(path):
    """QEMU's options for a disk; none for None."""
    if not path:
        return []
    return ["-drive",
            f"file={_escaped(str(_disk(path)))},format=raw,if=ide,index=0"]


def qemu_boot(folder, kernel, cmdline, modules, via="kernel"):
    """QEMU's options to boot it; names are relative to `folder`."""
    kernel, modules = _kernel(kernel), resolved(modules)
    if via == "iso":
        iso.make(folder / "boot.iso", kernel, cmdline, modules)
        return ["-cdrom", "boot.iso", "-boot", "d"]
    if via != "kernel":
        raise EmulatorError(f"QEMU boots via kernel or iso, not {via}")
    for path in [kernel, *(path for path, _ in modules)]:
        _linked(folder, path)
    options = ["-kernel", kernel.name]
    if cmdline:
        options += ["-append", cmdline]
    if modules:
        options += ["-initrd", ",".join(_escaped(m[1]) for m in modules)]
    return options


def bochs_config(folder, kernel, cmdline, modules, model, mem, via,
                 com1="mode=file, dev=com1.txt", disk=None):
    """Write bochsrc and all it names into `folder`."""
    kernel, modules = _kernel(kernel), resolved(modules)
    text = BOCHSRC.format(model=model, mem=mem, com1=com1,
                          bios=int(via == "iso"))
    if via == "iso":
        iso.make(folder / "boot.iso", kernel, cmdline, modules)
        text += BOCHS_ISO.format("boot.iso")
    elif via == "rom":
        line = f"{kernel.name} {cmdline}".strip()
        address = rom.make(folder, kernel, line, modules, mem)
        text += BOCHS_ROM.format(address)
    else:
        raise EmulatorError(f"Bochs boots via rom or iso, not {via}")
    if disk:
        # Bochs puts a lock beside it, which stays if it is killed.
        (folder / "disk").symlink_to(_disk(disk))
        text += BOCHS_DISK
    (folder / "bochsrc").write_text(text)
    (folder / "rc").write_text("c\nq\n")


BOCHS_COMMAND = ["bochs", "-q", "-f", "bochsrc", "-rc", "rc"]


def _run(command, folder, timeout):
    """Output and status; 124 and the output so far after `timeout` s."""
    with open(folder / "output", "w+b") as output:
        try:
            status = subprocess.run(command, cwd=folder, timeout=timeout,
                                    stdin=subprocess.DEVNULL, stdout=output,
                                    stderr=subprocess.STDOUT).returncode
        except subprocess.TimeoutExpired:
            status = TIMED_OUT
        output.seek(0)
        return output.read().decode("utf-8", "replace"), status


def _text(path):
    if not path.exists():
        return ""
    return path.read_text("utf-8", "replace").replace("\r\n", "\n")


def _has_driver(modules):
    """Does the console's driver run? What it prints is on COM1 alone, where all
    else is, too."""
    return any(path.name == DRIVER for path, _ in resolved(modules))


def _keep(source, target):
    """Copy what COM1 wrote; nothing if the emulator did not come so far."""
    pathlib.Path(target).write_bytes(
        source.read_bytes() if source.exists() else b"")


def _printed_status(console):
    lines = EXIT_LINE.findall(console)
    return int(lines[-1]) if lines else None


def _qemu_status(process, console):
    """The guest's status, as the protocol above says."""
    if process < 0 or process == TIMED_OUT or process % 2 == 0:
        return None
    status = (process - 1) // 2
    if status == 0 and _printed_status(console) != 0:
        return None
    return status


def _bochs_status(process, console, log):
    """The same; a panic other than the shutdown port's is no guest's end."""
    printed = _printed_status(console)
    if process == 0:
        return 0 if printed == 0 else None
    if process != 1 or "Shutdown port" not in log:
        return None
    return printed or UNKNOWN_FAILURE


def run_qemu(kernel, cmdline="", modules=(), cpu="pentium", mem=64, icount=True,
             plugin=None, timeout=60, extra=(), via="kernel", serial=None,
             disk=None, watch=contextlib.nullcontext):
    """Boot in QEMU; `via` is "kernel" (-kernel, -initrd) or "iso" (GRUB).

    icount: one instruction is one nanosecond of virtual time, so that a run
    repeats itself exactly; GRUB, which waits a lot, gets 128. plugin: a TCG
    plugin's path with its options. serial: a file for COM1's output. disk: a raw
    image, the first IDE drive; what the guest writes goes into it. watch: a
    context that the run happens in, made with the console's path. Paths in
    `extra` must be absolute.
    """
    with tempfile.TemporaryDirectory(prefix="pinenut-qemu-") as name:
        folder = pathlib.Path(name)
        command = ["qemu-system-i386", "-cpu", cpu, "-m", str(mem), "-display",
                   "none", "-monitor", "none", "-debugcon", "file:console.txt",
                   "-serial", "file:com1.txt", *QEMU_EXIT]
        if icount:
            shift = 7 if via == "iso" else 0
            command += ["-icount", f"shift={shift},sleep=off",
                        "-rtc", "base=2026-01-01,clock=vm"]
        if plugin:
            path, comma, options = str(plugin).partition(",")
            command += ["-plugin", os.path.abspath(path) + comma + options]
        command += qemu_boot(folder, kernel, cmdline, modules, via)
        command += qemu_disk(disk)
        with watch(folder / "console.txt"):
            said, process = _run(command + list(extra), folder, timeout)
        console = _text(folder / (
            "com1.txt" if _has_driver(modules) else "console.txt"))
        if serial:
            _keep(folder / "com1.txt", serial)
        status = _qemu_status(process, console)
        if status is None:
            console += said
        return Result(status, console, process)


def _bochs_console(output):
    """What the guest wrote to port 0xE9, out of the debugger's output."""
    text = output.replace("\r\n", "\n")
    start = BOCHS_START.search(text)
    if not start:
        return text
    text = text[start.end():].removeprefix(START_OF_TEXT)
    return BOCHS_END.split(text, maxsplit=1)[0]


def _complaints(log):
    """The errors and panics in Bochs's log (00001234567e[CPU0  ] ...)."""
    return "".join(re.findall(r"^\d+[ep]\[.*\n", log, re.MULTILINE))


NO_DISPLAY = "RFB could not bind any port"


def run_bochs(kernel, cmdline="", modules=(), model="pentium", mem=64,
              timeout=60, via="rom", serial=None, disk=None):
    """Boot in Bochs: `via` "rom" (no BIOS, no GRUB: 0.1 s) or "iso".

    model: pentium, pentium_mmx, p2_klamath, p3_katmai. serial: a file for
    COM1's output. disk: as run_qemu.
    """
    with tempfile.TemporaryDirectory(prefix="pinenut-bochs-") as name:
        folder = pathlib.Path(name)
        bochs_config(folder, kernel, cmdline, modules, model, mem, via,
                     disk=disk)
        for _ in range(10):
            output, process = _run(BOCHS_COMMAND, folder, timeout)
            log, console = _text(folder / "log.txt"), _bochs_console(output)
            if _has_driver(modules):
                console = _text(folder / "com1.txt")
            if NO_DISPLAY not in log + output:
                break
            time.sleep(1)          # other Bochs have all of its 50 ports
        if serial:
            _keep(folder / "com1.txt", serial)
        status = _bochs_status(process, console, log)
        if status is None:
            console += _complaints(log)
        return Result(status, console, process)
