"""Make a GRUB2 ISO from a kernel and modules: small, and the same to the
byte whenever the files in it are the same.

What would differ from run to run is pinned: file dates, the volume's dates and
its identifier. Debugging information is left out, for it names folders of the
machine that built it.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

DATE = "946684800"                 # 2000-01-01, every file's date in the ISO
VOLUME_ID = "2000010100000000"     # the same, in xorriso's form
GRUB_MODULES = "multiboot normal iso9660 biosdisk part_msdos"
GRUB_FOLDER = "/usr/lib/grub/i386-pc"


class IsoError(RuntimeError):
    """A tool failed; its output is the message."""


def _tool(command, **options):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    if done.returncode:
        raise IsoError(f"{command[0]}: status {done.returncode}\n{done.stdout}")


def _quote(line):
    """One command line as GRUB's shell reads it: words, each in quotes."""
    if "'" in line:
        raise IsoError(f"GRUB cannot pass on a quote mark: {line}")
    return " ".join(f"'{word}'" for word in line.split())


def _store(source, target):
    """Copy without debugging information; what is no ELF, as it is."""
    if source.read_bytes()[:4] == b"\x7fELF":
        _tool(["objcopy", "--strip-debug", str(source), str(target)])
    else:
        shutil.copyfile(source, target)


def _fill(tree, kernel, cmdline, modules):
    boot = tree / "boot"
    (boot / "grub").mkdir(parents=True)
    _store(kernel, boot / "kernel.elf")
    lines = ["set timeout=0", "set default=0", "menuentry Pinenut {",
             # GRUB leaves the file's name out. QEMU puts it first; so do we.
             f"    multiboot /boot/kernel.elf kernel.elf {_quote(cmdline)}"]
    for number, (path, line) in enumerate(modules):
        name = f"{number}-{path.name}"
        _store(path, boot / name)
        lines.append(f"    module /boot/{name} {_quote(line)}")
    lines += ["    boot", "}"]
    (boot / "grub/grub.cfg").write_text("\n".join(lines) + "\n")
    for path in [tree, *tree.rglob("*")]:
        os.utime(path, (int(DATE), int(DATE)))
        path.chmod(0o755 if path.is_dir() else 0o644)


def make(output, kernel, cmdline="", modules=()):
    """Write the ISO; modules are (path, command line) pairs."""
    with tempfile.TemporaryDirectory(prefix="pinenut-iso-") as folder:
        tree = pathlib.Path(folder) / "tree"
        _fill(tree, kernel, cmdline, modules)
        _tool(["grub-mkrescue", "-d", GRUB_FOLDER, "--compress=xz", "--fonts=",
               "--locales=", "--themes=",
               f"--install-modules={GRUB_MODULES}", "-o", str(output),
               str(tree), "--", "-volume_date", "all_file_dates", f"={DATE}",
               "-volume_date", "uuid", VOLUME_ID],
              env=dict(os.environ, SOURCE_DATE_EPOCH=DATE))
