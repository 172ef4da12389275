import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AddonUnavailableError, isNativeError, native, packageRoot, type BpfObject } from '../../loader/native.js';
import { OwnedFd } from '../../loader/owned-fd.js';
import { compileBpf } from '../support/compile-bpf.js';
import { openDescriptors, run, Scratch } from '../support/scratch.js';

const TC_ACT_OK = 0;
const MAP_TYPE = { hash: 1, array: 2, percpuArray: 6, queue: 22, ringbuf: 27 };
const BPF_F_MMAPABLE = 1 << 10;
const BPF_NOEXIST = 1;
const CONFIG = '.rodata.t_long_config';
const VARS = '.data.t_vars';

const PROGRAMS = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct config { __u32 verdict; __u32 spare; };
SEC(".rodata.t_long_config") const volatile struct config t_config = { 1, 2 };
struct vars { __u64 runs; __u64 input; };
SEC(".data.t_vars") struct vars t_vars = { 0, 7 };
struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, __u32); __type(value, __u64); __uint(max_entries, 8); } t_hash SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, __u32); __uint(max_entries, 1); } t_percpu SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __type(value, __u32); __uint(max_entries, 2); } t_queue SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } t_ring SEC(".maps");
SEC("tc") int t_tc(struct __sk_buff *skb) {
	__u64 runs = __sync_fetch_and_add(&t_vars.runs, 1) + 1;
	__u8 mark = 0xee;
	bpf_skb_store_bytes(skb, 14, &mark, 1, 0);
	skb->mark = skb->mark + 1;
	bpf_ringbuf_output(&t_ring, &runs, sizeof(runs), 0);
	return t_config.verdict;
}
SEC("xdp") int t_xdp(struct xdp_md *ctx) {
	return XDP_PASS;
}
char _license[] SEC("license") = "Dual MIT/GPL";
`;

const REJECTED = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("tc") int t_reads_beyond_packet(struct __sk_buff *skb) { return *(char *)(long)skb->data; }
char _license[] SEC("license") = "Dual MIT/GPL";
`;

const scratch = new Scratch();
let programs: Buffer;
let rejected: Buffer;
let before: string[];

beforeAll(() => {
  native();
  programs = compileBpf(scratch.folder(), PROGRAMS);
  rejected = compileBpf(scratch.folder(), REJECTED);
  scratch.cleanUp();
});

beforeEach(() => {
  before = openDescriptors();
});

// Every test of this file leaves no descriptor behind.
afterEach(() => {
  scratch.cleanUp();
  expect(openDescriptors()).toEqual(before);
});

function opened(): BpfObject {
  return scratch.keep(native().openObject(programs, 't'));
}

function loaded(): BpfObject {
  const object = opened();
  object.load();
  return object;
}

function owned(fd: number): number {
  return scratch.keep(new OwnedFd(fd)).fd;
}

function u32(...values: number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

function u64(...values: bigint[]): Buffer {
  return Buffer.from(BigUint64Array.from(values).buffer);
}

/** A broadcast frame of 60 bytes. */
function frame(ethertype: number, fill = 0): Buffer {
  const bytes = Buffer.alloc(60, fill);
  bytes.fill(0xff, 0, 6);
  bytes.write('020000000001', 6, 'hex');
  bytes.writeUInt16BE(ethertype, 12);
  return bytes;
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (isNativeError(error)) return error.code;
    throw error;
  }
  return undefined;
}

