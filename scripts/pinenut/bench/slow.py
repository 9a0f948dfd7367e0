"""What an IPC costs in C: the first table again, without the fast path.

    measure(slots)        -> Measurement of the P5 model, three registers
    ratios(fast, slow)    -> [(path, fast, slow, ratio)] of their records
    table(fast, slow)     the lines that scripts/bench prints
    for_budgets(slow)     its records under paths of their own

The kernel option fastpath=off makes every IPC take the slow path, ipc/ipc.c.
"""

from pinenut.bench import run
from pinenut.bench.table import NAMES, STANDARD_MRS, grid, number

CMDLINE = "fastpath=off"
SUFFIX = "-slow"                   # of a path in bench/budgets.csv
LIMIT = 2.5                        # how many times the fast path's cycles


def measure(slots="pages"):
    return run.measure_model("p5", "pentium",
                             f"mrs={STANDARD_MRS} pages=0 slots={slots}",
                             cmdline=CMDLINE)


def _medians(records):
    return {r["path"]: r["median"] for r in records
            if (r["mrs"], r["pages"]) == (STANDARD_MRS, 0)}


def ratios(fast, slow):
    fast, slow = _medians(fast), _medians(slow)
    return [(path, fast[path], slow[path], slow[path] / fast[path])
            for path in run.PATHS if path in fast and path in slow]


def table(fast, slow):
    yield (f"THE SLOW PATH, in C: one IPC of {STANDARD_MRS} message registers "
           "with the kernel option")
    yield (f"{CMDLINE}, cycles of the P5 model (at most {LIMIT} times the fast "
           "path's)")
    yield from grid([["", "fast", "slow", "ratio"]] + [
        [NAMES[path], number(one), number(other), f"{ratio:.2f}"]
        for path, one, other, ratio in ratios(fast, slow)])


def for_budgets(slow):
    return [r | {"path": r["path"] + SUFFIX} for r in slow]
