"""scripts/bench --report: everything measured, as one HTML file with charts.

    main(args, measure)  measures, draws, writes; returns the exit status

`measure(args)` is the front door's way to Measurements. What is asked of the
model stays what it is under any --clock; where the model cannot run, its
sections say so. --quick takes fewer costs and servers, and says so.
"""

import pathlib
import shlex
import sys

from pinenut import paths, progress
from pinenut.bench import (costs, files, phases, phases_table,
                           report_figures as figures, run, sensitivity,
                           servers, validate)
from pinenut.bench.report_gnuplot import ChartError
from pinenut.bench.report_page import Section, page
from pinenut.bench.table import CLOCKS

QUICK_COSTS = ("int", "iret", "sreg", "cr3")
QUICK_RUNS = (
    servers.Run("scale", "servers=2,16,64 place=same", "kmem=8 small=16"),
    servers.Run("scale", "servers=2,16,64", "kmem=8 small=16"),
    servers.Run("scale", "servers=2,16,64 client=large server=large",
                "kmem=8 small=4"),
    servers.Run("scale", "servers=2,16,64 place=x2", "kmem=8"),
    servers.Run("pages", "servers=1 pages=0,16,64", "kmem=8"),
    servers.Run("pages", "servers=1 pages=0,16,64 client=large server=large",
                "kmem=8"))
FULL_RUNS = tuple(r for r in servers.RUNS if r.set in ("scale", "pages"))
QUICK_NOTE = " (--quick: a selection)"


def measure_phases(_):
    traces, found, command = phases.measure()
    return command, list(phases_table.records(traces, found, costs.values(),
                                              phases.Kernel()))


def measure_servers(quick):
    records, *_ = servers.measure_all(QUICK_RUNS if quick else FULL_RUNS,
                                     rest_too=False)
    return "scripts/bench --servers" + QUICK_NOTE * quick, records


def measure_sensitivity(quick):
    _, records = sensitivity.report(QUICK_COSTS if quick else ())
    return "scripts/bench --sensitivity" + QUICK_NOTE * quick, records


def measure_validation(_):
    _, records, command = validate.report([])
    return command, records


# option and id, title, measurement, figures
OF_THE_MODEL = (
    ("phases", "Where the cycles go", measure_phases, figures.phases),
    ("servers", "Scale", measure_servers, figures.servers),
    ("sensitivity", "Sensitivity", measure_sensitivity, figures.sensitivity),
    ("validate", "Validation", measure_validation, figures.validation))


def model_section(name, title, measure, draw, quick):
    try:
        command, records = measure(quick)
        return Section(name, title, command, draw(records))
    except run.NoClock as problem:
        return Section(name, title, f"scripts/bench --{name}",
                       missing=f"the P5 model cannot run: {problem}")


def table_section(header, measurement):
    entry = header["entry"]
    title = "The table" + f", by {entry.upper()}" * (entry != run.INT)
    return Section(f"table-{entry}", title, header["command"],
                   figures.table(header, measurement.records))


def sections(args, header, records):
    """All but the table's, in the order of the page."""
    for at, (name, title, measure, draw) in enumerate(OF_THE_MODEL, 2):
        with progress.part(f"report, part {at} of {len(OF_THE_MODEL) + 1}: "), \
                progress.Line(name) as line:
            line.show("...")
            yield model_section(name, title, measure, draw, args.quick)
    yield Section("peers", "Published and peers", "bench/published.csv",
                  list(figures.published(header, records,
                                         files.read_published())))


def command():
    return shlex.join(["scripts/bench", *sys.argv[1:]])


def facts(headers):
    header = headers[0]
    return [("clock", CLOCKS[header["clock"]]), ("commit", header["commit"]),
            ("compiler", header["compiler"]),
            ("emulator", header["emulator"]), ("CPU", header["cpu_model"]),
            ("entry", ", ".join(h["entry"].upper() for h in headers)),
            ("slots", header["slots"]), ("command", command())]


def target(args):
    """The file to write."""
    return (pathlib.Path(args.report) if args.report
            else paths.build_dir() / "bench/report.html")


def main(args, measure):
    with progress.part(f"report, part 1 of {len(OF_THE_MODEL) + 1}: "):
        measurements = measure(args)
    headers = [run.header(one) for one in measurements]
    try:
        text = page(facts(headers), [
            *map(table_section, headers, measurements),
            *sections(args, headers[0], measurements[0].records)])
    except ChartError as problem:
        raise run.BenchError(str(problem))
    target(args).write_text(text)
    print(f"written   {target(args)}")
    return 0
