"""Part of scripts/bench --servers: what moving a space costs.

    measure(faults)     -> Result of one run of bench/moves on the P5 model
    over_budget(result) -> complaints: moves more than 1 % worse than
                           bench/moves-budgets.csv (scripts/bench
                           --write-budgets renews it)
"""

import csv
import pathlib
import re
import tempfile
from typing import NamedTuple

from pinenut import emu, paths
from pinenut.bench import run
from pinenut.bench.table import grid, number

PROGRAM = "moves_bench"
BUDGETS = paths.ROOT / "bench/moves-budgets.csv"
TOLERANCE = 1.01
MOVE = re.compile(rf"^{PROGRAM}: move pages=(\d+) cycles=(\d+) change=(.*)$",
                  re.MULTILINE)
CALLS = re.compile(rf"^{PROGRAM}: calls cycles=(\d+) between=(\w+)$",
                   re.MULTILINE)
BATCH = 1000                       # calls, as in bench/moves
ALL_FAULTS, FEW_FAULTS = 100_000, 10_000


class Result(NamedTuple):
    """moves: {(change, pages): cycles}; alone, beside: cycles of an IPC without
    and with limit faults of another space between the batches; faults: their
    number."""

    moves: dict
    alone: float
    beside: float
    faults: int


def parse(console, faults):
    moves = {(change.strip(), int(pages)): int(cycles)
             for pages, cycles, change in MOVE.findall(console)}
    calls = [(name, int(cycles) / BATCH / 2)
             for cycles, name in CALLS.findall(console)]
    if not moves or [name for name, _ in calls] != ["nothing", "faults",
                                                    "nothing"]:
        raise run.BenchError(f"{PROGRAM}'s output is not complete")
    return Result(moves, min(calls[0][1], calls[2][1]), calls[1][1], faults)


def measure(faults=ALL_FAULTS):
    plugin = paths.build_dir() / "bench/p5model.so"
    if not plugin.is_file():
        raise run.NoClock(f"{plugin} is not built")
    with tempfile.TemporaryDirectory(prefix="pinenut-bench-") as name:
        result = emu.run_qemu(
            paths.kernel(), timeout=300,
            plugin=f"{plugin},tsc=on,outfile={pathlib.Path(name, 'out')}",
            modules=[paths.program("sigma0"),
                     (paths.program(PROGRAM), f"faults={faults}")])
    if not MOVE.search(result.console):
        raise run.NoClock(run.plugin_complaint(result))
    if result.status != 0:
        said = result.console.strip().splitlines()[-6:]
        raise run.BenchError("\n  ".join([f"{PROGRAM} failed:", *said]))
    return parse(result.console, faults)


def budgets():
    with open(BUDGETS, newline="") as file:
        return {(row["change"], int(row["pages"])): int(row["cycles"])
                for row in csv.DictReader(file)}


def over_budget(result):
    allowed = budgets()
    return [f"{change}, {pages} pages: {cycles} cycles, budget "
            f"{allowed.get((change, pages))}"
            for (change, pages), cycles in result.moves.items()
            if cycles > allowed.get((change, pages), 0) * TOLERANCE]


def write_budgets(result):
    with open(BUDGETS, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("change", "pages", "cycles"))
        writer.writerows((change, pages, cycles) for (change, pages), cycles
                         in sorted(result.moves.items()))


def lines(result):
    names = list(dict.fromkeys(change for change, _ in result.moves))
    sizes = sorted({pages for _, pages in result.moves})
    base = result.moves
    rows = [["pages", *names, "move, a page"]]
    for pages in sizes:
        rows.append([str(pages),
                     *(str(base[name, pages]) for name in names),
                     number(round(base["move", pages] / pages, 1))])
    yield ("MOVING: cycles of one SpaceControl for a space of so many pages, "
           "all mapped, P5 model")
    yield from grid(rows)
    yield ("(grow and shrink by one page; nothing: asked for what it is "
           "already)")
    yield ""
    yield "A HOSTILE SPACE that does nothing but step over its limit, P5 model"
    yield (f"one IPC between two other small spaces: {result.alone:.2f} cycles; "
           f"beside {result.faults} limit faults: {result.beside:.2f} "
           f"({100 * (result.beside / result.alone - 1):+.1f} %)")
