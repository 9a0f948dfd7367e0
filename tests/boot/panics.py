"""What must never happen ends in a readable panic: an NMI, a damaged kernel
stack pointer, a kernel stack that overflows. Status 63, in all cases."""

import subprocess
import sys
import tempfile

from gdb import Gdb
from machine import Machine
from pinenut import paths, tap

PANIC_STATUS = 63
PAGE = 4096
SOME_KERNEL_FUNCTION = "kdb_call"  # every character printed goes through it


def symbol(name):
    """A kernel symbol's address."""
    for line in subprocess.run(["nm", paths.kernel()], capture_output=True,
                               text=True, check=True).stdout.splitlines():
        if line.split()[-1] == name:
            return int(line.split()[0], 16)
    raise LookupError(f"the kernel has no {name}")


def panicked(checks, machine, text, word):
    """The machine has ended with a panic that says `word`, once."""
    status, said = machine.ended(), machine.console()
    checks.equal(status, PANIC_STATUS, f"{text}: ends with the panic status")
    checks.ok(said.count("pinenut: panic: ") == 1 and word in said.lower(),
              f"{text}: the panic says so", said)


def interrupt(checks):
    with tempfile.TemporaryDirectory() as folder, \
            Machine(folder, "stay") as machine:
        checks.ok(machine.says("stay\n"), "the root server runs",
                  machine.console())
        machine.send("monitor", b"nmi\n")
        panicked(checks, machine, "an NMI", "nmi")


def stack_bottom(gdb):
    """The lowest address of the stack in use: the page below is unmapped."""
    page = gdb.register("esp") & -PAGE
    while gdb.mapped(page - 1):
        page -= PAGE
    return page


def with_stack(checks, text, word, choose):
    """Stop inside the kernel, replace its stack pointer, go on."""
    with tempfile.TemporaryDirectory() as folder, \
            Machine(folder, "stay", stopped=True) as machine, \
            machine.connect("gdb") as line:
        gdb = Gdb(line)
        gdb.run_to(symbol(SOME_KERNEL_FUNCTION))
        gdb.set_register("esp", choose(gdb))
        gdb.go()
        panicked(checks, machine, text, word)


def main():
    checks = tap.Checks()
    interrupt(checks)
    with_stack(checks, "a kernel stack pointer to nowhere", "double fault",
               lambda gdb: 0x1000)
    with_stack(checks, "a kernel stack overflow", "double fault",
               lambda gdb: stack_bottom(gdb) + 8)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
