"""Make the ROM that boots a kernel in Bochs; ../rom/rom.asm is its code."""

import subprocess

from .elf import Elf
from .paths import ROOT

PAGE = 4096
MB = 1 << 20


class DoesNotFit(ValueError):
    """Kernel and modules are larger than the machine's memory."""


def _bytes(text):
    """A NASM db line for a NUL ended string."""
    return "db " + ",".join(str(b) for b in text.encode() + b"\0")


def _pages(size):
    return -(-size // PAGE) * PAGE


def _tables(entry, memory, cmdline, modules):
    """tables.inc; modules are (start, end, command line)."""
    lines = [f"KERNEL_ENTRY equ {entry:#x}",
             f"MEMORY_KB equ {(memory - 1) * 1024}",
             f"MODULE_COUNT equ {len(modules)}",
             "%macro MODULES 0"]
    for i, (start, end, _) in enumerate(modules):
        lines.append(f"dd {start:#x}, {end:#x}, LINEAR(module_line{i}), 0")
    for i, (_, _, text) in enumerate(modules):
        lines.append(f"module_line{i}: {_bytes(text)}")
    lines += ["%endmacro", "%macro COMMAND_LINE 0", _bytes(cmdline),
              "%endmacro"]
    return "\n".join(lines) + "\n"


def make(folder, kernel, cmdline, modules, memory):
    """Write rom.bin and the memory images into `folder`.

    modules: (path, command line) pairs; memory in MB. They lie as QEMU's
    -kernel puts them, page by page after the end of the kernel. Returns the
    (file name, physical address) pairs that Bochs shall load.
    """
    elf = Elf(kernel)
    images = [("kernel.bin", elf.low)]
    (folder / "kernel.bin").write_bytes(elf.flat())
    first = _pages(elf.end)
    data, listed = bytearray(), []
    for path, line in modules:
        content = path.read_bytes()
        start = first + len(data)
        listed.append((start, start + len(content), line))
        data += content.ljust(_pages(len(content)), b"\0")
    if first + len(data) > memory * MB:
        raise DoesNotFit(f"kernel and modules need {first + len(data)} bytes, "
                         f"the machine has {memory} MB")
    if data:
        (folder / "modules.bin").write_bytes(data)
        images.append(("modules.bin", first))
    (folder / "tables.inc").write_text(
        _tables(elf.entry, memory, cmdline, listed))
    subprocess.run(["nasm", "-f", "bin", f"-I{folder}/", "-o",
                    folder / "rom.bin", ROOT / "scripts/rom/rom.asm"],
                   check=True)
    return images
