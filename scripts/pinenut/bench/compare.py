"""scripts/bench --compare OLD.json: what changed, by how much.

    read(path)                      -> Old; raises Unlike
    Old.check(header)               raises Unlike: another clock or machine
    compare(old, header, records)   -> Comparison: text(), changed

Figures of different clocks, processors or placements of small spaces are not
compared at all. A case counts as changed if it is more than a percent off, in
either direction; smaller differences are shown, too.
"""

import json
from typing import NamedTuple

from pinenut.bench.files import ALLOWANCE
from pinenut.bench.run import INT
from pinenut.bench.table import NAMES, UNITS, grid, number, paragraph

MUST_AGREE = ("clock", "cpu_model", "entry", "slots")
MAY_DIFFER = ("rounds", "compiler", "emulator")


class Unlike(ValueError):
    """These two are not to be compared; the text says why."""


def case_of(record):
    return record["path"], record["mrs"], record["pages"]


class Old(NamedTuple):
    """What --json or the build folder has of an earlier run."""

    name: str
    header: dict
    cases: dict                    # {(path, mrs, pages): median}

    def check(self, header):
        """Refuse what must agree and does not; `header` may be a part."""
        for key in MUST_AGREE:
            if key in header and self.header[key] != header[key]:
                raise Unlike(f"{self.name} has {key} \"{self.header[key]}\", "
                             f"not \"{header[key]}\": not comparable")


def read(path):
    """The file as an Old."""
    try:
        header, *records = json.loads(path.read_text())
        header = {"entry": INT, **header}      # older files do not say
        cases = {case_of(r): float(r["median"]) for r in records}
        missing = {*MUST_AGREE, *MAY_DIFFER, "commit"} - set(header)
    except (OSError, UnicodeDecodeError) as problem:
        raise Unlike(f"{path}: {getattr(problem, 'strerror', problem)}")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unlike(f"{path}: no results of the table in pinenut's shape")
    if missing or not cases:
        raise Unlike(f"{path}: no results of the table in pinenut's shape")
    return Old(str(path), header, cases)


class Change(NamedTuple):
    case: tuple
    old: float
    new: float

    @property
    def by(self):
        return round(self.new - self.old, 2)

    @property
    def beyond(self):
        """More than a percent, up or down."""
        low, high = sorted((self.old, self.new))
        return high > low * ALLOWANCE


def _neighbours(one, other):
    """Message lengths in a row that changed by the same."""
    (path, mrs, pages), (path2, mrs2, pages2) = one.case, other.case
    return (path == path2 and pages == pages2 and mrs2 == mrs + 1
            and abs(one.by - other.by) < 0.015)


def _runs(changes):
    """Changes in runs of neighbours."""
    runs = []
    for change in changes:
        if runs and _neighbours(runs[-1][-1], change):
            runs[-1].append(change)
        else:
            runs.append([change])
    return runs


def _span(values, text=number):
    first, last = text(values[0]), text(values[-1])
    return first if first == last else f"{first}..{last}"


def _percent(change):
    return f"{100 * change.by / change.old:+.1f}" if change.old else "-"


def _row(run):
    path, _, pages = run[0].case
    return [NAMES[path], _span([c.case[1] for c in run], str), str(pages),
            _span([c.old for c in run]), _span([c.new for c in run]),
            f"{run[0].by:+.2f}", _span(run, _percent)]


class Comparison:
    """Two runs of the table."""

    def __init__(self, old, header, records):
        self._old, self._header = old, header
        new = {case_of(r): r["median"] for r in records}
        shared = [Change(case, old.cases[case], new[case]) for case in new
                  if case in old.cases]
        self._of, self._changes = len(shared), [c for c in shared if c.by]
        self.added = [case for case in new if case not in old.cases]
        self.removed = [case for case in old.cases if case not in new]

    @property
    def changed(self):
        return bool(self.added or self.removed
                    or any(c.beyond for c in self._changes))

    def _summary(self):
        less = sum(c.by < 0 for c in self._changes)
        more = len(self._changes) - less
        beyond = sum(c.beyond for c in self._changes)
        yield (f"{self._of - less - more} of {self._of} cases are equal, "
               f"{less} cost less, {more} cost more; {beyond} by more than 1 %")

    def _table(self):
        if self._changes:
            rows = [["path", "registers", "pages", "old", "new", "difference",
                     "%"]]
            yield from grid(rows + [_row(r) for r in _runs(self._changes)])

    def _others(self):
        for what, cases in (("only new", self.added),
                            ("only old", self.removed)):
            if cases:
                names = (f"{p} {m} registers {s} pages" for p, m, s in cases)
                yield paragraph(f"{what:10}", "; ".join(names))
        for key in MAY_DIFFER:
            if self._old.header[key] != self._header[key]:
                yield paragraph("note      ", f"{key} was "
                                f"{self._old.header[key]}, is "
                                f"{self._header[key]}")

    def text(self):
        head = (f"COMPARED with {self._old.name}: commit "
                f"{self._old.header['commit']}, now "
                f"{self._header['commit']}; {UNITS[self._header['clock']]}")
        return "\n".join([head, *self._table(), *self._summary(),
                          *self._others()]) + "\n"


def compare(old, header, records):
    old.check(header)
    return Comparison(old, header, records)
