"""The fast path does what the slow path does: one program, cases.c, boots
with it and with the kernel option fastpath=off and has to print the same."""

import os
import re
import sys

from pinenut import emu, paths, tap

FULL = bool(os.environ.get("PINENUT_FULL"))
SETTINGS = (("with the fast path", ""), ("without it", "fastpath=off"))
UNTIMED = {"qemu": "", "bochs": " untimed"}  # Bochs loses ticks now and then
LEAST_CASES = 100                  # in each placement, or the run was cut
COST = re.compile(r"^cost (\d+) (.+)$", re.MULTILINE)
SHOWN = 12                         # differing lines shown of a placement


def run(emulator, cmdline, cases):
    boot = emu.run_qemu if emulator == "qemu" else emu.run_bochs
    return boot(paths.kernel(), cmdline, timeout=700 if FULL else 100, modules=[
        paths.program("sigma0"),
        (paths.program("ipc_cases"), f"cases={cases}{UNTIMED[emulator]}")])


def by_placement(console):
    """{placement: [[lines of a case], ...]}"""
    found = {}
    for block in re.split(r"^(?== case )", console, flags=re.MULTILINE)[1:]:
        lines = [line for line in block.splitlines() if line.startswith("= ")]
        place = re.sub(r"^= case (.*?)( \w+=.*)$", r"\1", lines[0])
        found.setdefault(place, []).append(lines)
    return found


def differences(fast, slow):
    """Lines that show the first cases that differ; empty for none."""
    shown = []
    for one, other in zip(fast, slow):
        if one == other:
            continue
        shown.append(one[0])
        shown += [f"{mark} {line}" for mark, lines, against in (
            ("fast", one, other), ("slow", other, one))
            for line in lines if line not in against]
        if len(shown) >= SHOWN:
            break
    if len(fast) != len(slow):
        shown.append(f"{len(fast)} cases with the fast path, {len(slow)} "
                     "without")
    return shown


def check_cost(checks, emulator, fast, slow):
    for place, cost in fast.items():
        other = slow.get(place, 0)
        checks.ok(0 < cost < 0.6 * other,
                  f"{emulator}: {place}: the fast path is taken: a round trip "
                  f"is {cost} ticks instead of {other}")


def compare(checks, emulator, cases):
    results = [run(emulator, cmdline, cases) for _, cmdline in SETTINGS]
    for (setting, _), result in zip(SETTINGS, results):
        checks.ok(result.status == 0, f"{emulator}: all cases run {setting}",
                  result.console[-2000:])
    fast, slow = (by_placement(result.console) for result in results)
    checks.equal(len(fast), 6, f"{emulator}: there are six placements")
    for place, listed in fast.items():
        checks.ok(len(listed) >= LEAST_CASES,
                  f"{emulator}: {place}: {len(listed)} cases were run")
        wrong = differences(listed, slow.get(place, []))
        checks.ok(not wrong, f"{emulator}: {place}: registers, messages, "
                  "errors and order are those of the slow path",
                  "\n".join(wrong))
    check_cost(checks, emulator, *(
        {place: int(cost) for cost, place in COST.findall(result.console)}
        for result in results))


def main():
    checks = tap.Checks()
    compare(checks, "qemu", 1500 if FULL else 80)
    compare(checks, "bochs", 300 if FULL else 20)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
