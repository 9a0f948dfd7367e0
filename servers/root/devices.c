/*
 * devices.c - ports and interrupts (devices.h).
 */
#include "devices.h"
#include "program.h"

#include <stddef.h>
#include <l4/arch.h>
#include <l4/sigma0.h>
#include <l4/thread.h>

static L4_ThreadId_t line_id(unsigned line)
{
    return L4_GlobalId(line, 1);
}

static L4_Word_t last_port(L4_Fpage_t f)
{
    return L4_IoFpagePort(f) + L4_IoFpageSize(f) - 1;
}

static int overlap(L4_Fpage_t a, L4_Fpage_t b)
{
    return L4_IoFpagePort(a) <= last_port(b) &&
           L4_IoFpagePort(b) <= last_port(a);
}

static int inside(L4_Fpage_t inner, L4_Fpage_t outer)
{
    return L4_IoFpagePort(inner) >= L4_IoFpagePort(outer) &&
           last_port(inner) <= last_port(outer);
}

/* Has a living program one of these? */
static int ports_used(L4_Fpage_t ports)
{
    for (unsigned i = 0; i < program_count; i++)
        for (unsigned n = 0; n < programs[i].port_ranges; n++)
            if (program_lives(&programs[i]) &&
                overlap(programs[i].ports[n], ports))
                return 1;
    return 0;
}

static int line_used(unsigned line)
{
    for (unsigned i = 0; i < program_count; i++)
        for (unsigned n = 0; n < programs[i].irqs; n++)
            if (program_lives(&programs[i]) && programs[i].irq[n] == line)
                return 1;
    return 0;
}

const char *devices_claim(struct program *p, const struct command *c)
{
    for (unsigned i = 0; i < c->port_ranges; i++) {
        L4_Fpage_t ports = L4_IoFpageLog2(c->ports[i].first, c->ports[i].log2);

        if (ports_used(ports))
            return "another program has some of its ports";
        if (L4_IsNilFpage(L4_Sigma0_GetPage(L4_nilthread, ports)))
            return "its ports are not to be had from sigma0";
        p->ports[i] = ports;
    }
    for (unsigned i = 0; i < c->irqs; i++) {
        if (line_used(c->irq[i]))
            return "another program has its interrupt";
        p->irq[i] = c->irq[i];
    }
    p->port_ranges = c->port_ranges;
    p->irqs = c->irqs;
    return NULL;
}

const char *devices_attach(const struct program *p)
{
    for (unsigned i = 0; i < p->irqs; i++)
        if (!L4_AssociateInterrupt(line_id(p->irq[i]), p->thread)) {
            devices_detach(p);
            return "there is no such interrupt to be had";
        }
    return NULL;
}

void devices_detach(const struct program *p)
{
    for (unsigned i = 0; i < p->irqs; i++)
        (void)L4_DeassociateInterrupt(line_id(p->irq[i]));
}

L4_Fpage_t devices_ports(const struct program *p, L4_Fpage_t port)
{
    for (unsigned i = 0; i < p->port_ranges; i++)
        if (inside(port, p->ports[i]))
            return p->ports[i];
    return L4_Nilpage;
}
