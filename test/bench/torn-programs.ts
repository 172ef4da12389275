// What runs in the kernel during the stress test of variables.
import { macAt } from './frames.js';
import { INTEGER_SIZE } from './torn-pattern.js';

/** Channels whose frames a block receives into the one variable, one after the other. */
export const FEEDING_CHANNELS = 4;
export const FEEDING_QUEUE = 250;
/** The variable of both programs. */
export const VARIABLE = 'v';

function declarations(size: number): string {
  return `tolerance 1000000s\nvar ${VARIABLE} : ${size === INTEGER_SIZE ? 'u64' : `bytes[${size}]`}\n`;
}

/** Each block writes the variable four times. */
export function writingProgram(size: number): string {
  const channels = Array.from(
    { length: FEEDING_CHANNELS },
    (_, i) => `channel c${i} = ${i} from ${macAt(0)} queue ${FEEDING_QUEUE}`,
  );
  const receives = channels.map((_, i) => `receive c${i} -> ${VARIABLE}`);
  return `${channels.join('\n')}\n${declarations(size)}start: nop\n${receives.join('\n')}\nwait 1ns, start\n`;
}

/** Each block reads the variable and sends what it has read. */
export function readingProgram(size: number): string {
  return `channel out = 0\n${declarations(size)}message m\nstart: create ${VARIABLE} -> m\nsend out, m\nwait 1ns, start\n`;
}

/** At the far end of the pair: judges the values in the frames. */
export function judge(size: number): string {
  return `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#define HEADER 38
#define LENGTH_AT 22
#define WORDS 184 /* of 8 bytes: the longest payload */
struct { __u64 frames, torn, changes, last; } verdict SEC(".data.verdict") = { 0, 0, 0, 256 };
__u64 payload[WORDS];
static int is_torn(struct xdp_md *context)
{
	__u64 length, word, i;
	__u16 field;

	if (bpf_xdp_load_bytes(context, LENGTH_AT, &field, sizeof(field)))
		return 1;
	length = bpf_ntohs(field);
	if (!length)
		return 0;
	__asm__ volatile("" : "+r"(length)); /* the verifier wants to see the bound below on what is used */
	if (!length || length > sizeof(payload) || bpf_xdp_load_bytes(context, HEADER, payload, length))
		return 1;
	word = (payload[0] & 255) * 0x0101010101010101ULL;
	verdict.changes += verdict.last != (word & 255);
	verdict.last = word & 255;
	for (i = 0; i < WORDS && i * 8 < length; i++) {
		__u64 left = length - i * 8;

		if ((payload[i] ^ word) << (left < 8 ? 64 - left * 8 : 0))
			return 1;
	}
	return length != (${size} == ${INTEGER_SIZE} ? ${INTEGER_SIZE} : 1 + (word & 255) * 37 % ${size});
}
SEC("xdp") int judge(struct xdp_md *context)
{
	verdict.frames++;
	if (is_torn(context))
		verdict.torn++;
	return XDP_DROP;
}
char judge_license[] SEC("license") = "GPL";
`;
}
