/*
 * tenant.h - the protocol of a tenant, one of the many servers of the park.
 *
 *   label   request                         answer
 *   ADD     MR1, MR2                        MR1 = their sum, MR2 = the number
 *                                           in the tenant's name
 *   DIE     MR1, an enum tenant_death       none: it is no more
 */
#pragma once

enum tenant_label { TENANT_ADD = 0x0d11, TENANT_DIE };

enum tenant_death {
    TENANT_CRASH, /* an undefined instruction */
    TENANT_FAULT, /* memory that is not its own */
    TENANT_FAIL,  /* it ends, with status 3 */
    TENANT_DEATHS
};
