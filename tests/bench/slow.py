"""The slow path: every IPC that the fast path gives up goes by it, so it may
not cost more than two and a half times as much, nor more than its budget.

The disasters: C that grows a feature and with it a hundred cycles for all
messages; a comparison of the fast path with itself.
"""

import sys

from pinenut import tap
from pinenut.bench import files, run, slow

FAST_INSTRUCTIONS = 120            # the fast path takes 81 at most


def ratios(checks, fast, in_c):
    found = slow.ratios(fast, in_c)
    checks.equal([path for path, *_ in found], list(run.PATHS),
                 "every path was measured both ways")
    for path, one, other, ratio in found:
        checks.ok(ratio <= slow.LIMIT,
                  f"{path}: {other:.2f} cycles in C, {ratio:.2f} times the "
                  f"fast path's {one:.2f}: at most {slow.LIMIT}")


def mechanism(checks, in_c):
    for r in in_c:
        checks.ok(r["instructions"] > FAST_INSTRUCTIONS,
                  f"{r['path']}: it was the slow path", r)
        checks.ok(r["l1i_misses"] == 0,
                  f"{r['path']}: its code fits the cache with the users'", r)


def budgets(checks, in_c):
    over = files.over_budget(slow.for_budgets(in_c), files.read_budgets())
    checks.ok(not over, "none is more than 1 % over its budget "
              "(scripts/bench --write-budgets renews them)", "\n".join(over))


def front(checks, in_c):
    lines = list(slow.table(in_c, in_c))
    checks.ok(len(lines) == len(run.PATHS) + 3 and lines[-1].endswith("1.00"),
              "the table has a line a path", "\n".join(lines))


def main():
    checks = tap.Checks()
    fast = run.measure_p5("mrs=3 pages=0").records
    in_c = slow.measure().records
    ratios(checks, fast, in_c)
    mechanism(checks, in_c)
    budgets(checks, in_c)
    front(checks, in_c)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
