/*
 * The U/V trace of one region. Columns: cycle of the region in which the
 * instruction is issued (U only; a V partner shares the line above), pipe,
 * cycles it adds, linear address, instruction, and what happened. Below it, if
 * asked for, a line for each reference to memory: what, cycles of its own,
 * linear and physical address.
 */
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>

static struct {
    const struct insn *insn; /* not written yet, or NULL */
    uint64_t start;          /* cycle count at the region's begin */
    struct counters before;  /* ... and before the instruction */
    struct touch *touch;     /* its references so far */
    size_t touches, room;
} line;

static void
note(FILE *out, const char *what, uint64_t times)
{
    if (times == 1)
        fprintf(out, " %s", what);
    else if (times)
        fprintf(out, " %s*%" PRIu64, what, times);
}

static void
write_events(FILE *out, const struct counters *now)
{
    const struct counters *was = &line.before;
#define EVENT(name, text) note(out, text, now->name - was->name)
    EVENT(agi, "agi");
    EVENT(bank_conflicts, "bank");
    EVENT(l1i_misses, "l1i");
    EVENT(l1d_misses, "l1d");
    EVENT(l1d_write_misses, "l1d-write");
    EVENT(itlb_misses, "itlb");
    EVENT(dtlb_misses, "dtlb");
    EVENT(mispredicts, "mispredict");
    EVENT(ints, "int");
    EVENT(exceptions, "exception");
    EVENT(irets, "iret");
#undef EVENT
}

static void
write_code(FILE *out, const struct insn *insn)
{
    if (insn->text && *insn->text) {
        fprintf(out, "%-32s", insn->text);
        return;
    }
    for (unsigned i = 0; i < 11; i++)
        if (i < insn->length)
            fprintf(out, "%02x ", insn->bytes[i]);
        else
            fputs("   ", out);
}

static void
write_touches(FILE *out)
{
    static const char *const name[] = {"fetch", "load",        "store",
                                       "table", "refill-code", "refill-data"};
    for (size_t i = 0; i < line.touches; i++) {
        const struct touch *t = &line.touch[i];
        fprintf(
            out, "           +%-3" PRIu64 " %08" PRIx32 " %08" PRIx32 " %s%s\n",
            t->cycles, t->va, t->pa, name[t->kind], t->large ? " large" : "");
    }
    line.touches = 0;
}

static void
flush_line(FILE *out, const struct model *model)
{
    const struct counters *now = &model->count, *was = &line.before;
    if (!line.insn)
        return;
    if (now->paired != was->paired)
        fputs("         V", out);
    else
        fprintf(out, "%8" PRIu64 " U", was->cycles - line.start);
    fprintf(out, " +%-3" PRIu64 " %08" PRIx32 "  ", now->cycles - was->cycles,
            line.insn->va);
    write_code(out, line.insn);
    write_events(out, now);
    fputc('\n', out);
    write_touches(out);
    line.insn = NULL;
}

void
trace_begin(FILE *out, const struct model *model)
{
    fprintf(out, "# region %d, seq %" PRIu32 "\n", model->sink.trace_id,
            model->region[model->sink.trace_id].sequence);
    line.insn = NULL;
    line.touches = 0;
    line.start = model->count.cycles;
}

void
trace_step(FILE *out, const struct model *model, const struct insn *insn)
{
    flush_line(out, model);
    line.insn = insn;
    line.before = model->count;
}

void
trace_touch(const struct touch *touch)
{
    if (!line.insn)
        return;
    if (line.touches == line.room) {
        size_t room = line.room ? 2 * line.room : 64;
        struct touch *more = realloc(line.touch, room * sizeof *more);
        if (!more) {
            fputs("p5model: out of memory\n", stderr);
            exit(EXIT_FAILURE);
        }
        line.touch = more;
        line.room = room;
    }
    line.touch[line.touches++] = *touch;
}

void
trace_end(FILE *out, const struct model *model)
{
    flush_line(out, model);
    fprintf(out, "%8" PRIu64 " # end\n", model->count.cycles - line.start);
    fflush(out);
}
