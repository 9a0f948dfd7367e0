; syscalls.asm - X.2's system calls as C functions (IA-32 binding).
;
; Each call exists twice. l4_NAME takes the entry address from l4_entries (see
; entries.c); l4_NAME_fresh asks `lock; nop` where the kernel interface page of
; the running space is and adds the entry's offset word, at every call.
;
; Both variants arrive at the common body with the four callee-saved registers
; pushed, the entry address at [esp] and the C arguments from [esp + ARGS] on.
; The body may use all registers; the kernel's results may sit in any of them.

bits 32
section .text

extern l4_entries

ARGS equ 24                     ; entry, 4 registers, return address
UTCB equ 0                      ; %gs:0 = address of the caller's MR0
FIRST_OFFSET equ 0xd0           ; offset word of entry 0 in the interface page

; ENTER name, entry: the two openings. `entry` counts as enum l4_entry does.
%macro ENTER 2
global l4_%1, l4_%1_fresh
        align 16
l4_%1_fresh:
        push    ebx
        push    ebp
        push    esi
        push    edi
        db      0xf0, 0x90      ; eax = interface page; ecx, edx, esi change
        add     eax, [eax + FIRST_OFFSET + 4 * (%2)]
        push    eax
        jmp     short %%body
        align 16
l4_%1:
        push    ebx
        push    ebp
        push    esi
        push    edi
        push    dword [l4_entries + 4 * (%2)]
%%body:
%endmacro

; LEAVE: the end of every body; the result is in eax (and edx).
%macro LEAVE 0
        add     esp, 4
        pop     edi
        pop     esi
        pop     ebp
        pop     ebx
        ret
%endmacro

; IPC: in eax to, edx from specifier, ecx timeouts, esi MR0, edi UTCB; out eax
; from, esi MR0, ebx MR1, ebp MR2. MR1 and MR2 are the caller's to store if
; there was a receive phase, also after an error.
; l4_ipc(to, from_specifier, timeouts, *from) -> tag
%macro IPC 2
        ENTER   %1, %2
        mov     eax, [esp + ARGS]
        mov     edx, [esp + ARGS + 4]
        mov     ecx, [esp + ARGS + 8]
        mov     edi, [gs:UTCB]
        mov     esi, [edi]
        call    [esp]
        cmp     dword [esp + ARGS + 4], 0
        je      %%sent
        mov     [edi + 4], ebx
        mov     [edi + 8], ebp
%%sent:
        mov     ecx, [esp + ARGS + 12]
        test    ecx, ecx
        jz      %%tag
        mov     [ecx], eax
%%tag:
        mov     eax, esi
        LEAVE
%endmacro

        IPC     ipc, 4
        IPC     lipc, 5

; l4_exchange_registers(struct l4_exregs *): seven words in and out, in eax,
; ecx, edx, esi, edi, ebx, ebp.
        ENTER   exchange_registers, 7
        mov     ebp, [esp + ARGS]
        mov     eax, [ebp]
        mov     ecx, [ebp + 4]
        mov     edx, [ebp + 8]
        mov     esi, [ebp + 12]
        mov     edi, [ebp + 16]
        mov     ebx, [ebp + 20]
        mov     ebp, [ebp + 24]
        call    [esp]
        push    ebp
        mov     ebp, [esp + 4 + ARGS]
        mov     [ebp], eax
        mov     [ebp + 4], ecx
        mov     [ebp + 8], edx
        mov     [ebp + 12], esi
        mov     [ebp + 16], edi
        mov     [ebp + 20], ebx
        pop     dword [ebp + 24]
        LEAVE

; l4_thread_control(dest, space, scheduler, pager, utcb) -> result
        ENTER   thread_control, 1
        mov     eax, [esp + ARGS]
        mov     esi, [esp + ARGS + 4]
        mov     edx, [esp + ARGS + 8]
        mov     ecx, [esp + ARGS + 12]
        mov     edi, [esp + ARGS + 16]
        call    [esp]
        LEAVE

; l4_space_control(space, control, kip, utcb, redirector, *old) -> result
        ENTER   space_control, 0
        mov     eax, [esp + ARGS]
        mov     ecx, [esp + ARGS + 4]
        mov     edx, [esp + ARGS + 8]
        mov     esi, [esp + ARGS + 12]
        mov     edi, [esp + ARGS + 16]
        call    [esp]
        mov     edx, [esp + ARGS + 20]
        test    edx, edx
        jz      .done
        mov     [edx], ecx
.done:
        LEAVE

; l4_place(space, control, base, *old, place[2]) -> result; Pinenut's own way to
; call SpaceControl (pn/small.h)
        ENTER   place, 0
        mov     eax, [esp + ARGS]
        mov     ecx, [esp + ARGS + 4]
        mov     edx, [esp + ARGS + 8]
        xor     esi, esi
        xor     edi, edi
        call    [esp]
        mov     edi, [esp + ARGS + 12]
        mov     [edi], ecx
        mov     edi, [esp + ARGS + 16]
        mov     [edi], edx
        mov     [edi + 4], esi
        LEAVE

; l4_schedule(dest, time, processor, prio, preemption, *old_time) -> state
        ENTER   schedule, 10
        mov     eax, [esp + ARGS]
        mov     edx, [esp + ARGS + 4]
        mov     esi, [esp + ARGS + 8]
        mov     ecx, [esp + ARGS + 12]
        mov     edi, [esp + ARGS + 16]
        call    [esp]
        mov     ecx, [esp + ARGS + 20]
        test    ecx, ecx
        jz      .done
        mov     [ecx], edx
.done:
        LEAVE

; l4_ticks(dest) -> state, and ECX in the upper half: Pinenut's own (pn/ticks.h)
        ENTER   ticks, 10
        mov     eax, [esp + ARGS]
        or      edx, -1
        mov     esi, edx
        mov     ecx, edx
        mov     edi, edx
        call    [esp]
        mov     edx, ecx
        LEAVE

; l4_thread_switch(dest)
        ENTER   thread_switch, 9
        mov     eax, [esp + ARGS]
        call    [esp]
        LEAVE

; l4_notify(dest, bits) -> result: Pinenut's own (pn/notify.h)
        ENTER   notify, 16
        mov     eax, [esp + ARGS]
        mov     ecx, [esp + ARGS + 4]
        call    [esp]
        LEAVE

; l4_system_clock() -> edx:eax, microseconds
        ENTER   system_clock, 8
        call    [esp]
        LEAVE

; l4_unmap(control): fpages in MR0.., status back in the same; edi may change
        ENTER   unmap, 6
        mov     eax, [esp + ARGS]
        mov     edi, [gs:UTCB]
        mov     esi, [edi]
        call    [esp]
        mov     edi, [gs:UTCB]
        mov     [edi], esi
        LEAVE

; l4_processor_control(processor, internal, external, voltage) -> result
        ENTER   processor_control, 2
        mov     eax, [esp + ARGS]
        mov     ecx, [esp + ARGS + 4]
        mov     edx, [esp + ARGS + 8]
        mov     esi, [esp + ARGS + 12]
        call    [esp]
        LEAVE

; l4_memory_control(control, attributes[4]) -> result
        ENTER   memory_control, 3
        mov     eax, [esp + ARGS]
        mov     ebp, [esp + ARGS + 4]
        mov     ecx, [ebp]
        mov     edx, [ebp + 4]
        mov     ebx, [ebp + 8]
        mov     ebp, [ebp + 12]
        mov     edi, [gs:UTCB]
        mov     esi, [edi]
        call    [esp]
        LEAVE