describe('object', () => {
  test('names maps by their full section name, and programs', () => {
    const object = opened();
    expect(object.mapNames().sort()).toEqual([VARS, CONFIG, 't_hash', 't_percpu', 't_queue', 't_ring'].sort());
    expect(object.programNames()).toEqual(['t_tc', 't_xdp']);
  });

  test('sets initial values before the load only', () => {
    const object = opened();
    expect(object.initial(CONFIG)).toEqual(u32(1, 2));
    object.setInitial(CONFIG, u32(TC_ACT_OK, 5));
    object.load();
    const result = native().testRun(object.programFd('t_tc'), { data: frame(0x88b5) });
    expect(result.returnValue).toBe(TC_ACT_OK);
    expect(codeOf(() => object.setInitial(CONFIG, u32(1, 1)))).toBe('EINVAL');
    expect(object.initial(VARS)).toEqual(u64(0n, 7n));
  });

  test('refuses initial values of another size and for maps without one', () => {
    const object = opened();
    expect(() => object.setInitial(CONFIG, Buffer.alloc(7))).toThrow('has 7 bytes, must have 8');
    expect(() => object.setInitial(CONFIG, 'text' as unknown as Buffer)).toThrow('must be a Buffer');
    expect(codeOf(() => object.setInitial('t_hash', Buffer.alloc(8)))).toBe('EINVAL');
    expect(codeOf(() => object.initial('t_hash'))).toBe('EINVAL');
    expect(codeOf(() => object.initial('t_none'))).toBe('ENOENT');
  });

  test('sets sizes and leaves programs out', () => {
    const object = opened();
    object.setMaxEntries('t_hash', 33);
    object.setAutoload('t_xdp', false);
    object.load();
    expect(native().mapInfo(object.mapFd('t_hash')).maxEntries).toBe(33);
    expect(codeOf(() => object.programFd('t_xdp'))).toBe('EBADF');
    expect(codeOf(() => object.setMaxEntries('t_hash', 34))).toBe('EBUSY');
    expect(codeOf(() => object.setAutoload('t_none', true))).toBe('ENOENT');
  });

  test('has no descriptors before the load, and none after close', () => {
    const object = opened();
    expect(codeOf(() => object.mapFd('t_hash'))).toBe('EBADF');
    object.close();
    object.close();
    expect(codeOf(() => object.mapNames())).toBe('EBADF');
    expect(codeOf(() => object.load())).toBe('EBADF');
  });

  test('gives the verifier log of a load that it refuses', () => {
    const object = scratch.keep(native().openObject(rejected, 'rejected'));
    const failed = (): void => object.load();
    expect(failed).toThrow(
      expect.objectContaining({ code: 'EACCES', errno: -13, log: expect.stringContaining('invalid access to packet') }),
    );
    expect(codeOf(failed)).toBe('EINVAL');
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['rubbish', Buffer.from('this is no object file')],
  ])('refuses %s as an object', (_name, file) => {
    expect(() => native().openObject(file, 'x')).toThrow('open object x');
  });

  test('refuses an object that is cut off', () => {
    expect(() => native().openObject(programs.subarray(0, programs.length / 2), 'x')).toThrow('open object x');
  });

  test('opens descriptors that other programs do not inherit', () => {
    const flags = readFileSync(`/proc/self/fdinfo/${loaded().mapFd('t_hash')}`, 'utf8');
    const O_CLOEXEC = 0o2000000;
    expect(parseInt(/^flags:\s*([0-7]+)/m.exec(flags)?.[1] ?? '0', 8) & O_CLOEXEC).toBe(O_CLOEXEC);
  });
});

