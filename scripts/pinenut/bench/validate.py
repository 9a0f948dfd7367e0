"""scripts/bench --validate: published measurements of Pentiums, and what the
P5 model says of the same in Pinenut.

bench/validation.csv has the published figures and how far the ratio may be
from 1 before the tests complain; docs/model.md explains each difference. What
each row compares is a function here, under the row's id.

The bounds on the ratio keep a change from passing unseen. They were set around
what came out, so to be within them says nothing about the model.

kind: "input"   the model's cost table was made from this figure: only shows
                that nothing else comes on top
      "check"   nothing in the model was made from it
      "open"    it depends on something not published, which we chose
      "kernel"  another kernel's path, so the two should not be equal
"""

import csv

from pinenut import paths
from pinenut.bench import costs, phases, run
from pinenut.bench.table import NAMES, grid, number, paragraph

TABLE = paths.ROOT / "bench/validation.csv"
PAGES = (0, 4, 8, 16, 32, 48, 64)
ARGUMENTS = "mrs=3 pages=0,4,8,16,32,48,64 samples=3"
ITLB, DTLB = 32, 64
CURVES = ("small-small", "large-large")
SEGMENT_PHASES = (phases.DESCRIPTORS, phases.SEGMENTS)
DIRECTORY_PHASES = (phases.CR3, phases.REFILLS, *SEGMENT_PHASES)


class Measured:
    """What Pinenut does in the model: curves over pages, phases, traces."""

    def __init__(self, changes):
        measurement = run.measure_p5(ARGUMENTS, costs.plugin_options(changes))
        self.command = measurement.command
        self._records = {(r["path"], r["pages"]): r
                         for r in measurement.records}
        traces, found, _ = phases.measure(changes)
        self._traces = {t.path: t for t in traces}
        self._phases = {path: cycles for path, (cycles, _) in found.items()}

    def ipc(self, path, pages=0):
        return self._records[path, pages]["median"]

    def round_trip(self, path, pages):
        return 2 * self.ipc(path, pages)

    def misses(self, path, pages):
        return self._records[path, pages]["dtlb_misses"]

    def phase(self, path, *names):
        return sum(self._phases[path][name] for name in names)

    def data_refill(self):
        """By the curves: large to large less same space, 32 pages less 0, so
        that the loads themselves cancel out."""
        def more(path, what):
            return what(path, 32) - what(path, 0)
        cycles = more("large-large", self.ipc) - more("same", self.ipc)
        return cycles / (more("large-large", self.misses)
                         - more("same", self.misses))

    def code_refill(self):
        """In the trace: the walks for code in pages of 4 KB, with what their
        table reads miss in the cache."""
        total = count = 0
        for step in self._traces["large-large"].steps:
            for at, touch in enumerate(step.touches):
                if touch.kind == "refill-code" and not touch.large:
                    reads = step.touches[at + 1:at + 3]
                    total += touch.cycles + sum(t.cycles for t in reads)
                    count += 1
        return total / count

    def segments(self):
        """Of small to small: descriptors, segment registers, and what the
        switch of stacks asks more than within one space."""
        switch = (self.phase("small-small", phases.SWITCH)
                  - self.phase("same", phases.SWITCH))
        return self.phase("small-small", *SEGMENT_PHASES) + switch

    def directory(self):
        switch = (self.phase("large-large", phases.SWITCH)
                  - self.phase("same", phases.SWITCH))
        return self.phase("large-large", *DIRECTORY_PHASES) + switch

    def gap(self, pages):
        return (self.round_trip("large-large", pages)
                - self.round_trip("small-small", pages))

    def figures(self):
        """{id: cycles}"""
        entry = self.phase("small-small", phases.INT, phases.IRET)
        return {
            "refill": self.data_refill(),
            "refill-full": (ITLB * self.code_refill()
                            + DTLB * self.data_refill()),
            "entry-exit": entry, "entry-exit-95": entry,
            "segments": self.segments(), "segments-tr": self.segments(),
            "segments-ipc": self.ipc("small-small") - self.ipc("same"),
            "directory": self.directory(),
            "fig2-small-64": self.round_trip("small-small", 64),
            "fig2-large-64": self.round_trip("large-large", 64),
            "fig2-gap-64": self.gap(64),
            "eros-saving": self.gap(16) / 2,
            "l4-97": self.ipc("small-small")}

    def curves(self):
        return {path: [self.round_trip(path, pages) for pages in PAGES]
                for path in CURVES}


def rows(measured):
    """validation.csv's rows with the model's figures."""
    figures = measured.figures()
    with open(TABLE, newline="") as file:
        for row in csv.DictReader(file):
            modelled = round(figures[row["id"]], 2)
            published = float(row["published"])
            yield {"id": row["id"], "what": row["what"], "kind": row["kind"],
                   "published": published, "modelled": modelled,
                   "ratio": round(modelled / published, 3),
                   "least": float(row["least"]), "most": float(row["most"]),
                   "trust": row["trust"], "source": row["source"]}


def outside(found):
    return [row["id"] for row in found
            if not row["least"] <= row["ratio"] <= row["most"]]


def text(found, curves):
    yield ("PUBLISHED MEASUREMENTS OF PENTIUMS beside the P5 model running "
           "Pinenut: cycles")
    table = [["", "published", "modelled", "ratio", "", "trust"]]
    for row in found:
        table.append([row["id"], number(row["published"]),
                      number(row["modelled"]), f"{row['ratio']:.2f}",
                      row["kind"], row["trust"]])
    yield from grid(table, left=2)
    yield ""
    for row in found:
        yield paragraph(f"  {row['id']:14} ", f"{row['what']}. {row['source']}.")
    yield ""
    yield ("(input: the cost table was made from it, so 1.00 proves nothing. "
           "open: depends on")
    yield (" what was not published. kernel: another kernel's path. trust: of "
           "the published")
    yield " figure. Why they differ: docs/model.md)"
    beyond = outside(found)
    if beyond:
        yield paragraph("OUT OF BOUNDS (bench/validation.csv): ",
                        ", ".join(beyond))
    yield ""
    yield ("LIEDTKE 1995, FIGURE 2, with Pinenut: a round trip and so many "
           "client pages again")
    yield from grid([["client pages", *map(str, PAGES)],
                     *([NAMES[path], *map(number, values)]
                       for path, values in curves.items())])
    yield "(published, at 64: 324 by segments, 1143 by page tables)"


def report(changes):
    """(text, records, command)"""
    measured = Measured(changes)
    found, curves = list(rows(measured)), measured.curves()
    records = [*found, {"id": "curves", "pages": PAGES, **curves}]
    return "\n".join(text(found, curves)) + "\n", records, measured.command
