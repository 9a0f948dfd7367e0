"""The fast path does what the slow path does: one program, cases.c, boots
with it and with the kernel option fastpath=off and has to print the same. So
it has when a P6 enters by SYSENTER and by INT (compare.py sysenter)."""

import os
import re
import sys

from pinenut import emu, paths, tap

FULL = bool(os.environ.get("PINENUT_FULL"))
P5 = "pentium"
P6 = {"qemu": "pentium3", "bochs": "p3_katmai"}
FAST_AND_SLOW = (("fast", "with the fast path", ""),
                 ("slow", "without it", "fastpath=off"))
SYSENTER_AND_INT = (("sysenter", "entered by SYSENTER", "entry=sysenter"),
                    ("int", "entered by INT", "entry=int"))
UNTIMED = {"qemu": "", "bochs": " untimed"}  # Bochs loses ticks now and then
LEAST_CASES = 100                  # in each placement, or the run was cut
COST = re.compile(r"^cost (\d+) (.+)$", re.MULTILINE)
SHOWN = 12                         # differing lines shown of a placement


def run(emulator, model, cmdline, cases):
    modules = [paths.program("sigma0"),
               (paths.program("ipc_cases"), f"cases={cases}{UNTIMED[emulator]}")]
    timeout = 700 if FULL else 100
    if emulator == "qemu":
        return emu.run_qemu(paths.kernel(), cmdline, modules, cpu=model,
                            timeout=timeout)
    return emu.run_bochs(paths.kernel(), cmdline, modules, model=model,
                         timeout=timeout)


def by_placement(console):
    """{placement: [[lines of a case], ...]}"""
    found = {}
    for block in re.split(r"^(?== case )", console, flags=re.MULTILINE)[1:]:
        lines = [line for line in block.splitlines() if line.startswith("= ")]
        place = re.sub(r"^= case (.*?)( \w+=.*)$", r"\1", lines[0])
        found.setdefault(place, []).append(lines)
    return found


def differences(fast, slow, names):
    """Lines that show the first cases that differ; empty for none."""
    shown = []
    for one, other in zip(fast, slow):
        if one == other:
            continue
        shown.append(one[0])
        shown += [f"{mark} {line}" for mark, lines, against in (
            (names[0], one, other), (names[1], other, one))
            for line in lines if line not in against]
        if len(shown) >= SHOWN:
            break
    if len(fast) != len(slow):
        shown.append(f"{len(fast)} cases {names[0]}, {len(slow)} {names[1]}")
    return shown


def check_cost(checks, emulator, fast, slow):
    for place, cost in fast.items():
        other = slow.get(place, 0)
        checks.ok(0 < cost < 0.6 * other,
                  f"{emulator}: {place}: the fast path is taken: a round trip "
                  f"is {cost} ticks instead of {other}")


def compare(checks, emulator, model, settings, cases):
    """Both settings print the same; returns their consoles."""
    machine = emulator if model == P5 else f"{emulator} {model}"
    (one, _, _), (other, _, _) = settings
    results = [run(emulator, model, cmdline, cases)
               for _, _, cmdline in settings]
    for (_, setting, _), result in zip(settings, results):
        checks.ok(result.status == 0, f"{machine}: all cases run {setting}",
                  result.console[-2000:])
    fast, slow = (by_placement(result.console) for result in results)
    checks.equal(len(fast), 6, f"{machine}: there are six placements")
    for place, listed in fast.items():
        checks.ok(len(listed) >= LEAST_CASES,
                  f"{machine}: {place}: {len(listed)} cases were run")
        wrong = differences(listed, slow.get(place, []), (one, other))
        checks.ok(not wrong, f"{machine}: {place}: registers, messages, "
                  f"errors and order are the same, {one} and {other}",
                  "\n".join(wrong))
    return [result.console for result in results]


def costs(console):
    return {place: int(cost) for cost, place in COST.findall(console)}


def fast_against_slow(checks, emulator, cases):
    fast, slow = compare(checks, emulator, P5, FAST_AND_SLOW, cases)
    check_cost(checks, emulator, costs(fast), costs(slow))


def by_sysenter(checks, emulator, cases):
    by, _ = compare(checks, emulator, P6[emulator], SYSENTER_AND_INT, cases)
    checks.ok("sysenter and int 0x30" in by,
              f"{emulator}: the boot log says that SYSENTER is used")


def main():
    checks = tap.Checks()
    if sys.argv[1:] == ["sysenter"]:
        by_sysenter(checks, "qemu", 400 if FULL else 20)
        if FULL:
            by_sysenter(checks, "bochs", 100)
    else:
        fast_against_slow(checks, "qemu", 1500 if FULL else 80)
        fast_against_slow(checks, "bochs", 300 if FULL else 20)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
