/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* Types, verifier idioms and the clock. Included first; the generated file has defined NC_* sizes before it. */
#ifndef NC_BASE_BPF_H
#define NC_BASE_BPF_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#define NC_INLINE static __always_inline
/*
 * A global function is verified once, whatever the number of its calls. `weak` keeps clang's inter-procedural passes
 * away, which would drop an unused context argument and fail the verifier ("arg#0 expects pointer to ctx").
 */
#define NC_GLOBAL __attribute__((weak, noinline))

/* Keeps the compiler from merging, hoisting or re-reading across this point. */
#define NC_BARRIER() __asm__ volatile("" ::: "memory")
/* Hides a value's origin, so that the register that was checked is the one that is used (differs between clangs). */
#define NC_LAUNDER(x) __asm__ volatile("" : "+r"(x))
#define NC_LOAD(x) (*(volatile __typeof__(x) *)&(x))
#define NC_STORE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define NC_COUNT(x) __sync_fetch_and_add(&(x), 1)
#define NC_CAS(x, from, to) __sync_val_compare_and_swap(&(x), (from), (to))

/* nc_state.owner */
#define NC_OWNER_FREE 0ULL
#define NC_OWNER_BUSY 1ULL
#define NC_OWNER_AGAIN 3ULL

#define NC_CHUNK 32 /* bytes copied in one turn: the fastest loop that every verifier takes */

const volatile struct nc_config nc_config __attribute__((section(".rodata.nc_config"), used));

/* Two bytes of the interface's address, from byte `at` on. */
#define nc_own_mac(at) (*(const volatile nc_u16 *)&nc_config.mac[at])

/* The clock: CLOCK_MONOTONIC, or the test clock. */
NC_INLINE nc_u64 nc_now(void)
{
	if (nc_config.test_clock)
		return NC_LOAD(nc_state.test_now);
	return bpf_ktime_get_ns();
}

#endif
