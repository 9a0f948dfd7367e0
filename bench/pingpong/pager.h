/*
 * pager.h - the root server's side of its talk with client and server.
 */
#pragma once

#include <l4/types.h>
#include "worker.h"

/*
 * Answer `to` (nilthread: nobody) with an empty message; then the workers' page
 * faults, until one of them sends `wanted`. 0 after an error message, which
 * begins with path_names[path].
 */
int pager_until(unsigned path, L4_ThreadId_t to, enum label wanted);
