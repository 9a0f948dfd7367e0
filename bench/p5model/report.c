/* The JSON object of a region. */
#include "report.h"

#include <inttypes.h>

void report_region(FILE *out, int id, uint32_t sequence,
                   const struct counters *delta)
{
    if (id < 0)
        fputs("{\"region\":\"total\"", out);
    else
        fprintf(out, "{\"region\":%d", id);
    fprintf(out, ",\"seq\":%" PRIu32, sequence);
#define COUNTER(name) fprintf(out, ",\"" #name "\":%" PRIu64, delta->name);
#include "counters.def"
#undef COUNTER
    fputs("}\n", out);
    fflush(out);
}
