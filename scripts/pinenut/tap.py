"""Test results: the Test Anything Protocol, as far as it is used here. Report
reads it, Checks writes it.

    1..N                the plan, first or last
    ok 1 - text         a check that passed
    not ok 2 - text     one that failed
    ok 3 # skip why     one that could not be made, counted as neither
    # text              a remark; those around a failure are shown with it
    Bail out! why       the rest cannot be run

Any other line is the program's chatter. A guest's console may carry what the
kernel prints in front of a line's "ok"; only lines that begin so count.
"""

import re
import sys

PLAN = re.compile(r"^1\.\.(\d+)\s*$")
RESULT = re.compile(r"^(not )?ok\b\s*(\d*)\s*(?:- )?(.*?)\s*$")
SKIP = re.compile(r"#\s*skip\b", re.IGNORECASE)
CONTEXT = 8                        # lines shown ahead of a failure


class Report:
    """passed, skipped: counts; failures: (text, context lines)."""

    def __init__(self, output):
        self.passed, self.skipped, self.failures = 0, 0, []
        self._plan, self._seen, self._bailed = None, 0, None
        self._lines = output.splitlines()
        for at, line in enumerate(self._lines):
            self._read(at, line)

    def _read(self, at, line):
        plan, result = PLAN.match(line), RESULT.match(line)
        if plan:
            self._plan = int(plan.group(1))
        elif line.startswith("Bail out!"):
            self._bailed = line
        elif result:
            self._seen += 1
            self._count(at, result)

    def _count(self, at, result):
        failed, number, text = result.groups()
        if number and int(number) != self._seen:
            self.failures.append(
                (f"check {number} where {self._seen} is due", self._near(at)))
        if failed:
            self.failures.append((text, self._near(at)))
        elif SKIP.search(text):
            self.skipped += 1
        else:
            self.passed += 1

    def _near(self, at):
        """The chatter before line `at` and the remarks after it."""
        first = at
        while first > max(0, at - CONTEXT) and not RESULT.match(
                self._lines[first - 1]):
            first -= 1
        last = at + 1
        while last < len(self._lines) and self._lines[last].startswith("#"):
            last += 1
        return self._lines[first:last]

    def finish(self, problem=None):
        """Count how the suite ended as a failure if it did not end well."""
        if problem is None:
            problem = self._shortfall()
        if problem:
            self.failures.append((problem, self._lines[-CONTEXT:]))
        return self

    def _shortfall(self):
        if self._bailed:
            return self._bailed
        if self._plan is None:
            return "no plan (1..N)"
        if self._seen != self._plan:
            return f"{self._seen} of {self._plan} checks made"
        return None

    @classmethod
    def of(cls, checks, output):
        """Made of (passed?, text) pairs; `output`: every failure's context."""
        report = cls("")
        for passed, text in checks:
            if passed:
                report.passed += 1
            else:
                report.failures.append((text, output.splitlines()[-40:]))
        return report


class Checks:
    """Print results as they come; at the end, exit with done()."""

    def __init__(self):
        self._made = self._failed = 0

    def ok(self, passed, text, remarks=""):
        """One check; `remarks` are shown if it failed."""
        self._made += 1
        self._failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self._made} - {text}")
        if not passed:
            for line in str(remarks).splitlines():
                print(f"# {line}")
        sys.stdout.flush()
        return bool(passed)

    def equal(self, got, wanted, text):
        return self.ok(got == wanted, text, f"got {got!r}, wanted {wanted!r}")

    def done(self):
        print(f"1..{self._made}", flush=True)
        sys.exit(1 if self._failed or not self._made else 0)
