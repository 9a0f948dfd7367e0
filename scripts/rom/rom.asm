; A 64 KB ROM that boots a Multiboot kernel in Bochs without BIOS and GRUB.
;
; Bochs itself puts kernel and modules into memory (optramimage1); the
; ROM has only to enter protected mode and to say what is there. It holds a
; whole Multiboot 1 information structure, ready made by scripts/pinenut/rom.py,
; which generates tables.inc:
;
;   IMAGE_START      where Bochs put kernel and modules, one image,
;   IMAGE_END        and where that ends
;   KERNEL_ENTRY     physical address to jump to
;   MEMORY_KB        memory above 1 MB
;   COMMAND_LINE     the kernel's, a NUL ended string
;   MODULE_COUNT     and MODULES, the module list; both use ROM_BASE
;
; Without a BIOS there is no VGA text, no ACPI and no PCI set-up. Memory is
; zero at power-on, so the kernel's .bss needs no clearing.

%define ROM_BASE 0xF0000            ; linear address of this image
%define LINEAR(label) (ROM_BASE + (label) - $$)

; Multiboot 1, section 3.3 of its specification: which fields are valid.
MBI_MEMORY      equ 1 << 0
MBI_CMDLINE     equ 1 << 2
MBI_MODULES     equ 1 << 3
MBI_MAP         equ 1 << 6
MBI_LOADER      equ 1 << 9
MBI_MAGIC       equ 0x2BADB002      ; in EAX at the kernel's entry

CODE_SELECTOR   equ 0x08
DATA_SELECTOR   equ 0x10
FAST_A20_PORT   equ 0x92
PAGE            equ 4096
DEBUG_PORT      equ 0xE9
START_OF_TEXT   equ 2               ; emu.py: the console's text begins here

%include "tables.inc"

        bits 16
        org 0
start:
        cli
        mov     al, 2               ; address line 20 on
        out     FAST_A20_PORT, al
        o32 lgdt [cs:gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     dword CODE_SELECTOR:LINEAR(protected)

        bits 32
protected:
        mov     ax, DATA_SELECTOR
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     fs, ax
        mov     gs, ax

; Bochs reads the image into one stretch of the host's memory, but gives guest
; memory out in blocks, in the order of their first use. Used in ascending order
; before any other, the blocks of the image are where its bytes are.
        mov     esi, IMAGE_START
.touch: mov     eax, [esi]
        add     esi, PAGE
        cmp     esi, IMAGE_END
        jb      .touch

        mov     al, START_OF_TEXT
        out     DEBUG_PORT, al
        mov     eax, MBI_MAGIC
        mov     ebx, LINEAR(information)
        mov     ecx, KERNEL_ENTRY
        jmp     ecx

        align 8
gdt:    dq      0
        dq      0x00CF9B000000FFFF  ; flat code, 4 GB
        dq      0x00CF93000000FFFF  ; flat data, 4 GB
gdt_pointer:
        dw      $ - gdt - 1
        dd      LINEAR(gdt)

        align 4
information:
        dd      MBI_MEMORY | MBI_CMDLINE | MBI_MODULES | MBI_MAP | MBI_LOADER
        dd      640, MEMORY_KB
        dd      0                   ; boot device
        dd      LINEAR(command_line)
        dd      MODULE_COUNT, LINEAR(modules)
        times 4 dd 0                ; symbols
        dd      map_end - map, LINEAR(map)
        times 3 dd 0                ; drives, configuration table
        dd      LINEAR(loader_name)
        times 6 dd 0                ; APM, VBE

map:    dd      20                  ; size of the rest of this entry
        dq      0, 640 * 1024
        dd      1                   ; available
        dd      20
        dq      0x100000, MEMORY_KB * 1024
        dd      1
map_end:

modules:
        MODULES
command_line:
        COMMAND_LINE
loader_name:
        db      "Pinenut ROM", 0

        times 0xFFF0 - ($ - $$) db 0xFF
        bits 16
        jmp     0xF000:start        ; where a Pentium starts
        times 0x10000 - ($ - $$) db 0xFF
