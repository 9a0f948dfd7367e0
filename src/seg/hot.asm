; seg/hot.asm - the few lines of data every switch touches.
;
; Layer 2.  GDT, main TSS, %gs word and the loaded directory's owner, placed so
; that the four segments of a switch share one cache line, and so do esp0, the
; %gs word and the owner.  The page is also mapped read-only for users at
; GS_PAGE, where a four-byte segment shows them %gs:0 and nothing else.
;
; [P5-v3] 10.1: a data cache line is 32 bytes, the set is address bits 5..11.
; Thread control blocks keep their hot lines at 0x1a0 and 0x1c0 modulo 0x200;
; nothing here may lie on those sets.

bits 32

global gdt, tss, tss_esp0, gs_word, directory_owner, hot_page
global kernel_stack, kernel_stack_top, panic_stack_top

section .hot progbits alloc noexec write align=4096
hot_page:
        times 0x7f8 db 0

; Entry 1 begins a line: kernel code, kernel data, user code, user data.
gdt:    times 10 * 8 db 0

; The TSS follows the last descriptor; it is outside the GDT's limit.
tss:    dd 0                    ; back link
tss_esp0:
        dd 0                    ; behind the running thread's frame
        dd 0x10                 ; ss0
directory_owner:
        dd 0                    ; esp1: rings 1 and 2 are never entered, so
gs_word:
        dd 0                    ; ss1   these words are ours
        times 104 - 20 db 0
        times 0x1000 - ($ - $$) db 0

; Boot runs on the lower stack's memory directly; afterwards it is mapped at
; KERNEL_STACK_TOP with absent pages around it: an overflow is a double fault.
section .stack nobits alloc noexec write align=4096
kernel_stack:
        resb 2 * 4096
kernel_stack_top:
panic_stack:
        resb 4096
panic_stack_top:
