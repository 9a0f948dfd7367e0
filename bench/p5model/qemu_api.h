/*
 * QEMU's plugin interface, versions 1 (QEMU 4.2 to 8.2) to 5: our own
 * declarations of the calls and callbacks used here, which are the same in all
 * of them but for one. Debian ships no header for it.
 */
#ifndef P5_QEMU_API_H
#define P5_QEMU_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* QEMU refuses a plugin whose `qemu_plugin_version` is out of its bounds. From
 * version 2 on it has scoreboards, and takes 2 as the least. */
enum { QEMU_PLUGIN_API_OLD = 1, QEMU_PLUGIN_API_NEW = 2 };
#define QEMU_PLUGIN_NEW_CALL "qemu_plugin_scoreboard_new"

/* From here on qemu_plugin_insn_data() copies. */
#define QEMU_PLUGIN_API_COPIES 3

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;

struct qemu_plugin_tb;
struct qemu_plugin_insn;

struct qemu_info_t {
    const char *target_name;
    struct {
        int min, cur;
    } version;
    bool system_emulation;
    struct {
        int smp_vcpus, max_vcpus;
    } system;
};

/* May a callback read or write the guest's registers? */
enum { QEMU_PLUGIN_CB_NO_REGS };

/* Which accesses a memory callback wants. */
enum { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W, QEMU_PLUGIN_MEM_RW };

typedef void (*qemu_plugin_udata_cb_t)(qemu_plugin_id_t, void *);
typedef void (*qemu_plugin_vcpu_udata_cb_t)(unsigned vcpu, void *);
typedef void (*qemu_plugin_vcpu_mem_cb_t)(unsigned vcpu, qemu_plugin_meminfo_t,
                                          uint64_t va, void *);
typedef void (*qemu_plugin_vcpu_tb_trans_cb_t)(qemu_plugin_id_t,
                                               struct qemu_plugin_tb *);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t,
                                           qemu_plugin_vcpu_tb_trans_cb_t);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *,
                                          qemu_plugin_vcpu_udata_cb_t,
                                          int flags, void *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *,
                                            qemu_plugin_vcpu_udata_cb_t,
                                            int flags, void *);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
                                      qemu_plugin_vcpu_mem_cb_t, int flags,
                                      int rw, void *);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, qemu_plugin_udata_cb_t,
                                    void *);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *,
                                                 size_t);
const void *qemu_plugin_insn_data_pointer(const struct qemu_plugin_insn *)
    __asm__("qemu_plugin_insn_data");
size_t qemu_plugin_insn_data_copy(const struct qemu_plugin_insn *, void *,
                                  size_t) __asm__("qemu_plugin_insn_data");
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
char *qemu_plugin_insn_disas(const struct qemu_plugin_insn *);

unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);

#endif