describe('pins and descriptors', () => {
  test('pins maps and programs, which outlive the object', () => {
    const folder = scratch.bpffs();
    const object = loaded();
    object.pinMap(VARS, join(folder, 'vars'));
    object.pinProgram('t_xdp', join(folder, 'xdp'));
    object.close();
    const map = owned(native().objGet(join(folder, 'vars')));
    expect(native().mapInfo(map)).toMatchObject({ name: VARS, type: MAP_TYPE.array, keySize: 4, valueSize: 16 });
    const program = owned(native().objGet(join(folder, 'xdp')));
    native().objPin(program, join(folder, 'again'));
    expect(native().programInfo(program)).toMatchObject({ name: 't_xdp', type: 6 });
  });

  test('refuses pins that exist, that are missing, and outside a BPF file system', () => {
    const folder = scratch.bpffs();
    const object = loaded();
    object.pinMap('t_hash', join(folder, 'map'));
    expect(codeOf(() => object.pinMap('t_hash', join(folder, 'map')))).toBe('EEXIST');
    expect(codeOf(() => object.pinProgram('t_tc', join(folder, 'map')))).toBe('EEXIST');
    expect(codeOf(() => native().objPin(object.mapFd('t_hash'), join(folder, 'map')))).toBe('EEXIST');
    expect(codeOf(() => native().objGet(join(folder, 'none')))).toBe('ENOENT');
    expect(codeOf(() => object.pinMap('t_hash', join(scratch.folder(), 'map')))).toBe('EPERM');
    expect(codeOf(() => object.pinMap('t_hash', join(folder, 'a.b')))).toBe('EPERM');
  });

  test('opens a map for reading only', () => {
    const folder = scratch.bpffs();
    loaded().pinMap('t_hash', join(folder, 'map'));
    const map = owned(native().objGet(join(folder, 'map'), { readOnly: true }));
    expect(native().mapLookup(map, u32(0))).toBeNull();
    expect(codeOf(() => native().mapUpdate(map, u32(0), u64(1n)))).toBe('EPERM');
    expect(native().mapNextKey(map, null)).toBeNull();
  });

  test('a map that is open for reading only has no memory to share', () => {
    const folder = scratch.bpffs();
    loaded().pinMap(VARS, join(folder, 'map'));
    const map = owned(native().objGet(join(folder, 'map'), { readOnly: true }));
    expect(codeOf(() => native().mapMmap(map, 16, { writable: true }))).toBe('EACCES');
    expect(codeOf(() => native().mapMmap(map, 16, { writable: false }))).toBe('EINVAL');
  });

  test('tells what maps and programs are', () => {
    const object = loaded();
    const map = native().mapInfo(object.mapFd(VARS));
    expect(map).toMatchObject({ type: MAP_TYPE.array, maxEntries: 1, flags: BPF_F_MMAPABLE });
    const program = native().programInfo(object.programFd('t_tc'));
    expect(program.tag).toMatch(/^[0-9a-f]{16}$/);
    expect(program.mapIds).toContain(map.id);
    expect(program.verifiedInstructions).toBeGreaterThan(0);
  });

  test('finds what is loaded by id', () => {
    const { id } = native().mapInfo(loaded().mapFd('t_hash'));
    const found = owned(native().fdById('map', id));
    expect(native().mapInfo(found).id).toBe(id);
    expect(native().nextId('map', id - 1)).toBe(id);
    expect(native().nextId('map', 0x7ffffffe)).toBeNull();
    expect(codeOf(() => native().fdById('program', 0x7ffffffe))).toBe('ENOENT');
    expect(() => native().nextId('socket' as 'map', 0)).toThrow('kind must be');
  });

  test('does not take one kind for another', () => {
    const object = loaded();
    expect(codeOf(() => native().mapInfo(object.programFd('t_tc')))).toBe('EINVAL');
    expect(codeOf(() => native().programInfo(object.mapFd('t_hash')))).toBe('EINVAL');
    expect(codeOf(() => native().linkInfo(object.mapFd('t_hash')))).toBe('EINVAL');
    expect(codeOf(() => native().mapLookup(object.programFd('t_tc'), u32(0)))).toBe('EINVAL');
    expect(codeOf(() => native().mapInfo(owned(native().openFd('/dev/null'))))).toBe('EINVAL');
  });

  test('refuses closed and senseless descriptors', () => {
    const fd = native().openFd('/dev/null');
    native().closeFd(fd);
    expect(codeOf(() => native().closeFd(fd))).toBe('EBADF');
    expect(codeOf(() => native().mapInfo(fd))).toBe('EBADF');
    expect(() => native().closeFd(-1)).toThrow(/whole number/);
    expect(() => native().closeFd(1.5)).toThrow(/whole number/);
    expect(() => native().closeFd(Number.NaN)).toThrow(/whole number/);
    expect(codeOf(() => native().openFd('/nowhere/at/all'))).toBe('ENOENT');
    expect(() => native().openFd('/dev/null\0x')).toThrow('zero byte');
  });

  test('an owned descriptor is closed once and not used afterwards', () => {
    const fd = new OwnedFd(native().openFd('/dev/null'));
    expect(fd.fd).toBeGreaterThan(2);
    fd.close();
    fd.close();
    expect(() => fd.fd).toThrow('it is closed');
  });
});

