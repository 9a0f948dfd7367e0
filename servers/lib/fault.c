/*
 * fault.c - the message of a limit fault (pn/operand.h).
 */
#include <pn/operand.h>
#include <l4/message.h>
#include <l4/protocol.h>

void pn_fault_load(struct pn_fault *f)
{
    L4_Word_t mr[L4_ExceptionWords + 1];

    L4_StoreMRs(0, (int)L4_ExceptionWords + 1, mr);
    f->limit = mr[L4_ExcErrorCode];
    f->eip = mr[L4_ExcEip];
    f->eflags = mr[L4_ExcEflags];
    for (unsigned n = 0; n < 8; n++) /* there they are in falling order */
        f->reg[n] = mr[L4_ExcEax - n];
}
