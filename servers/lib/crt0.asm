; crt0.asm - the first instructions of every program.
;
; in    esp = what the starter chose: 0 for the servers that start at boot;
;       an odd value is the address of an argument line plus 1 (pn/program.h);
;       anything else means nothing. All other registers are undefined.
; note  nothing is read through the old stack pointer: it need not be a stack.

bits 32
section .text.start

extern __stack_top
extern pn_main
global _start

_start:
        mov     eax, esp
        mov     esp, __stack_top
        xor     ebp, ebp        ; the end of the chain of frames
        cld
        push    eax
        call    pn_main         ; start.c; does not return
