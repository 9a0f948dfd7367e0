; kern/entry.asm - into the kernel and out of it.
;
; Layer 6.  A trap from ring 3 finds TSS.esp0 behind the thread's frame, so the
; processor itself saves eip, cs, eflags, esp and ss into the thread control
; block; we add the general registers below and leave for the kernel stack.
; Interrupts are off from here to the IRET.  Exit is by IRET, always.
;
; A trap inside the kernel finds a kernel CS in its frame: it came from idle,
; from a user copy, or from an IRET to a bad EIP; kern/trap.c decides.

bits 32
%include "offsets.inc"
%include "seg/switch.inc"

global trap_table, syscall_entry, ipc_entry_slow, ipc_slow, kernel_exit, kernel_abandon
global user_iret, user_copy_word, user_copy_fixup
global double_fault_entry, nmi_entry, machine_check_entry
extern trap_user, trap_kernel, syscall_dispatch, ipc_syscall
extern sched_choose, kernel_leave, current
extern gdt, directory_owner, gs_word, tss_esp0
extern panic_double_fault, panic_nmi, panic_machine_check

%define STANDARD_DS_ES  (SEL_USER_DATA | SEL_USER_DATA << 16)
%define STANDARD_FS_GS  (SEL_USER_GS << 16)

; From the control block, whose registers are saved, to C on the kernel stack.
; in    esp at TCB_REGS
; out   eax = thread; ds, es the kernel's (R3), DF clear
; uses  ebx
%macro ENTER_KERNEL 0
        mov     ebx, SEL_KERNEL_DATA
        mov     ds, ebx
        mov     es, ebx
        cld
        lea     eax, [esp - TCB_REGS]
        mov     [current], eax          ; the fast path does not keep it
        mov     esp, KERNEL_STACK_TOP
%endmacro

section .text

; --- vectors: one short stub each, made by the assembler ------------------

; The processor pushes an error code for 8, 10-14 and 17 ([P5-v3] 14.7).
%macro VECTOR_STUB 1
vector_%1:
  %if %1 == 8 || (%1 >= 10 && %1 <= 14) || %1 == 17
        xchg    eax, [esp]              ; eax = error code, its slot = EAX
        push    ecx
        mov     ecx, eax
        mov     al, %1
        jmp     trap_numbered
  %else
        push    eax
        mov     al, %1
        jmp     trap_without_code
  %endif
%endmacro

; 15 and 19-31 are Intel's, and raised by no processor of ours; they share one.
%define IS_USED(i) (i < 15 || (i > 15 && i < 19) || i >= VECTOR_IRQ)

        VECTOR_STUB 15
%assign i 0
%rep VECTOR_IPC
  %if IS_USED(i)
        VECTOR_STUB i
  %endif
  %assign i i + 1
%endrep

trap_without_code:
        push    ecx
        xor     ecx, ecx
trap_numbered:
        movzx   eax, al
; in    eax = vector, ecx = error code; on the stack: ecx, eax, eip, cs, ...
trap_common:
        test    byte [esp + 12], 3      ; where did it happen?
        jz      .kernel
        push    edx                     ; the rest of PUSHAD's picture
        push    ebx
        push    esp
        push    ebp
        push    esi
        push    edi
        xor     ebx, ebx                ; keep what the user had loaded
        mov     bx, ds
        mov     edi, es
        shl     edi, 16
        or      edi, ebx
        mov     [esp - TCB_REGS + TCB_SEG_DS_ES], edi
        mov     bx, fs
        mov     edi, gs
        shl     edi, 16
        or      edi, ebx
        mov     [esp - TCB_REGS + TCB_SEG_FS_GS], edi
        mov     edx, eax                ; trap_user(thread, vector, error)
        ENTER_KERNEL
        call    trap_user
        jmp     kernel_exit

; in    on the stack: ecx, eax, eip, cs, eflags of the interrupted kernel code
.kernel:
        push    edx
        push    ebx
        push    ebp
        push    esi
        push    edi
        push    ds
        push    es
        mov     edx, SEL_KERNEL_DATA
        mov     ds, edx
        mov     es, edx
        cld
        mov     edx, eax                ; trap_kernel(frame, vector, error)
        mov     eax, esp
        call    trap_kernel             ; 0: go on there; 1: the user's IRET
        pop     es
        pop     ds
        pop     edi
        pop     esi
        pop     ebp
        pop     ebx
        pop     edx
        test    eax, eax
        jnz     .bad_iret
        pop     ecx
        pop     eax
        iret

