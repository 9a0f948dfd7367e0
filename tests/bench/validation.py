"""scripts/bench --validate and --sensitivity: a change of the model is seen.

The disasters: a cost of the model changed in passing, and every figure with
it; a published figure without source or explanation; a range that does not
even hold the cost in use.
"""

import sys

import front_door
from pinenut import paths, tap
from pinenut.bench import costs, run, validate
from front_door import bench


def figures(answer):
    return {r["id"]: r["modelled"] for r in answer.json[1:] if "modelled" in r}


def page(checks, answer):
    found = [r for r in answer.json[1:] if "ratio" in r]
    with open(validate.TABLE) as file:
        checks.equal(len(found), len(file.readlines()) - 1,
                     "every published figure has its modelled one")
    checks.equal(validate.outside(found), [], "all within their bounds")
    checks.ok(all(r["source"] and r["trust"] for r in found),
              "each with its source, and how far to trust it")
    explained = (paths.ROOT / "docs/model.md").read_text()
    missing = [r["id"] for r in found if f"`{r['id']}`" not in explained]
    checks.ok(not missing, "docs/model.md explains each", missing)
    absent = [word for word in ("P5 model", answer.json[0]["commit"],
                                "qemu-system-i386 -cpu", "1143")
              if word not in answer.out]
    checks.ok(not absent, "it names clock, commit and command", absent)


def shapes(checks, answer):
    curves = answer.json[-1]
    for path in validate.CURVES:
        checks.ok(curves[path] == sorted(curves[path]),
                  f"{path}: more pages cost more", curves[path])
    small, large = (curves[path] for path in validate.CURVES)
    gaps = [b - a for a, b in zip(small, large)]
    checks.ok(gaps == sorted(gaps), "and the gap grows with them", gaps)


def planted(checks, plain):
    walk = figures(bench("--validate", "--cost", "walk=6"))
    checks.equal((walk["refill"] - plain["refill"],
                  walk["refill-full"] - plain["refill-full"]), (1, 96),
                 "a walk that costs one more: every refill shows it")
    entry = figures(bench("--validate", "--cost", "int=49"))
    moved = {name for name in plain if entry[name] != plain[name]}
    checks.equal(moved, {"entry-exit", "entry-exit-95", "fig2-small-64",
                         "fig2-large-64", "l4-97"},
                 "an INT that costs one more: all that hold an INT, no other")
    row = {"id": "x", "ratio": 1.2, "least": 0.9, "most": 1.1}
    checks.equal(validate.outside([row]), ["x"], "out of bounds is told")


def sensitivity(checks):
    answer = bench("--sensitivity", "int,sreg,pushm")
    checks.equal(answer.status, 0, "--sensitivity with names runs")
    by_cost = {r["cost"]: r for r in answer.json if "cost" in r}
    checks.equal(set(by_cost), {"int", "sreg", "all of these"},
                 "costs that matter have a row")
    checks.equal(answer.json[-1], {"unused": ["pushm"]},
                 "and those that don't are named")
    for name, one in by_cost.items():
        if name == "all of these":
            continue
        low, high = one["low"] - one["now"], one["high"] - one["now"]
        times = {p: one["at_low"][p] / low for p in run.PATHS}
        checks.equal(times, {p: one["at_high"][p] / high for p in run.PATHS},
                     f"{name}: as often in either direction")
        checks.ok(times["small-small"] >= 1
                  and times["same"] == (name == "int"),
                  f"{name}: on the paths that use it", times)
    answer = bench("--sensitivity", "int,nonsense")
    checks.ok(answer.status == 2 and answer.err.count("\n") == 1,
              "a cost that is none: one line, status 2", answer.err)


def ranges(checks):
    table, known = costs.read_costs(), costs.read_ranges()
    checks.ok(set(known) <= set(table), "ranges are of costs that exist",
              set(known) - set(table))
    narrow = [name for name, cost in table.items() for limits in
              [costs.range_of(cost, known)]
              if not limits.low <= cost.cycles <= limits.high
              or limits.low == limits.high]
    checks.ok(not narrow, "every range holds the cost in use, and more", narrow)
    checks.ok(all(r.why for r in known.values()), "and says why")


def main():
    checks = tap.Checks()
    answer = bench("--validate")
    if not checks.ok(answer.status == 0 and answer.json, "--validate runs",
                     answer.out + answer.err):
        checks.done()
    page(checks, answer)
    shapes(checks, answer)
    planted(checks, figures(answer))
    ranges(checks)
    sensitivity(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
