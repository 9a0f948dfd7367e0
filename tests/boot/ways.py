"""Every way to boot ends in the same running system: QEMU's -kernel, GRUB from
the ISO in QEMU and in Bochs, and Bochs from our own ROM."""

import pathlib
import sys
import tempfile

from pinenut import emu, paths, tap

WAYS = [
    ("qemu -kernel", emu.run_qemu, dict(via="kernel")),
    ("qemu from the ISO", emu.run_qemu, dict(via="iso")),
    ("bochs from the ROM", emu.run_bochs, dict(via="rom")),
    ("bochs from the ISO", emu.run_bochs, dict(via="iso")),
    ("bochs as a Pentium III", emu.run_bochs,
     dict(via="rom", model="p3_katmai")),
    ("qemu as a Pentium III", emu.run_qemu, dict(cpu="pentium3")),
    ("qemu with 8 MB", emu.run_qemu, dict(mem=8)),
    ("qemu with 16 MB", emu.run_qemu, dict(mem=16)),
    ("qemu with 512 MB", emu.run_qemu, dict(mem=512)),
]
# A comma has to pass through QEMU's -initrd, many words through GRUB's shell.
ROOT_ARGS = "one two,three exit=0"
EXTRA = ("boot_hello", "never started = 4")
BULK = ["root", "args", "echo"]    # so that modules fill some 100 KB

# What the boot log has to tell, each as a pattern of plain words.
LOG = {"the CPU": "CPU", "memory": "memory", "the modules": "module",
       "linear space": "small", "the clock": "clock",
       "segment limits": "segment limits"}
LIMITS = {emu.run_qemu: "segment limits are NOT ENFORCED",
          emu.run_bochs: "segment limits are enforced"}


def modules(args):
    return [paths.program("sigma0"), (paths.program("boot_hello"), args),
            (paths.program(EXTRA[0]), EXTRA[1]),
            *[paths.program(name) for name in BULK]]


def lists_modules(console):
    """Does the root server see all modules with their words?"""
    return all(f" bytes: {line}\n" in console for line in (
        "sigma0", f"boot_hello {ROOT_ARGS}", " ".join(EXTRA), *BULK))


def boots(checks, name, run, options):
    with tempfile.TemporaryDirectory() as folder:
        com1 = pathlib.Path(folder, "com1")
        result = run(paths.kernel(), "", modules(ROOT_ARGS), serial=com1,
                     **options)
        serial = com1.read_text().replace("\r\n", "\n")
    said = result.console
    checks.equal(result.status, 0, f"{name}: boots and ends with status 0")
    checks.ok("hello: argument 2: two,three\n" in said,
              f"{name}: the root server gets its arguments", said)
    checks.ok(lists_modules(said), f"{name}: it finds all modules", said)
    checks.ok(serial.rstrip() == said.rstrip() != "",
              f"{name}: COM1 and port 0xE9 print the same",
              f"{serial}--\n{said}")
    missing = [what for what, word in LOG.items()
               if word.lower() not in said.lower()]
    checks.ok(not missing, f"{name}: the boot log tells all it should",
              f"not told: {', '.join(missing)}\n{said}")
    checks.ok(LIMITS[run] in said,
              f"{name}: it has found out whether limits are enforced", said)


def statuses(checks):
    for name, run in (("qemu", emu.run_qemu), ("bochs", emu.run_bochs)):
        for status in (1, 63):
            result = run(paths.kernel(), "", modules(f"exit={status}"))
            checks.equal(result.status, status,
                         f"{name}: exit status {status} comes out")


def options(checks):
    for line in ("fastpath=off", "fastpath=on", "small=16", "small=512",
                 "kmem=4", "threads=8", "threads=12", "threads=13",
                 "small=64 fastpath=off", "entry=int", "entry=auto"):
        result = emu.run_qemu(paths.kernel(), line, modules(ROOT_ARGS))
        checks.ok(result.status == 0, f"kernel option {line} is understood",
                  result.console)


def main():
    checks = tap.Checks()
    for way in WAYS:
        boots(checks, *way)
    statuses(checks)
    options(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
