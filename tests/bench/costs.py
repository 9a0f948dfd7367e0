"""A cost of the model changed by one does not go unseen.

Every cost of bench/p5model/costs.def is made one dearer. Either a figure of the
table moves, and with it the validation page, or the cost stands below with the
reason why nothing can. The disaster: a figure that somebody mistyped years ago
and that nothing shows.
"""

import concurrent.futures
import os
import sys

from pinenut import tap
from pinenut.bench import costs, run, servers

ARGUMENTS = "mrs=3,4 samples=1"
NEVER = {
    "the loops and the fast path have no such instruction":
        "push pop pushm popm pusha popa pushf popf xchg xchgax xchgm lock "
        "prefix movx cwde cdq setcc setccm bswap lahf flag bcd xlat enter "
        "leave bound mul8 mul32 div8 div32 idiv8 idiv32 aam aad alurmw shiftm "
        "shiftcl shiftclm aluload rcl rclm shld shldm bt btm bts btsm bsf xadd xaddm "
        "cmpxchg cmpxchgm cmpxchg8b movs stos lods scas cmps ins outs repmovs "
        "repstos replods repscas repcmps stepmovs steplods stepscas reti loop "
        "jecxz popsreg pushsreg lds fpu other",
    "no such transfer: from ring 3 by INT, back by IRET, else near":
        "intsame into exc excsame iretsame farcall farjmp gate gateinner "
        "farret farretouter task",
    "no P5 has them": "sysenter sysexit",
    "only when the kernel boots, or on the slow path":
        "cr0 cr2 cr4 readcr dr lmsw smsw clts invlpg invd wbinvd lgdt lldt ltr "
        "sldt verr lar cli in out rdmsr wrmsr cpuid hlt",
    "in the measured loop as in the empty one, which is subtracted": "rdtsc",
    "all data are aligned": "misaligned",
    "loads that pair are in different banks": "bank",
    "a hot IPC has every line in the caches; many servers have not":
        "miss wmiss"}
IN_SERVERS = ("miss", "wmiss")
SERVERS = servers.Run("scale", "servers=24 samples=1", "small=16")
LONGER_ONLY = ("agi",)             # where a message is longer than three


def reasons():
    """{cost: why it never shows}"""
    return {name: why for why, names in NEVER.items() for name in names.split()}


def medians(changes=()):
    """{(path, mrs): cycles}"""
    found = run.measure_p5(ARGUMENTS, costs.plugin_options(changes))
    return {(r["path"], r["mrs"]): r["median"] for r in found.records}


def moved(changes, base):
    now = medians(changes)
    return {case: round(now[case] - base[case], 2) for case in base
            if now[case] != base[case]}


def dearer(cost):
    return [(cost.name, cost.cycles + 1)]


def each(table, names, base):
    """{name: what moves}"""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(zip(names, pool.map(
            lambda name: moved(dearer(table[name]), base), names)))


def shown(checks, table, base):
    names = [name for name in table if name not in reasons()]
    for name, cases in each(table, names, base).items():
        checks.ok(cases and min(cases.values()) > 0,
                  f"{name}: one dearer shows in the table", cases)
        checks.ok(name in LONGER_ONLY or any(mrs == 3 for _, mrs in cases),
                  f"{name}: and on a path that the validation page has", cases)
        print(f"  # {name} + 1: " + ", ".join(
            f"{path} {mrs} +{more}" for (path, mrs), more in cases.items()))


def movers(group, base):
    """The names of those of a group of costs that move a figure."""
    changes = [change for cost in group for change in dearer(cost)]
    if not moved(changes, base):
        return []
    if len(group) == 1:
        return [group[0].name]
    half = len(group) // 2
    return movers(group[:half], base) + movers(group[half:], base)


def never_shown(checks, table, base):
    known = reasons()
    checks.ok(set(known) <= set(table), "no reason for what is no cost",
              set(known) - set(table))
    checks.equal(movers([table[name] for name in known], base), [],
                 f"{len(known)} costs, all one dearer, move nothing (the "
                 "reasons are in this test)")


def in_servers(checks, table):
    before, = servers.measure(SERVERS)
    for name in IN_SERVERS:
        after, = servers.measure(SERVERS, dearer(table[name]))
        checks.ok(after["median"] > before["median"],
                  f"{name}: one dearer shows with many servers",
                  (before["median"], after["median"]))


def main():
    checks = tap.Checks()
    table, base = costs.read_costs(), medians()
    shown(checks, table, base)
    never_shown(checks, table, base)
    in_servers(checks, table)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
