; text.asm - what the spaces of moves_bench run: one page, mapped at 0 in each.
; It is never run where it is linked, so all its addresses are relative.
;
; Threads find what they need at ESP, in their data page (main.c, struct data):
; the address of Ipc, and whom to call. X.2 IA-32, Ipc: in eax to, edx from
; specifier, ecx timeouts, esi MR0, edi UTCB; out ebx MR1; edi is the UTCB again.

bits 32

global text_page, idle, echo, caller, hostile

ANYTHREAD     equ -1
REPLY_TIMEOUT equ 0x0400 << 16  ; send zero, receive never
BEYOND        equ 0x700000      ; no small space here reaches it

%define ENTRY esp
%define ROOT  esp + 4
%define ECHO  esp + 8
%define LEFT  esp + 12
%define START esp + 16

section .text align=4096
text_page:

idle:   jmp     idle

; Answers every call.
        align   32
echo:   mov     edi, [gs:0]
        xor     eax, eax
.turn:  mov     edx, ANYTHREAD
        mov     ecx, REPLY_TIMEOUT
        mov     esi, 3
        call    [ENTRY]
        jmp     .turn

; Calls `echo` as often as the root server says, and tells it the cycles.
        align   32
caller: mov     edi, [gs:0]
.job:   mov     eax, [ROOT]
        mov     edx, eax
        xor     ecx, ecx
        mov     esi, 1
        call    [ENTRY]
        mov     [LEFT], ebx
        rdtsc
        mov     [START], eax
        align   16
.call:  mov     eax, [ECHO]
        xor     ecx, ecx
        mov     edx, eax
        mov     esi, 3
        call    [ENTRY]
        dec     dword [LEFT]
        jnz     .call
        rdtsc
        sub     eax, [START]
        mov     [edi + 4], eax
        jmp     .job

; Steps over its limit again and again; its pager lets it go on behind it.
        align   32
hostile:
        mov     eax, [BEYOND]           ; HOSTILE_BYTES long
        jmp     hostile

        times 4096 - ($ - text_page) db 0
