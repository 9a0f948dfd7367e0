"""The cache lines and TLB entries that one hot IPC touches.

One IPC here lasts from the sender's first instruction behind the stub's last
`ret` to the receiver's `ret`. Lines are 32 bytes of physical memory, so what
two addresses name is one line; TLB entries are linear pages of 4 KB or 4 MB.
Code, descriptors, control blocks, space records and page tables are the
kernel's; loop, stack and interface page are the user's, and so are the UTCBs,
though it is the kernel that touches them here.
"""

from typing import NamedTuple

from pinenut.bench.phases import COPY, GDT_BYTES, STUB, Sorter

LINE, PAGE, LARGE = 32, 12, 22
LIMITS = {("code", "kernel"): 8, ("data", "kernel"): 8,
          ("code", "all"): 11, ("data", "all"): 12}  # DESIGN section 9


class Line(NamedTuple):
    """what: code or data; side: kernel or user."""

    what: str
    side: str
    pa: int
    va: int
    name: str


class Entry(NamedTuple):
    """A TLB's entry."""

    what: str
    va: int
    large: bool


def slices(steps, kernel):
    """(step, phase) lists, one for each whole IPC."""
    sorter, current, whole = Sorter(kernel), [], None
    for step in steps:
        phase = sorter.phase(step)
        current.append((step, phase))
        if phase == STUB and step.text.startswith("ret"):
            if whole:
                yield current
            current, whole = [], True


class Footprint:
    """lines: {Line}; entries: {Entry}; of one IPC."""

    def __init__(self, steps, kernel):
        self._kernel, lines, entries = kernel, {}, set()
        for step, phase in steps:
            for touch in step.touches:
                if touch.kind.startswith("refill"):
                    continue       # its table reads follow
                line = self._line(step, phase, touch)
                lines.setdefault((line.what, line.pa), line)
                entry = self._entry(touch)
                if entry:
                    entries.add(entry)
        self.lines = sorted(lines.values())
        self.entries = sorted(entries)

    def count(self, what, side):
        return sum(line.what == what and side in (line.side, "all")
                   for line in self.lines)

    def _line(self, step, phase, touch):
        pa, va = touch.pa // LINE * LINE, touch.va // LINE * LINE
        if touch.kind == "fetch":
            name = ("interface page" if touch.pa >> PAGE << PAGE
                    == self._kernel.kip_frame else "loop"
                    ) if step.user else self._kernel.symbol(va)
            return Line("code", "user" if step.user else "kernel", pa, va, name)
        if touch.kind == "table":
            return Line("data", "kernel", pa, 0, "page table")
        side, name = self._data(step, phase, touch)
        return Line("data", side, pa, va, name)

    def _data(self, step, phase, touch):
        kernel, symbols = self._kernel, self._kernel.symbols
        if step.user and touch.va < kernel.hot:
            return "user", "loop, stack, own UTCB"
        if touch.va < kernel.hot + 0x1000:
            return "kernel", "IDT"
        if symbols["gdt"] <= touch.va < symbols["gdt"] + GDT_BYTES:
            return "kernel", "GDT"
        if kernel.field(touch):
            return "kernel", f"control block {kernel.block(touch)}"
        if touch.va < symbols["kernel_end"]:
            return "kernel", kernel.symbol(touch.va // 4 * 4)
        if phase == COPY:
            return "user", "UTCB"
        return "kernel", "space record"

    @staticmethod
    def _entry(touch):
        if touch.kind == "table":
            return None
        if touch.kind == "fetch":
            return Entry("code", touch.va >> PAGE << PAGE, False)
        shift = LARGE if touch.large else PAGE
        return Entry("data", touch.va >> shift << shift, touch.large)


def footprints(one, kernel):
    """(call, reply): the last of each kind in a Trace. Which is which: the
    client's parameters come behind, so the last whole IPC is a reply."""
    last = list(slices(one.steps, kernel))[-2:]
    return [Footprint(steps, kernel) for steps in last]
