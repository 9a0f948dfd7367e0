; kern/sysenter.asm - into the kernel by SYSENTER.
;
; Layer 6.  On processors that have it (P6 and later), SYSENTER loads CS:EIP,
; a flat SS and ESP from three registers and stores nothing.  This code stores
; what INT 0x30 would have: the thread's frame.  From there on the two are the
; same; the way back is IRET, so a return address and a stack pointer of the
; user's own choosing are all it can say.  Why not SYSEXIT: it gives the user
; flat segments (R3).
;
; What INT does and SYSENTER does not (R3):
;
;   TF  is left set, and traps in front of our first instruction.  ESP is then
;       the top of the kernel's stack, which is empty while users run; the trap
;       clears TF and goes on at sysenter_traced (kern/trap.c).
;   NT  is left set, and would make an IRET of ours a task switch.
;   AC  means nothing in ring 0; DF is cleared on the way to C; IOPL and VM are
;       0 in user mode, always.  All of them are in the frame as the user's.

bits 32
%include "offsets.inc"

global sysenter_entry, sysenter_traced
extern tss_esp0, ipc_entry

section .text

; Stack segment, stack pointer and flags.  DS is the user's, SS is flat.
%macro PUSH_USER_STACK 0
        mov     esp, [ss:tss_esp0]
        push    SEL_USER_DATA
        push    ebp
        pushfd
%endmacro

; in    edi = EIP to return to, ebp = ESP to return with; eax = to, edx = from,
;       ecx = timeouts, esi = MR0, as for int 0x30
; out   esp at the frame, the IPC's registers as they were
align 16
sysenter_entry:
        PUSH_USER_STACK
sysenter_flags:
        or      byte [esp + 1], EFLAGS_IF >> 8
        test    byte [esp + 1], EFLAGS_NT >> 8
        push    SEL_USER_CODE
        push    edi
        jnz     .nested
.ipc:   jmp     [ss:ipc_entry]

.nested:
        push    EFLAGS_ONE
        popfd
        jmp     .ipc

; The single-stepping user's TF goes into its frame, as by INT.
sysenter_traced:
        PUSH_USER_STACK
        or      byte [esp + 1], EFLAGS_TF >> 8
        jmp     sysenter_flags
