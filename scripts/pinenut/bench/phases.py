"""scripts/bench --phases: where each cycle of a hot IPC goes.

Every cycle of a traced pass is given to one phase, so the phases add up to the
total exactly. First comes what has a cost of its own: refills of the TLBs,
cache misses, mispredicted branches, interlocks, INT, IRET, the write of CR3.
What remains of an instruction, its time in the pipes (half a cycle each for
two that pair), goes by what it is for:

  user code  the interface page's stub, or the loop around it
  kernel     in the order of the fast path, told apart by what an instruction
             touches: fields of control blocks, the TSS, descriptors (symbols
             of kernel.elf, offsets.inc) or segment registers. An instruction
             that touches nothing belongs with the one before it.

The code is scheduled by hand for pairing, so an instruction may stand among
those of its neighbour: a boundary is sure to a pair, the sum to the digit.
"""

import collections
import re
import subprocess

from pinenut import paths
from pinenut.bench import costs, trace

LOOP, STUB, INT = "user loop", "interface page", "INT"
FIND, WHO, WAITS = "partner, message", "identity, receive", "partner waits"
SWITCH, DESCRIPTORS = "switch of stacks", "descriptors"
CR3, COPY, SEGMENTS = "CR3 write", "message", "segment registers"
IRET, REFILLS, MISSES = "IRET", "TLB refills", "cache misses"
MISPREDICTS, STALLS = "mispredictions", "interlocks"
OTHER = "slow path"
PHASES = {
    LOOP: "parameters, call, ret's target; the empty loop subtracted",
    STUB: "test for local ids, ret",
    INT: "the instruction",
    FIND: "control block by shift and mask; message plain, never late",
    WHO: "our wait; what we will receive; id and version",
    WAITS: "the partner waits for us or anyone; priority, if asked",
    SWITCH: "stack, esp0; same space? which directory?",
    CR3: "the instruction",
    DESCRIPTORS: "two, or the question whether they stay",
    COPY: "UTCBs, %gs word, MR0 to MR3",
    SEGMENTS: "tests of FS and GS, loads of DS and ES",
    IRET: "the instruction",
    REFILLS: "page walks",
    MISSES: "lines fetched, those of page walks too",
    MISPREDICTS: "branches predicted wrongly",
    STALLS: "address registers just written; banks",
    OTHER: "kernel code outside the fast path"}

PAGE = 0xfff
SEGMENT_REGISTER = re.compile(r"%[c-gs]s\b")
GDT_BYTES = 80


class Kernel:
    """Symbols of kernel.elf and the constants of offsets.inc."""

    def __init__(self):
        build = paths.build_dir()
        said = subprocess.run(["nm", paths.kernel()], capture_output=True,
                              text=True, check=True).stdout
        self.symbols = {name: int(value, 16) for value, _, name in
                        (line.split() for line in said.splitlines()
                         if len(line.split()) == 3)}
        text = (build / "src/offsets.inc").read_text()
        self.constants = {name: int(value) for name, value in
                          re.findall(r"%define (\w+) (-?\d+)$", text, re.M)}
        self._fields = {value: name for name, value in self.constants.items()
                        if name.startswith("TCB_") and name not in
                        ("TCB_SIZE", "TCB_REGS", "TCB_FRAME", "TCB_FRAME_END")}
        self._by_value = sorted((v, k) for k, v in self.symbols.items()
                                if "@" not in k and k != "text_start")
        self.hot = self.constants["HOT_BASE"] & 0xffffffff
        self.kip_frame = self.symbols["kip_page"] - self.hot & ~PAGE
        self.fast_begin = min(v for k, v in self.symbols.items()
                              if k.startswith("ipc_entry_")
                              and k != "ipc_entry_slow")
        self.fast_end = self.symbols["ipc_slow_no_to"]
        self.tcbs = self.symbols["tcb_array"]

    def field(self, touch):
        """The control block's field, or None if it is elsewhere."""
        if touch.va < self.tcbs:
            return None
        size = self.constants["TCB_SIZE"]
        return self._fields.get((touch.va - self.tcbs) % size, "TCB_FRAME")

    def block(self, touch):
        return (touch.va - self.tcbs) // self.constants["TCB_SIZE"]

    def is_fast(self, va):
        in_copy = (self.symbols.get("copy_words", 0) <= va
                   <= self.symbols.get("copy_words.done", 0) + 32)
        return self.fast_begin <= va < self.fast_end or in_copy

    def symbol(self, va):
        """The last symbol at or below an address, with the distance."""
        below = [(v, k) for v, k in self._by_value if v <= va]
        if not below:
            return f"{va:#x}"
        value, name = below[-1]
        return name if value == va else f"{name}+{va - value:#x}"


