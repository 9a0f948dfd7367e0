; loops.asm - what clients and servers run: one page, mapped into each
; space (party.h). It is never run where it is linked, so all its addresses are
; relative.
;
; An IPC leaves nothing but ESP to its caller: what a loop needs is found
; through ESP, in one cache line.
;
; X.2 IA-32, Ipc: in eax to, edx from specifier, ecx timeouts, esi MR0, edi
; UTCB; out eax from, esi MR0, ebx MR1, ebp MR2; edi is the UTCB again.

bits 32
%include "offsets.inc"

global text_page, text_page_end, serve, serve_touching, client
global work_empty, work, work_touching

NILTHREAD     equ 0
ANYTHREAD     equ -1
NEVER         equ 0             ; both timeouts
REPLY_TIMEOUT equ 0x0400 << 16  ; send zero, receive never: L4_ReplyWait

%define AT(field) esp + PARTY_ %+ field - PARTY_ENTRY
%define MR(n)     edi + 4 * n

; One instruction without effect (but on flags) that the P5 model knows.
%macro MARK 1
        db      0xa9            ; test eax, imm32
        dd      %1
%endmacro

; One load from each of the party's pages, on a line of its own in each.
; uses  ebp, ecx, edx
%macro TOUCH 0
        mov     ecx, [AT(PAGES)]
        mov     edx, [AT(SET)]
        test    ecx, ecx
        jz      %%done
%%page: mov     ebp, [edx]
        add     edx, PAGE_BYTES + LINE_BYTES
        dec     ecx
        jnz     %%page
%%done:
%endmacro

section .text align=4096
text_page:

; The server: MR1 of the answer is MR1 of the call XOR its number.
; in    esp = its party's entry field
%macro SERVER 2                         ; %1 = name, %2 = does it touch pages?
        align   32
%1:     mov     edi, [gs:0]
        xor     eax, eax                ; nobody to answer yet
        align   16
%%turn: mov     edx, ANYTHREAD
        mov     ecx, REPLY_TIMEOUT
        mov     esi, WORDS
        call    [AT(ENTRY)]
        xor     ebx, [AT(KEY)]
        mov     [MR(1)], ebx
  %if %2
        TOUCH
  %endif
        jmp     %%turn
%endmacro

        SERVER  serve, 0
        SERVER  serve_touching, 1

; The client: ask the root server for a job, wait for the token if the job says
; so; a turn; hand the token on and wait for it; and so on.
; in    esp = its party's entry field
        align   32
client: mov     edi, [gs:0]
.job:   mov     eax, [AT(ROOT)]
        mov     edx, eax
        xor     ecx, ecx                ; NEVER
        xor     esi, esi
        call    [AT(ENTRY)]
        mov     edx, [AT(WAITS_FOR)]
        xor     eax, eax                ; NILTHREAD
        cmp     edx, eax
        je      .turn
.token: xor     ecx, ecx
        xor     esi, esi
        call    [AT(ENTRY)]
        or      [AT(WRONG)], esi        ; a token has no words, no error
.turn:  jmp     [AT(WORK)]

; A turn is over: eax = its cycles.
turn_done:
        mov     ecx, [AT(SAMPLE_AT)]
        mov     [ecx], eax
        add     ecx, 4
        mov     [AT(SAMPLE_AT)], ecx
        dec     dword [AT(TURNS)]
        jz      .last
        mov     eax, [AT(NEXT)]
        mov     edx, [AT(PREVIOUS)]
        test    eax, eax
        jnz     client.token
        jmp     client.turn
.last:  mov     eax, [AT(LAST)]
        xor     edx, edx                ; NILTHREAD: send only
        test    eax, eax
        jz      client.job
        xor     ecx, ecx
        xor     esi, esi
        call    [AT(ENTRY)]
        jmp     client.job

; One turn: all servers, `passes` times over. An answer that is not the salt
; XOR the number of the server that was called leaves a mark.
%macro WORK 4           ; %1 = name, %2 = region, %3 = calls?, %4 = touch?
        align   32
%1:     MARK    MARK_BEGIN_%2
        rdtsc
        mov     ecx, [AT(PASSES)]
        mov     [AT(START)], eax
        mov     [AT(PASSES_LEFT)], ecx
%%pass: mov     eax, [AT(FIRST)]
        mov     ecx, [AT(COUNT)]
        mov     [AT(SERVER)], eax
        mov     [AT(LEFT)], ecx
        align   16
%%next: mov     eax, [AT(SERVER)]
        mov     ebx, [AT(KEY)]
        lea     ecx, [eax + NEXT_THREAD]
        mov     [MR(1)], ebx
        mov     [AT(SERVER)], ecx
        mov     edx, eax
        mov     esi, WORDS
        xor     ecx, ecx                ; NEVER
%if %3
        call    [AT(ENTRY)]
%endif
        xor     ebx, [AT(KEY)]
        sub     esi, WORDS
        xor     ebx, eax
        or      [AT(WRONG)], esi
        or      [AT(WRONG)], ebx
%if %4
        TOUCH
%endif
        dec     dword [AT(LEFT)]
        jnz     %%next
        dec     dword [AT(PASSES_LEFT)]
        jnz     near %%pass
        rdtsc
        MARK    MARK_END_%2
        sub     eax, [AT(START)]
        jmp     turn_done
%endmacro

        WORK    work_empty, EMPTY, 0, 0
        WORK    work, IPC, 1, 0
        WORK    work_touching, IPC, 1, 1

        align   4096
text_page_end:
