; seg/switch.asm - loading a directory without running anybody.
;
; Layer 2.  See seg/switch.inc for the switch itself.

bits 32
%include "offsets.inc"
%include "seg/switch.inc"

global space_load_directory
extern gdt, directory_owner

section .text

; void space_load_directory(struct space *s)                     regparm
; in    eax = a large space
; uses  ecx, edx
space_load_directory:
        mov     ecx, [eax + SPACE_CR3_DUE]
        test    ecx, ecx
        jz      .loaded
        push    ebp
        xor     ebp, ebp
        SPACE_DIRECTORY eax, ecx, edx
        pop     ebp
.loaded:
        ret
