"""scripts/bench: build, measure, print the table of IPC costs."""

import pathlib
import sys

from pinenut import arguments, build, emu, paths, progress
from pinenut.bench import (compare, costs, files, log, model, moves, report,
                           run, servers, shapes, slow)
from pinenut.bench.table import Tables

TARGETS = ("kernel", "sigma0", "pingpong", "servers_bench",
           "moves_bench", "p5model")
WRONG, NO_CLOCK, CHANGED = 2, 4, 5


def parser():
    p = arguments.Parser(
        "bench", description="Build Pinenut, measure what an IPC costs between "
        "and within small and large spaces, and print the table, with "
        "published figures beside it. The same goes to bench/bench-CLOCK.json "
        "and .csv in the build folder. The P5 model's cycles are the same on "
        "every run.",
        epilog="Exit status: 0 measured; 1 something failed; 2 a wrong option; "
        "3 packages are missing; 4 the clock asked for cannot be had here; "
        "5 --compare: a case changed by more than a percent, or is new or "
        "gone.")
    p.add_argument("--clock", choices=run.CLOCKS,
                   help="p5: modelled Pentium cycles (the default; falls back "
                   "to icount if QEMU cannot run the model). "
                   "p6: estimates for a Pentium III, by INT and, where the "
                   "kernel has it, by SYSENTER (files with -sysenter). "
                   "icount: instruction counts. kvm: real cycles of this "
                   "machine; says why if KVM cannot run the kernel. metal: "
                   "see --import")
    p.add_argument("--import", metavar="LOG", type=pathlib.Path, dest="log",
                   help="instead of measuring: read what a machine booted from "
                   "the ISO of `scripts/iso bench` said on COM1 (clock metal)")
    p.add_argument("--slots", choices=("pages", "x2"), default="pages",
                   help="how small spaces are placed: pages (the default), by "
                   "Pinenut's control word; x2, by X.2's 4 MB steps")
    only = p.add_mutually_exclusive_group()
    only.add_argument("--servers", action="store_true",
                      help="instead: 2 to 4,096 small servers called in turn, "
                      "mixed loads, working sets, global pages, memory "
                      "(docs/scale.md; P5 model)")
    only.add_argument("--phases", action="store_true",
                      help="instead of the table: where each cycle of a hot "
                      "IPC goes, and the cache lines and TLB entries it "
                      "touches")
    only.add_argument("--sensitivity", nargs="?", const="", metavar="COST,...",
                      help="instead of the table: how far it moves if a cost "
                      "of the model that has no good source is another; with "
                      "names, only these")
    only.add_argument("--validate", action="store_true",
                      help="instead of the table: published measurements of "
                      "Pentiums beside what the model says")
    only.add_argument("--report", nargs="?", const="", metavar="FILE",
                      help="instead of text: all of the above as one HTML "
                      "file with charts, to be opened without a network "
                      "(default: bench/report.html in the build folder; one "
                      "to three minutes)")
    p.add_argument("--quick", action="store_true",
                   help="with --report: fewer costs and servers")
    p.add_argument("--path", choices=run.PATHS,
                   help="with --phases: this path only, and its cache lines")
    p.add_argument("--cost", metavar="NAME=CYCLES", action="append",
                   default=[], help="with --phases or --validate: another "
                   "cost in the model (bench/p5model/costs.def names them)")
    p.add_argument("--json", metavar="FILE", type=pathlib.Path,
                   help="write the records to FILE, too: a JSON array of flat "
                   "objects, the first one the header")
    p.add_argument("--json-format", choices=("pinenut", *shapes.SHAPES),
                   default="pinenut", help="the shape of --json FILE: ours, "
                   "Google Benchmark's or sel4bench's (bench/README.md)")
    p.add_argument("--compare", metavar="OLD.json", type=pathlib.Path,
                   help="say what changed against the results in OLD.json, "
                   "of the same clock, and by how much")
    p.add_argument("--write-budgets", action="store_true",
                   help="make this run's medians the budgets that the tests "
                   "check (bench/budgets.csv)")
    p.add_argument("--no-build", action="store_true",
                   help="measure what is built already")
    return p


def measure(args):
    """The measurement; without --clock, of the best clock there is."""
    try:
        return run.measure(args.clock or "p5", args.slots)
    except run.NoClock as problem:
        if args.clock:
            print(f"scripts/bench: --clock {args.clock}: {problem}",
                  file=sys.stderr)
            sys.exit(NO_CLOCK)
        print(f"The P5 model cannot run with this QEMU: {problem}.\n"
              "Instead of cycles, the tables below show INSTRUCTION COUNTS.\n",
              flush=True)
        return run.measure("icount", args.slots)


def write_results(args, header, records, in_c):
    """The files; returns their names.  in_c: the slow path's Measurement."""
    way = "-sysenter" if header["entry"] == run.SYSENTER else ""
    base = paths.build_dir() / "bench" / f"bench-{header['clock']}{way}"
    written = [base.with_suffix(".json"), base.with_suffix(".csv")]
    files.write_json(written[0], header, records)
    files.write_csv(written[1], records)
    if in_c:
        written.append(base.with_name(f"{base.name}{slow.SUFFIX}.json"))
        files.write_json(written[-1], run.header(in_c), in_c.records)
    if args.json:
        written.append(args.json.with_stem(args.json.stem + way))
        if args.json_format == "pinenut":
            files.write_json(written[-1], header, records)
        else:
            shapes.write(written[-1], args.json_format, header, records)
    if args.write_budgets:
        files.write_budgets([*records, *slow.for_budgets(in_c.records)])
        moves.write_budgets(moves.measure(moves.FEW_FAULTS))
        written += [files.BUDGETS, moves.BUDGETS]
    return written


