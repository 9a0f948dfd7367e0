; kern/boot.asm - from the boot loader to C.
;
; Layer 6.  Multiboot 1 leaves us at the physical address of _start in flat
; protected mode, paging off, EAX = magic, EBX = the boot information.  The
; kernel is linked at HOT_BASE + 1 MB and loaded at 1 MB, so physical 0-4 MB
; is mapped twice: where we stand, for three instructions, and at HOT_BASE.
; Everything is 4 MB pages ([P5-v3] 11.3); a processor without them is told to
; go away in words (boot.c), after which nothing of this file is needed again.

bits 32
%include "offsets.inc"

%define MULTIBOOT_MAGIC  0x1badb002
; Page-aligned modules, memory sizes, and load addresses in the header: loaders
; differ in what they make of an ELF file whose entry is a physical address.
%define MULTIBOOT_FLAGS  (1 << 0 | 1 << 1 | 1 << 16)
%define PDE_4MB_KERNEL   0xe3           ; P, W, A, D, PS

global _start, boot_directory
extern boot_main, kernel_stack_top, image_start, image_end, kernel_end

section .multiboot progbits alloc noexec nowrite align=4
multiboot_header:
        dd MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
        dd multiboot_header - HOT_BASE, image_start - HOT_BASE
        dd image_end - HOT_BASE, kernel_end - HOT_BASE, _start - HOT_BASE

section .text
_start:
        cli
        cld
        mov     esp, kernel_stack_top - HOT_BASE
        mov     esi, eax
        pushfd                          ; can EFLAGS.ID be changed?
        pop     eax
        mov     ecx, eax
        xor     eax, 1 << 21
        push    eax
        popfd
        pushfd
        pop     eax
        cmp     eax, ecx
        je      .too_old
        mov     edi, ebx
        xor     eax, eax
        inc     eax
        cpuid
        mov     ebx, edi
        not     edx
        test    edx, 1 << 0 | 1 << 3 | 1 << 4 ; FPU, PSE, TSC
        jz      .page
.too_old:
        mov     esi, too_old - HOT_BASE ; COM1 and 0xe9, by hand, then status 2
.byte:  lodsb
        test    al, al
        jz      .stop
        out     0xe9, al
        mov     dx, 0x3f8
        out     dx, al
        mov     ecx, 20000
.wait:  loop    .wait
        jmp     .byte
.stop:  mov     al, 2
        out     0xf4, al
.halt:  hlt
        jmp     .halt

.page:  mov     edi, boot_directory - HOT_BASE
        mov     dword [edi], PDE_4MB_KERNEL
        mov     dword [edi + HOT_PDE], PDE_4MB_KERNEL
        mov     eax, PDE_4MB_KERNEL
        lea     edx, [edi + WINDOW_PDE]
        mov     ecx, WINDOW_MAX >> 22
.window:
        mov     [edx], eax
        add     eax, 1 << 22
        add     edx, 4
        loop    .window
        mov     cr3, edi
        mov     eax, CR4_PSE            ; and nothing else: VME, PVI, TSD off
        mov     cr4, eax
        xor     eax, eax
        mov     dr7, eax                ; no breakpoint of the loader's
        mov     eax, CR0_BITS
        mov     cr0, eax
        mov     eax, .high
        jmp     eax
.high:  mov     esp, kernel_stack_top
        xor     ebp, ebp
        mov     [boot_directory], ebp   ; no identity mapping any more
        mov     ecx, cr3
        mov     cr3, ecx
        mov     eax, esi                ; boot_main(magic, info), regparm
        mov     edx, ebx
        call    boot_main               ; does not return
        ud2

section .rodata
too_old:
        db "pinenut: this processor lacks CPUID with FPU, 4 MB pages and "
        db "RDTSC: use a Pentium or later", 10, 0

section .bss nobits alloc noexec write align=4096
boot_directory:
        resb 4096
