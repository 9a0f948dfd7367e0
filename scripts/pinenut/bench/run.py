"""Run bench/pingpong under one of the clocks and read what it says.

    measure(clock, slots)  -> [Measurement], or raises NoClock

Clocks:
    p5            modelled Pentium cycles: QEMU with the plugin bench/p5model,
                  where RDTSC is the model's clock; the same on every run
    p6            the same with estimates for a Pentium III instead; a
                  measurement by INT, and one by SYSENTER if the kernel has it
    icount        QEMU with -icount, where RDTSC counts instructions
    kvm           real cycles of this machine's CPU
    metal         real cycles of a machine booted from the ISO of scripts/iso
                  bench; read from its log (log.py)

The guest prints a line for each case; the plugin writes a line for each run
of a loop: one for each of the guest's samples, and for those thrown away as
warm-up, in the same order (bench/pingpong/loop.h names the regions).
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
from typing import NamedTuple

from pinenut import emu, paths, progress

QEMU = "qemu-system-i386"
CLOCKS = ("p5", "p6", "icount", "kvm", "metal")
REAL = ("kvm", "metal")            # those that measure time
PATHS = ("same", "small-small", "small-large", "large-small", "large-large")
COUNTS = ("instructions", "itlb_misses", "dtlb_misses", "l1i_misses",
          "l1d_misses", "segment_loads", "cr3_writes")
TIMES = ("min", "q1", "median", "q3", "p99", "max")
COLD = tuple(f"cold_{name}" for name in TIMES)
MOMENTS = ("mean", "stddev")       # of all samples, where they are known
KEYS = ("clock", "path", "mrs", "pages", *TIMES, *MOMENTS, "samples", *COUNTS)
CASES = len(PATHS) * (64 + 6)      # of the standard set

REGION_EMPTY, REGION_IPC = 1, 2
TOLERANCE = 1.0                    # cycles by which the two clocks may differ
P6_CPU = "pentium3"
RUN_TIMEOUT, PROBE_TIMEOUT = 160, 15
STANDARD_ARGUMENTS = "cold=on"
REAL_ARGUMENTS = "samples=101 rounds=64 cold=on raw=on"
PROBE_ARGUMENTS = "path=same mrs=3 pages=0 samples=1"

LINE = re.compile(r"^pingpong: (\w+)(.*)$", re.MULTILINE)
WORD = re.compile(r"(\w+)=(\S+)")


INT, SYSENTER = "int", "sysenter"
ENTRY = re.compile(r"^ipc +(sysenter|int)\b", re.MULTILINE)  # the boot log


class NoClock(RuntimeError):
    """This clock cannot be had here; the text says why."""


class BenchError(RuntimeError):
    """The measurement itself went wrong."""


class Measurement(NamedTuple):
    """clock; command: one that repeats the run; settings: what pingpong says
    of itself; records: one dictionary with KEYS for each case, with COLD where
    there are cold runs, too, and the samples with raw=on; entry: into the kernel, INT
    or SYSENTER; facts: what else the header should say."""

    clock: str
    command: str
    settings: dict
    records: list
    entry: str = INT
    facts: dict = {}


def lines(console):
    """pingpong's lines as (first word, {name: value}) pairs."""
    return [(kind, dict(WORD.findall(rest)))
            for kind, rest in LINE.findall(console)]


def watched(console):
    """Progress on the terminal while the standard set is measured."""
    return progress.Ticker("measuring", progress.counted(
        console, b"pingpong: result", f"{CASES} cases"))


def boot(arguments, **options):
    """Boot pingpong as the root server; emu.Result."""
    if "mrs=" not in arguments:
        options["watch"] = watched
    return emu.run_qemu(paths.kernel(), modules=[
        paths.program("sigma0"), (paths.program("pingpong"), arguments)],
        **options)


def shell_line(arguments, options, cmdline=""):
    """What a person would type to repeat a run, from the build folder."""
    options += f" -append {cmdline}" if cmdline else ""
    program = f"bench/pingpong {arguments.replace(',', ',,')}".strip()
    return (f"{QEMU} {options} -m 64 -display none -debugcon stdio "
            f"-device isa-debug-exit,iobase=0xf4,iosize=1 -kernel kernel.elf "
            f"-initrd 'servers/sigma0,{program}'")


def finished(result, what):
    """The console of a run that went well."""
    if result.process == emu.TIMED_OUT:
        raise BenchError(f"{what}: no end after {RUN_TIMEOUT} s")
    if result.status != 0:
        said = result.console.strip().splitlines()[-6:]
        raise BenchError("\n  ".join([f"{what}: pingpong failed:", *said]))
    return result.console


def settings_of(console):
    settings = [words for kind, words in lines(console) if kind == "begin"]
    ended = [words for kind, words in lines(console) if kind == "end"]
    if len(settings) != 1 or len(ended) != 1:
        raise BenchError("pingpong's output is not complete")
    return settings[0]


def entry_of(console):
    found = ENTRY.search(console)
    return found.group(1) if found else INT


