; A bare guest that runs short sequences under the P5 model, each a region.
;
; Every sequence runs PASSES times; run.sh looks at the last time, when caches,
; TLBs and branch history are warm. What it should cost is counted by hand in
; the table of check.py, by region number.
;
; Paging is on, linear = physical, in 4 KB pages all open to ring 3. IOPL is 3,
; so that ring 3 can print and mask interrupts.

bits 32

KERNEL_CODE equ 0x08
KERNEL_DATA equ 0x10
USER_CODE   equ 0x1b
USER_DATA   equ 0x23
TASK        equ 0x28
PASSES      equ 4
PAGE_OPEN   equ 0x07            ; present, writable, user
IOPL3       equ 0x3002

%macro mark 2                   ; operation, region
    db 0xa9
    dd 0x50430000 | %1 << 8 | %2
%endmacro

; region ID ... endregion: what stands between runs PASSES times.
%macro region 1
%push region
%assign %$id %1
    mov dword [pass], PASSES
    align 32, db 0x90
%$again:
    mark 1, %$id
%endmacro

%macro endregion 0
    mark 2, %$id
    dec dword [pass]
    jnz near %$again
%pop
%endmacro

section .text
    align 4
    dd 0x1badb002, 0, -0x1badb002

global start
start:
    cli
    cld
    mov esp, kernel_stack
    call map_pages
    call set_tables
    mark 3, 0

; ---- ring 0 ----
    mov edx, 0
    mov edi, data
    mov ebp, esp

    region 1                    ; nothing
    endregion

    region 2                    ; 32 moves, all in pairs
%rep 16
    mov eax, edx
    mov ebx, edx
%endrep
    endregion

    region 3                    ; address written the cycle before, U
    mov eax, edi
    mov ebx, [eax]
    endregion

    region 4                    ; ... for the V instruction
    mov eax, edi
    mov ebx, edx
    mov ecx, edx
    mov ebx, [eax]
    endregion

    mov eax, [ebp - 4]          ; stores bring no line in
    region 5                    ; implied ESP
    mov esp, ebp
    push eax
    endregion

    mov esp, ebp
    region 6                    ; two read-modify-writes paired
    add [edi], edx
    add [edi + 4], ebx
    endregion

    region 7                    ; one bank
    mov eax, [edi]
    mov ebx, [edi + 32]
    endregion

    region 8                    ; a prefix in the middle
    mov ecx, edx
    mov ebx, [ss:edi]
    mov ecx, edx
    mov ebx, edx
    endregion

    region 9                    ; a loop that is left once
    mov ecx, 10
.loop:
    dec ecx
    jnz .loop
    endregion

    mov eax, [data + 64]
    region 10                   ; copying 8 dwords
    mov esi, data
    mov edi, data + 64
    mov ecx, 8
    rep movsd
    endregion
    mov edi, data

    region 11                   ; interrupt and return within ring 0
    int 0x30
    endregion

    region 12                   ; far jump, far call and return
    jmp KERNEL_CODE:.far
.far:
    call KERNEL_CODE:far_return
    endregion

    mov eax, cr3
    region 13                   ; CR3, then one page of code and one of data
    mov cr3, eax
    nop
    mov ebx, [edi]
    endregion

    region 14                   ; the same page dropped alone
    invlpg [edi]
    mov ebx, [edi]
    endregion

    region 15                   ; five pages in one set of the data TLB
%assign i 0
%rep 5
    mov ebx, [pages + i * 0x10000 + i * 64]
%assign i i + 1
%endrep
    endregion

    region 16                   ; three lines in one set of the data cache
    mov ebx, [data]
    mov ebx, [data + 0x1000]
    mov ebx, [data + 0x2000]
    endregion

    region 17                   ; dword across two lines
    mov ebx, [data + 30]
    endregion

    region 18                   ; the gate of vector 31h changed and used
    mov dword [idt + 0x31 * 8], KERNEL_CODE << 16 | 0
    mov eax, other_handler
    mov [idt + 0x31 * 8], ax
    int 0x31
    mov eax, handler
    mov [idt + 0x31 * 8], ax
    int 0x31
    endregion

    ; modelled cycles by RDTSC: 16 pairs and the reading itself
    mov ecx, 2
.tsc:
    rdtsc
    mov esi, eax
%rep 16
    mov eax, edx
    mov ebx, edx
%endrep
    rdtsc
    sub eax, esi
    dec ecx
    jnz near .tsc
    mov ebx, tsc_text
    call print

; ---- ring 3 ----
    push dword USER_DATA
    push dword user_stack
    push dword IOPL3
    push dword USER_CODE
    push dword user
    iret

far_return:
    retf

user:
    mov eax, USER_DATA
    mov ds, ax
    mov es, ax
    mov edi, data

    region 20                   ; to ring 0 and back
    int 0x30
    endregion

    region 21                   ; segment loads
    mov ds, ax
    mov es, ax
    push ds
    pop ds
    endregion

    region 22                   ; an exception whose handler steps over it
    ud2
    endregion

    region 23                   ; a null selector and a privileged instruction
    mov fs, dx
    hlt                         ; #GP
    endregion

    call start_timer
    mov dword [ticks], 0
    mark 1, 30                  ; timer interrupts in straight code
    sti
.wait:
%rep 32
    mov eax, edx
    mov ebx, edx
%endrep
    cmp dword [ticks], 5
    jb near .wait
    cli
    mark 2, 30
    mov eax, [ticks]
    mov ebx, tick_text
    call print
    xor eax, eax
    mov dx, 0xf4
    out dx, al                  ; QEMU's status: 1
    jmp $

; ---- handlers ----
handler:
    iret

other_handler:
    nop
    iret

step_over_ud2:
    add dword [esp], 2
    iret

step_over_hlt:                  ; #GP: an error code is on the stack
    add esp, 4
    inc dword [esp]
    iret

timer:
    push eax
    inc dword [ticks]
    mov al, 0x20
    out 0x20, al
    pop eax
    iret

unexpected:
    mov al, 1
    mov dx, 0xf4
    out dx, al                  ; QEMU's status: 3
    jmp $

; ---- setting up ----
map_pages:                      ; uses EAX, ECX, EDI
    mov eax, PAGE_OPEN
    mov edi, page_table
    mov ecx, 1024
.page:
    stosd
    add eax, 4096
    loop .page
    mov dword [page_directory], page_table + PAGE_OPEN
    mov eax, page_directory
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000001
    mov cr0, eax
    ret

; EAX = vector, EBX = handler; uses ECX
set_gate:
    movzx ecx, bx
    or ecx, KERNEL_CODE << 16
    mov [idt + eax * 8], ecx
    mov ecx, ebx
    mov cx, 0xee00              ; present, DPL 3, 32-bit interrupt gate
    mov [idt + eax * 8 + 4], ecx
    ret

%macro gate 2
    mov eax, %1
    mov ebx, %2
    call set_gate
%endmacro

set_tables:
    mov eax, tss
    mov [gdt.tss + 2], ax
    shr eax, 16
    mov [gdt.tss + 4], al
    mov [gdt.tss + 7], ah
    xor eax, eax
.each:
    mov ebx, unexpected
    call set_gate
    inc eax
    cmp eax, 0x40
    jb .each
    gate 6, step_over_ud2
    gate 13, step_over_hlt
    gate 0x20, timer
    gate 0x30, handler
    gate 0x31, handler
    mov dword [tss + 4], kernel_stack
    mov dword [tss + 8], KERNEL_DATA
    lgdt [gdtr]
    lidt [idtr]
    mov eax, KERNEL_DATA
    mov ds, ax
    mov es, ax
    mov ss, ax
    jmp KERNEL_CODE:.code
.code:
    mov eax, TASK
    ltr ax
    ret

; 10 kHz on IRQ 0, vector 20h; all other lines masked. Uses EAX.
%macro port 2
    mov al, %2
    out %1, al
%endmacro

start_timer:
    port 0x20, 0x11
    port 0x21, 0x20
    port 0x21, 0x04
    port 0x21, 0x01
    port 0x21, 0xfe
    port 0xa1, 0xff
    port 0x43, 0x34
    port 0x40, 119
    port 0x40, 0
    ret

; Print the text at EBX, then EAX in decimal, on port E9. Uses all.
print:
    push eax
.char:
    mov al, [ebx]
    inc ebx
    test al, al
    jz .number
    out 0xe9, al
    jmp .char
.number:
    pop eax
    mov ebx, 10
    xor ecx, ecx
.digit:
    xor edx, edx
    div ebx
    push edx
    inc ecx
    test eax, eax
    jnz .digit
.out:
    pop eax
    add al, '0'
    out 0xe9, al
    loop .out
    mov al, 10
    out 0xe9, al
    ret

section .data
    align 4096
; Tables that one sequence touches together lie in different sets of the cache.
gdtr:
    dw gdt_end - gdt - 1
    dd gdt
idtr:
    dw 0x40 * 8 - 1
    dd idt
tsc_text:
    db "tsc ", 0
tick_text:
    db "ticks ", 0
    align 256
gdt:
    dq 0
    dq 0x00cf9b000000ffff
    dq 0x00cf93000000ffff
    dq 0x00cffb000000ffff
    dq 0x00cff3000000ffff
.tss:
    dw 103, 0, 0x8900, 0
gdt_end:
    align 512
tss:
    times 25 dd 0
    dd 104 << 16                ; no I/O map
pass:
    dd 0
ticks:
    dd 0
    times 0xfd0 - ($ - gdtr) db 0
idt:                            ; gates 0 to 5 end one page, 6 starts the next
    times 0x40 dq 0

section .bss
    alignb 4096
page_directory:
    resb 4096
page_table:
    resb 4096
    resb 0x400                  ; off the sets of the tables above
data:
    resb 0x4000
    resb 0x300
kernel_stack:
    resb 0x400
user_stack:
    alignb 4096
    resb 0x100
pages:
    resb 0x50000
