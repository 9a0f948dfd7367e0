/*
 * summary.c - the last screen (summary.h).
 */
#include "summary.h"
#include "options.h"
#include "processor.h"
#include "report.h"
#include "say.h"

#include <pn/libc.h>

static L4_Word_t hot[PATHS][PAGE_COUNTS], cold[PATHS];

void
summary_note(unsigned path, unsigned mrs, unsigned pages_index,
             L4_Word_t median)
{
    if (mrs == STANDARD_MRS)
        hot[path][pages_index] = median;
}

void
summary_note_cold(unsigned path, L4_Word_t median)
{
    cold[path] = median;
}

static void
print_cell(L4_Word_t median)
{
    printf(" %7s", median ? report_hundredths(median).text : "-");
}

void
summary_print(void)
{
    printf("\nPinenut: cycles of one IPC, %u words, median, by RDTSC of %s\n"
           "cold: one call, caches and TLBs displaced; else hot, by pages "
           "touched again\n\n%-11s%8s",
           STANDARD_MRS, processor_name(), "", "cold");
    for (unsigned p = 0; p < PAGE_COUNTS; p++)
        printf("%8u", page_counts[p]);
    printf("\n");
    for (unsigned path = 0; path < PATHS; path++) {
        printf("%-11s", path_names[path]);
        print_cell(cold[path]);
        for (unsigned p = 0; p < PAGE_COUNTS; p++)
            print_cell(hot[path][p]);
        printf("\n");
    }
    printf("\nAll %u lines went to COM1 (115200 8N1): scripts/bench --import "
           "LOG\n",
           say_lines());
}
