/*
 * pinenut/x2.h - the L4 X.2 binary interface as numbers.
 *
 * Layer 0: shared by the kernel and by user code; includes nothing, compiles
 * as C and as C++.  Section names are those of the L4 X.2 reference manual.
 * All words are 32 bits; bit 0 is the least significant one.
 */
#pragma once

/* --- Thread ids (X.2 "Threads"): 14 bits of version, 18 bits of number --- */
#define X2_NILTHREAD 0x00000000u
#define X2_ANYTHREAD 0xffffffffu
#define X2_ANYLOCALTHREAD 0xffffffc0u
#define X2_VERSION_BITS 14
#define X2_LOCAL_MASK 0x3fu /* a local id has these bits clear */
#define X2_GLOBAL_ID(number, version) ((number) << 14 | (version))
#define X2_THREAD_NO(id) ((id) >> 14)

#define X2_SYSTEM_BASE 16u /* first number that is no interrupt */
#define X2_USER_BASE 48u   /* first number free for user threads */
#define X2_SIGMA0 X2_GLOBAL_ID(48u, 1u)
#define X2_ROOT X2_GLOBAL_ID(50u, 1u)

/* --- Message tag, MR0 (X.2 "Messages and Message Registers") --- */
#define X2_MRS 64
#define X2_BRS 33
#define X2_TAG_U 0x0000003fu
#define X2_TAG_T 0x00000fc0u
#define X2_TAG_T_SHIFT 6
#define X2_TAG_PROPAGATED 0x00001000u
#define X2_TAG_REDIRECTED 0x00002000u
#define X2_TAG_XCPU 0x00004000u
#define X2_TAG_ERROR 0x00008000u
#define X2_TAG_FLAGS 0x0000f000u
#define X2_TAG_LABEL_SHIFT 16

/* Typed items: bits 1..3 of the first word */
#define X2_ITEM_TYPE 0x0000000eu
#define X2_ITEM_MAP 0x00000008u
#define X2_ITEM_GRANT 0x0000000au
#define X2_ITEM_STRING 0x00000008u /* this bit clear: a string item */

/* Acceptor, BR0: receive window in bits 4..31, strings in bit 0 */
#define X2_ACCEPT_STRINGS 0x1u
#define X2_ACCEPT_WINDOW 0xfffffff0u

/* --- IPC error code (X.2 "IPC"): bit 0 phase, bits 1..3 reason --- */
#define X2_IPC_SEND 0u
#define X2_IPC_RECEIVE 1u
#define X2_IPC_TIMEOUT (1u << 1)
#define X2_IPC_NO_PARTNER (2u << 1)
#define X2_IPC_CANCELLED (3u << 1)
#define X2_IPC_OVERFLOW (4u << 1)
#define X2_IPC_XFER_OWN (5u << 1)
#define X2_IPC_XFER_PARTNER (6u << 1)
#define X2_IPC_ABORTED (7u << 1)

/* --- Error codes of the other calls --- */
#define X2_ERR_NO_PRIVILEGE 1u
#define X2_ERR_INVALID_THREAD 2u
#define X2_ERR_INVALID_SPACE 3u
#define X2_ERR_INVALID_SCHEDULER 4u
#define X2_ERR_INVALID_PARAM 5u
#define X2_ERR_UTCB_AREA 6u
#define X2_ERR_KIP_AREA 7u
#define X2_ERR_NO_MEMORY 8u

/* --- Timeouts (X.2 "Clock and Time"): 16-bit values --- */
#define X2_TIME_NEVER 0u
#define X2_TIME_ZERO 0x0400u

/* --- UTCB (X.2 "UTCB", IA-32): word index relative to MR0 --- */
#define X2_UTCB_SIZE 512u
#define X2_UTCB_MR0 256u /* offset of MR0 in the block */
#define X2_UTCB_VIRTUAL_SENDER (-6)
#define X2_UTCB_INTENDED_RECEIVER (-7)
#define X2_UTCB_XFER_TIMEOUTS (-8)
#define X2_UTCB_ERROR_CODE (-9)
#define X2_UTCB_FLAGS (-10) /* X2_PREEMPTION_* */
#define X2_UTCB_EXCEPTION_HANDLER (-11)
#define X2_UTCB_PAGER (-12)
#define X2_UTCB_USER_HANDLE (-13)
#define X2_UTCB_PROCESSOR (-14)
#define X2_UTCB_MY_GLOBAL_ID (-15)
#define X2_PREEMPTION_SIGNAL 0x20u  /* s: tell of a delay used up */
#define X2_PREEMPTION_DELAY 0x40u   /* d: delay preemptions */
#define X2_PREEMPTION_PENDING 0x80u /* I: one was attempted */
/* Pinenut's notification bits: set by the Notify call, cleared by their owner or
 * by the receive that returns them; only those in the mask end a receive. */
#define PN_UTCB_NOTIFY_BITS (-50)
#define PN_UTCB_NOTIFY_MASK (-51)
#define X2_UTCB_BR0 (-16) /* BR i at -16 - i */

