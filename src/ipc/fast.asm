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
; The message of exactly three words, all that registers and one pair of loads
; can carry, has a copy of the code to itself, so that nobody asks twice.  The
; last question is asked only while somebody is ready: the gate knows
; (ipc/gate.h).  All copies come from the macro IPC.
;
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

global ipc_entry_alone, ipc_entry_fast
global ipc_fast_masks, ipc_fast_irets, ipc_fast_irets_end
extern ipc_slow, top_ready, tcb_array
extern gdt, directory_owner, gs_word, tss_esp0

; Fields of the control block whose frame ESP points at.
%define OWN(field)      esp + field - TCB_FRAME
; Fields of the partner's, EBX = its distance from the first.
%define PARTNER(field)  ebp + ebx + tcb_array + field

; --- the parts, as macros: one copy of every sequence ----------------------

; May the partner take the message, and may we wait for what we want?  Then we
; do: behind the marked line nothing fails.  Our wait is written ahead of the
; answer and is what restores EDX; a message to oneself, which would find it
; there, is seen where the spaces are found to be the same.
; in    eax = to, edx = from, ebx = partner, edi = own no_senders, ebp = 0
; out   eax = own id, edx = own space, edi = partner's space;
;       else to the slow path
%macro RENDEZVOUS 1                     ; %1 = ask for the priority?
        add     edi, edx                ; carry: open receive, nobody queued
        mov     [OWN(TCB_WAIT)], edx
        sbb     edi, edi
        xor     edx, eax                ; zero: closed receive, from partner
        cmp     edi, edx
        jb      ipc_slow_kept
        mov     edi, [PARTNER(TCB_ID)]
        mov     edx, [PARTNER(TCB_WAIT)]
        cmp     edi, eax                ; alive, and of this version?
        jne     ipc_slow_kept
        cmp     edx, -1                 ; carry: it does not wait for anyone
        mov     eax, [OWN(TCB_ID)]
        sbb     edi, edi
        xor     edx, eax                ; zero: it waits for us
        and     edx, edi
  %if %1
        mov     edi, [PARTNER(TCB_PRIORITY)]
        mov     edx, [ebp + top_ready]
        jnz     ipc_slow_no_to
        cmp     edi, edx                ; is nobody ready of more importance?
        mov     edx, [OWN(TCB_SPACE)]
        mov     edi, [PARTNER(TCB_SPACE)]
        jb      ipc_slow_no_to          ; --- nothing fails from here ---
  %else
        mov     edi, [PARTNER(TCB_SPACE)]
        mov     edx, [OWN(TCB_SPACE)]
        jnz     ipc_slow_no_to          ; --- nothing fails from here ---
  %endif
%endmacro

; Three words, the message registers 1 and 2 also in EBX and EBP.
; in    ecx = sender's UTCB, edi = receiver's local id, esi = tag, ebp = 0,
;       esp = receiver's frame
; out   ebx = MR1, ecx = ebp = MR2
; uses  edx
%macro DELIVER_THREE 0
        mov     edx, [OWN(TCB_UTCB)]
        mov     [ebp + gs_word], edi
        mov     ebx, [ebp + ecx + 12]
        mov     [OWN(TCB_WAIT)], ebp
        mov     [ebp + edx], esi
        mov     [ebp + edx + 12], ebx
        mov     ebx, [ebp + ecx + 4]
        mov     ecx, [ebp + ecx + 8]
        mov     [ebp + edx + 4], ebx
        mov     [ebp + edx + 8], ecx
        mov     ebp, ecx
%endmacro

; Any number of words: exactly those the tag names, as whatever else stands in
; the sender's message registers is a third party's business.
; in, out as above
%macro DELIVER_COUNTED 0
        mov     edx, [OWN(TCB_UTCB)]
        mov     ebx, esi
        mov     [OWN(TCB_WAIT)], ebp
        and     ebx, X2_TAG_U
        mov     [ebp + gs_word], edi
        mov     [ebp + edx], esi
        call    copy_words              ; ESP goes down: the scratch is there
        mov     edi, [OWN(TCB_LOCAL_ID)]
        mov     ebp, ecx
%endmacro