describe('elements of maps', () => {
  test('of a hash: set, found, listed, deleted', () => {
    const map = loaded().mapFd('t_hash');
    expect(native().mapNextKey(map, null)).toBeNull();
    native().mapUpdate(map, u32(5), u64(50n));
    expect(native().mapLookup(map, u32(5))).toEqual(u64(50n));
    expect(native().mapNextKey(map, null)).toEqual(u32(5));
    expect(native().mapNextKey(map, u32(5))).toBeNull();
    expect(codeOf(() => native().mapUpdate(map, u32(5), u64(51n), BPF_NOEXIST))).toBe('EEXIST');
    expect(native().mapDelete(map, u32(5))).toBe(true);
    expect(native().mapDelete(map, u32(5))).toBe(false);
    expect(native().mapLookup(map, u32(5))).toBeNull();
  });

  test('of a per-CPU array: one padded value for each possible CPU', () => {
    const map = loaded().mapFd('t_percpu');
    const size = native().mapLookup(map, u32(0))?.length ?? 0;
    expect(size).toBe(8 * possibleCpus());
    const values = Buffer.alloc(size);
    values.writeUInt32LE(9, size - 8);
    native().mapUpdate(map, u32(0), values);
    expect(native().mapLookup(map, u32(0))).toEqual(values);
    expect(() => native().mapUpdate(map, u32(0), u32(1))).toThrow(/has 4 bytes/);
  });

  test('of a queue: without key, the oldest is seen, a full one refuses', () => {
    const map = loaded().mapFd('t_queue');
    expect(native().mapLookup(map, null)).toBeNull();
    native().mapUpdate(map, null, u32(1));
    native().mapUpdate(map, null, u32(2));
    expect(native().mapLookup(map, null)).toEqual(u32(1));
    expect(codeOf(() => native().mapUpdate(map, null, u32(3)))).toBe('E2BIG');
  });

  test('refuses keys and values of another size', () => {
    const map = loaded().mapFd('t_hash');
    expect(() => native().mapLookup(map, Buffer.alloc(3))).toThrow('key has 3 bytes, must have 4');
    expect(() => native().mapLookup(map, Buffer.alloc(5))).toThrow('key has 5 bytes, must have 4');
    expect(() => native().mapLookup(map, null)).toThrow('key must be a Buffer');
    expect(() => native().mapUpdate(map, u32(1), Buffer.alloc(7))).toThrow('value has 7 bytes, must have 8');
    expect(() => native().mapDelete(map, Buffer.alloc(0))).toThrow('key has 0 bytes');
    expect(() => native().mapNextKey(map, Buffer.alloc(8))).toThrow('key has 8 bytes');
  });

  test('of many at once', () => {
    const map = loaded().mapFd('t_hash');
    native().mapUpdateBatch(map, u32(1, 2, 3), u64(10n, 20n, 30n), 3);
    expect([1, 2, 3].map((key) => native().mapLookup(map, u32(key)))).toEqual([u64(10n), u64(20n), u64(30n)]);
    native().mapUpdateBatch(map, Buffer.alloc(0), Buffer.alloc(0), 0);
    expect(() => native().mapUpdateBatch(map, u32(1, 2), u64(1n), 2)).toThrow('values has 8 bytes, must have 16');
    expect(() => native().mapUpdateBatch(map, u32(1), u64(1n, 2n), 2)).toThrow('keys has 4 bytes, must have 8');
    const tooMany = Array.from({ length: 9 }, (_, index) => index);
    const values = u64(...tooMany.map(BigInt));
    expect(codeOf(() => native().mapUpdateBatch(map, u32(...tooMany), values, 9))).toBe('E2BIG');
  });

  test('of many at once where the map type has no such operation', () => {
    const map = loaded().mapFd('t_queue');
    native().mapUpdateBatch(map, Buffer.alloc(0), u32(8, 9), 2);
    expect(native().mapLookup(map, null)).toEqual(u32(8));
  });
});

