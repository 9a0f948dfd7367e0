; loops.asm - what is measured: calls through the kernel interface page in a
; tight loop, as the published figures were (loop.h).
;
; An IPC leaves nothing but ESP to its caller, so what a loop needs is found
; through ESP, in one cache line. Each side loads all parameters of every call:
; nothing is kept because this kernel happens to leave it in a register.
;
; X.2 IA-32, Ipc: in eax to, edx from specifier, ecx timeouts, esi MR0, edi
; UTCB; out eax from, esi MR0, ebx MR1, ebp MR2; edi is the UTCB again.

bits 32
%include "offsets.inc"

global call_empty, call_0, call_4, call_8, call_16, call_32, call_48
global call_64, call_cold, call_cold_empty
global serve
extern touch_area

NEVER         equ 0             ; both timeouts
REPLY_TIMEOUT equ 0x0400 << 16  ; send zero, receive never: L4_ReplyWait
ANYTHREAD     equ -1

%define AT(field) esp + LOOP_ %+ field - LOOP_ENTRY

; One instruction without effect (but on flags) that the P5 model knows.
%macro MARK 1
        db      0xa9            ; test eax, imm32
        dd      %1
%endmacro

; One load from each of %1 pages, by turns into eax and ebx so that they pair.
%macro TOUCH 1
%assign %%page 0
%rep (%1) / 2
        mov     eax, [touch_area + WORD_OF(%%page)]
        mov     ebx, [touch_area + WORD_OF(%%page + 1) + 4]
%assign %%page %%page + 2
%endrep
%endmacro
%define WORD_OF(page) \
    (page) * PAGE_BYTES + ((page) + TOUCH_FIRST_LINE) * LINE_BYTES % PAGE_BYTES

; A client's call; 4 cycles of a Pentium until the entry.
%macro CALL_SERVER 0
        mov     edx, [AT(PARTNER)]
        mov     esi, [AT(TAG)]
        mov     eax, edx
        xor     ecx, ecx        ; NEVER
        call    [AT(ENTRY)]
%endmacro

%macro PROLOGUE 0
        push    ebx
        push    ebp
        push    esi
        push    edi
        mov     eax, [esp + 20]
        mov     [eax + LOOP_SAVED_ESP], esp
        lea     esp, [eax + LOOP_ENTRY]
        mov     edi, [gs:0]
%endmacro

; RDTSC in eax; returns what has passed since START
%macro EPILOGUE 0
        sub     eax, [AT(START)]
        lea     ecx, [esp - LOOP_ENTRY]
        mov     esp, [ecx + LOOP_SAVED_ESP]
        mov     [ecx + LOOP_LAST_TAG], esi
        pop     edi
        pop     esi
        pop     ebp
        pop     ebx
        ret
%endmacro

; MEASURED name, region, calls?, pages:  L4_Word_t name(struct loop *)
; note  the pass to warm up is the measured one's code, caches and all; its
;       region is forgotten when the second pass begins it again
%macro MEASURED 4
        align   32
%1:     PROLOGUE
        mov     dword [AT(PASSES)], 2
%%pass: mov     ecx, [AT(TURNS)]
        mov     [AT(COUNT)], ecx
        MARK    MARK_BEGIN_%2
        rdtsc
        mov     [AT(START)], eax
        align   16
%%turn:
%if %3
%rep UNROLLED
        CALL_SERVER
        TOUCH   %4
%endrep
%endif
        dec     dword [AT(COUNT)]
        jnz     near %%turn
        rdtsc
        dec     dword [AT(PASSES)]
        jnz     near %%pass
        MARK    MARK_END_%2
        EPILOGUE
%endmacro

; COLD name, call?:  L4_Word_t name(struct loop *)
%macro COLD 2
        align   32
%1:     PROLOGUE
        mov     eax, touch_area
%%line: mov     ebx, [eax]
        add     eax, LINE_BYTES
        cmp     eax, touch_area + TOUCH_PAGES_MAX * PAGE_BYTES
        jb      %%line
        mov     eax, touch_area
        call    eax
        rdtsc
        mov     [AT(START)], eax
%if %2
        CALL_SERVER
%endif
        rdtsc
        EPILOGUE
%endmacro

; On pages of their own: the addresses, and with them the sets of the caches,
; do not depend on what else is in the program. And eight pages into the image:
; after a CR3 write the processor reads page tables through the data cache, and
; the entries of eight pages share a line. Those of the first pages of 4 MB are
; in the set of the directory's own first line, once for each of two spaces.
section .text align=32768

; void serve(struct loop *, L4_Word_t to)
; note  eax, whom to answer, is where the last call left who sent
        align   32
serve:  mov     eax, [esp + 8]
        mov     ecx, [esp + 4]
        mov     edi, [gs:0]
        lea     esp, [ecx + LOOP_ENTRY]
        align   32
.turn:
%rep UNROLLED
        mov     edx, ANYTHREAD
        mov     ecx, REPLY_TIMEOUT
        mov     esi, [AT(TAG)]
        call    [AT(ENTRY)]
%endrep
        jmp     .turn

        MEASURED call_empty, EMPTY, 0, 0
        MEASURED call_0, IPC, 1, 0
        MEASURED call_4, IPC, 1, 4
        MEASURED call_8, IPC, 1, 8
        MEASURED call_16, IPC, 1, 16
        MEASURED call_32, IPC, 1, 32

; The largest loops keep off the cache sets of `serve`, for a set has two ways
; and the kernel needs some, too.
        align   4096
        times 256 nop
        MEASURED call_48, IPC, 1, 48
        align   4096
        times 256 nop
        MEASURED call_64, IPC, 1, 64

        COLD    call_cold, 1
        COLD    call_cold_empty, 0
