; ipc/fast.asm - the common IPC: call, or reply and wait.
;
; Layer 5.  ipc/ipc.c is the specification; this is the case in which
;
;   the message has untyped words only, and no flags,
;   the partner exists and waits for us or for anyone (TCB_WAIT, KERN-1),
;   we then receive from that partner, or from anyone with nobody queued,
;   the receive timeout is "never" (any send timeout will do: we never wait),
;   the partner may run next: nobody ready is of higher priority.
;
; Anything else leaves for ipc_slow with the user's registers as they were.
; The tests are merged to be straight-line when hot: "x is a or x is b" costs
; two SBB tricks instead of a branch that alternates between call and reply
; and is mispredicted half the time.
;
; Addressing: DS is the user's.  EBP = 0 as the base makes every operand
; SS-relative, and SS is flat from the TSS; an override prefix would cost a
; cycle and the pairing.  ESP points at the frame in our control block.

bits 32
%include "offsets.inc"
%include "seg/switch.inc"

global ipc_entry_fast, ipc_fast_mask, ipc_fast_irets, ipc_fast_irets_end
extern ipc_slow, top_ready
extern gdt, directory_owner, gs_word, tss_esp0

; Fields of the control block whose frame ESP points at.
%define OWN(field)      esp + field - TCB_FRAME
; Fields of the partner's, EBX = its address | 0x1ff.
%define PARTNER(field)  ebp + ebx + field - 0x1ff

; Hand the message over.
; in    ecx = sender's UTCB, esi = tag, eax = sender's id, esp = receiver's
;       frame, ebp = 0; %1 = where other counts than three words go
; out   edi = receiver's local id, ebx = MR1, ebp = MR2
; note  exactly the words the tag names are copied: whatever else stands in
;       the sender's message registers is a third party's business
%macro DELIVER 1
        mov     edi, [OWN(TCB_LOCAL_ID)]
        mov     ebx, esi
        mov     edx, [OWN(TCB_UTCB)]
        and     ebx, X2_TAG_U
        mov     [OWN(TCB_WAIT)], ebp
        mov     [ebp + gs_word], edi
        mov     [ebp + edx], esi
        cmp     ebx, 3
        jne     %1
        mov     ebx, [ebp + ecx + 12]
        mov     [ebp + edx + 12], ebx
        mov     ebx, [ebp + ecx + 4]
        mov     ecx, [ebp + ecx + 8]
        mov     [ebp + edx + 4], ebx
        mov     [ebp + edx + 8], ecx
        mov     ebp, ecx
%endmacro

; Its other part: EBX words, any number but three.
%macro DELIVER_COUNTED 1                ; %1 = where to go on
        shr     ebx, 1                  ; carry: an odd one
        jnc     %%pairs
        mov     edi, [ebp + ecx + 4]
        add     ecx, 4
        mov     [ebp + edx + 4], edi
        add     edx, 4
        test    ebx, ebx
%%pairs:
        jz      %%done
%%next: mov     edi, [ebp + ecx + 4]
        mov     esi, [ebp + ecx + 8]
        mov     [ebp + edx + 4], edi
        mov     [ebp + edx + 8], esi
        add     ecx, 8
        add     edx, 8
        dec     ebx
        jnz     %%next
%%done: mov     edx, [OWN(TCB_UTCB)]
        mov     edi, [OWN(TCB_LOCAL_ID)]
        mov     esi, [ebp + edx]
        mov     ebx, [ebp + edx + 4]
        mov     ebp, [ebp + edx + 8]
        jmp     %1
%endmacro

section .fast progbits alloc exec nowrite align=32

; in    eax = to, edx = from, ecx = timeouts, esi = MR0; esp at our frame
ipc_entry_fast:
        mov     ebx, eax                ; the partner: shift and mask
        mov     edi, esi
        shr     ebx, 5
        and     edi, X2_TAG_TYPED_OR_FLAGS
.mask:                                  ; immediate set at boot: ThreadInfo.t
        or      ebx, 0xffe001ff
        or      edi, ecx                ; receive timeout: never?
        mov     [OWN(TCB_FAST_TIMEOUTS)], ecx
        shl     edi, 16
        mov     ebp, 0                  ; keeps the flags
        jnz     .slow_timeouts_kept

        mov     edi, [PARTNER(TCB_ID)]
        mov     ecx, [OWN(TCB_NO_SENDERS)]
        cmp     edi, eax                ; alive, and of this version?
        jne     .slow
        add     ecx, edx                ; carry: open receive, nobody queued
        mov     edi, [PARTNER(TCB_WAIT)]
        sbb     ecx, ecx
        xor     eax, edx                ; zero: closed receive, from partner
        cmp     ecx, eax
        jb      .slow_undo_xor
        cmp     edi, -1                 ; carry: it does not wait for anyone
        mov     eax, [OWN(TCB_ID)]
        sbb     ecx, ecx
        xor     edi, eax                ; zero: it waits for us
        and     edi, ecx
        mov     ecx, [PARTNER(TCB_PRIORITY)]
        jnz     .slow_reload_to
        mov     edi, [ebp + top_ready]
        cmp     ecx, edi
        jb      .slow_reload_to

        ; --- nothing fails from here -----------------------------------
        mov     [OWN(TCB_WAIT)], edx
        mov     ecx, [OWN(TCB_UTCB)]
        mov     edx, [OWN(TCB_SPACE)]
        lea     esp, [ebx + TCB_FRAME - 0x1ff]
        mov     edi, [PARTNER(TCB_SPACE)]
        lea     ebx, [ebx + TCB_FRAME_END - 0x1ff]
        cmp     edx, edi
        mov     [ebp + tss_esp0], ebx
        je      .same

        mov     edx, [ebp + edi + SPACE_CR3_DUE]
        test    edx, edx
        jnz     .directory
.descriptors:
        SPACE_DESCRIPTORS edi, edx, ebx
        DELIVER .count_switched
.segments:
        mov     ecx, gs                 ; FS null and GS the %gs word are
        mov     edx, fs                 ; constant: only then may they stay
        sub     cl, dl                  ; (no other loadable pair differs so)
        mov     edx, SEL_USER_DATA
        cmp     cl, SEL_USER_GS
        jne     .reload_fs_gs
.reload_ds_es:
        mov     ds, edx
        mov     es, edx
        xor     ecx, ecx
        xor     edx, edx
.iret_switched:
        iret

.same:  mov     eax, [ebp + gs_word]    ; the sender's local id
        DELIVER .count_same
.leave: xor     ecx, ecx
        xor     edx, edx
.iret_same:
        iret

.directory:
        SPACE_DIRECTORY edi, edx, ebx
        jmp     .descriptors

.reload_fs_gs:
        xor     ecx, ecx
        mov     fs, ecx
        mov     ecx, SEL_USER_GS
        mov     gs, ecx
        jmp     .reload_ds_es

.count_switched:
        DELIVER_COUNTED .segments
.count_same:
        DELIVER_COUNTED .leave

.slow_reload_to:
        mov     eax, [PARTNER(TCB_ID)]
        jmp     .slow
.slow_undo_xor:
        xor     eax, edx
.slow:  mov     ecx, [OWN(TCB_FAST_TIMEOUTS)]
.slow_timeouts_kept:
        jmp     ipc_slow

ipc_fast_mask equ ipc_entry_fast.mask

section .rodata
align 4
; An IRET that faults here faulted on the user's EIP (kern/trap.c).
ipc_fast_irets:
        dd      ipc_entry_fast.iret_switched, ipc_entry_fast.iret_same
ipc_fast_irets_end:
