"""What the report shows: each section's figures, from the data of its part.

    table(header, records), phases(records), servers(records),
    sensitivity(records), validation(records),
    published(header, records, rows)  -> [Figure]

A Figure has one clock. Its caption states what was found, in numbers of this
run; the data it draws are its table.
"""

from typing import NamedTuple

from pinenut.bench import bars, phases as phase, report_gnuplot as gnuplot
from pinenut.bench.report_gnuplot import Bars, Curves, Series, Word
from pinenut.bench.run import PATHS, SYSENTER
from pinenut.bench.table import CLOCKS, NAMES, UNITS, number

MRS = 3
BLUE, RED, GREEN, ORANGE = "#2f78b7", "#cf4446", "#3a9261", "#d98324"
PURPLE, GREY, WHITE = "#8a5fb0", "#8b8f94", "#ffffff"
CURVES = (("small-small", BLUE), ("large-large", RED))
LIEDTKE = {"small-small": 324, "large-large": 1143}
P5 = CLOCKS["p5"]


class Figure(NamedTuple):
    """drawings: SVG texts side by side, each with what stands above it;
    legend: (name, colour) pairs; rows: the data, names first."""

    id: str
    caption: str
    clock: str
    drawings: list
    legend: list
    rows: list
    notes: list = []


def at(records, path, pages=0, mrs=MRS):
    for record in records:
        if (record["path"], record["pages"], record["mrs"]) == (path, pages,
                                                               mrs):
            return record
    return None


def what_unit(header):
    """The word for a caption."""
    counts = UNITS[header["clock"]].lower().startswith("instructions")
    return "instructions" if counts else "cycles"


def tick(row, x, most):
    """A thin upright segment."""
    return row, x - most / 500, x + most / 500


# --- the table --------------------------------------------------------------


def by(header):
    """What tells the figures of one run's two measurements apart."""
    return "-sysenter" if header["entry"] == SYSENTER else ""


def main_figure(header, records):
    found = [at(records, path) for path in PATHS if at(records, path)]
    cycles = [r["median"] for r in found]
    judged = {one.bar.path: one.bar for one in bars.judged(found)
              if not one.bar.pages} if header["clock"] == "p5" else {}
    most = 1.15 * max(cycles)
    series = [Series("Pinenut", BLUE,
                     [(row, 0, value) for row, value in enumerate(cycles)])]
    for name, colour in (("goal", GREEN), ("bar", ORANGE)) if judged else ():
        series.append(Series(name, colour, [
            tick(row, getattr(judged[r["path"]], name), most)
            for row, r in enumerate(found) if r["path"] in judged]))
    ends = [max(value, judged[r["path"]].bar if judged else 0)
            for value, r in zip(cycles, found)]
    words = [Word(row, end + most / 90, number(value))
             for row, (end, value) in enumerate(zip(ends, cycles))]
    chart = Bars([NAMES[r["path"]] for r in found], series, words,
                 f"one IPC of {MRS} message registers, one way, hot: "
                 f"{UNITS[header['clock']]}", (0, round(most)))
    return Figure(f"main{by(header)}", main_caption(found, what_unit(header)),
                  CLOCKS[header["clock"]],
                  [("", gnuplot.bars(f"main{by(header)}", chart))],
                  [(s.name, s.colour) for s in series] if judged else [],
                  main_rows(found, judged),
                  ["The bar is the least that was to be reached, the goal "
                   "what is wanted (bench/bars.csv).", bars.FOOTNOTE.strip(
                       "()")] if judged else [])


def main_caption(found, unit):
    cycles = {r["path"]: r["median"] for r in found}
    if not {"small-small", "large-large"} <= set(cycles):
        return "What one IPC costs."
    small, large = cycles["small-small"], cycles["large-large"]
    return (f"A message between small spaces costs {small:.0f} "
            f"{unit}, {100 * small / large:.0f} % of one between large spaces "
            f"({large:.0f}).")


def main_rows(found, judged):
    yield ["", "median", "least", "most", "bar", "goal", "instructions",
           "ITLB misses", "DTLB misses", "segment loads", "CR3 writes"]
    for r in found:
        bar = judged.get(r["path"])
        yield [NAMES[r["path"]], *(number(r[k]) for k in
                                   ("median", "min", "max")),
               *(number(getattr(bar, k) if bar else None)
                 for k in ("bar", "goal")),
               *(number(r[k]) for k in ("instructions", "itlb_misses",
                                        "dtlb_misses", "segment_loads",
                                        "cr3_writes"))]


# --- the curves over the working set ----------------------------------------


def working_set(header, records):
    pages = sorted({r["pages"] for r in records if r["mrs"] == MRS})
    trips = {path: [2 * at(records, path, p)["median"] for p in pages]
             for path, _ in CURVES}
    same_scale = header["clock"] == "p5"
    most = max(1200 if same_scale else 0,
               1.1 * max(max(values) for values in trips.values()))
    unit = UNITS[header["clock"]]
    ours = Curves([Series(NAMES[path], colour, list(zip(pages, trips[path])))
                   for path, colour in CURVES],
                  "pages that the client touches again after each round trip",
                  f"round trip: {unit}", (0, pages[-1]), (0, round(most)),
                  pages, width=690)
    theirs = Curves([Series(f"{NAMES[path]}: {LIEDTKE[path]}", colour,
                            [(64, LIEDTKE[path])])
                     for path, colour in CURVES],
                    "pages", "round trip: cycles of a Pentium 90",
                    (60, 68), (0, 1200), [64], width=270, right=140)
    small, large = (trips[path] for path, _ in CURVES)
    return Figure(
        f"working-set{by(header)}",
        f"With {pages[-1]} pages in use, small spaces save "
        f"{large[-1] - small[-1]:.0f} of a round trip's {large[-1]:.0f} "
        f"{what_unit(header)}; "
        f"with none, {large[0] - small[0]:.0f} of {large[0]:.0f}.",
        CLOCKS[header["clock"]],
        [(f"Pinenut. Clock: {CLOCKS[header['clock']]}",
          gnuplot.curves(f"working-set{by(header)}", ours)),
         ("L4, Liedtke 1995. Clock: time stamp counter, Pentium 90",
          gnuplot.curves(f"liedtke{by(header)}", theirs))], [],
        [["pages", *(NAMES[path] for path, _ in CURVES)],
         *([str(p), *(number(trips[path][n]) for path, _ in CURVES)]
           for n, p in enumerate(pages))],
        ["Liedtke, On micro-kernel construction, SOSP 1995, figure 2 (second "
         "hand): 3.6 us by segments (324 cycles) and 12.7 us by page tables "
         "(1143) at 90 MHz, 64 pages. Another kernel, another machine: "
         "docs/model.md says why the two differ.",
         "64 pages and two stacks exceed the 64 entries of a Pentium's data "
         "TLB: small spaces miss there, too."])


def lengths(header, records):
    shown = [(path, colour) for path, colour in
             (("same", GREEN), *CURVES) if at(records, path, 0, 63)]
    found = {path: sorted((r["mrs"], r["median"]) for r in records
                          if r["path"] == path and not r["pages"])
             for path, _ in shown}
    chart = Curves([Series(NAMES[path], colour, found[path])
                    for path, colour in shown], "message registers",
                   f"one IPC: {UNITS[header['clock']]}", (0, 63),
                   (0, round(1.1 * max(v for values in found.values()
                                       for _, v in values))),
                   [0, 3, 8, 16, 32, 48, 63])
    slope = max(bars.slope(records).values())
    return Figure(f"lengths{by(header)}",
                  "From four message registers on, each costs "
                  f"{slope:.2f} {what_unit(header)}.", CLOCKS[header["clock"]],
                  [("", gnuplot.curves(f"lengths{by(header)}", chart))], [],
                  [["registers", *(NAMES[path] for path, _ in shown)],
                   *([str(n), *(number(found[path][n][1])
                                for path, _ in shown)] for n in range(64))])


def table(header, records):
    return [main_figure(header, records), working_set(header, records),
            lengths(header, records)]


# --- phases -----------------------------------------------------------------

COLOURS = {phase.LOOP: "#b9bec4", phase.STUB: GREY, phase.INT: "#2b5f94",
           phase.IRET: "#5b93c9", phase.FIND: "#2e7a4e", phase.WHO: "#4da274",
           phase.WAITS: "#84bf9d", phase.SWITCH: "#b58a1b",
           phase.DESCRIPTORS: "#d98324", phase.SEGMENTS: "#eab676",
           phase.COPY: PURPLE, phase.CR3: "#a02c2e", phase.REFILLS: "#cf4446",
           phase.MISSES: "#e58788", phase.MISPREDICTS: "#d17fae",
           phase.STALLS: "#8c6d62", phase.OTHER: "#333333"}
ROOM = 9                           # cycles that a figure inside needs


def stack(row, parts):
    """[(phase, from, to)] of one path, end to end."""
    begin = 0
    for name, cycles in parts:
        yield name, (row, begin, begin + cycles)
        begin += cycles


def phases(records):
    shown = [name for name in COLOURS
             if any(abs(r["phases"][name]) > 0.005 for r in records)]
    segments = {name: [] for name in shown}
    words = []
    for row, r in enumerate(records):
        for name, part in stack(row, [(n, r["phases"][n]) for n in shown]):
            segments[name].append(part)
            if part[2] - part[1] >= ROOM:
                words.append(Word(row, (part[1] + part[2]) / 2,
                                  f"{part[2] - part[1]:.0f}", "center", WHITE))
        words.append(Word(row, r["cycles"] + 2, f"{r['cycles']:.2f}"))
    most = 1.1 * max(r["cycles"] for r in records)
    chart = Bars([NAMES[r["path"]] for r in records],
                 [Series(n, COLOURS[n], segments[n]) for n in shown], words,
                 f"one IPC of {MRS} message registers, hot: "
                 f"{UNITS['p5']}", (0, round(most)))
    entry = records[0]["phases"][phase.INT] + records[0]["phases"][phase.IRET]
    share = 100 * entry / records[0]["cycles"]
    caption = (f"INT and IRET are {entry:.0f} of {records[0]['cycles']:.0f} "
               f"cycles within one space ({share:.0f} %).")
    large = [r for r in records if r["path"] == "large-large"]
    if large:
        lost = large[0]["phases"][phase.CR3] + large[0]["phases"][phase.REFILLS]
        caption += (f" A switch of page directories takes {lost:.0f} for CR3 "
                    "and what has to be fetched again.")
    return [Figure("phases", caption, P5, [("", gnuplot.bars("phases", chart))],
                   [(n, COLOURS[n]) for n in shown], phase_rows(records, shown),
                   ["The parts add up to the total exactly; "
                    "scripts/bench --phases says what each is for."])]


def phase_rows(records, shown):
    yield ["phase", *(NAMES[r["path"]] for r in records), "for"]
    for name in shown:
        yield [name, *(number(r["phases"][name]) for r in records),
               phase.PHASES[name]]
    yield ["total", *(number(r["cycles"]) for r in records), ""]


# --- scale ------------------------------------------------------------------

PLACES = (("coloured", BLUE, {"place": "colour"}),
          ("same sets", ORANGE, {"place": "same"}),
          ("X.2 4 MB", PURPLE, {"place": "x2"}),
          ("large", RED, {"server": "large"}))


def picked(records, key, **wanted):
    """{value of `key`: record} of those with these values."""
    return {r[key]: r for r in records
            if all(r[name] == value for name, value in wanted.items())}


def grown(first, last):
    return f"from {first['median']:.0f} to {last['median']:.0f}"


