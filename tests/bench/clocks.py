"""scripts/bench without the P5 model, and with KVM: never a figure under the
wrong name."""

import json
import pathlib
import shutil
import sys
import tempfile

import front_door
from front_door import bench
from pinenut import paths, tap

QEMU = shutil.which("qemu-system-i386")
REFUSES = """#!/bin/sh
case " $* " in
*" -plugin "*) echo "$0: -plugin: invalid option" >&2; exit 1 ;;
esac
exec {qemu} "$@"
"""
HIDES = """#!/bin/sh
case $* in
*-plugin*) LD_PRELOAD={hide} {symbol} exec {qemu} "$@" ;;
esac
exec {qemu} "$@"
"""
HIDDEN = {"P5_HIDE=x86_cpu_gdb_read_register": "registers out of reach",
          "P5_HIDE=cpus_get_accel": "RDTSC out of reach",
          "P5_FLIP=qemu_plugin_scoreboard_new":
          "a plugin interface of another version"}


def fall_back(checks, what, script):
    """With a QEMU that is `script`."""
    with tempfile.TemporaryDirectory() as folder:
        fake = pathlib.Path(folder, "qemu-system-i386")
        fake.write_text(script)
        fake.chmod(0o755)
        answer = bench(path=folder)
        strict = bench("--clock", "p5", path=folder)
    everything = f"{answer.out}\n{answer.err}"
    checks.equal(answer.status, 0, f"{what}: there is a table all the same")
    checks.ok("cannot run with this QEMU" in answer.out
              and "INSTRUCTION COUNTS" in answer.out
              and "INSTRUCTIONS, not cycles" in answer.out,
              f"{what}: it is labelled as instruction counts", everything)
    checks.ok(answer.json and all(r["clock"] == "icount"
                                  for r in answer.json),
              f"{what}: so are all records")
    checks.ok(strict.status == 4 and strict.err.count("\n") == 1
              and not strict.out and not strict.json,
              f"{what}: --clock p5 refuses in one line",
              f"status {strict.status}\n{strict.out}{strict.err}")
    return answer


def instructions(checks, answer):
    """What the counts say is the same as under the model."""
    counts, model = (front_door.by_case(a.json) for a in (answer, bench()))
    for path in ("same", "small-small", "large-large"):
        checks.equal(counts[path, 3, 0]["median"],
                     model[path, 3, 0]["instructions"],
                     f"{path}: as many instructions as the model counts")
    checks.ok(all(r["dtlb_misses"] is None for r in counts.values()),
              "events that nobody counted are null, not 0")


def p6(checks):
    answer = bench("--clock", "p6")
    cases = front_door.by_case(answer.json)
    checks.ok(answer.status == 0 and "P6 ESTIMATE, cycles, entry by INT"
              in answer.out and "P5 model," not in answer.out
              and all(r["clock"] == "p6" for r in answer.json),
              "--clock p6: labelled as an estimate, in all tables and records",
              f"status {answer.status}\n{answer.out}{answer.err}")
    same, small, large = (cases[path, 3, 0] for path in
                          ("same", "small-small", "large-large"))
    checks.ok(168 < same["median"] < small["median"] < large["median"],
              "p6: more than INT and IRET; in the order of the P5's",
              f"{same['median']} {small['median']} {large['median']}")
    file = paths.build_dir() / "bench/bench-p6-sysenter.json"
    header, *records = json.loads(file.read_text())
    entered = front_door.by_case([header, *records])["same", 3, 0]
    checks.ok("P6 ESTIMATE, cycles, entry by SYSENTER" in answer.out
              and header["entry"] == "sysenter"
              and 40 < same["median"] - entered["median"] < 67,
              "p6: by SYSENTER, a table and files of its own; it saves less "
              "than INT's and SYSENTER's difference, for it does more by hand",
              f"{same['median']} {entered['median']}")
    model = front_door.by_case(bench().json)["large-large", 3, 0]
    checks.ok(large["dtlb_misses"] < model["dtlb_misses"],
              "p6: global pages stay in the TLB when CR3 is written")


def kvm(checks):
    answer = bench("--clock", "kvm")
    everything = f"status {answer.status}\n{answer.out}{answer.err}"
    if answer.status == 0:
        checks.ok(all(r["clock"] == "kvm" for r in answer.json),
                  "--clock kvm: real cycles, labelled so", everything)
        return
    checks.ok(answer.status == 4 and not answer.out and not answer.json
              and answer.err.startswith("scripts/bench: --clock kvm: ")
              and answer.err.count("\n") == 1,
              "--clock kvm: says in one line why not, status 4", everything)


def options(checks):
    for words in (["--clock", "vax"], ["--slots", "3"], ["extra"], ["--clock"],
                  ["--write-budgets", "--clock", "kvm"],
                  ["--write-budgets", "--slots", "x2"],
                  ["--json", "/no/such/folder/file"]):
        answer = bench(*words)
        checks.ok(answer.status == 2 and answer.err.count("\n") == 1
                  and not answer.out,
                  f"{' '.join(words)}: one line and status 2",
                  f"status {answer.status}\n{answer.out}{answer.err}")


def main():
    checks = tap.Checks()
    hide = paths.build_dir() / "tests/p5hide.so"
    answer = fall_back(checks, "a QEMU without plugins",
                       REFUSES.format(qemu=QEMU))
    instructions(checks, answer)
    for symbol, what in HIDDEN.items():
        fall_back(checks, what,
                  HIDES.format(qemu=QEMU, hide=hide, symbol=symbol))
    p6(checks)
    kvm(checks)
    options(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