; The other space's segments, then the message.
; in    edi = space, ecx = sender's UTCB, esp = receiver's frame, ebp = 0
%macro SWITCHED 2                       ; %1, %2 as of IPC
        SPACE_DESCRIPTORS edi, ebx, edx
        mov     edi, [OWN(TCB_LOCAL_ID)]
        %1
        mov     ecx, gs                 ; FS null and GS the %gs word are
        mov     edx, fs                 ; constant: only then may they stay
        sub     cl, dl                  ; (no other loadable pair differs so)
        mov     edx, SEL_USER_DATA
        cmp     cl, SEL_USER_GS
        jne     %%fs_gs
%%ds_es:
        mov     ds, edx                 ; SEG-6
        mov     es, edx
%2_switched:
        iret

%%fs_gs:
        xor     ecx, ecx
        mov     fs, ecx
        mov     ecx, SEL_USER_GS
        mov     gs, ecx
        jmp     %%ds_es
%endmacro

; From one large space to another the descriptors stay what they are.  The
; registers need no reload if each holds its constant; the sender's null DS or
; foreign GS must not reach the receiver.  (Low bytes tell: the GDT is short.)
; in    as SWITCHED; edx = the space's cr3_due, ebx = esp0
%macro DIRECTORY 3                      ; %1, %2 as of IPC, %3 = if to reload
        mov     [ebp + tss_esp0], ebx
        SPACE_DIRECTORY edi, edx, ebx
  %if PINENUT_SMALL_SPACES
        mov     edx, [ebp + gdt + SEL_USER_DATA + 1]
        mov     ebx, [ebp + edi + SPACE_DESC_HI]
        cmp     edx, ebx
        jne     %3
  %endif
        mov     edx, ds
        mov     ebx, es
        cmp     dl, SEL_USER_DATA
        jne     %3
        cmp     bl, SEL_USER_DATA
        jne     %3
        mov     edx, gs
        mov     ebx, fs
        sub     dl, bl
        mov     edi, [OWN(TCB_LOCAL_ID)]
        cmp     dl, SEL_USER_GS
        jne     %3
        %1
        xor     edx, edx
%2_large:
        iret
%endmacro

; The whole of it, once the message is known to be plain.  Each of its endings
; begins a cache line, so that none touches one more than it needs.
; in    as RENDEZVOUS; esi = tag
%macro IPC 3            ; %1 = what delivers, %2 = a label, %3 = priority?
        RENDEZVOUS %3
        cmp     edx, edi
        je      %%same
        mov     ecx, [OWN(TCB_UTCB)]
        lea     esp, [ebx + tcb_array + TCB_FRAME]
        lea     ebx, [ebx + tcb_array + TCB_FRAME_END]
        mov     edx, [ebp + edi + SPACE_CR3_DUE]
  %if PINENUT_SMALL_SPACES
        test    edx, edx
        jnz     %%directory
        mov     [ebp + tss_esp0], ebx
%%descriptors:
        SWITCHED %1, %2
  %else
        DIRECTORY %1, %2, %%reload
  %endif

align 32
%%same: mov     edi, [PARTNER(TCB_LOCAL_ID)]
        mov     eax, [ebp + gs_word]    ; the sender's local id
        cmp     edi, eax                ; a message to oneself?
        je      ipc_slow_no_to
        mov     ecx, [OWN(TCB_UTCB)]
        lea     esp, [ebx + tcb_array + TCB_FRAME]
        lea     ebx, [ebx + tcb_array + TCB_FRAME_END]
        mov     [ebp + tss_esp0], ebx
        %1
        xor     edx, edx                ; it pointed into the kernel
%2_same:
        iret

  %if PINENUT_SMALL_SPACES
align 32
%%directory:
        DIRECTORY %1, %2, %%reload
%%reload:
        mov     edi, [OWN(TCB_SPACE)]
        jmp     %%descriptors
  %else
%%reload:
        SWITCHED %1, %2
  %endif
%endmacro

section .fast progbits alloc exec nowrite align=32

