"""scripts/bench --servers: many servers, small and large, called in turn.

    main(json_file)  boots bench/servers in all its sets, prints, writes files

The P5 model is the clock. The runs on a Pentium III with and without global
pages (PGE) have counts but no cycles: what the model knows about a P6 is only
that such pages survive a CR3 write.
"""

import concurrent.futures
import os
import pathlib
import re
import tempfile
from typing import NamedTuple

from pinenut import emu, paths, progress
from pinenut.bench import costs, files, growth, moves, run, wins
from pinenut.bench.table import grid, number, paragraph

PROGRAM = "servers_bench"
KEYS = ("set", "cpu", "pge", "client", "server", "place", "servers", "clients",
        "pages", "min", "median", "max", *run.COUNTS, *growth.COUNTS)
TIMES = ("min", "median", "max")
LINE = re.compile(rf"^{PROGRAM}: (\w+)(.*)$", re.MULTILINE)
EMPTY_TURNS = 3                    # of the job without calls, bench/servers
WORST_TIMEOUT = 300
EDGE = 64                          # cycles of a turn that RDTSC does not see

ALL = "2,4,8,16,32,64,128,256,512,1024,2048,4096"
SETS = "0,4,8,16,24,32,48,64,96"
PGE_SETS = "8,16,32,64,96"
MIXED = "servers=1,4,16 clients=1,4,16 passes=1"
PGE_MIXED = "servers=1,4,16 clients=1,4 passes=1"
P5, P6, P6_NO_PGE = "pentium", "pentium3", "pentium3,-pge"


class Run(NamedTuple):
    """One boot: its place in the tables, bench/servers' arguments, the
    kernel's options, the CPU, MB of memory."""

    set: str
    arguments: str
    cmdline: str
    cpu: str = P5
    mem: int = 64


def pge_runs(cpu):
    for kind in ("small", "large"):
        yield Run("pge", f"{PGE_MIXED} client=large server={kind}", "kmem=8",
                  cpu)
        yield Run("pge", f"servers=1 pages={PGE_SETS} client={kind} "
                  f"server={kind}", "kmem=8", cpu)


# The longest first: they run side by side. The small area is no larger than
# each needs, because placing a space takes time in proportion to it.
RUNS = (
    Run("scale", f"servers={ALL} place=same", "kmem=24 small=260 threads=13"),
    Run("scale", f"servers={ALL}", "kmem=24 small=96 threads=13"),
    Run("scale", f"servers={ALL} client=large server=large",
        "kmem=56 small=4 threads=13", mem=96),
    Run("scale", "servers=2,4,8,16,32,64,max place=x2", "kmem=8"),
    Run("mixed", f"{MIXED} client=large server=small", "kmem=8"),
    Run("mixed", f"{MIXED} client=large server=large", "kmem=8"),
    Run("pages", f"servers=1 pages={SETS}", "kmem=8"),
    Run("pages", f"servers=1 pages={SETS} client=large server=large", "kmem=8"),
    *pge_runs(P6_NO_PGE),
    *pge_runs(P6),
)


def lines(console):
    """The program's lines as (first word, {name: value}) pairs."""
    return [(kind, dict(run.WORD.findall(rest)))
            for kind, rest in LINE.findall(console)]


def one(console, kind):
    """The words of the one line of this kind."""
    found = [words for first, words in lines(console) if first == kind]
    if len(found) != 1:
        raise run.BenchError(f"{PROGRAM}'s output is not complete")
    return found[0]


def boot(arguments, cmdline, **options):
    return emu.run_qemu(
        paths.kernel(), cmdline=cmdline, timeout=WORST_TIMEOUT,
        modules=[paths.program("sigma0"), (paths.program(PROGRAM), arguments)],
        **options)


def finished(result, what):
    """The console of a run that went well."""
    if result.status != 0:
        said = result.console.strip().splitlines()[-6:]
        raise run.BenchError("\n  ".join([f"{what}: {PROGRAM} failed:", *said]))
    one(result.console, "end")
    return result.console


# --- one run ----------------------------------------------------------------


