"""scripts/bench --sensitivity: how far the table could be wrong because a cost
of the model is.

Each doubtful cost is set to the least and to the most that is plausible
(bench/p5model/ranges.csv says why), and the five paths are measured again.
Doubtful are the costs without a source that was read (from memory, or at second
hand), and those that make up most of an IPC whatever their source. A cost that no path uses has no effect:
such costs are found in groups, as dearer costs can never make a path cheaper.
"""

import concurrent.futures
import os

from pinenut import progress
from pinenut.bench import costs, run
from pinenut.bench.table import NAMES, grid, paragraph

ALWAYS = ("int", "iret", "sreg", "cr3", "miss", "walk", "mispred")
ARGUMENTS = "mrs=3 pages=0 samples=1"
SWITCHES = {"retbtb": ("on", "RET predicted to go where it went last time; "
                       "by default it never errs"),
            "banks": ("off", "no conflicts of data cache banks")}
SURELY = 50                        # added to a cost to see whether it is used


def paths_with(changes):
    """{path: median} with these (name, value) changes."""
    found = run.measure_p5(ARGUMENTS, costs.plugin_options(changes))
    return {r["path"]: r["median"] for r in found.records}


def swing(changes, base):
    """By how much each path moves."""
    found = paths_with(changes)
    return {path: round(found[path] - base[path], 2) for path in base}


def doubtful(names):
    """The costs to try."""
    table = costs.read_costs()
    if names:
        return [table[name] for name in names if name in table]
    return [cost for cost in table.values()
            if cost.basis != "READ" or cost.name in ALWAYS]


def used(group, base):
    """Those of a group of costs that any path uses."""
    dearer = [(cost.name, cost.cycles + SURELY) for cost in group]
    if not any(swing(dearer, base).values()):
        return []
    if len(group) == 1:
        return group
    half = len(group) // 2
    return used(group[:half], base) + used(group[half:], base)


def record(name, now, limits, changes, base):
    """One row: `limits` is a Range, `changes` what to set at either end."""
    low, high = (swing(change, base) if change else dict.fromkeys(base, 0.0)
                 for change in changes)
    return {"cost": name, "now": now, "low": limits.low, "high": limits.high,
            "why": limits.why, "at_low": low, "at_high": high}


def of_cost(cost, ranges, base):
    limits = costs.range_of(cost, ranges)
    changes = [[(cost.name, value)] for value in (limits.low, limits.high)]
    return {**record(cost.name, cost.cycles, limits, changes, base),
            "basis": cost.basis}


def of_switch(name, base):
    value, why = SWITCHES[name]
    limits = costs.Range("", value, why)
    return {**record(f"{name}={value}", "", limits, [None, [(name, value)]],
                     base), "basis": "MODEL"}


def size(one):
    return max(abs(v) for at in ("at_low", "at_high") for v in one[at].values())


def in_turn(pool, jobs, line):
    """The jobs' results in their order; shows how many are done."""
    futures = [pool.submit(*job) for job in jobs]
    for done, _ in enumerate(concurrent.futures.as_completed(futures), 1):
        line.show(f"{done} of {len(jobs)} costs")
    return [future.result() for future in futures]


def measure(names):
    """(base, rows, names without effect)"""
    base, ranges = paths_with([]), costs.read_ranges()
    candidates = doubtful(names)
    with progress.Ticker("sensitivity: which costs are used"):
        tried = candidates if names else used(candidates, base)
    switches = [s for s in SWITCHES if not names or s in names]
    jobs = [*((of_cost, c, ranges, base) for c in tried),
            *((of_switch, s, base) for s in switches)]
    with (progress.Line("sensitivity") as line,
          concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool):
        rows = in_turn(pool, jobs, line)
    rows = sorted(filter(size, rows), key=size, reverse=True)
    moving = {row["cost"] for row in rows}
    tried = [c.name for c in candidates] + [f"{s}={SWITCHES[s][0]}"
                                            for s in switches]
    return base, rows, [name for name in tried if name not in moving]


def together(rows, base):
    """All costs at their low, all at their high ends."""
    ends = []
    for end in ("low", "high"):
        changes = [(r["cost"], r[end]) for r in rows if r["basis"] != "MODEL"]
        ends.append(swing(changes, base))
    return {"cost": "all of these", "at_low": ends[0], "at_high": ends[1]}


def signed(value):
    return f"{value:+.2f}".rstrip("0").rstrip(".") if value else "0"


def cells(one, base):
    return [f"{signed(one['at_low'][p])} .. {signed(one['at_high'][p])}"
            for p in base]


def text(base, rows, unused, both):
    table = [["cost", "now", "tried", *(NAMES[p] for p in base), "source"]]
    table.append(["", "", "", *(f"{v:.2f}" for v in base.values()), ""])
    for one in rows:
        tried = (f"{one['low']}..{one['high']}" if one["basis"] != "MODEL"
                 else "")
        table.append([one["cost"], str(one["now"]), tried, *cells(one, base),
                      one["basis"].lower()])
    table.append([both["cost"], "", "", *cells(both, base), ""])
    yield ("SENSITIVITY: cycles of an IPC by which each path moves, at the "
           "least and at the most")
    yield "that is plausible for one cost of the P5 model"
    yield from grid(table, left=2)
    yield ""
    for one in rows:
        yield paragraph(f"  {one['cost']:11} ", one["why"])
    if unused:
        yield ""
        yield paragraph("Used by no path, so without effect: ",
                        ", ".join(unused))


def report(names):
    """(text, records)"""
    base, rows, unused = measure(names)
    both = together(rows, base)
    records = [{"base": base}, *rows, both, {"unused": unused}]
    return "\n".join(text(base, rows, unused, both)) + "\n", records
