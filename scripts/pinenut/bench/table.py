"""The tables that scripts/bench prints."""

import textwrap

from pinenut.bench import bars
from pinenut.bench.run import PATHS, REAL, TIMES

MRS, PAGES = (0, 1, 2, 3, 4, 8, 16, 32, 63), (0, 4, 8, 16, 32, 48, 64)
STANDARD_MRS = 3
WIDTH = 78
NAMES = {"same": "same space", "small-small": "small to small",
         "small-large": "small to large", "large-small": "large to small",
         "large-large": "large to large"}
UNITS = {"p5": "cycles of the P5 model", "p6": "P6 ESTIMATE, cycles", "kvm": "real cycles of this CPU",
         "metal": "cycles of that machine's time stamp counter",
         "icount": "INSTRUCTIONS, not cycles"}
CLOCKS = {"p5": "P5 model: bench/p5model, a QEMU plugin; RDTSC returns its "
          "cycles", "p6": "P6 estimate: the P5 model's machinery with "
          "bench/p5model/p6.def", "kvm": "time stamp counter of this CPU, under KVM",
          "metal": "time stamp counter of the machine that wrote the log",
          "icount": "instructions executed, counted by QEMU (-icount)"}
SLOTS = {"pages": "in pages, where the kernel likes (Pinenut's control word)",
         "x2": "by X.2's numbers, 16 MB each, at 0 and 16 MB"}
# What CPUID says of who runs the machine.
MACHINES = {
    "none": "says it is no hypervisor's; an emulator may hide (Bochs does)",
    "TCGTCGTCGTCG": "EMULATED by QEMU (TCG): its time stamp counter means "
    "nothing",
    "KVMKVMKVM": "a guest of KVM", "unknown": "unknown"}
EVENTS = (("instr", "instructions"), ("ITLB", "itlb_misses"),
          ("DTLB", "dtlb_misses"), ("L1I", "l1i_misses"),
          ("L1D", "l1d_misses"), ("sregs", "segment_loads"),
          ("CR3", "cr3_writes"))