def middle(regions):
    """The run that took the median of the cycles: its counts belong together,
    which the medians of each would not."""
    return sorted(regions, key=lambda r: r["cycles"])[(len(regions) - 1) // 2]


def counts(case, settings, regions):
    """Take the case's lines off both lists of regions; counts per IPC."""
    warmup, samples = int(settings["warmup"]), int(settings["samples"])
    servers, clients, passes = (int(case[name]) for name in
                                ("servers", "clients", "passes"))
    empty = regions[run.REGION_EMPTY][:EMPTY_TURNS]
    turns = regions[run.REGION_IPC][:(warmup + samples) * clients]
    if len(empty) < EMPTY_TURNS or len(turns) < (warmup + samples) * clients:
        raise run.NoClock("the plugin saw other loops than were run")
    del regions[run.REGION_EMPTY][:len(empty)]
    del regions[run.REGION_IPC][:len(turns)]
    without = min(empty, key=lambda r: r["cycles"])
    measured = middle(turns[warmup * clients:])
    ipcs = 2 * servers * passes
    per_ipc = {name: round((measured[name] - without[name]) / ipcs, 2)
               for name in ("cycles", *run.COUNTS, *growth.COUNTS)}
    if abs(per_ipc.pop("cycles") - float(case["median"])) * ipcs > EDGE:
        raise run.NoClock("RDTSC does not return the model's cycles")
    return per_ipc


def record_of(what, settings, case, per_ipc):
    record = dict.fromkeys(KEYS)
    record.update(
        set=what.set, cpu=what.cpu.partition(",")[0], pge=what.cpu == P6,
        client=settings["client"], server=settings["server"],
        place=settings["place"] if settings["server"] == "small" else None,
        servers=int(case["servers"]), clients=int(case["clients"]),
        pages=int(case["pages"]))
    if what.cpu == P5:
        record.update((name, float(case[name])) for name in TIMES)
    record.update(per_ipc)
    return record


def measure(what, changes=()):
    """The records of one run; `changes` of costs as (name, cycles) pairs."""
    plugin = paths.build_dir() / "bench/p5model.so"
    if not plugin.is_file():
        raise run.NoClock(f"{plugin} is not built")
    with tempfile.TemporaryDirectory(prefix="pinenut-bench-") as name:
        out = pathlib.Path(name, "regions.json")
        result = boot(what.arguments, what.cmdline, cpu=what.cpu, mem=what.mem,
                      plugin=f"{plugin},tsc=on"
                      f"{costs.plugin_options(changes)},outfile={out}")
        if not lines(result.console):
            raise run.NoClock(run.plugin_complaint(result))
        console = finished(result, what.arguments)
        regions = run.read_regions(out.read_text())
    settings = one(console, "begin")
    return [record_of(what, settings, case, counts(case, settings, regions))
            for kind, case in lines(console) if kind == "result"]


# --- memory -----------------------------------------------------------------


def how_many(server, kmem):
    """Servers until kernel memory of `kmem` MB is used up."""
    result = boot(f"servers=max samples=1 warmup=0 server={server}",
                  f"kmem={kmem} small=96 threads=13")
    full = one(finished(result, f"kmem={kmem}"), "full")
    return int(full["servers"])


def kernel_bytes(server, low=4, high=8):
    """Kernel memory that one server more takes."""
    more = how_many(server, high) - how_many(server, low)
    return ((high - low) << 20) / more


def smallest_machine(server, sizes=(36, 40, 44, 48, 64, 80, 96, 128)):
    """(MB, servers): the least memory that holds 4,096; None if none does."""
    for mem in sizes:
        kmem = mem - 24                # the root server, its 4,096 data pages,
                                       # and control blocks
        result = boot(f"servers=max samples=1 warmup=0 server={server}",
                      f"kmem={kmem} small=96 threads=13", mem=mem)
        said = dict(lines(result.console))
        if result.status == 0 and "end" in said and "full" not in said:
            return mem, int(said["result"]["servers"])
    return None


def memory():
    """What the servers need, by filling kernel memory of two sizes."""
    return {kind: (kernel_bytes(kind), smallest_machine(kind))
            for kind in ("small", "large")}


# --- tables -----------------------------------------------------------------


def pick(records, **wanted):
    """The records with these values, by (servers, clients, pages)."""
    return {(r["servers"], r["clients"], r["pages"]): r for r in records
            if all(r[name] == value for name, value in wanted.items())}


def cell(record, key):
    return number(record[key] if record else None)


def scale_table(records):
    """Cycles and misses by the number of servers."""
    columns = [("coloured", pick(records, set="scale", place="colour")),
               ("same sets", pick(records, set="scale", place="same")),
               ("X.2 4 MB", pick(records, set="scale", place="x2")),
               ("large", pick(records, set="scale", server="large"))]
    cases = sorted(set().union(*(c for _, c in columns)))
    shown = [columns[0], columns[1], columns[3]]
    rows = [["servers", *(name for name, _ in columns),
             *(f"{event} {mark}" for event in ("DTLB", "ITLB", "L1D")
               for mark in ("c", "s", "l"))]]
    for case in cases:
        rows.append([str(case[0]), *(cell(c.get(case), "median")
                                     for _, c in columns),
                     *(cell(c.get(case), key)
                       for key in ("dtlb_misses", "itlb_misses", "l1d_misses")
                       for _, c in shown)])
    yield "BY NUMBER OF SERVERS: cycles of one IPC, P5 model"
    yield from grid(rows)
    yield ("(misses per IPC: c coloured, s same sets, l large; client small, "
           "but large to large)")


def mixed_table(records):
    """k servers, m large clients."""
    small = pick(records, set="mixed", server="small")
    large = pick(records, set="mixed", server="large")
    rows = [["servers", "clients", "small", "large", "large/small", "TLB small",
             "TLB large", "CR3 small", "CR3 large"]]
    for case in sorted(small):
        s, l = small[case], large[case]
        rows.append([str(case[0]), str(case[1]), cell(s, "median"),
                     cell(l, "median"), number(l["median"] / s["median"]),
                     *(number(r["dtlb_misses"] + r["itlb_misses"])
                       for r in (s, l)), cell(s, "cr3_writes"),
                     cell(l, "cr3_writes")])
    yield ("MIXED: small or large servers, LARGE clients that take turns, each "
           "calls every server: cycles")
    yield from grid(rows)


def pages_table(records):
    """Working sets on both sides."""
    small = pick(records, set="pages", server="small")
    large = pick(records, set="pages", server="large")
    rows = [["pages each", "small", "large", "difference", "large/small",
             "DTLB small", "DTLB large", "L1D small", "L1D large"]]
    for case in sorted(small):
        s, l = small[case], large[case]
        rows.append([str(case[2]), cell(s, "median"), cell(l, "median"),
                     number(l["median"] - s["median"]),
                     number(l["median"] / s["median"]),
                     cell(s, "dtlb_misses"), cell(l, "dtlb_misses"),
                     cell(s, "l1d_misses"), cell(l, "l1d_misses")])
    yield ("WORKING SETS: client AND server touch so many pages in every round "
           "trip: cycles of one IPC")
    yield from grid(rows)


def case_name(record):
    if record["pages"]:
        return f"both {record['server']}, {record['pages']} pages each"
    return (f"large clients: {record['clients']}, {record['server']} servers: "
            f"{record['servers']}")


def pge_table(records):
    """TLB misses with and without global pages."""
    off, on = ({(r["client"], r["server"], *case): r for case, r in [
        ((r["servers"], r["clients"], r["pages"]), r) for r in records
        if r["set"] == "pge" and r["pge"] == pge]} for pge in (False, True))
    rows = [["", "DTLB off", "DTLB on", "ITLB off", "ITLB on", "CR3"]]
    for key in off:
        rows.append([case_name(off[key]),
                     *(cell(side[key], name)
                       for name in ("dtlb_misses", "itlb_misses")
                       for side in (off, on)), cell(on[key], "cr3_writes")])
    yield ("GLOBAL PAGES (PGE), CPU Pentium III: TLB misses per IPC, off and "
           "on. No cycles: the model's are")
    yield "a P5's, and so are its TLBs"
    yield from grid(rows)


def memory_lines(sizes):
    yield "MEMORY"
    for kind, (each, machine) in sizes.items():
        line = f"{kind} server: {each:.0f} bytes of kernel memory"
        if machine:
            line += (f"; {machine[1]} of them run on a machine of "
                     f"{machine[0]} MB")
        yield line
    yield ("(its UTCB page is in that figure; its data page, 4096 bytes, and "
           "its control block, 512, come on top)")


def text(header, records, sizes, moved):
    coloured = pick(records, set="scale", place="colour").values()
    tables = [scale_table(records), growth.lines(coloured, costs.values()),
              mixed_table(records), pages_table(records),
              wins.lines(records),
              pge_table(records), memory_lines(sizes), moves.lines(moved)]
    facts = [paragraph(f"{name:10}", str(header[name])) for name in
             ("clock", "commit", "compiler", "emulator", "command")]
    return "\n\n".join("\n".join(part) for part in [*tables, facts]) + "\n"


# --- the whole --------------------------------------------------------------


def measure_all(runs=RUNS, rest_too=True):
    """(records in the order of the runs, memory(), moves' Result; the two are
    None without `rest_too`)"""
    workers = min(4, os.cpu_count() or 1)
    with (progress.Line("servers") as line,
          concurrent.futures.ThreadPoolExecutor(workers) as pool):
        jobs = [pool.submit(moves.measure if rest_too else lambda: None)]
        jobs += [pool.submit(measure, what) for what in runs]
        jobs.append(pool.submit(memory if rest_too else lambda: None))
        try:
            for n, _ in enumerate(concurrent.futures.as_completed(jobs)):
                line.show(f"{n + 1} of {len(jobs)} runs")
            moved, *results, sizes = [job.result() for job in jobs]
        except Exception:
            pool.shutdown(cancel_futures=True)
            raise
    records = [record for records in results for record in records]
    return records, sizes, moved


def header(sizes, moved):
    commit, compiler = run.build_facts()
    return {"clock": "P5 model (bench/p5model)", "commit": commit,
            "compiler": compiler, "emulator": run.emulator_version(),
            "kernel_bytes_small": round(sizes["small"][0]),
            "kernel_bytes_large": round(sizes["large"][0]),
            "cycles_of_moves": [
                {"change": change, "pages": pages, "cycles": cycles}
                for (change, pages), cycles in moved.moves.items()],
            "ipc_alone": moved.alone,
            "ipc_beside_limit_faults": moved.beside,
            "command": "scripts/bench --servers"}


def main(json_file=None):
    """Measure, print, write; raises what scripts/bench knows to report."""
    records, sizes, moved = measure_all()
    head = header(sizes, moved)
    print(text(head, records, sizes, moved))
    base = paths.build_dir() / "bench/servers-p5"
    written = [base.with_suffix(".json"), base.with_suffix(".csv")]
    files.write_json(written[0], head, records)
    files.write_csv(written[1], records, KEYS)
    if json_file:
        files.write_json(json_file, head, records)
        written.append(json_file)
    for name in written:
        print(f"written   {name}")
    return 0
