// The gate on a real interface without fq: what passes, what is dropped, and that a dead machine does not keep ordinary traffic from
// flowing. With fq on a real interface: npm run test:gate.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../loader/errors.js';
import type { GateOptions } from '../../loader/gate.js';
import { native, type BpfObject, type PacketSocket } from '../../loader/native.js';
import { isAlive } from '../../loader/processes.js';
import { STATE_OFFSETS } from '../../maps/state.js';
import { compileBpf } from '../support/compile-bpf.js';
import { compileText, detachAll, MAC_B, makePair, until, type Host } from '../support/hosts.js';
import { interfaceIndex, Scratch } from '../support/scratch.js';

const scratch = new Scratch();

const US = 1000n;
const MS = 1000n * US;
const CLOSED = 'mode hard\nround:\n wait 1ms, round\n';
const GATE: GateOptions = { rate: 1e9, failClosed: false, force: false };
let a: Host;
let b: Host;
let near: PacketSocket;
let far: PacketSocket;

beforeEach(async () => {
  ({ a, b } = await makePair(scratch));
  near = scratch.keep(await b.socket('net', { ignoreOutgoing: true }));
  far = scratch.keep(await a.socket('net', { ignoreOutgoing: true }));
});

afterEach(async () => {
  await detachAll(a, b).finally(() => {
    scratch.cleanUp();
  });
});

function ordinary(): Uint8Array {
  const frame = new Uint8Array(100).fill(0xff, 0, 6);
  frame.set(Buffer.from(MAC_B.replaceAll(':', ''), 'hex'), 6);
  new DataView(frame.buffer).setUint16(12, 0x0800);
  return frame;
}

/** Whether an ordinary frame arrives. The kernel says so to a sender whose frame was dropped. */
function flows(): boolean {
  try {
    near.send(ordinary());
  } catch {
    return false;
  }
  return far.receive(2000) !== null;
}

function segments(): number {
  const [link] = JSON.parse(b.run('ip', '-d', '-j', 'link', 'show', 'dev', 'net')) as { gso_max_segs: number }[];
  return link!.gso_max_segs;
}

const attach = async (program = CLOSED, gate = GATE, replace = false) =>
  b.attach('net', await compileText(program), { gate, replace });

test('a machine that runs holds traffic up, one that is stopped does not', async () => {
  expect(flows()).toBe(true);
  const { warnings } = await attach();
  expect(warnings).toContainEqual(expect.stringMatching(/dropped, not held: its openings are not known ahead/));
  await until(() => !flows());
  await b.stop('net');
  expect(flows()).toBe(true);
  await b.start('net');
  await until(() => !flows());
  await b.detach('net');
  expect(flows()).toBe(true);
});

/** Whether the kernel lets an ordinary frame through. */
function passes(): boolean {
  try {
    near.send(ordinary());
    return true;
  } catch {
    return false;
  }
}

/** No frame that is sent later than 200 ms after `since` is refused. */
async function expectFlowWithin200ms(since: bigint): Promise<void> {
  for (;;) {
    const at = process.hrtime.bigint();
    if (passes()) return;
    expect(at - since).toBeLessThanOrEqual(200n * MS);
    await sleep(1);
  }
}

describe('traffic flows again within 200 ms', () => {
  const times = [1, 2, 3, 4, 5];

  test.each(times)('when the pacer was killed, time %i', async () => {
    const { attachment } = await attach();
    await until(() => !passes());
    const pacer = attachment.record.process!;
    process.kill(pacer.pid, 'SIGKILL');
    await until(() => !isAlive(pacer));
    await expectFlowWithin200ms(process.hrtime.bigint());
  });

  test('when the machine was stopped, each time', async () => {
    await attach();
    for (let left = times.length; left > 0; left--) {
      await until(() => !passes());
      await b.stop('net');
      await expectFlowWithin200ms(process.hrtime.bigint());
      await b.start('net');
    }
  });

  test('when the program has ended, each time', async () => {
    await attach(
      'counter c\nmode hard\nround:\n wait 1ms\n add_to_counter c, 1\n if not test_count(c, 1000) goto round\n end_of_program\n',
    );
    for (let left = times.length; left > 0; left--) {
      await until(() => !passes());
      const { startedNs } = (await b.status('net')).machine!;
      while (process.hrtime.bigint() < startedNs + 1000n * MS) await sleep(1);
      await expectFlowWithin200ms(startedNs + 1000n * MS);
      await until(async () => (await b.status('net')).machine!.run === 'ended');
      await b.start('net');
    }
  });
});

const WINDOWS = 'tolerance 1000s\nround:\n wait 500us\n xsend 200us\n wait 500us, round\n';
const SENT = 100_000;

/**
 * Kernel times before and behind nc_gate of each ordinary frame, in the order in which they were sent; behind is 0 for those that did
 * not come through.
 */
