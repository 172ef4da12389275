// What `ncbpf build` wrote (manifest and object), and the record of an attachment, which has such a manifest in it.
import assert from 'node:assert/strict';
import { manifestOf } from '../../../codegen/build.js';
import { BundleError, isBundle, readBundle, writeBundle } from '../../../codegen/bundle.js';
import { shapeOf } from '../../../codegen/shape.js';
import { checkSource } from '../../../lang/compile.js';
import { AttachmentRecordError, formatAttachment, parseAttachment } from '../../../maps/attachment.js';
import { ABI_VERSION, ManifestError, type Manifest } from '../../../maps/manifest.js';
import { encodePeers } from '../../../maps/peers.js';
import { decodeState, decodeStats } from '../../../maps/state.js';
import { formatVariableIndex, parseVariableIndex } from '../../../maps/variable-index.js';
import type { Reader } from '../reader.js';
import { BASE } from './promises.js';
import { bytesOf, filesOf, sectionsOf } from './seeds.js';

const KNOWN_ERRORS = [BundleError, AttachmentRecordError, ManifestError];

/** Larger than nc_state and nc_stats of any program. */
const LARGEST_MAP = 1024 * 1024;

/** What is done with the manifest of a bundle or an attachment before and while its program runs. */
function promiseManifest(manifest: Manifest): string[] {
  const { variables, queues, varsSize } = manifest;
  const index = parseVariableIndex(formatVariableIndex(manifest, '/pin', '/writers'));
  assert.equal(
    JSON.stringify(index),
    JSON.stringify({ size: varsSize, pin: '/pin', writers: '/writers', variables, queues }),
  );
  assert(encodePeers(manifest).count <= manifest.channels.length * 65_536 + manifest.allow.length);
  decodeState(new Uint8Array(LARGEST_MAP), manifest);
  decodeStats(new Uint8Array(LARGEST_MAP), manifest);
  return [variables, queues, manifest.channels, manifest.counters].map(({ length }) => `${Math.min(length, 2)}`);
}

function playBundle(input: Uint8Array): string[] {
  const built = readBundle(input);
  const again = readBundle(writeBundle(built));
  assert.equal(JSON.stringify(again.manifest), JSON.stringify(built.manifest));
  assert(Buffer.from(again.object).equals(built.object));
  return promiseManifest(built.manifest);
}

function playRecord(input: Uint8Array): string[] {
  const attachment = parseAttachment(Buffer.from(input).toString('utf8'));
  const again = parseAttachment(formatAttachment(attachment));
  assert.equal(JSON.stringify(again), JSON.stringify(attachment));
  return promiseManifest(attachment.manifest);
}

function play(input: Uint8Array): string[] {
  try {
    return isBundle(input) ? playBundle(input) : playRecord(input);
  } catch (error) {
    if (!KNOWN_ERRORS.some((kind) => error instanceof kind)) throw error;
    const { message } = error as Error;
    assert(/^\S[^\n]*\S$/.test(message) && message.length < 400, `it is one sentence: ${message.slice(0, 1000)}`);
    return [message.replaceAll(/\d+/g, 'N').slice(0, 120)];
  }
}

/** The smallest thing that passes for an eBPF object: its header. */
function header(): Uint8Array {
  const bytes = Buffer.alloc(64);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]).copy(bytes);
  bytes.writeUInt16LE(247, 18);
  return bytes;
}

function manifests(): Manifest[] {
  const samples = filesOf('samples', '.nc').map((bytes) => new TextDecoder().decode(bytes));
  const texts = [...samples, ...sectionsOf('test/cases/oracle', 'program', 700).filter((_, index) => index % 16 === 0)];
  return texts.flatMap((text) => {
    const { program } = checkSource(text, `${BASE}.nc`);
    return program === null ? [] : [manifestOf(program, shapeOf(program), 'ncbpf fuzz')];
  });
}

function recordOf(manifest: Manifest): Uint8Array {
  const record = {
    format: 'ncbpf-attachment' as const,
    abi: ABI_VERSION as typeof ABI_VERSION,
    phase: 'attached' as const,
    interface: 'eth0',
    ifindex: 2,
    mac: '02:00:00:00:00:01',
    netns: { device: '4', inode: '4026531840' },
    pins: '/sys/fs/bpf/ncbpf/eth0',
    pacer: 'fq' as const,
    pacerReason: 'this kernel has fq',
    xdpMode: 'generic' as const,
    madeClsact: true,
    filters: [{ ifindex: 2, direction: 'egress' as const, handle: 1, priority: 1 }],
    pair: { near: 'nc0a', far: 'nc0b', alias: 'ncbpf' },
    process: { pid: 7, startTime: '1234', lacks: [] },
    cpu: null,
    group: 'ncbpf',
    trial: { deadlineNs: '1000000000', process: { pid: 8, startTime: '1235' } },
    gate: { rate: 1e9, failClosed: false, hold: true, madeFq: true, segments: null, softirqs: false },
  };
  return bytesOf(formatAttachment({ record, manifest }));
}

const WORDS = [
  ...['null', 'true', 'false', '0', '-1', '1.5', '1e400', '[]', '{}', '""', '"__proto__"', '"constructor"', '"bytes"'],
  ...['"integer"', '"network"', '"application"', '"ncm"', '"v1"', '{', '}', '[', ']', ',', ':', '\\ud800'],
];

export const MANIFEST: Reader = {
  shape: { kind: 'bundle', words: WORDS },
  seeds: () => {
    const all = manifests();
    return [...all.map((manifest) => writeBundle({ object: header(), manifest })), ...all.slice(0, 4).map(recordOf)];
  },
  play,
};