; The user's EIP lies beyond its segment: the IRET to it faulted.  The user's
; registers are live and its frame stands right above ours, so this becomes
; the #GP(0) that the fetch itself would have been.
.bad_iret:
        pop     ecx
        pop     eax
        add     esp, 12
        push    eax
        push    ecx
        xor     ecx, ecx
        mov     eax, 13
        jmp     trap_common

; --- system calls ----------------------------------------------------------

; int 0x31: every call but Ipc; which one, the return address tells.
syscall_entry:
        pushad
        ENTER_KERNEL
        call    syscall_dispatch
        jmp     kernel_exit

; int 0x30 without the fast path, or after it gave up.
; in    all registers as the user set them; esp at the frame
ipc_entry_slow:
ipc_slow:
        pushad
        ENTER_KERNEL
        call    ipc_syscall
        ; fall through

; --- out of the kernel -----------------------------------------------------

; An operation gives way (kern/restart.c): nothing of its stack is needed.
kernel_abandon:
        mov     esp, KERNEL_STACK_TOP
        ; fall through

; Run whom the scheduler chooses.  The whole switch is done each time: the
; space may have moved, grown or changed its kind meanwhile.
kernel_exit:
        call    sched_choose            ; eax = thread, or 0
        test    eax, eax
        mov     ebx, eax
        jz      idle
        mov     ecx, [ebx + TCB_RESTART]
        test    ecx, ecx
        jnz     restart
        call    kernel_leave
        xor     ebp, ebp
        lea     ecx, [ebx + TCB_FRAME_END]
        mov     edi, [ebx + TCB_SPACE]
        mov     edx, [ebx + TCB_LOCAL_ID]
        mov     [tss_esp0], ecx
        mov     [gs_word], edx
        SPACE_DESCRIPTORS edi, ecx, edx
        mov     ecx, [edi + SPACE_CR3_DUE]
        test    ecx, ecx
        jz      .loaded
        SPACE_DIRECTORY edi, ecx, edx
.loaded:
        lea     esp, [ebx + TCB_REGS]
        mov     ecx, [ebx + TCB_SEG_FS_GS]
        mov     eax, [ebx + TCB_SEG_DS_ES]
        mov     dword [ebx + TCB_SEG_FS_GS], STANDARD_FS_GS
        mov     dword [ebx + TCB_SEG_DS_ES], STANDARD_DS_ES
        mov     fs, ecx                 ; SEG-6: all of them, always
        shr     ecx, 16
        mov     gs, ecx
        mov     ds, eax
        shr     eax, 16
        mov     es, eax
        popad
user_iret:
        iret

; It has something to do in the kernel first (KERN-6): a part of that, and then
; whatever has come meanwhile.
restart:
        call    ecx
        sti
        nop
        cli
        jmp     kernel_exit

; Nobody is runnable.  A kernel CS in the interrupt's frame brings it back.
idle:   mov     esp, KERNEL_STACK_TOP
        sti
        hlt
        cli
        jmp     kernel_exit

; --- reading user memory ---------------------------------------------------

; uint32_t user_copy_word(const void *linear, uint32_t *out)     regparm
; One aligned-or-not word; 0 = done, 1 = there is no page.  kern/trap.c turns
; a page fault at the first instruction into a jump to user_copy_fixup.
user_copy_word:
        mov     ecx, [eax]
        mov     [edx], ecx
        xor     eax, eax
        ret
user_copy_fixup:
        mov     eax, 1
        ret

; --- task gates: a fresh stack and CR3 whatever the state was --------------

double_fault_entry:
        call    panic_double_fault
nmi_entry:
        call    panic_nmi
machine_check_entry:
        call    panic_machine_check

section .rodata
align 4
trap_table:
%assign i 0
%rep VECTORS
  %if IS_USED(i) && i < VECTOR_IPC      ; int 0x30 and 0x31 have their own
        dd      vector_ %+ i
  %else
        dd      vector_15
  %endif
  %assign i i + 1
%endrep
