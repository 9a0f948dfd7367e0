/*
 * orders.c - the supervisor's side of monitor.h.
 */
#include "orders.h"
#include "memory.h"
#include "monitor.h"
#include "placement.h"
#include "program.h"
#include "run.h"
#include "supervisor.h"

#include <pn/space.h>

static L4_Word_t about_program(L4_Word_t order, struct program *p,
                               enum command_size size)
{
    switch (order) {
    case MONITOR_KILL:
        return (L4_Word_t)supervisor_kill(p);
    case MONITOR_START:
        return (L4_Word_t)supervisor_start(p);
    case MONITOR_PLACE:
        return program_lives(p) && placement_set(p, size);
    case MONITOR_MOVE:
        return program_lives(p) && pn_space_move(p->thread);
    default:
        return 0;
    }
}

static L4_Word_t obey(L4_Word_t order, L4_Word_t subject, L4_Word_t size)
{
    switch (order) {
    case MONITOR_COMPACT:
        return placement_compact();
    case MONITOR_MEMORY:
        return memory_get(subject);
    case MONITOR_MEMORY_BACK:
        run_forget((struct run *)subject);
        return 1;
    case MONITOR_RUN:
        return (L4_Word_t)run_start((struct run *)subject);
    default:
        return subject < program_count
                   ? about_program(order, &programs[subject],
                                   (enum command_size)size)
                   : 0;
    }
}

int orders_take(L4_MsgTag_t tag)
{
    L4_Word_t mr[4], done;

    if (tag.raw != 3)
        return 0;
    L4_StoreMRs(0, 4, mr);
    done = obey(mr[1], mr[2], mr[3]);
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, done);
    return 1;
}
