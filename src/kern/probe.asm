; kern/probe.asm - does this machine enforce segment limits?
;
; Layer 6.  Found out by trying, as some emulators do not (QEMU's TCG).

bits 32
global limit_probe, limit_probe_read, limit_probe_fixup

section .text

; uint32_t limit_probe(uint32_t selector, uint32_t offset)       regparm
; out   1 = the read at selector:offset raised #GP, 0 = it went through
limit_probe:
        mov     fs, eax
        xor     eax, eax
limit_probe_read:
        mov     ecx, [fs:edx]
        jmp     limit_probe_end
limit_probe_fixup:
        inc     eax
limit_probe_end:
        xor     ecx, ecx
        mov     fs, ecx
        ret
