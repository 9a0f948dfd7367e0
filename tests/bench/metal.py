"""The benchmark on a machine of its own: the ISO boots into it, the screen
keeps the medians, and what came over COM1 is read back, whole or not at all.
Here the machines are QEMU and Bochs, whose time means nothing."""

import pathlib
import re
import subprocess
import sys
import tempfile
import time

import front_door
from pinenut import arguments, emu, iso_command, paths, tap
from pinenut.bench.log import LogError, read

ARGUMENTS = "bench samples=5 rounds=8 path=same,small-small"
CASES = 2 * (64 + 6)
VGA, COLUMNS, ROWS = 0xb8000, 80, 25
WAIT = 120                         # seconds until the screen must be there


def modules(words):
    _, names = iso_command.contents([words])
    return arguments.modules(iso_command.parser(), names)


def imported(data):
    """What --import makes of a log."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "log")
        file.write_bytes(data)
        return front_door.bench("--import", file)


def boot(run, words, **options):
    """(emu.Result, what came over COM1)"""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "com1")
        result = run(paths.kernel(), modules=modules(words), via="iso",
                     serial=file, timeout=200, **options)
        return result, file.read_bytes()


def qemu(checks):
    result, data = boot(emu.run_qemu, ARGUMENTS, icount=False)
    checks.equal(result.status, 0, "QEMU: the ISO boots and measures")
    answer = imported(data)
    checks.ok(answer.status == 0 and len(answer.json) == 1 + CASES
              and all(r["clock"] == "metal" for r in answer.json),
              "its log is read: every case, clock metal", answer.err)
    header, *records = answer.json
    checks.ok("EMULATED by QEMU" in answer.out
              and header["hypervisor"] == "TCGTCGTCGTCG"
              and header["limits"] == "not enforced",
              "... and says whose time it is, and that no limits are enforced")
    checks.ok(all(has_samples(r) for r in records),
              "every figure has its samples")
    cold = [r for r in records if "cold_median" in r]
    checks.ok(len(cold) == 2 and all(r["cold_raw"].count(",") == 4
                                     for r in cold),
              "cold runs, too, one case for each path")
    return data


def has_samples(record):
    """As many as promised; the least and the most lie where they should."""
    values = sorted(int(value) for value in record["raw"].split(","))
    one_way = [value / 16 for value in values]        # of 8 round trips
    return (len(values) == record["samples"]
            and one_way[0] >= record["min"] - 0.01
            and one_way[-1] >= record["max"] - 0.01)


def bochs(checks):
    result, data = boot(emu.run_bochs, ARGUMENTS + " mrs=3")
    checks.equal(result.status, 0, "Bochs: the ISO boots and measures")
    answer = imported(data)
    checks.ok(answer.status == 0 and len(answer.json) == 3
              and answer.json[0]["limits"] == "enforced"
              and answer.json[0]["hypervisor"] == "none",
              "its log is read; limits are enforced, and it hides itself",
              answer.err)


def refuses(checks, data, pattern, what):
    answer = imported(data)
    checks.ok(answer.status == 1 and not answer.out and not answer.json
              and answer.err.count("\n") == 1
              and re.search(pattern, answer.err),
              what, f"status {answer.status}\n{answer.out}{answer.err}")


def logs(checks, data):
    """What may happen to a log on its way."""
    plain = data.replace(b"\r\n", b"\n")
    noisy = (b"\x00\xff~ATZ\r\n" + data).replace(
        b"pingpong: cpu", b"login: \x1b[0mpingpong: cpu").replace(
        b"pingpong: path", b"\r\n# noise 17\r\npingpong: path")
    for name, text in (("line ends of Unix", plain),
                       ("noise in front and between", noisy),
                       ("two boots in one log, the first one cut short",
                        data[:9000] + b"\r\n" + data)):
        answer = imported(text)
        checks.ok(answer.status == 0 and len(answer.json) == 1 + CASES,
                  f"{name}: read all the same", answer.err)
    half = plain.index(b"path=small-small")
    refuses(checks, plain[:half + 2000],
            rf"ends too early: \d+ of {CASES} cases and 1 of 2 cold .*; the "
            "last is small-small",
            "cut off: says how much is there, and what came last")
    refuses(checks, plain[:plain.index(b"pingpong: end")],
            rf"ends too early: {CASES} of {CASES}",
            "... even if just the end is missing")
    at = plain.index(b"median=") + 7
    changed = bytes([plain[at] ^ 1])
    refuses(checks, plain[:at] + changed + plain[at + 1:],
            r"line \d+ is damaged \(wrong checksum\)",
            "one bit of one figure changed: refused, with the line")
    lines = plain.split(b"\n")
    gone = next(i for i, line in enumerate(lines) if b"mrs=9" in line)
    refuses(checks, b"\n".join(lines[:gone] + lines[gone + 1:]),
            "1 lines are missing: 139 of 140", "a line lost: refused, counted")
    refuses(checks, b"hello\n", "not a log", "another file is refused")
    refuses(checks, b"pingpong: error: x: y\n\n", "benchmark failed",
            "a benchmark that failed is told as such")


def screen(checks):
    """VGA text memory after the end, by QEMU's monitor."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        boot_options = emu.qemu_boot(folder, paths.kernel(), "",
                                     modules(ARGUMENTS), via="iso")
        process = subprocess.Popen(
            ["qemu-system-i386", "-cpu", "pentium", "-m", "64", "-display",
             "none", "-monitor", "stdio", "-serial", "file:com1",
             *boot_options], cwd=folder, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, text=True)
        try:
            finished = wait_for(folder / "com1", b"pinenut: exit 0")
            process.stdin.write(
                f"pmemsave {VGA} {2 * COLUMNS * ROWS} vga\nquit\n")
            process.stdin.flush()
            process.wait(30)
        finally:
            process.kill()
            process.wait()
        image = folder / "vga"
        text = image.read_bytes()[::2].decode("cp437") if image.exists() else ""
    rows = [text[at:at + COLUMNS].rstrip() for at in
            range(0, len(text), COLUMNS)]
    table = [row.split() for row in rows]
    checks.ok(finished and any(len(row) == 9 and row[0] == "small-small"
                               and float(row[1]) > 0 for row in table),
              "on the screen stay the medians, cold and by pages",
              "\n".join(rows))
    checks.ok(any("--import" in row for row in rows),
              "... and what to do with the log")


def wait_for(file, wanted):
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if file.exists() and wanted in file.read_bytes():
            return True
        time.sleep(0.5)
    return False


def asks(checks):
    answer = front_door.bench("--clock", "metal")
    checks.ok(answer.status == 4 and answer.err.count("\n") == 1
              and "--import" in answer.err and not answer.out,
              "--clock metal: says in one line what to do, status 4")
    answer = front_door.bench("--import", "/no/such/log")
    checks.ok(answer.status == 1 and answer.err.count("\n") == 1,
              "no such log: one line, status 1", answer.err)
    answer = front_door.bench("--import", "x", "--clock", "p5")
    checks.equal(answer.status, 2, "--import with another clock: status 2")


def main():
    checks = tap.Checks()
    asks(checks)
    data = qemu(checks)
    try:
        read(data)
    except LogError as problem:
        checks.ok(False, "the log is whole", problem)
        checks.done()
    logs(checks, data)
    screen(checks)
    bochs(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