def number(value):
    """At most two decimals, none that say nothing; "-" for unknown."""
    if value is None:
        return "-"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def grid(rows, left=1):
    """Rows of cells; the first column (and the last, if `left` is 2) to the
    left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        last = len(row) - 1
        cells = [cell.ljust(width) if at == 0 or (left == 2 and at == last)
                 else cell.rjust(width)
                 for at, (cell, width) in enumerate(zip(row, widths))]
        yield "  ".join(cells).rstrip()


def paragraph(lead, text):
    return textwrap.fill(text, WIDTH, initial_indent=lead,
                         subsequent_indent=" " * len(lead),
                         break_on_hyphens=False, break_long_words=False)


class Published:
    """The published figures, numbered by where they come from."""

    def __init__(self, rows):
        self._groups = {}
        for row in rows:
            key = tuple(row[k] for k in
                        ("system", "cpu", "clock", "source", "year"))
            self._groups.setdefault(key, []).append(row)

    def of(self, path, with_pages):
        """Figures for this path, as "121 [1], 263 [4]"."""
        return ", ".join(
            self._figure(row) + f" [{n}]"
            for n, rows in enumerate(self._groups.values(), 1) for row in rows
            if row["path"] == path and (row["pages"] != "0") == with_pages)

    def exactly(self, path, pages):
        """Figures for just this number of pages, without the words."""
        return ", ".join(
            f"{row['cycles']} [{n}]"
            for n, rows in enumerate(self._groups.values(), 1) for row in rows
            if row["path"] == path and row["pages"] == str(pages))

    @staticmethod
    def _figure(row):
        text = row["cycles"]
        if row["way"] != "one way":
            text += f" {row['way']}"
        if row["pages"] != "0":
            text += f", {row['pages']} pages"
        return text

    def notes(self):
        yield ("Published figures, each by a clock of its own: compare, do not "
               "mix them with")
        yield "those above. More, of other processors: bench/published.csv."
        for n, key in enumerate(self._groups, 1):
            system, cpu, clock, source, year = key
            when = f", {year}" if year else ""
            yield paragraph(f"[{n}] ", f"{system}, {cpu}{when}. Clock: {clock}."
                            f" {source}.")


class Tables:
    """One measurement and the published figures, as text."""

    def __init__(self, header, records, published, slow=()):
        """`slow`: lines about the slow path (slow.py)."""
        self._slow = slow
        self._header, self._published = header, Published(published)
        self._modelled = header["clock"] in ("p5", "p6")
        self._unit = UNITS[header["clock"]]
        if header["clock"] == "p6":
            self._unit += f", entry by {header['entry'].upper()}"
        self._records = {(r["path"], r["mrs"], r["pages"]): r for r in records}

    def _at(self, path, mrs, pages):
        return self._records.get((path, mrs, pages))

    def _rows(self):
        return [p for p in PATHS if self._at(p, STANDARD_MRS, 0)]

    def main(self):
        """Cycles and events of three message registers."""
        rows = [["", "median", "min..max", *(title for title, _ in EVENTS),
                 "published"]]
        if self._header["clock"] in REAL:
            yield from self._quantiles("ONE IPC", "")
            return
        for path in self._rows():
            record = self._at(path, STANDARD_MRS, 0)
            spread = f"{number(record['min'])}..{number(record['max'])}"
            events = [number(record[key]) for _, key in EVENTS]
            rows.append([NAMES[path], number(record["median"]), spread,
                         *events, self._published.of(path, False)])
        yield (f"ONE IPC (half a round trip) of {STANDARD_MRS} message "
               f"registers: {self._unit}")
        yield from grid(rows, left=2)
        if self._modelled:
            yield ("(per IPC: instructions; misses of instruction and data "
                   "TLB, of the caches;")
            yield " segment register loads; CR3 writes)"

    def _quantiles(self, title, prefix):
        """All that is known of the spread; for clocks that vary."""
        published = not prefix
        rows = [["", *TIMES, *(["published"] if published else [])]]
        for path in self._rows():
            record = self._at(path, STANDARD_MRS, 0)
            rows.append([NAMES[path],
                         *(number(record[prefix + name]) for name in TIMES),
                         *([self._published.of(path, False)] if published
                           else [])])
        yield (f"{title} (half a round trip) of {STANDARD_MRS} message "
               f"registers: {self._unit}")
        yield from grid(rows, left=2 if published else 1)

    def cold(self):
        """The first call after everything was displaced."""
        yield from self._quantiles("COLD IPC", "cold_")
        yield ("(one call after the client has read and executed a piece of "
               "each line of 256 KB:")
        yield (" no L1 cache, 4 KB TLB or branch history is left; L2 and TLB "
               "entries of 4 MB may be)")

    def _by(self, title, columns, at, key="median"):
        rows = [["", *map(str, columns)]]
        for path in self._rows():
            records = [at(path, column) for column in columns]
            rows.append([NAMES[path], *(number(r[key] if r else None)
                                        for r in records)])
        yield title
        yield from grid(rows)

    def pages(self):
        """Pages that the client touches again after each round trip."""
        def at(path, pages):
            return self._at(path, STANDARD_MRS, pages)
        yield from self._by(
            "BY PAGES that the client touches again after each round trip: "
            + self._unit, PAGES, at)
        for path in self._rows():
            figures = self._published.of(path, True)
            if figures:
                yield f"(published, {NAMES[path]}: {figures})"
        if self._modelled:
            yield ""
            yield from self._by("... and why: data TLB misses per IPC", PAGES,
                                at, "dtlb_misses")

    def lengths(self):
        """Message registers."""
        yield from self._by(
            f"BY MESSAGE REGISTERS: {self._unit} (all 0 to 63 are in the "
            "files)", MRS, lambda path, mrs: self._at(path, mrs, 0))

    def bars(self):
        """What was to be reached, and what is."""
        def beside(path, pages):
            found = self._published.exactly(path, pages)
            by_tables = self._published.exactly("large-large", pages)
            if pages and by_tables:
                found += f"; by page tables {by_tables}"
            return found
        yield (f"BARS AND GOALS (the bar is the least) of {STANDARD_MRS} "
               f"message registers: {self._unit}")
        yield from grid(list(bars.rows(self._records.values(), beside)), left=2)
        yield paragraph("", bars.FOOTNOTE)

    def facts(self):
        """What was measured with what."""
        h = self._header
        yield f"clock     {CLOCKS[h['clock']]}"
        yield f"commit    {h['commit']}, built by {h['compiler']}"
        yield f"emulator  {h['emulator']}"
        yield f"CPU       {h['cpu_model']}"
        if h["clock"] in REAL:
            yield from self._machine()
        yield f"entry     into the kernel by {h['entry'].upper()}"
        yield f"slots     small spaces placed {SLOTS[h['slots']]}"
        yield (f"samples   {self._samples()} for each figure, of {h['rounds']} "
               "round trips; the empty loop subtracted")
        yield paragraph("command   ", h["command"])

    def _machine(self):
        h = self._header
        if "host_cpu" in h:
            yield f"host CPU  {h['host_cpu']}"
        yield f"machine   {MACHINES.get(h['hypervisor'], h['hypervisor'])}"
        yield (f"          segment limits {h['limits']}; PGE {h['pge']}; "
               f"RDTSC at {h['tsc_mhz']} MHz")

    def _samples(self):
        return next(iter(self._records.values()))["samples"]

    def text(self):
        bars = [self.bars()] if self._header["clock"] == "p5" else []
        has_cold = all("cold_median" in self._at(path, STANDARD_MRS, 0)
                       for path in self._rows())
        slow = [self._slow] if self._slow else []
        cold = [self.cold()] if self._rows() and has_cold else []
        parts = [self.main(), *bars, *slow, *cold,
                 self.pages(), self.lengths(),
                 self._published.notes(), self.facts()]
        return "\n\n".join("\n".join(part) for part in parts) + "\n"