/* --- Fpages (X.2 "Fpages"): bits 0..2 rights, 4..9 log2 size, 10.. base --- */
#define X2_FPAGE_X 1u
#define X2_FPAGE_W 2u
#define X2_FPAGE_R 4u
#define X2_FPAGE_RWX 7u
#define X2_FPAGE_COMPLETE 0x10u /* size field 1, base 0 */
#define X2_FPAGE_SIZE_SHIFT 4
#define X2_FPAGE_SIZE_MASK 0x3fu
#define X2_FPAGE_IO 2u /* size field of an I/O fpage (IA-32): ... */
#define X2_FPAGE_IO_LOG2_SHIFT 10 /* ... bits 10..15 log2 of its ports, */
#define X2_FPAGE_IO_PORT_SHIFT 16 /* 16..31 the first port */
#define X2_FPAGE_IO_COMPLETE 0x4020u

/* --- Protocols: the message tags the kernel sends --- */
#define X2_TAG_PAGE_FAULT 0xffe00002u /* | rwx << 16 */
#define X2_TAG_IO_FAULT 0xff860002u   /* IA-32; rw, always */
#define X2_TAG_INTERRUPT 0xfff00000u
#define X2_TAG_PREEMPTION 0xffd00002u
#define PN_TAG_NOTIFICATION 0xff400001u /* from nilthread; MR1 = bits */
#define X2_TAG_EXCEPTION 0xffb0000cu  /* IA-32: twelve words */
#define X2_EXCEPTION_WORDS 12u
#define X2_TAG_START 0x00000002u

/* --- Unmap control --- */
#define X2_UNMAP_COUNT 0x3fu /* number of fpages - 1 */
#define X2_UNMAP_FLUSH 0x40u

/* --- ExchangeRegisters control --- */
#define X2_EXREGS_HALT 0x001u
#define X2_EXREGS_RECEIVE 0x002u /* in: abort; out: was receiving */
#define X2_EXREGS_SEND 0x004u
#define X2_EXREGS_SP 0x008u
#define X2_EXREGS_IP 0x010u
#define X2_EXREGS_FLAGS 0x020u
#define X2_EXREGS_HANDLE 0x040u
#define X2_EXREGS_PAGER 0x080u
#define X2_EXREGS_SET_HALT 0x100u

/* --- Schedule: thread states --- */
#define X2_STATE_ERROR 0u
#define X2_STATE_DEAD 1u
#define X2_STATE_INACTIVE 2u
#define X2_STATE_RUNNING 3u
#define X2_STATE_PENDING_SEND 4u
#define X2_STATE_SENDING 5u
#define X2_STATE_WAITING 6u
#define X2_STATE_RECEIVING 7u

/*
 * --- SpaceControl, IA-32 control word ---
 * X.2: bit 31 set, bits 0..7 a small-space number (0 = large).  With p the
 * number's lowest set bit: size 4 MB << p, offset (number without it) * 2 MB.
 * Pinenut's extension: bit 30 set instead, bits 0..19 a size in 4 KB pages
 * (0 = large).  A small space grows or shrinks where it is if there is room,
 * else the kernel chooses a place; with bit 28, KipArea is the linear address
 * of the place instead, or 0 for any other than now.  Bit 29: an access beyond
 * the limit is a message to the thread's pager; without it, the space becomes
 * large and nobody is told.
 * Result: bit 31 "took effect", bit 30 "was small", bit 29 "asked the pager",
 * bits 0..7 the old number; EDX the linear address of the space now (0 = it is
 * large), ESI its size in bytes.
 */
#define X2_SPACE_SMALL_NUMBER 0x80000000u
#define X2_SPACE_EFFECTIVE 0x80000000u
#define PN_SPACE_SMALL_PAGES 0x40000000u
#define PN_SPACE_WAS_SMALL 0x40000000u
#define PN_SPACE_PAGES_MASK 0x000fffffu
#define PN_SPACE_ASKS_PAGER 0x20000000u
#define PN_SPACE_AT 0x10000000u

/*
 * --- Limit faults (bit 29 above) ---
 * X.2's IA-32 exception message, to the pager.  ExceptionNo (MR3) is 0x100 more
 * than the processor's 12 or 13, and ErrorCode (MR4) the size of the space in
 * bytes.  The answer is an exception's: the registers in it are loaded and the
 * instruction runs again.  One with PN_LIMIT_REFUSED as ExceptionNo makes the
 * next such access an exception 12 or 13 for the thread's exception handler.
 */
#define PN_LIMIT_FAULT 0x100u
#define PN_LIMIT_REFUSED 0x200u

/* --- Kernel interface page: byte offsets (X.2 "Kernel Interface Page") --- */
#define X2_KIP_MAGIC 0x4be6344cu /* "L4", 0xe6, "K" */
#define X2_KIP_API_VERSION 0x84050000u
#define X2_KIP_KERNEL_ID 0x06010000u
/* Virtual memory descriptor of the small area: type 15, subtype 1. */
#define PN_MEMORY_SMALL_AREA 0x1fu

/* --- int3 debugger calls: bytes behind the int3 --- */
#define X2_KDB_CMP_AL 0x3cu
#define X2_KDB_PRINT_CHAR 0x00u
#define X2_KDB_PRINT_STRING 0x01u
#define X2_KDB_READ_CHAR 0x08u
#define X2_KDB_READ_CHAR_BLOCKED 0x0du
#define PN_KDB_EXIT 0x10u /* EAX = status; privileged spaces only */
