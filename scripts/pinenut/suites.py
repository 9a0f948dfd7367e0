"""The table of test suites, and how one is run.

Suites come from two places: the host tests of the build, and every
tests/*/suites.json (its format is in tests/README.md). A suite that runs on
several machines stands in the table once for each, as name@machine.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field

from . import emu, paths
from .tap import Report

HOST, COMMAND, GUEST = "host", "command", "guest"
KEYS = {"name", "command", "guest", "on", "args", "cmdline", "modules",
        "kernel", "mem", "timeout", "exit", "expect", "must_fail", "full",
        "only_full"}
EMULATORS = {"qemu", "bochs"}


class SuiteError(ValueError):
    """A suites.json says what cannot be."""


@dataclass
class Suite:
    """One row: what to run, and with what."""

    name: str
    kind: str
    run: list                      # the command, or [guest program]
    machine: str = ""              # guest: "qemu", "bochs:p3_katmai", ...
    args: str = ""
    cmdline: str = ""
    modules: list = field(default_factory=list)
    kernel: str = "kernel.elf"
    mem: int = 64
    timeout: int = 120
    exit: int = 0
    expect: list = field(default_factory=list)  # patterns; no TAP is read then
    must_fail: str = ""            # a pattern that a failing check has to match


def _host_suites():
    folder = paths.build_dir() / "tests/host"
    for name in (folder / "list.txt").read_text().split():
        yield Suite(f"host/{name}", HOST, [str(folder / name)])


def _rows(entry, full):
    """The suites that one object of a suites.json stands for."""
    unknown = set(entry) - KEYS
    if unknown or "name" not in entry:
        raise SuiteError(f"no name, or unknown: {', '.join(unknown)}")
    if ("command" in entry) == ("guest" in entry):
        raise SuiteError(f"{entry['name']}: wants either command or guest")
    if entry.get("only_full") and not full:
        return
    row = {k: v for k, v in entry.items() if k not in ("full", "only_full")}
    if full:
        row.update(entry.get("full", {}))
    name, machines = row.pop("name"), row.pop("on", ["qemu"])
    if "command" in row:
        yield Suite(name, COMMAND, row.pop("command"), **row)
        return
    run = [row.pop("guest")]
    for machine in machines:
        if machine.split(":")[0] not in EMULATORS:
            raise SuiteError(f"{name}: no machine {machine}")
        yield Suite(f"{name}@{machine}", GUEST, run, machine, **row)


def table(full=False):
    """All suites, in the order they are listed."""
    found = list(_host_suites())
    for path in sorted((paths.ROOT / "tests").glob("*/suites.json")):
        try:
            for entry in json.loads(path.read_text()):
                found += _rows(entry, full)
        except (ValueError, TypeError, KeyError) as error:
            where = path.relative_to(paths.ROOT)
            raise SuiteError(f"{where}: {error}") from error
    return found


_children = set()                  # process groups of running commands


def stop_all():
    """End the commands that still run, with all they started."""
    for group in list(_children):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _communicate(child, timeout):
    """(output, status) of a child in a process group of its own."""
    _children.add(child.pid)
    try:
        output, _ = child.communicate(timeout=timeout)
        return output, child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        return output, None
    finally:
        _children.discard(child.pid)


def _run_command(suite, full):
    """(output, status); status None after a timeout."""
    environment = dict(os.environ, PYTHONPATH=str(paths.ROOT / "scripts"),
                       PINENUT_BUILD=str(paths.build_dir()),
                       PINENUT_FULL="1" if full else "")
    command = [sys.executable if word == "python3" else word
               for word in suite.run]
    with subprocess.Popen(command, cwd=paths.ROOT, env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          start_new_session=True) as child:
        output, status = _communicate(child, suite.timeout)
    return output.decode("utf-8", "replace"), status


def _run_guest(suite):
    emulator, _, model = suite.machine.partition(":")
    modules = [(paths.program("sigma0"), ""),
               (paths.program(suite.run[0]), suite.args)]
    for line in suite.modules:
        name, _, args = line.partition(" ")
        modules.append((paths.program(name), args))
    common = dict(kernel=paths.build_dir() / suite.kernel, mem=suite.mem,
                  cmdline=suite.cmdline, modules=modules,
                  timeout=suite.timeout)
    if emulator == "qemu":
        result = emu.run_qemu(cpu=model or "pentium", **common)
    else:
        result = emu.run_bochs(model=model or "pentium", **common)
    if result.process == emu.TIMED_OUT:
        return result.console, None
    if result.status is None:
        return result.console, f"the guest did not end itself (process " \
            f"status {result.process})"
    return result.console, result.status


def _ending(suite, status):
    """What was wrong with the suite's end; None if nothing."""
    if status is None:
        return f"no end after {suite.timeout} s"
    if isinstance(status, str):
        return status
    if status != suite.exit:
        return f"status {status} where {suite.exit} is due"
    return None


def _expected(suite, output, status):
    """One check for each pattern, one for the end."""
    ending = _ending(suite, status)
    checks = [(re.search(pattern, output, re.MULTILINE), f"says {pattern}")
              for pattern in suite.expect]
    checks.append((not ending, ending or f"ends with status {suite.exit}"))
    return Report.of(checks, output)


def _turned(suite, output, status):
    """One check: the suite ended, and a check that matches failed."""
    failed = [line for line in output.splitlines()
              if line.startswith("not ok") and re.search(suite.must_fail, line)]
    return Report.of([(failed and isinstance(status, int),
                       f"fails where it has to: {suite.must_fail}")], output)


def _plain(suite, output, status):
    """The suite's own checks; its status tells only what they do not."""
    report, ending = Report(output), _ending(suite, status)
    if report.failures and isinstance(status, int):
        ending = None
    return report.finish(ending)


def run(suite, full=False):
    """Run it; (Report, its whole output)."""
    try:
        if suite.kind == GUEST:
            output, status = _run_guest(suite)
        else:
            output, status = _run_command(suite, full)
    except (OSError, ValueError, RuntimeError) as error:
        output, status = "", f"not run: {error}"
    judge = _turned if suite.must_fail else (
        _expected if suite.expect else _plain)
    return judge(suite, output, status), output