describe('memory of maps', () => {
  test('is shared with the program and with system calls, both ways', () => {
    const object = loaded();
    const mapping = native().mapMmap(object.mapFd(VARS), 16, { writable: true });
    scratch.onCleanUp(() => mapping.unmap());
    const words = new BigUint64Array(mapping.buffer);
    expect([...words]).toEqual([0n, 7n]);
    native().testRun(object.programFd('t_tc'), { data: frame(0x88b5), repeat: 3 });
    expect(Atomics.load(words, 0)).toBe(3n);
    Atomics.store(words, 1, 99n);
    expect(native().mapLookup(object.mapFd(VARS), u32(0))).toEqual(u64(3n, 99n));
  });

  test('outlives the descriptor and is detached when unmapped, any number of times', () => {
    const object = loaded();
    for (let round = 0; round < 50; round++) {
      const mapping = native().mapMmap(object.mapFd(VARS), 16, { writable: round % 2 === 0 });
      const view = new Uint8Array(mapping.buffer);
      expect(view.length).toBe(16);
      expect(mapping.buffer).toBe(mapping.buffer);
      if (round === 49) object.close();
      expect(view[8]).toBe(7);
      mapping.unmap();
      mapping.unmap();
      expect(view.length).toBe(0);
      expect(() => mapping.buffer).toThrow('it is unmapped');
    }
    const mapped = readFileSync('/proc/self/maps', 'utf8').split('\n');
    expect(mapped.filter((line) => line.includes('bpf-map'))).toEqual([]);
  });

  test('is refused for other maps, other lengths, and writing to what is read-only', () => {
    const object = loaded();
    const map = object.mapFd(VARS);
    expect(() => native().mapMmap(map, 17, { writable: false })).toThrow('from 0 to 16');
    expect(() => native().mapMmap(map, 0, { writable: false })).toThrow('must not be 0');
    expect(codeOf(() => native().mapMmap(object.mapFd('t_hash'), 8, { writable: false }))).toBe('EINVAL');
    expect(codeOf(() => native().mapMmap(object.mapFd(CONFIG), 8, { writable: true }))).toBe('EPERM');
  });
});

describe('test run', () => {
  test('returns the verdict, the packet and the context', () => {
    const context = Buffer.alloc(192);
    context.writeUInt32LE(41, 8);
    const options = { data: frame(0x88b5), dataOutSize: 100, context, contextOutSize: 192 };
    const result = native().testRun(loaded().programFd('t_tc'), options);
    expect(result.returnValue).toBe(1);
    expect(result.durationNs).toBeGreaterThan(0);
    const expected = frame(0x88b5);
    expected[14] = 0xee;
    expect(result.dataOut).toEqual(expected);
    expect(result.contextOut.readUInt32LE(8)).toBe(42);
  });

  test('refuses too little room, too little data, and what is no program', () => {
    const object = loaded();
    const program = object.programFd('t_tc');
    expect(codeOf(() => native().testRun(program, { data: frame(0x88b5), dataOutSize: 10 }))).toBe('ENOSPC');
    expect(codeOf(() => native().testRun(program, { data: Buffer.alloc(13) }))).toBe('EINVAL');
    expect(codeOf(() => native().testRun(object.mapFd('t_hash'), { data: frame(0x88b5) }))).toBe('EINVAL');
    expect(() => native().testRun(program, { data: 'x' as unknown as Buffer })).toThrow('must be a Buffer');
    expect(() => native().testRun(program, { repeat: -1 })).toThrow(/whole number/);
  });
});

describe('ring buffer', () => {
  test('gives copies of the records in order, at most so many at once', () => {
    const object = loaded();
    const ring = scratch.keep(native().ringOpen(object.mapFd('t_ring')));
    expect(ring.consume(10)).toEqual([]);
    expect(ring.wait(0)).toBe(false);
    native().testRun(object.programFd('t_tc'), { data: frame(0x88b5), repeat: 5 });
    expect(ring.wait(1000)).toBe(true);
    expect(ring.consume(2)).toEqual([u64(1n), u64(2n)]);
    expect(ring.consume(10)).toEqual([u64(3n), u64(4n), u64(5n)]);
    expect(ring.consume(10)).toEqual([]);
  });

  test('refuses other maps, senseless bounds and use after close', () => {
    const object = loaded();
    expect(codeOf(() => native().ringOpen(object.mapFd('t_hash')))).toBe('EINVAL');
    const ring = native().ringOpen(object.mapFd('t_ring'));
    expect(() => ring.consume(0)).toThrow('must not be 0');
    ring.close();
    ring.close();
    expect(codeOf(() => ring.consume(1))).toBe('EBADF');
    expect(codeOf(() => ring.wait(0))).toBe('EBADF');
  });
});