def records_of(clock, console):
    """The results on the console; counts still unknown."""
    settings = settings_of(console)
    samples, rounds = int(settings["samples"]), int(settings["rounds"])
    records, raw, empty = {}, [], 0
    for kind, words in lines(console):
        if kind == "path":
            empty = int(words["empty"])
        elif kind == "raw":
            raw += map(int, words["values"].split(","))
        elif kind in ("result", "cold"):
            record = add_result(records, kind == "cold", words, raw)
            if raw and kind == "result":
                record.update(moments(raw, empty, 2 * rounds))
            raw = []
    for record in records.values():
        record.update(clock=clock, samples=samples)
    if not records:
        raise BenchError("pingpong has no results")
    return list(records.values())


def add_result(records, cold, words, raw):
    """One line of results; a cold one goes to the hot one of its case. The
    record."""
    key = words["path"], int(words["mrs"]), int(words["pages"])
    record = records.setdefault(key, dict.fromkeys(KEYS))
    record.update(path=key[0], mrs=key[1], pages=key[2])
    prefix = "cold_" if cold else ""
    record.update((prefix + name, float(words[name])) for name in TIMES)
    if raw:
        record[prefix + "raw"] = ",".join(map(str, raw))
    return record


# --- the P5 model ---------------------------------------------------------


def read_regions(text):
    """The plugin's lines by region id."""
    regions = {REGION_EMPTY: [], REGION_IPC: []}
    for line in text.splitlines():
        region = json.loads(line)
        if region["region"] in regions:
            regions[region["region"]].append(region)
    return regions


def middle(regions):
    """The median of each count over the samples of one case."""
    return {name: statistics.median_low(region[name] for region in regions)
            for name in ("cycles", *COUNTS)}


def moments(samples, empty, ipcs):
    """Mean and standard deviation of a case's samples, cycles all."""
    cycles = [(sample - empty) / ipcs for sample in samples]
    return {"mean": round(statistics.fmean(cycles), 2),
            "stddev": round(statistics.pstdev(cycles), 3)}


def add_counts(records, settings, regions):
    """Fill in each record's counts, per IPC and without the empty loop's."""
    samples, warmup, rounds = (int(settings[name]) for name in
                               ("samples", "warmup", "rounds"))
    each = warmup + samples
    if len(regions[REGION_IPC]) != each * len(records):
        raise NoClock("the plugin saw other loops than pingpong ran")
    empty = middle(regions[REGION_EMPTY])
    for index, record in enumerate(records):
        at = index * each + warmup
        measured = regions[REGION_IPC][at:at + samples]
        counts = middle(measured)
        per_ipc = {name: round((counts[name] - empty[name]) / (2 * rounds), 2)
                   for name in counts}
        if abs(per_ipc.pop("cycles") - record["median"]) > TOLERANCE:
            raise NoClock("RDTSC does not return the model's cycles")
        record.update(per_ipc)
        record.update(moments((region["cycles"] for region in measured),
                              empty["cycles"], 2 * rounds))


def plugin_complaint(result):
    """Why QEMU did not run with the plugin."""
    for line in result.console.splitlines():
        if "p5model" in line or "plugin" in line:
            return line.strip()
    return f"QEMU ended with status {result.process}"


def plugin():
    """The model's file."""
    path = paths.build_dir() / "bench/p5model.so"
    if not path.is_file():
        raise NoClock(f"{path} is not built")
    return path


def model_console(result):
    """The console of a run under the model that went well."""
    if not any(kind == "begin" for kind, _ in lines(result.console)):
        raise NoClock(plugin_complaint(result))
    return finished(result, "P5 model")


def measure_p5(arguments, options=""):
    """`options` go to the plugin, each with a comma in front."""
    return measure_model("p5", "pentium", arguments, options)


def measure_p6(arguments):
    """By INT, and by SYSENTER if the kernel takes it where the CPU has it."""
    def measured(cmdline):
        return measure_model("p6", P6_CPU, arguments, cmdline=cmdline)
    first = measured("")
    if first.entry == INT:
        return [first]
    return [measured("entry=int"), first]


def measure_model(clock, cpu, arguments, options="", cmdline=""):
    options = (f",cpu={clock}" if clock != "p5" else "") + options
    with tempfile.TemporaryDirectory(prefix="pinenut-bench-") as name:
        out = pathlib.Path(name, "regions.json")
        result = boot(arguments, timeout=RUN_TIMEOUT, cpu=cpu, cmdline=cmdline,
                      plugin=f"{plugin()},tsc=on{options},outfile={out}")
        console = model_console(result)
        regions = read_regions(out.read_text()) if out.exists() else {}
    if not regions.get(REGION_EMPTY):
        raise NoClock("the plugin counted nothing")
    records = records_of(clock, console)
    add_counts(records, settings_of(console), regions)
    machine = (f"-cpu {cpu} -icount shift=0,sleep=off "
               f"-plugin bench/p5model.so,tsc=on{options}")
    return Measurement(clock, shell_line(arguments, machine, cmdline),
                       settings_of(console), records, entry_of(console))


