"""scripts/bench --phases, --sensitivity, --validate: what is asked of the
model rather than of the kernel.

    report(args)  -> (name of the file, text, records)
"""

from pinenut.bench import (costs, phases, phases_table, run, sensitivity,
                           validate)
from pinenut.bench.table import CLOCKS, paragraph


def facts(what, command, changes=()):
    """The header and the text that end a report."""
    commit, compiler = run.build_facts()
    header = {"report": what, "clock": "p5", "commit": commit,
              "compiler": compiler, "emulator": run.emulator_version(),
              "costs": dict(changes), "command": command}
    text = [f"clock     {CLOCKS['p5']}",
            f"commit    {commit}, built by {compiler}",
            f"emulator  {header['emulator']}"]
    if changes:
        text.append("costs     " + ", ".join(f"{n}={v}" for n, v in changes)
                    + "; all others as in bench/p5model/costs.def")
    text.append(paragraph("command   ", command))
    return header, "\n".join(text)


def report_phases(args):
    table, kernel = costs.values(args.cost), phases.Kernel()
    traces, found, command = phases.measure(args.cost, args.path)
    header, end = facts("phases", command, args.cost)
    text = phases_table.text(traces, found, table, kernel, args.path)
    records = phases_table.records(traces, found, table, kernel)
    return "phases", f"{text}\n{end}", [header, *records]


def check_names(text):
    """ValueError if --sensitivity names what is no cost."""
    for name in filter(None, (text or "").split(",")):
        if name not in costs.read_costs() and name not in costs.SWITCHES:
            raise ValueError(f"--sensitivity: {name}: no cost of "
                             "bench/p5model/costs.def")


def report_sensitivity(args):
    names = [name for name in args.sensitivity.split(",") if name]
    text, records = sensitivity.report(names)
    command = "scripts/bench --sensitivity" + (
        f" {args.sensitivity}" if names else "")
    header, end = facts("sensitivity", command)
    return "sensitivity", f"{text}\n{end}", [header, *records]


def report_validation(args):
    text, records, command = validate.report(args.cost)
    header, end = facts("validation", command, args.cost)
    return "validation", f"{text}\n{end}", [header, *records]


def report(args):
    if args.phases:
        return report_phases(args)
    if args.validate:
        return report_validation(args)
    return report_sensitivity(args)
