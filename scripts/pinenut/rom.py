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


def _tables(elf, end, memory, cmdline, modules):
    """tables.inc; modules are (start, end, command line)."""
    lines = [f"IMAGE_START equ {elf.low:#x}", f"IMAGE_END equ {end:#x}",
             f"KERNEL_ENTRY equ {elf.entry:#x}",
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
    """Write rom.bin and memory.bin into `folder`.

    modules: (path, command line) pairs; memory in MB. They lie as QEMU's
    -kernel puts them, page by page after the end of the kernel. Returns the
    physical address at which Bochs shall load memory.bin.
    """
    elf = Elf(kernel)
    image, listed = bytearray(elf.flat()), []
    image.extend(bytes(_pages(elf.end) - elf.low - len(image)))
    for path, line in modules:
        content = path.read_bytes()
        start = elf.low + len(image)
        listed.append((start, start + len(content), line))
        image += content.ljust(_pages(len(content)), b"\0")
    end = elf.low + len(image)
    if end > memory * MB:
        raise DoesNotFit(f"kernel and modules reach up to {end} bytes, the "
                         f"machine has {memory} MB")
    (folder / "memory.bin").write_bytes(image)
    (folder / "tables.inc").write_text(
        _tables(elf, end, memory, cmdline, listed))
    subprocess.run(["nasm", "-f", "bin", f"-I{folder}/", "-o",
                    folder / "rom.bin", ROOT / "scripts/rom/rom.asm"],
                   check=True)
    return elf.low
