"""The P5 model's cost table, bench/p5model/costs.def, and what may be put in
place of a cost.

`--cost NAME=CYCLES` becomes an option of the plugin; whoever takes a trace
apart must know the same figures, so they are read from the same file.
"""

import csv
import re
from typing import NamedTuple

from pinenut import paths

TABLE = paths.ROOT / "bench/p5model/costs.def"
RANGES = paths.ROOT / "bench/p5model/ranges.csv"
ROW = re.compile(r'^COST\((\w+), (\d+), (\w+),\s*"([^"]*)"\)', re.MULTILINE)
SWITCHES = ("retbtb", "banks")     # options of the model that are no costs


class Cost(NamedTuple):
    """basis: READ, SECOND or UNSOURCED (the table's comment says what)."""

    name: str
    cycles: int
    basis: str
    source: str


class Range(NamedTuple):
    """The least and the most that is plausible, and why."""

    low: int
    high: int
    why: str


def read_costs():
    """{name: Cost}"""
    return {name: Cost(name, int(cycles), basis, source) for
            name, cycles, basis, source in ROW.findall(TABLE.read_text())}


def values(changes=()):
    """{name: cycles} with `changes`, (name, cycles) pairs, in force."""
    table = {cost.name: cost.cycles for cost in read_costs().values()}
    return {**table, **{name: cycles for name, cycles in changes}}


def parse_change(text):
    """"int=52" -> ("int", 52); ValueError says what is wrong."""
    name, equals, cycles = text.partition("=")
    if name not in read_costs():
        raise ValueError(f"{name}: no cost of bench/p5model/costs.def")
    if not equals or not cycles.isdigit() or int(cycles) > 0xffff:
        raise ValueError(f"{text}: wants NAME=CYCLES")
    return name, int(cycles)


def plugin_options(changes):
    return "".join(f",{name}={value}" for name, value in changes)


def read_ranges():
    """{name: Range}"""
    with open(RANGES, newline="") as file:
        return {row["cost"]: Range(int(row["low"]), int(row["high"]),
                                   row["why"]) for row in csv.DictReader(file)}


def range_of(cost, ranges):
    """The range of a cost; what ranges.csv has not is half to double."""
    if cost.name in ranges:
        return ranges[cost.name]
    low = min(cost.cycles - 1, cost.cycles // 2)
    high = max(cost.cycles + 1, cost.cycles * 2)
    return Range(max(low, 0), high, "not known: half to double")
