/*
 * devices.c - ports, interrupts and device memory (devices.h).
 *
 * What is ordinary memory only the kernel's descriptors tell; all that they
 * call shared can be a device's.
 */
#include "devices.h"
#include "memory.h"
#include "program.h"

#include <stddef.h>
#include <l4/arch.h>
#include <l4/kip.h>
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

static int device_used(const struct pn_device_range *wanted)
{
    for (unsigned i = 0; i < program_count; i++)
        for (unsigned n = 0; n < programs[i].devices; n++) {
            const struct pn_device_range *d = &programs[i].device[n];

            if (program_lives(&programs[i]) &&
                d->first < wanted->first + wanted->bytes &&
                wanted->first < d->first + d->bytes)
                return 1;
        }
    return 0;
}

/* Later descriptors override earlier ones. One that covers a part of the page
 * counts for all of it. */
static int is_device(L4_Word_t page)
{
    L4_Word_t last = page + PAGE_SIZE - 1, type = L4_UndefinedMemoryType;
    const L4_MemoryDesc_t *m;

    for (L4_Word_t n = 0; (m = L4_MemoryDesc(NULL, n)) != NULL; n++)
        if (!L4_IsMemoryDescVirtual(m) && L4_MemoryDescLow(m) <= last &&
            L4_MemoryDescHigh(m) >= page)
            type = L4_MemoryDescType(m);
    return type == L4_SharedMemoryType;
}

static const char *claim_memory(struct program *p, const struct command *c)
{
    for (unsigned i = 0; i < c->devices; i++) {
        const struct pn_device_range *d = &c->device[i];

        for (L4_Word_t at = 0; at < d->bytes; at += PAGE_SIZE)
            if (!is_device(d->first + at))
                return "its device memory is no device's, but ordinary memory";
        if (device_used(d))
            return "another program has some of its device memory";
        if (!memory_get_at(d->first, d->bytes))
            return "its device memory is not to be had from sigma0";
        p->device[i] = *d;
    }
    p->devices = c->devices;
    return NULL;
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
    return claim_memory(p, c);
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

int devices_has_ports(const struct program *p, L4_Word_t first,
                      L4_Word_t number)
{
    for (unsigned i = 0; i < p->port_ranges; i++) {
        L4_Word_t low = L4_IoFpagePort(p->ports[i]);

        if (number > 0 && first >= low && first <= last_port(p->ports[i]) &&
            number <= last_port(p->ports[i]) - first + 1)
            return 1;
    }
    return 0;
}

L4_Word_t devices_pages(const struct program *p)
{
    L4_Word_t pages = 0;

    for (unsigned i = 0; i < p->devices; i++)
        pages += p->device[i].bytes / PAGE_SIZE;
    return pages;
}

L4_Word_t devices_page(const struct program *p, L4_Word_t address)
{
    L4_Word_t low = program_devices(p);

    for (unsigned i = 0; i < p->devices && address >= low; i++) {
        if (address - low < p->device[i].bytes)
            return p->device[i].first + ((address - low) & -PAGE_SIZE);
        low += p->device[i].bytes;
    }
    return 0;
}

L4_Word_t devices_address(const struct program *p, L4_Word_t physical,
                          L4_Word_t bytes)
{
    L4_Word_t low = program_devices(p);

    for (unsigned i = 0; i < p->devices; i++) {
        const struct pn_device_range *d = &p->device[i];

        if (physical >= d->first && physical - d->first < d->bytes &&
            bytes <= d->bytes - (physical - d->first))
            return low + (physical - d->first);
        low += d->bytes;
    }
    return 0;
}