describe('XDP', () => {
  test.each(['native', 'generic'] as const)('%s: attached by a link, which refuses to be replaced', (mode) => {
    const { a } = scratch.vethPair();
    const program = loaded().programFd('t_xdp');
    const { id } = native().programInfo(program);
    expect(native().xdpQuery(a)).toEqual({ driverId: 0, skbId: 0, hwId: 0 });
    const link = new OwnedFd(native().linkCreateXdp(program, a, mode));
    scratch.keep(link);
    expect(native().linkInfo(link.fd)).toMatchObject({ type: 6, programId: id, ifindex: a });
    const found = native().xdpQuery(a);
    expect(mode === 'native' ? found.driverId : found.skbId).toBe(id);
    expect(codeOf(() => native().linkCreateXdp(program, a, mode))).toBe('EBUSY');
    native().linkDetach(link.fd);
    expect(native().xdpQuery(a)).toEqual({ driverId: 0, skbId: 0, hwId: 0 });
    expect(native().linkInfo(link.fd).ifindex).toBe(0);
  });

  test('a pinned link keeps the program on the interface', () => {
    const folder = scratch.bpffs();
    const { a } = scratch.vethPair();
    const object = loaded();
    const { id } = native().programInfo(object.programFd('t_xdp'));
    const link = new OwnedFd(native().linkCreateXdp(object.programFd('t_xdp'), a, 'native'));
    native().objPin(link.fd, join(folder, 'link'));
    link.close();
    object.close();
    expect(native().xdpQuery(a).driverId).toBe(id);
    const again = owned(native().objGet(join(folder, 'link')));
    expect(native().linkInfo(again)).toMatchObject({ type: 6, programId: id, ifindex: a });
    native().linkDetach(again);
    rmSync(join(folder, 'link'));
  });

  test('refuses interfaces that are not there and programs of another kind', () => {
    const { a } = scratch.vethPair();
    const object = loaded();
    expect(codeOf(() => native().xdpQuery(99999))).toBe('ENODEV');
    expect(codeOf(() => native().linkCreateXdp(object.programFd('t_xdp'), 99999, 'native'))).toBe('ENODEV');
    expect(codeOf(() => native().linkCreateXdp(object.programFd('t_tc'), a, 'native'))).toBe('EINVAL');
    expect(() => native().linkCreateXdp(object.programFd('t_xdp'), 0, 'native')).toThrow('ifindex must not be 0');
    expect(() => native().linkCreateXdp(3, a, 'offload' as 'native')).toThrow('mode must be');
  });
});

describe('clsact', () => {
  test('is made once, holds filters by handle and priority, and goes', () => {
    const { a } = scratch.vethPair();
    const program = loaded().programFd('t_tc');
    const { id } = native().programInfo(program);
    expect(native().clsactCreate(a)).toBe('created');
    expect(native().clsactCreate(a)).toBe('exists');
    native().tcAttach(a, 'egress', program, 1, 49152);
    expect(codeOf(() => native().tcAttach(a, 'egress', program, 1, 49152))).toBe('EEXIST');
    expect(native().tcQuery(a, 'egress', 1, 49152)).toEqual({ programId: id });
    expect(native().tcQuery(a, 'egress', 2, 49152)).toBeNull();
    expect(native().tcQuery(a, 'ingress', 1, 49152)).toBeNull();
    expect(run('tc', 'filter', 'show', 'dev', 'va', 'egress')).toContain('t_tc');
    native().tcDetach(a, 'egress', 1, 49152);
    expect(native().tcQuery(a, 'egress', 1, 49152)).toBeNull();
    expect(codeOf(() => native().tcDetach(a, 'egress', 1, 49152))).toBe('ENOENT');
    native().clsactDestroy(a);
    expect(run('tc', 'qdisc', 'show', 'dev', 'va')).not.toContain('clsact');
    expect(native().tcQuery(a, 'egress', 1, 49152)).toBeNull();
    expect(codeOf(() => native().tcDetach(a, 'egress', 1, 49152))).toBe('ENOENT');
    expect(codeOf(() => native().clsactDestroy(a))).toBe('ENOENT');
  });

  test('refuses interfaces without it, and the values that mean "any"', () => {
    const { a } = scratch.vethPair();
    const program = loaded().programFd('t_tc');
    expect(codeOf(() => native().clsactCreate(99999))).toBe('ENODEV');
    expect(codeOf(() => native().clsactDestroy(99999))).toBe('ENODEV');
    expect(codeOf(() => native().tcQuery(99999, 'ingress', 1, 1))).toBe('ENODEV');
    expect(codeOf(() => native().tcAttach(a, 'ingress', program, 1, 1))).toBe('EINVAL');
    expect(() => native().tcDetach(a, 'ingress', 0, 1)).toThrow('handle must not be 0');
    expect(() => native().tcDetach(a, 'ingress', 1, 0)).toThrow('priority must not be 0');
    expect(() => native().tcDetach(a, 'ingress', 1, 65536)).toThrow('from 0 to 65535');
    expect(() => native().tcDetach(a, 'sideways' as 'ingress', 1, 1)).toThrow('side must be');
  });
});