def scale(records):
    lines = [(name, colour, picked(records, "servers", set="scale", **wanted))
             for name, colour, wanted in PLACES]
    lines = [line for line in lines if line[2]]
    counts = sorted(set().union(*(found for _, _, found in lines)))
    most = max(r["median"] for _, _, found in lines for r in found.values())
    chart = Curves([Series(name, colour, [(n, found[n]["median"])
                                          for n in sorted(found)])
                    for name, colour, found in lines],
                   "small (or large) servers called in turn",
                   f"one IPC: {UNITS['p5']}", (2, 1.02 * max(counts)),
                   (0, round(1.15 * most)),
                   [2 ** n for n in range(1, 13) if 2 ** n <= max(counts)],
                   log=True, right=50, named=False)
    coloured = lines[0][2]
    least, last = min(coloured), max(coloured)
    return Figure(
        "scale", f"From {least} to {last:,} coloured small servers an IPC "
        f"grows {grown(coloured[least], coloured[last])} cycles; large ones "
        f"{grown(*ends(lines[-1][2]))}.", P5,
        [("", gnuplot.curves("scale", chart))],
        [(name, colour) for name, colour, _ in lines],
        scale_rows(lines, counts),
        ["Coloured: slots staggered over the TLB's sets, as the kernel places "
         "them. Same sets: slots whose pages all fall on the same sets. "
         "X.2 4 MB: placed by X.2's control word. Large: client and servers in "
         "directories of their own. docs/scale.md explains the growth."])


def ends(found):
    return found[min(found)], found[max(found)]


def scale_rows(lines, counts):
    yield ["servers", *(name for name, _, _ in lines),
           *(f"DTLB misses, {name}" for name, _, _ in lines)]
    for n in counts:
        yield [str(n), *(number(found[n][key] if n in found else None)
                         for key in ("median", "dtlb_misses")
                         for _, _, found in lines)]


def both_sets(records):
    small, large = (picked(records, "pages", set="pages", server=kind)
                    for kind in ("small", "large"))
    pages = sorted(small)
    chart = Curves([Series(name, colour, [(p, found[p]["median"])
                                          for p in pages])
                    for name, colour, found in (("small", BLUE, small),
                                                ("large", RED, large))],
                   "pages that client and server each touch in a round trip",
                   f"one IPC: {UNITS['p5']}", (0, pages[-1]),
                   (0, round(1.1 * large[pages[-1]]["median"])), pages)
    best = max(pages, key=lambda p: large[p]["median"] - small[p]["median"])
    last = pages[-1]
    gains = {p: 100 * (1 - small[p]["median"] / large[p]["median"])
             for p in pages}
    return Figure(
        "both-sets", f"Where small spaces do not pay: they save "
        f"{gains[best]:.0f} % with {best} pages each, but only "
        f"{gains[last]:.0f} % with {last}, as both working sets together "
        "exceed the TLB.", P5, [("", gnuplot.curves("both-sets", chart))], [],
        [["pages each", "small", "large", "saved, %", "DTLB misses, small",
          "DTLB misses, large"],
         *([str(p), number(small[p]["median"]), number(large[p]["median"]),
            f"{gains[p]:.0f}", number(small[p]["dtlb_misses"]),
            number(large[p]["dtlb_misses"])] for p in pages)],
        ["All page reads are in the figures."])


def servers(records):
    return [scale(records), both_sets(records)]


# --- sensitivity ------------------------------------------------------------


def swings(rows, path, base):
    """One path's tornado, the widest on top."""
    rows = sorted((r for r in rows if r["at_low"][path] or r["at_high"][path]),
                  key=lambda r: -max(abs(r["at_low"][path]),
                                     abs(r["at_high"][path])))
    most = 1.5 * max(max(abs(r[k][path]) for k in ("at_low", "at_high"))
                      for r in rows)
    series = [Series(name, colour, [(n, 0, r[key][path])
                                    for n, r in enumerate(rows) if
                                    r[key][path]])
              for name, colour, key in (("cheapest plausible", BLUE, "at_low"),
                                        ("dearest", ORANGE, "at_high"))]
    words = [Word(n, r[key][path] + sign * most / 60, f"{r[key][path]:+.1f}",
                  align) for n, r in enumerate(rows) for key, sign, align in
             (("at_low", -1, "right"), ("at_high", 1, "left"))
             if r[key][path]]
    names = [f"{r['cost']} {r['now']} ({r['low']}..{r['high']})"
             if r["basis"] != "MODEL" else r["cost"] for r in rows]
    return gnuplot.bars(f"sensitivity-{path}", Bars(
        names, series, words, f"cycles more or less than {base[path]:.2f}",
        (round(-most, 1), round(most, 1)), line=0, width=470))


def sensitivity(records):
    base = records[0]["base"]
    rows = [r for r in records if "basis" in r]
    drawn = [path for path, _ in CURVES]
    widest = max(rows, key=lambda r: abs(r["at_high"]["small-small"])
                 + abs(r["at_low"]["small-small"]))
    span = (f"{widest['at_low']['small-small']:+g} to "
            f"{widest['at_high']['small-small']:+g}")
    return [Figure(
        "sensitivity", f"Small to small, the cost in doubt that matters most "
        f"is {widest['cost']}: {span} of {base['small-small']:.0f} cycles.",
        P5, [(NAMES[path], swings(rows, path, base)) for path in drawn],
        [("at the least that is plausible", BLUE), ("at the most", ORANGE)],
        [["cost", "now", "least", "most", *(NAMES[p] for p in base), "why"],
         *([r["cost"], str(r["now"]), str(r["low"]), str(r["high"]),
            *(f"{r['at_low'][p]:+g} .. {r['at_high'][p]:+g}" for p in base),
            r["why"]] for r in rows)],
        ["Costs of the model without a source that was read, and those that "
         "make up most of an IPC, at the ends of what is plausible "
         "(bench/p5model/ranges.csv)."])]


# --- validation -------------------------------------------------------------

KINDS = {"input": GREY, "check": BLUE, "open": ORANGE, "kernel": PURPLE}


def validation(records):
    rows = [r for r in records if "ratio" in r]
    series = [Series("bounds of the tests", "#c9ced4",
                     [(n, r["least"], r["most"]) for n, r in enumerate(rows)])]
    series += [Series(kind, colour, [tick(n, r["ratio"], 3) for n, r in
                                     enumerate(rows) if r["kind"] == kind])
               for kind, colour in KINDS.items()
               if any(r["kind"] == kind for r in rows)]
    words = [Word(n, 1.52, f"{r['ratio']:.2f}", "right")
             for n, r in enumerate(rows)]
    chart = Bars([r["id"] for r in rows], series, words,
                 "modelled / published", (0, 1.55), line=1)
    checks = [r for r in rows if r["kind"] == "check"]
    near = sum(abs(r["ratio"] - 1) <= 0.1 for r in checks)
    return [Figure(
        "validation", f"Of {len(checks)} published figures that the model was "
        f"not made from, {near} are within 10 % of what it says.",
        "ratio of two clocks: the P5 model and that of the source (below)",
        [("", gnuplot.bars("validation", chart))],
        [(s.name, s.colour) for s in series],
        [["", "what", "published", "P5 model", "ratio", "kind", "trust",
          "source"],
         *([r["id"], r["what"], number(r["published"]), number(r["modelled"]),
            f"{r['ratio']:.2f}", r["kind"], r["trust"], r["source"]]
           for r in rows)],
        ["input: the cost table was made from it, so 1 proves nothing. check: "
         "nothing in the model was. open: depends on what was not published. "
         "kernel: another kernel's path. docs/model.md explains each "
         "difference."])]


# --- published and peers ----------------------------------------------------