; The beginning: the partner's block, and is the message of three words, without
; items and flags, the receive timeout never?
; in    eax = to, edx = from, ecx = timeouts, esi = MR0; esp at our frame
; out   ebx = partner, edi = own no_senders, Z = yes, and then ebp = 0
%macro BEGIN 1                          ; %1 = label of the instruction below
        mov     ebx, eax                ; the partner: shift and mask
        lea     ebp, [esi - 3]
        shr     ebx, 5
        or      ebp, ecx
%1:     and     ebx, 0x001ffe00         ; set at boot: ThreadInfo.t
        mov     edi, [OWN(TCB_NO_SENDERS)]
        shl     ebp, 16
%endmacro

; note  ecx and edx are undefined on return (X.2 IA-32 binding)
ipc_entry_alone:
        BEGIN   .mask
        jnz     ipc_any_count
        IPC     DELIVER_THREE, .three, 0

align 32
ipc_entry_fast:
        BEGIN   .mask
        jnz     ipc_any_count
        IPC     DELIVER_THREE, .three, 1

ipc_any_count:
        mov     ebp, esi
        and     ebp, X2_TAG_TYPED_OR_FLAGS
        or      ebp, ecx
        shl     ebp, 16
        jnz     ipc_slow
        IPC     DELIVER_COUNTED, .counted, 1

; Give the user's registers back, as far as they were changed, and do not wait.
ipc_slow_no_to:
        mov     eax, [PARTNER(TCB_ID)]
ipc_slow_kept:
        mov     edx, [OWN(TCB_WAIT)]
        mov     [OWN(TCB_WAIT)], ebp
        jmp     ipc_slow

; Copy EBX message registers (0..63), the last one first: a store and the load
; of the next word pair, so a word costs a cycle.  Words alternate between EDI
; and ESI; the first is loaded into both, so its parity does not matter.
; in    ecx, edx = sender's and receiver's UTCB, ebp = 0
; out   ebx = MR1, ecx = MR2, esi = tag, as the receiver has them
; uses  edx, edi
%define WORD_CODE       8               ; bytes a word
%define BIAS            128             ; makes every displacement one byte
align 32
copy_words:
        cmp     ebx, 2
        ja      .many
        test    ebx, ebx
        jz      .few
        mov     edi, [ebp + ecx + 4]
        dec     ebx
        mov     [ebp + edx + 4], edi
        jz      .few
        mov     edi, [ebp + ecx + 8]
        mov     [ebp + edx + 8], edi
.few:   mov     ebx, [ebp + edx + 4]
        mov     ecx, [ebp + edx + 8]
        ret

align 16
.many:  mov     esi, ebx
        neg     ebx
        lea     edi, [ecx + esi * 4]
        mov     esi, [ebp + edi]
        mov     edi, esi
        add     ecx, BIAS
        lea     ebx, [.done + ebx * WORD_CODE]
        add     edx, BIAS
        jmp     ebx
%assign i X2_MRS - 1
%rep X2_MRS - 1
  %if i % 2
        mov     [byte ebp + edx + i * 4 - BIAS], edi
        mov     esi, [byte ebp + ecx + i * 4 - 4 - BIAS]
  %else
        mov     [byte ebp + edx + i * 4 - BIAS], esi
        mov     edi, [byte ebp + ecx + i * 4 - 4 - BIAS]
  %endif
  %assign i i - 1
%endrep
.done:  mov     esi, [ebp + edx - BIAS]
        mov     ebx, [ebp + edx + 4 - BIAS]
        mov     ecx, [ebp + edx + 8 - BIAS]
        ret
%if (copy_words.done - copy_words.many) < (X2_MRS - 1) * WORD_CODE
  %error "a word's code is not WORD_CODE bytes"
%endif

section .rodata
align 4
; Instructions whose immediate boot sets (kern/main.c).
ipc_fast_masks:
        dd      ipc_entry_alone.mask, ipc_entry_fast.mask

; An IRET that faults here faulted on the user's EIP (kern/trap.c).
ipc_fast_irets:
%macro IRETS 1
        dd      %1_switched, %1_same, %1_large
%endmacro
        IRETS   ipc_entry_alone.three
        IRETS   ipc_entry_fast.three
        IRETS   ipc_any_count.counted
ipc_fast_irets_end:
