; kern/kip.asm - the kernel interface page (X.2 "Kernel Interface Page").
;
; Layer 6.  One page, mapped read-only into every space at an address the
; space chose, so all pointers are offsets and all code is position
; independent.  kern/kip.c fills in at boot what depends on the machine.

bits 32

global kip_page, kip_memory_descriptors, kip_ipc_by_sysenter

%define SYSCALL_BASE  0x800
%define STUB_SIZE     16
%define MEMORY_BASE   0x200

section .kip progbits alloc noexec write align=4096
kip_page:
        db      'L4', 0xe6, 'K'
        dd      0x84050000              ; 0x04 API version X.2, revision 5
        dd      0                       ; 0x08 little endian, 32 bits
        dd      .kernel - kip_page      ; 0x0c KernDescPtr
        times 0x54 - ($ - kip_page) db 0
        dd      MEMORY_BASE << 16       ; 0x54 MemoryInfo, count by kip.c
        times 0xa8 - ($ - kip_page) db 0
        dd      0x000c2401              ; 0xa8 UtcbInfo: 512 bytes, area >= 4 KB
        dd      12                      ; 0xac KipAreaInfo: 4 KB
        times 0xbc - ($ - kip_page) db 0
        dd      .processors - kip_page  ; 0xbc ProcDescPtr
        dd      0                       ; 0xc0 ClockInfo
        dd      0                       ; 0xc4 ThreadInfo, by kip.c
        dd      0x00401006              ; 0xc8 PageInfo: 4 KB and 4 MB, r and w
                                        ; apart
        dd      0x40000000              ; 0xcc ProcessorInfo: one of 16 bytes
        ; System-call entries, in the order of kern/syscall.c's table; Ipc and
        ; Lipc share one, which kern/kip.c may change to SYSENTER's.
%macro ENTRY 1
        dd      SYSCALL_BASE + %1 * STUB_SIZE
%endmacro
        ENTRY   0                       ; 0xd0 SpaceControl
        ENTRY   1                       ; ThreadControl
        ENTRY   2                       ; ProcessorControl
        ENTRY   3                       ; MemoryControl
        dd      .ipc - kip_page         ; 0xe0 Ipc
        dd      .ipc - kip_page         ; Lipc
        ENTRY   4                       ; Unmap
        ENTRY   5                       ; ExchangeRegisters
        ENTRY   6                       ; 0xf0 SystemClock
        ENTRY   7                       ; ThreadSwitch
        ENTRY   8                       ; Schedule
        times 0x110 - ($ - kip_page) db 0
        ENTRY   9                       ; 0x110 Pinenut's Notify
        times 0x120 - ($ - kip_page) db 0
.processors:
        dd      0, 0, 0, 0              ; external, internal kHz: by kip.c
.kernel:
        dd      0x06010000              ; KernelId
        dd      26 << 9 | 11 << 5 | 21  ; date of this version: 2026-11-21
        dd      0x00010000              ; version 0.1.0
        db      'Pine'                  ; supplier
        db      'Pinenut - small address spaces', 0
        db      0                       ; no feature strings: libl4's
                                        ; L4_HasFeature takes any for all
        times MEMORY_BASE - ($ - kip_page) db 0
.memory:
kip_memory_descriptors equ kip_page.memory
        times SYSCALL_BASE - ($ - kip_page) db 0

; Every call but Ipc: which one, the return address tells.
.syscalls:
%rep 10
        int     0x31
        ret
        times STUB_SIZE - 3 db 0xcc
%endrep

; in    EAX to, EDX from, ECX timeouts, ESI MR0, EDI UTCB (X.2 "Ipc")
; note  A local id is translated here, at the caller's own risk: the word read
;       is MyGlobalId of the UTCB it names.  A bogus one faults in the caller
;       or names a thread the caller could have named anyway.
%macro IPC_STUB 1                       ; %1 = what enters the kernel
%%ipc:  test    al, 0x3f
        jz      %%local
%%enter:
        %1
%%local:
        cmp     edx, eax                ; a closed wait for the same thread?
        je      %%both
        test    eax, eax                ; nilthread: no send phase
        jz      %%enter
        mov     eax, [eax - 60]
        %1
%%both: test    eax, eax
        jz      %%enter
        mov     eax, [eax - 60]
        mov     edx, eax
        %1
%endmacro

%macro BY_INT 0
        int     0x30
        ret
%endmacro

; The kernel goes back to EDI with ESP = EBP: to the caller, without a RET.
; Neither register means anything on the way in; out they are UTCB and MR2.
%macro BY_SYSENTER 0
        pop     edi
        mov     ebp, esp
        sysenter
%endmacro

align 32
.ipc:   IPC_STUB BY_INT
align 32
.ipc_by_sysenter:
        IPC_STUB BY_SYSENTER
kip_ipc_by_sysenter equ kip_page.ipc_by_sysenter

        times 0x1000 - ($ - kip_page) db 0