OTHERS = "Other processors"         # one each, so no chart
GROUPS = (("P5 model", lambda row: row["clock"] == "P5 model"),
          ("Pentium", lambda row: row["cpu"] in
           ("Pentium 90", "Pentium 120", "Pentium 166")),
          ("Pentium II and III, 500 MHz", lambda row: "500" in row["cpu"]),
          (OTHERS, lambda row: True))


def grouped(rows):
    """{group: rows} of the one-way figures without pages."""
    found = {name: [] for name, _ in GROUPS}
    for row in rows:
        if row["way"] == "one way" and row["pages"] == "0":
            found[next(n for n, fits in GROUPS if fits(row))].append(row)
    return {name: rows for name, rows in found.items() if rows}


def own_rows(records):
    return [{"system": "Pinenut", "cpu": "Pentium (QEMU)", "path": r["path"],
             "cycles": r["median"], "clock": "P5 model", "year": "",
             "source": "this run", "trust": "own measurement"}
            for r in (at(records, path) for path in PATHS) if r]


def peer_name(row, group):
    path = NAMES.get(row["path"], row["path"])
    cpu = f", {row['cpu']}" if group == "Pentium" else ""
    return f"{row['system']}: {path}{cpu}"


def peers(group, rows):
    ours = [row["system"] == "Pinenut" for row in rows]
    cycles = [float(row["cycles"]) for row in rows]
    most = 1.12 * max(cycles)
    series = [Series(name, colour, [(n, 0, c) for n, c in enumerate(cycles)
                                    if ours[n] == own])
              for name, colour, own in (("Pinenut", BLUE, True),
                                        ("published", GREY, False))
              if own in ours]
    chart = Bars([peer_name(row, group) for row in rows], series,
                 [Word(n, c + most / 90, number(c))
                  for n, c in enumerate(cycles)],
                 "one IPC, one way: " + ("cycles of the P5 model" if group ==
                                         "P5 model" else "cycles"),
                 (0, round(most)), left=400)
    return gnuplot.bars("peers-" + "".join(c for c in group.lower()
                                           if c.isalnum()), chart)


def by_path(row):
    return PATHS.index(row["path"]) if row["path"] in PATHS else len(PATHS)


def published(header, records, rows):
    """Beside ours only what has our clock; each other clock by itself."""
    groups = grouped(rows)
    if header["clock"] == "p5":
        mine = own_rows(records)
        groups["P5 model"] = sorted(mine + groups.get("P5 model", []),
                                    key=by_path)
    for number_, (group, found) in enumerate(groups.items(), 1):
        clocks = {row["clock"] for row in found}
        yield Figure(
            f"peers-{number_}", f"{group}: {peer_caption(group, found)}",
            ", ".join(sorted(clocks)) + ("" if group == "P5 model" else
                                         " of the processor named"),
            [("", peers(group, found))] if group != OTHERS else [], [],
            [["system", "processor", "path", "cycles", "year", "trust",
              "source"],
             *([row["system"], row["cpu"], NAMES.get(row["path"], row["path"]),
                number(float(row["cycles"])), row["year"], row["trust"],
                row["source"]] for row in found)],
            sorted({f"{row['system']}: {row['source']}." for row in found
                    if row["system"] != "Pinenut"}) if group == "P5 model"
            else [])


def peer_caption(group, rows):
    if group == OTHERS:
        return "each has its own clock."
    if group == "P5 model":
        return beside_ours(rows, "small-small")
    least = min(rows, key=lambda row: float(row["cycles"]))
    return (f"{least['system']} has the least, "
            f"{number(float(least['cycles']))} cycles "
            f"({NAMES.get(least['path'], least['path'])}).")


def beside_ours(rows, path):
    cycles = {row["system"]: float(row["cycles"]) for row in rows
              if row["path"] == path}
    ours = cycles.pop("Pinenut", None)
    if not ours or not cycles:
        return "figures of the same clock."
    system = min(cycles, key=cycles.get)
    return (f"{NAMES[path]}, Pinenut takes {ours:.0f} cycles and {system} "
            f"{cycles[system]:.0f}.")