def imported(args):
    """--import: the measurement in a log."""
    try:
        return log.measurement(args.log.read_bytes())
    except OSError as error:
        sys.exit(f"scripts/bench: --import: {error}")
    except log.LogError as problem:
        sys.exit(f"scripts/bench: --import {args.log}: {problem}")


def show(args, measurement):
    """Print a measurement, and write its files; the header."""
    if args.write_budgets and measurement.clock != "p5":
        sys.exit("scripts/bench: --write-budgets needs the P5 model")
    header = run.header(measurement)
    published = files.comparable(files.read_published(), header)
    in_c = lines = None
    if measurement.clock == "p5":
        in_c = slow.measure(args.slots)
        lines = list(slow.table(measurement.records, in_c.records))
    print(Tables(header, measurement.records, published, lines).text())
    for name in write_results(args, header, measurement.records, in_c):
        print(f"written   {name}")
    return header


def check_table_only(args, other):
    """What is about the table; args.compare becomes what it names."""
    if args.json_format != "pinenut" and (other or not args.json):
        parser().error("--json-format is for the table's --json FILE")
    if args.compare and other:
        parser().error("--compare is about the table")
    try:
        args.compare = args.compare and compare.read(args.compare)
        if args.compare:
            args.compare.check({"slots": args.slots} | (
                {"clock": args.clock} if args.clock else {}))
    except compare.Unlike as problem:
        parser().error(f"--compare: {problem}")


def check(args):
    """Options that do not go together."""
    if args.write_budgets and (args.clock not in (None, "p5")
                               or args.slots != "pages"):
        parser().error("--write-budgets is for --clock p5 and --slots pages")
    if args.servers and (args.clock not in (None, "p5") or args.write_budgets
                         or args.slots != "pages"):
        parser().error("--servers goes with --json and --no-build only")
    if args.json and not args.json.absolute().parent.is_dir():
        parser().error(f"--json: no folder {args.json.absolute().parent}")
    about_model = args.phases or args.validate or args.sensitivity is not None
    if about_model and (args.clock not in (None, "p5") or args.write_budgets
                        or args.slots != "pages"):
        parser().error("--phases, --sensitivity and --validate are about the "
                       "P5 model and the standard slots")
    check_table_only(args, about_model or args.servers
                     or args.report is not None)
    if args.report is None and args.quick:
        parser().error("--quick is for --report")
    if args.report is not None and (args.json or args.write_budgets):
        parser().error("--report writes one file, the page")
    if args.report and not pathlib.Path(args.report).absolute(
            ).parent.is_dir():
        parser().error(f"--report: no folder for {args.report}")
    if args.log and (args.clock not in (None, "metal") or about_model
                     or args.servers or args.write_budgets
                     or args.report is not None):
        parser().error("--import goes with --json and --compare only")
    if args.path and not args.phases:
        parser().error("--path is for --phases")
    if args.cost and not (args.phases or args.validate):
        parser().error("--cost is for --phases and --validate")
    try:
        args.cost = [costs.parse_change(text) for text in args.cost]
        model.check_names(args.sensitivity)
    except ValueError as problem:
        parser().error(problem)
    return about_model


def about_the_model(args):
    """--phases, --sensitivity, --validate."""
    try:
        name, text, records = model.report(args)
    except run.NoClock as problem:
        print(f"scripts/bench: the P5 model cannot run: {problem}",
              file=sys.stderr)
        return NO_CLOCK
    print(text)
    written = [paths.build_dir() / f"bench/{name}.json"]
    written += [args.json] if args.json else []
    for path in written:
        files.write_json(path, records[0], records[1:])
        print(f"written   {path}")
    return 0


def compared(old, headers, measurements):
    """The exit status; prints what --compare asks for."""
    if not old:
        return 0
    at = next((n for n, header in enumerate(headers)
               if header["entry"] == old.header["entry"]), 0)
    try:
        found = compare.compare(old, headers[at], measurements[at].records)
    except compare.Unlike as problem:
        print(f"scripts/bench: --compare: {problem}", file=sys.stderr)
        return WRONG
    print(f"\n{found.text()}", end="")
    return CHANGED if found.changed else 0


def main():
    args = parser().parse_args()
    about_model = check(args)
    if not args.no_build and not args.log:
        with progress.Ticker("building"):
            build.build(targets=TARGETS)
    try:
        if args.servers:
            return servers.main(args.json)
        if about_model:
            return about_the_model(args)
        if args.report is not None:
            return report.main(args, measure)
        measurements = [imported(args)] if args.log else measure(args)
        headers = [show(args, measurement) for measurement in measurements]
        return compared(args.compare, headers, measurements)
    except run.NoClock as problem:     # of --servers
        print(f"scripts/bench: --servers: {problem}", file=sys.stderr)
        return NO_CLOCK
    except (run.BenchError, emu.EmulatorError, OSError) as error:
        sys.exit(f"scripts/bench: {error}")


if __name__ == "__main__":
    sys.exit(main())
