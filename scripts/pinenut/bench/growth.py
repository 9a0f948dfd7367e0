"""What the growth of an IPC's cycles with the number of servers is made of.

Every miss has one cost in the model, so the growth can be taken apart by
counting: refills of the TLBs, lines fetched, writes that miss, branches
predicted wrongly, interlocks. What is left is not explained; the tests allow the
rounding of the counts. (Bank conflicts are not counted: the empty loop has one
in a pass where the measured loop has a pair less, at the same cost.)

    growth(records, table)  -> [Growth], the least number of servers first
"""

from typing import NamedTuple

from pinenut.bench.table import grid, number

PARTS = ("TLB refills", "cache misses", "write misses", "mispredictions",
         "interlocks")
COUNTS = ("l1d_write_misses", "mispredicts", "agi")


class Growth(NamedTuple):
    """More than with the least number of servers, in cycles of an IPC."""

    servers: int
    cycles: float                  # of the IPC itself
    more: float
    parts: dict

    @property
    def rest(self):
        return round(self.more - sum(self.parts.values()), 2) or 0.0


def costs_of(record, table):
    """{part: cycles} of one record. A refill reads two tables; the lines these
    miss are among the cache's misses."""
    refill = table["walk"] + 2 * table["walkref"]
    return {
        "TLB refills": refill * (record["itlb_misses"] + record["dtlb_misses"]),
        "cache misses": table["miss"] * (record["l1i_misses"]
                                         + record["l1d_misses"]),
        "write misses": table["wmiss"] * record["l1d_write_misses"],
        "mispredictions": table["mispred"] * record["mispredicts"],
        "interlocks": table["agi"] * record["agi"]}


def growth(records, table):
    records = sorted(records, key=lambda r: r["servers"])
    first = costs_of(records[0], table) if records else {}
    return [Growth(r["servers"], r["median"],
                   round(r["median"] - records[0]["median"], 2),
                   {part: round(cycles - first[part], 2) for part, cycles
                    in costs_of(r, table).items()}) for r in records]


def lines(records, table):
    """The table, of small servers placed where the kernel likes."""
    rows = [["servers", "cycles", "more", *PARTS, "not explained"]]
    for one in growth(records, table):
        rows.append([str(one.servers), number(one.cycles), number(one.more),
                     *(number(one.parts[part]) for part in PARTS),
                     number(one.rest)])
    yield ("GROWTH with the number of coloured servers, and what it is made "
           "of: cycles of one IPC")
    yield from grid(rows)