const STAMPS = `
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
struct { __u64 count; __u64 times[${SENT}][2]; } stamps;
SEC("tc") int before(struct __sk_buff *skb)
{
	__u64 at = stamps.count;
	if (skb->protocol != bpf_htons(0x0800) || at >= ${SENT})
		return -1;
	stamps.count = at + 1;
	stamps.times[at][0] = bpf_ktime_get_ns();
	return -1;
}
SEC("tc") int behind(struct __sk_buff *skb)
{
	__u64 at = stamps.count - 1;
	if (skb->protocol == bpf_htons(0x0800) && at < ${SENT})
		stamps.times[at][1] = bpf_ktime_get_ns();
	return -1;
}
char _license[] SEC("license") = "GPL";
`;

/** Hangs the stamps before and behind nc_gate, of which the priority is 0x6e63. */
async function hangStamps(): Promise<BpfObject> {
  const object = scratch.keep(native().openObject(compileBpf(scratch.folder(), STAMPS), 'stamps'));
  object.load();
  await b.inside(() => {
    const ifindex = interfaceIndex('net');
    native().tcAttach(ifindex, 'egress', object.programFd('before'), 1, 1);
    native().tcAttach(ifindex, 'egress', object.programFd('behind'), 1, 0x7000);
  });
  return object;
}

/** An instant of the machine. */
function instant(name: 'gate_anchor'): bigint {
  const map = native().objGet(join(b.roots.pins, 'net', 'nc_state'));
  try {
    return native().mapLookup(map, new Uint8Array(4))!.readBigUInt64LE(STATE_OFFSETS[name]);
  } finally {
    native().closeFd(map);
  }
}

test('none passes outside its window, and the drops add up', async () => {
  const [period, fits] = [1000n * US, 200n * US - 992n];
  // A qdisc of somebody else's stays, so that nothing is held on kernels with fq either.
  b.run('tc', 'qdisc', 'add', 'dev', 'net', 'root', 'handle', '1:', 'pfifo');
  await attach(WINDOWS);
  await until(() => instant('gate_anchor') > 0n && process.hrtime.bigint() > instant('gate_anchor'));
  const object = await hangStamps();
  const earlier = (await b.status('net')).stats!.totals;
  far.statistics();
  const refusedBy: (bigint | null)[] = [];
  for (let i = 0; i < SENT; i++) refusedBy.push(passes() ? null : process.hrtime.bigint());
  const { totals } = (await b.status('net')).stats!;
  const stamps = native().mapLookup(object.mapFd('.bss'), new Uint8Array(4))!;
  const anchor = instant('gate_anchor');
  let wrong = 0;
  for (const [index, refused] of refusedBy.entries()) {
    const before = stamps.readBigUInt64LE(8 + 16 * index);
    const behind = stamps.readBigUInt64LE(16 + 16 * index);
    const phase = (before - anchor) % period;
    // The gate decided between the two times: one of them, or what lies between, must be an instant at which it may decide so.
    const inside = refused === null && (phase <= fits || phase + behind - before >= period);
    const outside = refused !== null && behind === 0n && phase + refused - before > fits;
    if (!inside && !outside) wrong++;
  }
  const passed = refusedBy.filter((refused) => refused === null).length;
  expect(stamps.readBigUInt64LE(0)).toBe(BigInt(SENT));
  expect([totals.gate_passed! - earlier.gate_passed!, totals.gate_dropped! - earlier.gate_dropped!]).toEqual([
    BigInt(passed),
    BigInt(SENT - passed),
  ]);
  expect(wrong).toBe(0);
  const { received, dropped } = far.statistics();
  expect(received).toBe(passed);
  expect(dropped).toBeLessThanOrEqual(received);
  expect(passed).toBeGreaterThan(0);
  expect(passed).toBeLessThan(SENT);
});

test('with --fail closed it does not, until detach', async () => {
  const { attachment } = await attach(CLOSED, { ...GATE, failClosed: true });
  process.kill(attachment.record.process!.pid, 'SIGKILL');
  await b.stop('net');
  expect(flows()).toBe(false);
  await b.detach('net');
  expect(flows()).toBe(true);
});

test('segments are limited while it is attached', async () => {
  const before = segments();
  expect(before).toBeGreaterThan(1);
  await attach();
  expect(segments()).toBe(1);
  await attach(CLOSED, GATE, true);
  expect(segments()).toBe(1);
  await b.detach('net');
  expect(segments()).toBe(before);
});

test('an attach that fails leaves segments as they were', async () => {
  const before = segments();
  const options = { gate: GATE, group: 'no-such-group' };
  await expect(b.attach('net', await compileText(CLOSED), options)).rejects.toThrow('no-such-group');
  expect(segments()).toBe(before);
  expect(flows()).toBe(true);
});

test('without a rate it is refused; a program without a gate needs none', async () => {
  const before = segments();
  const refused = attach(CLOSED, { ...GATE, rate: null });
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow('--rate');
  expect(segments()).toBe(before);
  await b.attach('net', await compileText('round:\n wait 1ms, round\n'));
  expect([segments(), flows()]).toEqual([before, true]);
});

test('an interface with a global address is refused, unless it is forced', async () => {
  b.run('ip', 'address', 'add', '192.0.2.1/24', 'dev', 'net');
  await expect(attach()).rejects.toThrow(/192\.0\.2\.1.*--force/);
  expect(flows()).toBe(true);
  await attach(CLOSED, { ...GATE, force: true });
  await until(() => !flows());
});