class Sorter:
    """Gives each instruction to a phase; keeps what it saw of this passage
    through the kernel."""

    def __init__(self, kernel):
        self._kernel = kernel
        self._phase, self._own, self._record = FIND, None, None
        self._frames = {}          # of the user's pages of code

    def phase(self, step):
        if step.user:
            return self._user(step)
        if not self._kernel.is_fast(step.va):
            return OTHER
        if step.events.get("iret"):
            return IRET
        if "%cr3" in step.text:
            return CR3
        self._phase = self._kernel_phase(step)
        return self._phase

    def _user(self, step):
        self._frames.update((t.va & ~PAGE, t.pa & ~PAGE)
                            for t in step.touches if t.kind == "fetch")
        if not step.events.get("int"):
            frame = self._frames.get(step.va & ~PAGE)
            return STUB if frame == self._kernel.kip_frame else LOOP
        pushes = [t for t in step.touches if t.kind == "store"]
        self._phase, self._record = FIND, None
        self._own = self._kernel.block(pushes[0])
        return INT

    def _kernel_phase(self, step):
        if SEGMENT_REGISTER.search(step.text):
            return SEGMENTS
        for touch in step.touches:
            if touch.kind in ("load", "store"):
                found = self._by_touch(touch)
                if found:
                    return found
        return self._phase

    def _by_touch(self, touch):
        kernel, field = self._kernel, self._kernel.field(touch)
        symbols = kernel.symbols
        if field:
            return self._by_field(touch, field)
        if symbols["gdt"] <= touch.va < symbols["gdt"] + GDT_BYTES:
            return DESCRIPTORS
        if touch.va == symbols["gs_word"] and touch.kind == "store":
            return COPY
        if touch.va == symbols["directory_owner"]:
            return SWITCH
        if touch.va == symbols["tss_esp0"]:
            return SWITCH
        if (self._phase == SWITCH and self._record is None
                and touch.va != symbols["gs_word"]):
            self._record = touch.va - kernel.constants["SPACE_CR3_DUE"]
            return SWITCH
        if self._record and touch.va - self._record in (
                kernel.constants["SPACE_DESC_LO"],
                kernel.constants["SPACE_DESC_HI"]):
            return DESCRIPTORS
        return None

    def _by_field(self, touch, field):
        ours = self._kernel.block(touch) == self._own
        if self._phase == FIND:
            ready = field == "TCB_WAIT" and touch.kind == "store" and ours
            return WHO if ready else FIND
        if self._phase == WHO:
            return WAITS if field == "TCB_ID" and ours else WHO
        if self._phase == WAITS:
            return SWITCH if field == "TCB_SPACE" else WAITS
        if field == "TCB_LOCAL_ID" and self._record is None:
            return None            # within one space: is it me?
        if not ours and field in ("TCB_UTCB", "TCB_LOCAL_ID", "TCB_WAIT"):
            return COPY
        return None


def shares(steps):
    """What an instruction has in the pipes: a pair's first cycle is shared."""
    own = [step.cycles for step in steps]
    for at, step in enumerate(steps):
        if step.paired:
            own[at - 1] -= 0.5
            own[at] += 0.5
    return own


def events_of(step, table):
    """{phase: cycles} of what has a cost of its own."""
    found = collections.Counter()
    for touch in step.touches:
        kind = REFILLS if touch.kind.startswith("refill") else MISSES
        found[kind] += touch.cycles
    found[MISPREDICTS] += step.events.get("mispredict", 0) * table["mispred"]
    found[STALLS] += (step.events.get("agi", 0) * table["agi"]
                      + step.events.get("bank", 0) * table["bank"])
    return found


def attribute(one, kernel, table):
    """{phase: cycles per IPC} of a Trace, and {phase: instructions per IPC}.
    The cycles add up to trace.each."""
    cycles, instructions = collections.Counter(), collections.Counter()
    sorter = Sorter(kernel)
    for step, own in zip(one.steps, shares(one.steps)):
        phase = sorter.phase(step)
        events = events_of(step, table)
        cycles.update(events)
        cycles[phase] += own - sum(events.values())
        instructions[phase] += 1
    missed = one.empty["mispredicts"] * table["mispred"]
    cycles[LOOP] -= one.empty["cycles"] - missed
    cycles[MISPREDICTS] -= missed
    instructions[LOOP] -= one.empty["instructions"]
    return ({phase: cycles[phase] / one.ipcs for phase in PHASES},
            {phase: instructions[phase] / one.ipcs for phase in PHASES})


def floor_of(path, phases, table):
    """{phase: cycles} that no kernel with this interface could save: DESIGN
    section 9. Four segment loads where the space changes and one is small; a
    directory write and its refills where both are large."""
    floor = {INT: table["int"], IRET: table["iret"], LOOP: FLOOR_LOOP,
             STUB: FLOOR_STUB}
    if "small" in path:
        floor[SEGMENTS] = 4 * table["sreg"]
    if path == "large-large":
        floor[CR3], floor[REFILLS] = table["cr3"], phases[REFILLS]
    return floor


FLOOR_LOOP, FLOOR_STUB = 4, 3      # four registers 2, call 2; test 1, ret 2


def measure(changes=(), path=None):
    """(traces, {path: (cycles, instructions)}, command)"""
    kernel, table = Kernel(), costs.values(changes)
    traces, command = trace.take(changes, path)
    return traces, {t.path: attribute(t, kernel, table) for t in traces}, command
