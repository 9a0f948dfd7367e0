"""The tables of scripts/bench --phases."""

from pinenut.bench import lines
from pinenut.bench.phases import (CR3, FLOOR_LOOP, INT, IRET, LOOP, PHASES,
                                  REFILLS, SEGMENTS, STUB, floor_of)
from pinenut.bench.table import NAMES, grid, number, paragraph

SHORT = {LOOP: "loop", STUB: "stub", INT: "INT", IRET: "IRET",
         SEGMENTS: "segment loads", CR3: "CR3", REFILLS: "refills"}


def phases(traces, found):
    """Cycles of each phase, and in brackets its instructions."""
    paths = [t.path for t in traces]
    rows = [["", *(NAMES[p] for p in paths), "for"]]
    for phase, what in PHASES.items():
        cells = [cell(found[p][0][phase], found[p][1][phase]) for p in paths]
        if any(cell != "-" for cell in cells):
            rows.append([phase, *cells, what])
    rows.append(["total", *(total(found[p]) for p in paths),
                 "= half a round trip, as in the table of scripts/bench"])
    yield "CYCLES BY PHASE of one hot IPC of 3 message registers: P5 model"
    yield "(in brackets: instructions; their mean over calls and replies)"
    yield from grid(rows, left=2)


def cell(cycles, instructions):
    if not cycles and not instructions:
        return "-"
    return (number(cycles) + f" ({number(instructions)})" if instructions
            else number(cycles))


def total(one):
    cycles, instructions = (sum(part.values()) for part in one)
    return f"{number(cycles)} ({number(instructions)})"


def above_floor(traces, found, table):
    """What a kernel could not save, and who spends the rest."""
    floors = {t.path: floor_of(t.path, found[t.path][0], table) for t in traces}
    paths = [t.path for t in traces]
    rows = [["", *(NAMES[p] for p in paths)]]
    rows.append(["floor", *(number(sum(floors[p].values())) for p in paths)])
    for phase in PHASES:
        above = [found[p][0][phase] - floors[p].get(phase, 0) for p in paths]
        if any(abs(cycles) > 1e-9 for cycles in above):
            rows.append([f"+ {phase}", *map(number, above)])
    rows.append(["= total", *(number(sum(found[p][0].values()))
                              for p in paths)])
    yield "ABOVE THE MODEL'S FLOOR"
    yield from grid(rows)
    yield paragraph("", f"Floor: INT, IRET; {FLOOR_LOOP} for the parameters "
                    "and the call and 3 for the interface page; where spaces "
                    "change and one is small, four segment loads; between "
                    "large spaces the CR3 write and the refills as they are. "
                    "Less than nothing: segment registers that are tested "
                    "instead of loaded.")


def one_footprint(one, kernel):
    call, reply = lines.footprints(one, kernel)
    for name, print_ in (("call", call), ("reply", reply)):
        counts = [print_.count(what, side) for what in ("code", "data")
                  for side in ("kernel", "all")]
        entries = [sum(e.what == what and e.large == large
                       for e in print_.entries)
                   for what, large in (("code", False), ("data", False),
                                       ("data", True))]
        yield [f"{NAMES[one.path]}, {name}", *map(str, counts + entries)]


def footprint(traces, kernel):
    """How many lines and TLB entries."""
    limits = [lines.LIMITS[what, side] for what in ("code", "data")
              for side in ("kernel", "all")]
    rows = [["", "code: kernel", "and user", "data: kernel", "and user",
             "ITLB", "DTLB", "DTLB 4 MB"]]
    for one in traces:
        rows.extend(one_footprint(one, kernel))
    rows.append(["DESIGN's limits (no CR3 write)", *map(str, limits), "", "",
                 ""])
    yield "CACHE LINES (32 bytes) AND TLB ENTRIES of one hot IPC"
    yield from grid(rows)
    yield ("(UTCBs count as the user's. With a CR3 write, lines of page tables "
           "are among")
    yield " the kernel's data.)"


def line_list(one, kernel):
    """Each line of a call, for one path."""
    call = lines.footprints(one, kernel)[0]
    rows = [["", "", "physical", "linear", "set", ""]]
    for line in call.lines:
        rows.append([line.what, line.side, f"{line.pa:08x}",
                     f"{line.va:08x}" if line.va else "-",
                     str(line.pa // lines.LINE % 128), line.name])
    rows = [[f"{r[0]:5}{r[1]}", *r[2:]] for r in rows]
    yield f"LINES of a call, {NAMES[one.path]}"
    yield from grid(rows, left=2)
    pages = [f"{e.what} {e.va:08x}" + (" (4 MB)" if e.large else "")
             for e in call.entries]
    yield paragraph("TLB entries: ", ", ".join(pages))


def text(traces, found, table, kernel, one_path):
    parts = [phases(traces, found), above_floor(traces, found, table),
             footprint(traces, kernel)]
    listed = [t for t in traces if t.path == (one_path or "small-small")]
    parts += [line_list(t, kernel) for t in listed]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def records(traces, found, table, kernel):
    """The same for a JSON file."""
    for one in traces:
        cycles, instructions = found[one.path]
        prints = dict(zip(("call", "reply"), lines.footprints(one, kernel)))
        yield {"clock": "p5", "path": one.path, "cycles": one.each,
               "median": one.median,
               "phases": cycles, "instructions": instructions,
               "floor": floor_of(one.path, cycles, table),
               "lines": {name: [line._asdict() for line in p.lines]
                         for name, p in prints.items()},
               "tlb": {name: [entry._asdict() for entry in p.entries]
                       for name, p in prints.items()}}
