"""The bars and goals of DESIGN section 9 (bench/bars.csv), and how far a
measurement is from them. The bar is the least, the goal what is wanted.

    judged(records)        -> [Judged]  one for each row of bars.csv
    slope(records)         -> {path: cycles of each further message register}
    rows(records, beside)  -> the cells of the table

Figures are of the P5 model. RET is taken as predicted, which a P5 could not do
in the unrolled loop: FOOTNOTE says what that hides.
"""

import csv
from typing import NamedTuple

from pinenut import paths
from pinenut.bench.run import PATHS

BARS = paths.ROOT / "bench/bars.csv"
MRS = 3
FIRST_FURTHER, LAST_FURTHER = 4, 63    # MR1 and MR2 are in registers, and the
SLOPE_BAR = 1.1                        # fast path has 3 words in a copy of code
FOOTNOTE = (
    "(Every figure takes RET as predicted. A P5 has no return stack: it expects "
    "RET to go where it went last time, and the eight calls of the measured "
    "loop share the one RET of the interface page. On a chip add 4 to an IPC, "
    "8 to a round trip; the kernel of 1997 was entered without one. The bars "
    "assume it predicted: docs/model.md)")


class Bar(NamedTuple):
    """One row of bars.csv."""

    path: str
    pages: int
    way: str
    bar: float
    goal: float
    what: str


class Judged(NamedTuple):
    """A bar and what was measured."""

    bar: Bar
    cycles: float

    def over(self, limit):
        """How far above; negative if below."""
        return round(self.cycles - limit, 2)


def read_bars(path=BARS):
    with open(path, newline="") as file:
        return [Bar(row["path"], int(row["pages"]), row["way"],
                    float(row["bar"]), float(row["goal"]), row["what"])
                for row in csv.DictReader(file)]


def judged(records, bars=None):
    """Those that were measured."""
    medians = {(r["path"], r["pages"]): r["median"] for r in records
               if r["mrs"] == MRS}
    return [Judged(bar, medians[bar.path, bar.pages]
                   * (2 if bar.way == "round trip" else 1))
            for bar in bars or read_bars()
            if (bar.path, bar.pages) in medians]


def slope(records):
    """{path: cycles of each message register beyond the fourth}"""
    medians = {(r["path"], r["mrs"]): r["median"] for r in records
               if r["pages"] == 0}
    return {path: (medians[path, LAST_FURTHER] - medians[path, FIRST_FURTHER])
            / (LAST_FURTHER - FIRST_FURTHER)
            for path in PATHS if (path, LAST_FURTHER) in medians}


def step(records):
    """{path: cycles from 3 message registers to 4}"""
    medians = {(r["path"], r["mrs"]): r["median"] for r in records
               if r["pages"] == 0}
    return {path: medians[path, FIRST_FURTHER] - medians[path, MRS]
            for path in PATHS if (path, FIRST_FURTHER) in medians}


def verdict(one, limit):
    """ "reached, 3.88 below" or "2.06 to go" """
    over = one.over(limit)
    return f"{over:g} to go" if over > 0 else f"reached, {-over:g} below"


def rows(records, beside):
    """Cells of the table; beside(path, pages) gives the published figures."""
    yield ["", "Pinenut", "bar", "", "goal", "", "published, peers"]
    for one in judged(records):
        bar = one.bar
        yield [bar.what, f"{one.cycles:.2f}", f"{bar.bar:g}",
               verdict(one, bar.bar), f"{bar.goal:g}", verdict(one, bar.goal),
               beside(bar.path, bar.pages)]
    found = slope(records)
    if found:
        worst, once = max(found.values()), max(step(records).values())
        yield [f"each register from {FIRST_FURTHER} to {LAST_FURTHER}",
               f"{worst:.2f}", f"{SLOPE_BAR}",
               verdict(Judged(None, worst), SLOPE_BAR), "", "", ""]
        yield [f"(from {MRS} to {FIRST_FURTHER} registers, once)",
               f"{once:.2f}", "", "", "", "", ""]
