"""Each protection test, run with its defence removed, has to fail.

mutants.json names kernels with a hole planted in each (CMakeLists.txt builds
them) and the test that has to see it. A mutant is caught if at least one check
of the test fails; where `dies` says that the hole is too wide for that, it is
enough that the test does not come to its end. The same run on the kernel itself has to
pass, or its failing on a mutant would prove nothing.
"""

import json
import pathlib
import re
import sys

from pinenut import build, emu, paths, tap

TABLE = pathlib.Path(__file__).with_name("mutants.json")
TIMEOUT = 30
FAILED = re.compile(r"^not ok \d+ - (.*)$", re.MULTILINE)


def run(kernel, mutant):
    program, _, arguments = mutant["run"].partition(" ")
    modules = [(paths.program("sigma0"), ""),
               (paths.program(program), arguments)]
    return emu.run_bochs(kernel, cmdline=mutant.get("cmdline", ""),
                         modules=modules,
                         timeout=mutant.get("timeout", TIMEOUT),
                         model=mutant.get("cpu", "pentium"))


def caught(mutant, result):
    """How the hole was seen, or None."""
    failed = FAILED.search(result.console)
    if failed:
        return failed.group(1)
    if mutant.get("dies") and result.status != 0:
        return result.console.splitlines()[-1]
    return None


def last_lines(result):
    """What failed, if anything did, and how it ended."""
    lines = result.console.splitlines()
    failed = [n for n, line in enumerate(lines[:-12]) if FAILED.match(line)]
    return "\n".join([line for n in failed for line in lines[n:n + 2]]
                     + lines[-12:])


def same_run(mutant):
    """What the run depends on, but for the kernel."""
    return (mutant["run"], mutant.get("cmdline", ""),
            mutant.get("cpu", "pentium"))


def controls(checks, mutants):
    """The kernel itself passes every run."""
    for mutant in {same_run(m): m for m in mutants}.values():
        result = run(paths.kernel(), mutant)
        checks.ok(result.status == 0 and not FAILED.search(result.console),
                  " ".join(filter(None, same_run(mutant)))
                  + ": passes without a hole", last_lines(result))


def chosen(table, parts):
    """Part "1/2" is the first of two halves, for two processors."""
    part, _, of = parts.partition("/")
    return table[int(part) - 1::int(of)]


def main():
    build.build(werror=True, targets=["protect_mutants"])
    table = json.loads(TABLE.read_text())
    mutants = chosen(table, sys.argv[1] if len(sys.argv) > 1 else "1/1")
    checks = tap.Checks()
    controls(checks, mutants)
    for mutant in mutants:
        kernel = paths.build_dir() / f"tests/mutants/{mutant['name']}.elf"
        result = run(kernel, mutant)
        how = caught(mutant, result)
        checks.ok(how, f"caught: {mutant['hole']}", last_lines(result))
        if how:
            print(f"  # {mutant['name']}: {how}")
    checks.done()


if __name__ == "__main__":
    main()