describe('packet sockets', () => {
  test('carry frames with the time of their arrival', () => {
    const { a, b } = scratch.vethPair();
    const sender = scratch.keep(native().packetOpen(a));
    const receiver = scratch.keep(native().packetOpen(b, { ethertype: 0x88b5 }));
    expect(receiver.receive(0)).toBeNull();
    sender.send(frame(0x88b7, 1));
    sender.send(frame(0x88b5, 2));
    sender.send(frame(0x88b5, 3));
    expect(receiver.receive(1000)).toEqual(frame(0x88b5, 2));
    const last = receiver.receiveStamped(1000);
    expect(last?.frame).toEqual(frame(0x88b5, 3));
    const ageNs = BigInt(Date.now()) * 1_000_000n - (last?.timestamp ?? 0n);
    expect(Number(ageNs)).toBeLessThan(60e9);
    expect(Number(ageNs)).toBeGreaterThan(-60e9);
    expect(receiver.statistics()).toEqual({ received: 2, dropped: 0 });
    expect(receiver.statistics()).toEqual({ received: 0, dropped: 0 });
    expect(receiver.receive(1)).toBeNull();
  });

  test('see their own interface send, unless they look away', () => {
    const { a } = scratch.vethPair();
    const sender = scratch.keep(native().packetOpen(a));
    const looking = scratch.keep(native().packetOpen(a));
    const lookingAway = scratch.keep(native().packetOpen(a, { ignoreOutgoing: true }));
    sender.send(frame(0x88b5));
    expect(looking.receive(1000)).toEqual(frame(0x88b5));
    expect(lookingAway.receive(0)).toBeNull();
  });

  test('refuse missing interfaces, senseless frames and use after close', () => {
    const { a } = scratch.vethPair();
    expect(codeOf(() => native().packetOpen(99999))).toBe('ENODEV');
    expect(() => native().packetOpen(a, { ethertype: 65536 })).toThrow('from 0 to 65535');
    const socket = native().packetOpen(a);
    expect(codeOf(() => socket.send(Buffer.alloc(3)))).toBe('EINVAL');
    expect(codeOf(() => socket.send(Buffer.alloc(70000)))).toBe('EMSGSIZE');
    expect(() => socket.receive(-1)).toThrow(/whole number/);
    socket.close();
    socket.close();
    expect(codeOf(() => socket.receive(0))).toBe('EBADF');
    expect(codeOf(() => socket.send(frame(1)))).toBe('EBADF');
    expect(codeOf(() => socket.statistics())).toBe('EBADF');
  });
});

