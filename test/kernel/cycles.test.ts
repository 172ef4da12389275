// Attach and detach, again and again: nothing is left behind, and what others have put there stays as it was.
import { afterEach, expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../../loader/native.js';
import { pinFolder } from '../../loader/roots.js';
import { openVariableSpace } from '../../loader/variable-space.js';
import { compileBpf } from '../support/compile-bpf.js';
import { compileText, detachAll, MAC_A, MAC_B, makePair, until, type Host } from '../support/hosts.js';
import { amount } from '../support/random.js';
import { interfaceIndex, Scratch } from '../support/scratch.js';
import { objectsOf, remaining, tracesOf, type KernelObject } from '../support/traces.js';

const CYCLES = amount(50);
const FOREIGN = `
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
__attribute__((section("tc"), used)) int foreign(struct __sk_buff *skb) { return TC_ACT_UNSPEC; }
char foreign_license[] __attribute__((section("license"), used)) = "GPL";
`;

const scratch = new Scratch();
let hosts: Host[] = [];

afterEach(async () => {
  await detachAll(...hosts).finally(() => scratch.cleanUp());
});

/** Everything that makes attach do something: both filters, XDP with peers, bytes, counters, `ingress strict`. */
const program = (peer: string): string => `
ingress strict allow 02:00:00:00:00:cc
late send
channel bus = 0 from ${peer}
var number : u32
var blob : bytes[100]
message m
counter rounds
start:
    sync slave 1ms from bus
    create number -> m
    send bus, m
    receive bus -> blob
    add_to_counter rounds, 1
    wait 200us, start
`;

/** A root qdisc, a clsact with a filter on either side, and a pin: somebody else's. */
async function putForeignThings(host: Host): Promise<void> {
  host.run('tc', 'qdisc', 'add', 'dev', 'net', 'root', 'tbf', 'rate', '1gbit', 'burst', '100k', 'latency', '50ms');
  host.run('tc', 'qdisc', 'add', 'dev', 'net', 'clsact');
  const foreign = scratch.keep(native().openObject(compileBpf(scratch.folder(), FOREIGN), 'foreign'));
  foreign.load();
  await host.inside(() => {
    native().tcAttach(interfaceIndex('net'), 'egress', foreign.programFd('foreign'), 0x6e63, 0x6e63);
    native().tcAttach(interfaceIndex('net'), 'ingress', foreign.programFd('foreign'), 1, 1);
  });
  mkdirSync(join(host.roots.pins, '..', 'others'));
  foreign.pinProgram('foreign', join(host.roots.pins, '..', 'others', 'foreign'));
}

async function cycle(host: Host, mac: string, index: number, seen: Set<KernelObject>): Promise<void> {
  const built = await compileText(program(mac));
  const keep = () => objectsOf(pinFolder(host.roots, 'net')).forEach((object) => seen.add(object));
  await host.attach('net', built, { start: index % 3 === 0 ? { kind: 'hold' } : { kind: 'now' } });
  keep();
  if (index % 3 === 0) await host.start('net');
  if (index % 4 === 0) {
    const space = openVariableSpace('net', { roots: host.roots });
    space.set('number', index);
    space.close();
  }
  if (index % 5 === 0) {
    await host.attach('net', built, { replace: true });
    keep();
  }
  if (index % 7 === 0) await host.stop('net');
  expect((await host.status('net')).problems).toEqual([]);
  const { warnings } = await host.detach('net');
  expect(warnings).toEqual([]);
}

test(
  `${CYCLES} cycles of attach and detach leave nothing behind`,
  async () => {
    const { a, b } = await makePair(scratch);
    hosts = [a, b];
    await putForeignThings(a);
    const seen = new Set<KernelObject>();
    // Descriptors and folders that the first use of anything opens for good are not leaks.
    await cycle(a, MAC_B, 0, seen);
    const before = hosts.map(tracesOf);
    for (let index = 0; index < CYCLES; index += 2) {
      await cycle(a, MAC_B, index, seen);
      await cycle(b, MAC_A, index + 1, seen);
    }
    expect(hosts.map(tracesOf)).toEqual(before);
    expect(seen.size).toBeGreaterThanOrEqual(CYCLES * 10);
    await until(() => remaining(seen).length === 0);
  },
  60_000 + 1_000 * CYCLES,
);
