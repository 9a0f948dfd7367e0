"""The table of scripts/bench: complete, the same to the digit on every run,
and within what the design and the budgets allow.

The disasters: a figure that wobbles or that a parser cannot read; a change
that makes IPC slower without anybody noticing; a "large to large" that never
left its directory, or a fast path that never ran.
"""

import csv
import json
import sys

import front_door
from pinenut import paths, tap
from pinenut.bench import bars, files, run

CASES = run.CASES
HEADER = {"clock", "commit", "compiler", "emulator", "cpu_model", "entry",
          "slots", "rounds", "command"}
SLOW_INSTRUCTIONS = 120            # the slow path takes 180
GAP_PAGES, GAP = 16, 100           # what a directory switch costs at least


def schema(checks, answer):
    header, *records = answer.json
    checks.equal(answer.status, 0, "it ends with status 0")
    checks.equal(set(header), HEADER, "the header says how to repeat it")
    checks.ok(all(header.values()), "and leaves nothing empty", header)
    checks.equal(len(records), CASES, "every path, length and page count")
    checks.ok(all(tuple(r) in (run.KEYS, run.KEYS + run.COLD) for r in records),
              "every record has the promised keys")
    cold = [r for r in records if "cold_median" in r]
    checks.ok([r["path"] for r in cold] == list(run.PATHS)
              and all(r["median"] + 100 < r["cold_median"] for r in cold),
              "each path has a cold case, which costs much more", cold)
    checks.ok(all(isinstance(v, str if k in ("clock", "path") else (int, float))
                  for r in records for k, v in r.items()),
              "and numbers in all of them")
    checks.ok(all(r["clock"] == header["clock"] == "p5" for r in records),
              "one clock only")
    ordered = [r for r in records if not
               r["min"] <= r["q1"] <= r["median"] <= r["q3"] <= r["p99"]
               <= r["max"]]
    checks.ok(not ordered, "quartiles are in order", ordered)


def copies(checks, answer):
    base = paths.build_dir() / "bench/bench-p5"
    checks.equal(json.loads(base.with_suffix(".json").read_text()), answer.json,
                 "the build folder has the same JSON")
    with open(base.with_suffix(".csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    checks.equal(rows, [{k: str(r[k]) for k in run.KEYS}
                        for r in answer.json[1:]], "and the same as CSV")


def text(checks, answer):
    words = ("small to small", "121 [1]", "large to large", "data TLB misses",
             "P5 model", "THE SLOW PATH", answer.json[0]["commit"],
             "qemu-system-i386 -cpu")
    missing = [word for word in words if word not in answer.out]
    checks.ok(not missing, "the terminal shows paths, published figures, "
              "clock, commit and command", f"missing: {missing}")
    value = front_door.by_case(answer.json)["small-small", 3, 0]["median"]
    checks.ok(f" {value:.2f}".rstrip("0").rstrip(".") in answer.out,
              "and the median that is in the files")


def reached(checks, answer):
    records = answer.json[1:]
    found = bars.judged(records)
    checks.equal(len(found), 7, "every bar of the design has its figure")
    for one in found:
        checks.ok(one.over(one.bar.bar) <= 0,
                  f"{one.bar.what}: at most {one.bar.bar:g} cycles", one.cycles)
    slope = bars.slope(records)
    checks.ok(len(slope) == len(run.PATHS)
              and max(slope.values()) <= bars.SLOPE_BAR,
              "each message register from 4 to 63: at most "
              f"{bars.SLOPE_BAR} cycles", slope)
    missing = [text for one in found for text in
               (f"{one.cycles:.2f}", bars.verdict(one, one.bar.goal))
               if text not in answer.out]
    checks.ok(not missing and "BARS AND GOALS" in answer.out
              and "121 [1]" in answer.out and "1143 [2]" in answer.out,
              "the terminal shows each with its distance from the goal, and "
              "published figures", missing)
    one = bars.Judged(found[0].bar, found[0].bar.bar + 2)
    checks.equal(bars.verdict(one, one.bar.bar), "2 to go",
                 "a bar that is missed is said to be")


def limits(checks, cases):
    large = cases["large-large", 3, GAP_PAGES]
    small = cases["small-small", 3, GAP_PAGES]
    checks.ok(large["median"] - small["median"] >= GAP,
              f"{GAP_PAGES} pages touched again: a switch of directories costs "
              f"at least {GAP} cycles more", f"{large}\n{small}")
    checks.ok(large["dtlb_misses"] - small["dtlb_misses"] >= GAP_PAGES / 2,
              "and the data TLB misses say why", f"{large}\n{small}")


def mechanism(checks, cases):
    """Each path did what its name says."""
    for path in run.PATHS:
        case = cases[path, 3, 0]
        checks.equal(case["cr3_writes"], 1 if path == "large-large" else 0,
                     f"{path}: CR3 writes per IPC")
        checks.ok(case["instructions"] <= SLOW_INSTRUCTIONS,
                  f"{path}: goes by the fast path", case)
        checks.ok(case["l1i_misses"] == case["l1d_misses"] == 0,
                  f"{path}: hot, no cache misses", case)
    for path in run.PATHS[:4]:
        case = cases[path, 3, 0]
        checks.ok(case["itlb_misses"] == case["dtlb_misses"] == 0,
                  f"{path}: no TLB misses", case)


def budgets(checks, answer):
    known = files.read_budgets()
    over = files.over_budget(answer.json[1:], known)
    checks.ok(not over, "no case is more than 1 % over its budget "
              "(scripts/bench --write-budgets renews them)", "\n".join(over))
    checks.equal(len(known), CASES + len(run.PATHS),
                 "every case has a budget, and the slow path on every path")
    record = dict(path="same", mrs=3, pages=0, median=100.0)
    for budget, bad in ((100.0, 0), (99.1, 0), (98.9, 1), (None, 1)):
        known = {("same", 3, 0): budget} if budget else {}
        checks.equal(len(files.over_budget([record], known)), bad,
                     f"100 cycles with a budget of {budget}: "
                     f"{'refused' if bad else 'taken'}")


def main():
    checks = tap.Checks()
    first, second = front_door.bench(), front_door.bench()
    if not checks.ok(first.status == 0 and first.json, "scripts/bench runs",
                     first.out + first.err):
        checks.done()
    cases = front_door.by_case(first.json)
    schema(checks, first)
    copies(checks, second)
    text(checks, first)
    checks.ok(first.json == second.json and first.out == second.out,
              "a second run is the same to the digit")
    reached(checks, first)
    limits(checks, cases)
    mechanism(checks, cases)
    budgets(checks, first)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