describe('locks', () => {
  test('keep other open files out of their bytes, until unlocked or closed', () => {
    const path = join(scratch.folder(), 'lock');
    const umask = process.umask(0o022);
    scratch.onCleanUp(() => process.umask(umask));
    const one = new OwnedFd(native().openLockFile(path, 0o640));
    const two = scratch.keep(new OwnedFd(native().openLockFile(path, 0o600)));
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(native().ofdLock(one.fd, 10, 1, true)).toBe(true);
    expect(native().ofdLock(two.fd, 10, 1, true)).toBe(false);
    expect(native().ofdLock(two.fd, 10, 1, false)).toBe(false);
    expect(native().ofdLock(two.fd, 11, 1, true)).toBe(true);
    native().ofdUnlock(one.fd, 10, 1);
    expect(native().ofdLock(two.fd, 10, 1, false)).toBe(true);
    expect(native().ofdLock(one.fd, 10, 1, false)).toBe(true);
    expect(native().ofdLock(two.fd, 10, 1, true)).toBe(false);
    one.close();
    expect(native().ofdLock(two.fd, 10, 1, true)).toBe(true);
  });

  test('die with the process that holds them', () => {
    const path = join(scratch.folder(), 'lock');
    const held = `
      const { createRequire } = require('node:module');
      const addon = require(process.argv[1]);
      const fd = addon.openLockFile(process.argv[2], 0o600);
      if (!addon.ofdLock(fd, 0, 0, true)) process.exit(1);
      process.kill(process.pid, 'SIGKILL');`;
    const addon = join(packageRoot(), 'build/Release/ncbpf_addon.node');
    expect(spawnSync(process.execPath, ['-e', held, addon, path]).signal).toBe('SIGKILL');
    const fd = owned(native().openLockFile(path, 0o600));
    expect(native().ofdLock(fd, 0, 0, true)).toBe(true);
  });

  test('refuse missing folders, links and senseless ranges', () => {
    const folder = scratch.folder();
    run('ln', '-s', '/dev/null', join(folder, 'link'));
    expect(codeOf(() => native().openLockFile(join(folder, 'link'), 0o600))).toBe('ELOOP');
    expect(codeOf(() => native().openLockFile(join(folder, 'none', 'lock'), 0o600))).toBe('ENOENT');
    const fd = owned(native().openLockFile(join(folder, 'lock'), 0o600));
    expect(() => native().ofdLock(fd, -1, 1, true)).toThrow(/whole number/);
    expect(() => native().ofdLock(fd, 0, 1, 1 as unknown as boolean)).toThrow('must be true or false');
    native().ofdUnlock(fd, 0, 1);
  });
});

describe('namespaces and process', () => {
  test('enters a namespace by path and by descriptor', () => {
    const path = scratch.namespace();
    const home = native().netnsIdentity();
    const other = native().netnsIdentity(path);
    expect(other).not.toEqual(home);
    scratch.enter(path);
    expect(native().netnsIdentity()).toEqual(other);
    const third = scratch.namespace();
    native().setNetns(owned(native().openFd(third)));
    expect(native().netnsIdentity()).toEqual(native().netnsIdentity(third));
  });

  test('refuses what is no namespace', () => {
    expect(codeOf(() => native().netnsIdentity('/nowhere'))).toBe('ENOENT');
    expect(codeOf(() => native().setNetns('/nowhere'))).toBe('ENOENT');
    expect(codeOf(() => native().setNetns('/dev/null'))).toBe('EINVAL');
    expect(codeOf(() => native().setNetns(99999))).toBe('EBADF');
  });

  test('finds interfaces of its own namespace by name', () => {
    const { a, b } = scratch.vethPair();
    expect(native().interfaceIndex('va')).toBe(a);
    expect(native().interfaceIndex('vb')).toBe(b);
    expect(native().interfaceIndex('none')).toBeNull();
    expect(native().interfaceIndex('a-name-that-is-much-too-long')).toBeNull();
  });

  test('knows its capabilities and its library', () => {
    const status = readFileSync('/proc/self/status', 'utf8');
    const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)?.[1] ?? '0'}`);
    const CAP_NET_ADMIN = 12n;
    const CAP_BPF = 39n;
    expect(native().capabilities().includes('CAP_NET_ADMIN')).toBe(((effective >> CAP_NET_ADMIN) & 1n) === 1n);
    expect(native().capabilities().includes('CAP_BPF')).toBe(((effective >> CAP_BPF) & 1n) === 1n);
    expect(native().libbpfVersion()).toMatch(/^v\d+\.\d+$/);
  });

  test('says which command builds the addon', () => {
    expect(new AddonUnavailableError('it is not there').message).toContain('npm run setup');
  });
});

function possibleCpus(): number {
  const ranges = readFileSync('/sys/devices/system/cpu/possible', 'utf8').trim().split(',');
  const counts = ranges.map((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return last - first + 1;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