# --- the other clocks -----------------------------------------------------


def measure_icount(arguments):
    result = boot(arguments, timeout=RUN_TIMEOUT)
    console = finished(result, "instruction counts")
    records = records_of("icount", console)
    for record in records:
        record["instructions"] = record["median"]
    options = "-cpu pentium -icount shift=0,sleep=off"
    return Measurement("icount", shell_line(arguments, options),
                       settings_of(console), records)


def run_kvm(arguments, timeout):
    return boot(arguments, cpu="host", icount=False, timeout=timeout,
                extra=["-accel", "kvm"])


def probe_kvm():
    """Raise NoClock, with the reason, if KVM does not run the kernel."""
    device = pathlib.Path("/dev/kvm")
    if not device.exists():
        raise NoClock("there is no /dev/kvm: the CPU has no virtualisation, it "
                      "is switched off, or the kvm module is not loaded")
    if not os.access(device, os.R_OK | os.W_OK):
        raise NoClock("/dev/kvm may not be opened by this user (group kvm?)")
    result = run_kvm(PROBE_ARGUMENTS, PROBE_TIMEOUT)
    if result.status == 0:
        return
    said = " / ".join(result.console.split("\n")[-4:]).strip(" /")
    if result.process == emu.TIMED_OUT:
        reason = f"the kernel did not end within {PROBE_TIMEOUT} s"
    else:
        reason = f"QEMU ended with status {result.process}"
    reason += f" ({said})" if said else " and the kernel had printed nothing"
    raise NoClock(f"/dev/kvm is there, but the kernel does not run on it: "
                  f"{reason}. A KVM in software, such as kvm-pvm, cannot run "
                  f"a guest with 32-bit paging")


def measure_kvm(arguments):
    probe_kvm()
    arguments = f"{arguments} {REAL_ARGUMENTS}"
    console = finished(run_kvm(arguments, RUN_TIMEOUT), "KVM")
    facts = {"host_cpu": host_cpu(), **real_facts(console)}
    return Measurement("kvm", shell_line(arguments, "-accel kvm -cpu host"),
                       settings_of(console), records_of("kvm", console),
                       entry_of(console), facts)


def measure_metal(_arguments):
    raise NoClock("boot the ISO of `scripts/iso bench` on the machine, catch "
                  "what it says on COM1, then scripts/bench --import LOG")


LIMITS = re.compile(r"^limits +segment limits are (enforced|NOT ENFORCED)",
                    re.MULTILINE)
PGE = re.compile(r"^cpu .*, pge (\w+)", re.MULTILINE)
RDTSC = re.compile(r"^clock +RDTSC at ([\d.]+) MHz", re.MULTILINE)


def real_facts(console):
    """What the boot log and pingpong say of the machine; for its header."""
    def said(pattern):
        found = pattern.findall(console)
        return found[-1] if found else "unknown"
    cpu = [words for kind, words in lines(console) if kind == "cpu"]
    cpu = cpu[-1] if cpu else {}
    brand = cpu.get("brand", "none").strip("_").replace("_", " ")
    model = cpu.get("id", "unknown")
    return {"cpu_model": model if brand == "none" else f"{model} ({brand})",
            "hypervisor": cpu.get("hypervisor", "unknown"),
            "limits": said(LIMITS).lower(), "pge": said(PGE),
            "tsc_mhz": said(RDTSC)}


MEASURE = {"p5": measure_p5, "p6": measure_p6, "icount": measure_icount,
           "kvm": measure_kvm, "metal": measure_metal}


def measure(clock, slots="pages"):
    """Measure the standard set with this clock."""
    arguments = STANDARD_ARGUMENTS if clock not in REAL else ""
    if slots != "pages":
        arguments = f"{arguments} slots={slots}".strip()
    found = MEASURE[clock](arguments)
    return found if isinstance(found, list) else [found]


# --- what it ran on -------------------------------------------------------


def emulator_version():
    said = subprocess.run([QEMU, "--version"], capture_output=True, text=True)
    return said.stdout.splitlines()[0] if said.stdout else "unknown"


def host_cpu():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def build_facts():
    """Commit and compiler, as built into the kernel."""
    text = (paths.build_dir() / "generated/pinenut_version.h").read_text()
    facts = dict(re.findall(r'#define PINENUT_(\w+) "(.*)"', text))
    return facts["COMMIT"], facts["COMPILER"]


def header(measurement):
    """The first record of the results: what it takes to repeat them."""
    commit, compiler = build_facts()
    guest = ("Pentium III, estimated (QEMU -cpu pentium3)"
             if measurement.clock == "p6" else "Pentium (QEMU -cpu pentium)")
    settings = measurement.settings
    return {"clock": measurement.clock, "commit": commit, "compiler": compiler,
            "emulator": emulator_version(),
            "cpu_model": guest,
            "entry": measurement.entry,
            "slots": settings["slots"], "rounds": int(settings["rounds"]),
            "command": measurement.command, **measurement.facts}
