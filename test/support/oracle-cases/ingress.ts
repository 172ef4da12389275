// What ingress takes, drops by cause, and lets pass; receive queues; strict ingress.
import { A, B, be, ethernet, EVERYONE, OWN, padded, STRANGER, times, v1 } from './text.js';
import type { CaseText } from './text.js';
import type { Header } from './text.js';

const CAUSES = ['version', 'type', 'length', 'unknown_channel', 'sender', 'queue_full', 'strict'] as const;
type Cause = (typeof CAUSES)[number];

interface Raw {
  readonly name: string;
  readonly about: string;
  /** Hex digits of the whole frame. */
  readonly frame: string;
  /** A cause: dropped; otherwise taken or passed. */
  readonly fate: Cause | 'taken' | 'pass';
  readonly declarations?: readonly string[];
}

/** Channel 0 hears A, channel 7 hears B. */
const TWO_CHANNELS = [`channel bus = 0 from ${A}`, `channel other = 7 from ${B}`];

function rawCase(prefix: string, { name, about, frame, fate, declarations = TWO_CHANNELS }: Raw): CaseText {
  const isDropped = fate !== 'taken' && fate !== 'pass';
  return {
    name: `${prefix}-${name}`,
    about,
    program: [...declarations, 'counter c', 'wait 100us', 'add_to_counter c, 1', 'end_of_program'],
    script: ['run until 0us', `at 10us raw hex:${frame}`, 'run until 100us'],
    expect: [
      `verdicts = ${isDropped ? 'drop' : fate}`,
      ...CAUSES.map((cause) => `drop ${cause} = ${cause === fate ? 1 : 0}`),
      `channel bus received = ${fate === 'taken' ? 1 : 0}`,
      'counter c = 1',
      'errors = none',
    ],
  };
}

function fromA(header: Header, payload = '', destination = EVERYONE): string {
  return ethernet(destination, A, '88b5') + v1(header) + payload;
}

const faults: readonly Raw[] = [
  { name: 'good', about: 'a frame without a fault', frame: padded(fromA({ length: 2 }, '0102')), fate: 'taken' },
  { name: 'version-0', about: 'version 0', frame: padded(fromA({ version: 0 })), fate: 'version' },
  { name: 'version-2', about: 'version 2', frame: padded(fromA({ version: 2 })), fate: 'version' },
  { name: 'version-255', about: 'version 255', frame: padded(fromA({ version: 255 })), fate: 'version' },
  { name: 'type-0', about: 'type 0', frame: padded(fromA({ type: 0 })), fate: 'type' },
  { name: 'type-3', about: 'type 3', frame: padded(fromA({ type: 3 })), fate: 'type' },
  { name: 'type-255', about: 'type 255', frame: padded(fromA({ type: 255 })), fate: 'type' },
  {
    name: 'length-fills-the-padding',
    about: '22 bytes fill a frame of 60 bytes',
    frame: padded(fromA({ length: 22 }, 'ee')),
    fate: 'taken',
  },
  {
    name: 'length-one-beyond',
    about: '23 bytes do not fit a frame of 60 bytes',
    frame: padded(fromA({ length: 23 }, 'ee')),
    fate: 'length',
  },
  { name: 'length-greatest', about: 'a length of 65535', frame: padded(fromA({ length: 65535 })), fate: 'length' },
  {
    name: 'length-100-exactly',
    about: '100 bytes in a frame of 138',
    frame: fromA({ length: 100 }, 'ab'.repeat(100)),
    fate: 'taken',
  },
  {
    name: 'length-100-one-missing',
    about: '100 bytes in a frame of 137',
    frame: fromA({ length: 100 }, 'ab'.repeat(99)),
    fate: 'length',
  },
  {
    name: 'length-less-than-there',
    about: 'more bytes than the length says: the rest is padding',
    frame: fromA({ length: 3 }, 'ab'.repeat(200)),
    fate: 'taken',
  },
  {
    name: 'length-1470',
    about: 'the greatest payload',
    frame: fromA({ length: 1470 }, '5a'.repeat(1470)),
    fate: 'taken',
  },
  {
    name: 'length-0-unpadded',
    about: 'a header and nothing more, without padding',
    frame: fromA({ length: 0 }),
    fate: 'taken',
  },
  {
    name: 'length-1-unpadded',
    about: 'a header that promises one byte, without padding',
    frame: fromA({ length: 1 }),
    fate: 'length',
  },
  {
    name: 'channel-1',
    about: 'a channel that is not declared',
    frame: padded(fromA({ channel: 1 })),
    fate: 'unknown_channel',
  },
  {
    name: 'channel-256',
    about: 'ids of the frame have 16 bits: 256 is not 0',
    frame: padded(fromA({ channel: 256 })),
    fate: 'unknown_channel',
  },
  {
    name: 'channel-263',
    about: 'ids of the frame have 16 bits: 263 is not 7',
    frame: padded(fromA({ channel: 263 })),
    fate: 'unknown_channel',
  },
  {
    name: 'channel-65535',
    about: 'the greatest id',
    frame: padded(fromA({ channel: 65535 })),
    fate: 'unknown_channel',
  },
  {
    name: 'sender',
    about: 'A is accepted, but not on channel 7',
    frame: padded(fromA({ channel: 7 })),
    fate: 'sender',
  },
  { name: 'flags-ignored', about: 'flags are ignored', frame: padded(fromA({ flags: 0xffff })), fate: 'taken' },
  {
    name: 'program-id-ignored',
    about: 'the program id is never filtered by',
    frame: padded(fromA({ programId: 0xffffffff })),
    fate: 'taken',
  },
  {
    name: 'time-ignored',
    about: 'the time in the frame is not looked at',
    frame: padded(fromA({ tai: 0xffffffffffffffffn })),
    fate: 'taken',
  },
  {
    name: 'version-before-type',
    about: 'version and type are wrong: the version counts',
    frame: padded(fromA({ version: 9, type: 9 })),
    fate: 'version',
  },
  {
    name: 'version-before-length',
    about: 'version and length are wrong',
    frame: padded(fromA({ version: 9, length: 999 })),
    fate: 'version',
  },
  {
    name: 'version-before-channel',
    about: 'version and channel are wrong',
    frame: padded(fromA({ version: 9, channel: 9 })),
    fate: 'version',
  },
  {
    name: 'version-before-sender',
    about: 'version and sender are wrong',
    frame: padded(fromA({ version: 9, channel: 7 })),
    fate: 'version',
  },
  {
    name: 'type-before-length',
    about: 'type and length are wrong',
    frame: padded(fromA({ type: 9, length: 999 })),
    fate: 'type',
  },
  {
    name: 'type-before-channel',
    about: 'type and channel are wrong',
    frame: padded(fromA({ type: 9, channel: 9 })),
    fate: 'type',
  },
  {
    name: 'type-before-sender',
    about: 'type and sender are wrong',
    frame: padded(fromA({ type: 9, channel: 7 })),
    fate: 'type',
  },
  {
    name: 'length-before-channel',
    about: 'length and channel are wrong',
    frame: padded(fromA({ length: 999, channel: 9 })),
    fate: 'length',
  },
  {
    name: 'length-before-sender',
    about: 'length and sender are wrong',
    frame: padded(fromA({ length: 999, channel: 7 })),
    fate: 'length',
  },
];

/** Frames that end inside the header; the first bytes are a good header unless another is given. */
function cut(name: string, bytes: number, header: Header, fate: Raw['fate']): Raw {
  const frame = fromA(header).slice(0, (14 + bytes) * 2);
  return { name, about: `a frame that ends ${bytes} bytes after the Ethernet header: ${fate}`, frame, fate };
}

const short: readonly Raw[] = [
  ...[0, 1, 2, 4, 8, 9, 10, 16, 23].map((bytes) => cut(`good-${bytes}`, bytes, {}, 'length')),
  cut('good-24', 24, {}, 'taken'),
  cut('version-1', 1, { version: 3 }, 'version'),
  cut('version-2', 2, { version: 3 }, 'version'),
  cut('version-23', 23, { version: 3, type: 9 }, 'version'),
  cut('type-not-there', 1, { type: 9 }, 'length'),
  cut('type-2', 2, { type: 9 }, 'type'),
  cut('type-23', 23, { type: 9 }, 'type'),
  cut('channel-23', 23, { channel: 99 }, 'length'),
];

const passing: readonly Raw[] = [
  {
    name: 'ip',
    about: 'another ethertype of an accepted sender',
    frame: padded(ethernet(EVERYONE, A, '0800')),
    fate: 'pass',
  },
  {
    name: 'ncm',
    about: 'frames of wire ncm are foreign to wire v1',
    frame: padded(ethernet(EVERYONE, A, '9009')),
    fate: 'pass',
  },
  {
    name: 'stranger',
    about: 'our ethertype of a stranger',
    frame: padded(ethernet(EVERYONE, STRANGER, '88b5') + v1({})),
    fate: 'pass',
  },
  {
    name: 'stranger-with-faults',
    about: 'a stranger is not judged',
    frame: padded(ethernet(EVERYONE, STRANGER, '88b5') + v1({ version: 9 })),
    fate: 'pass',
  },
  {
    name: 'stranger-short',
    about: 'a stranger is not judged, however short',
    frame: ethernet(EVERYONE, STRANGER, '88b5'),
    fate: 'pass',
  },
  {
    name: 'own-address',
    about: 'our own address is no sender that we accept',
    frame: padded(ethernet(EVERYONE, OWN, '88b5') + v1({})),
    fate: 'pass',
  },
  { name: 'for-another', about: 'unicast for another node', frame: padded(fromA({}, '', B)), fate: 'pass' },
  {
    name: 'for-another-with-faults',
    about: 'what is not ours is not judged',
    frame: padded(fromA({ version: 9 }, '', B)),
    fate: 'pass',
  },
  { name: 'for-us', about: 'unicast for us', frame: padded(fromA({}, '', OWN)), fate: 'taken' },
  {
    name: 'for-a-group',
    about: 'multicast is not unicast for others',
    frame: padded(fromA({}, '', '01:00:5e:00:00:01')),
    fate: 'taken',
  },
  {
    name: 'vlan',
    about: 'a tagged frame has another ethertype',
    frame: padded(`${ethernet(EVERYONE, A, '8100')}000188b5${v1({})}`),
    fate: 'pass',
  },
  {
    name: 'other-ethertype-declared',
    about: 'wire v1 with another ethertype takes that one',
    frame: padded(ethernet(EVERYONE, A, '88b6') + v1({})),
    fate: 'taken',
    declarations: ['wire v1 ethertype 0x88b6', ...TWO_CHANNELS],
  },
  {
    name: 'default-ethertype-not-declared',
    about: 'wire v1 with another ethertype lets the default pass',
    frame: padded(fromA({})),
    fate: 'pass',
    declarations: ['wire v1 ethertype 0x88b6', ...TWO_CHANNELS],
  },
  {
    name: 'no-channel-hears',
    about: 'a program whose channels hear nobody lets everything pass',
    frame: padded(fromA({})),
    fate: 'pass',
    declarations: ['channel bus', 'channel other'],
  },
];

const NCM = ['wire ncm', ...TWO_CHANNELS];
const ncm: readonly Raw[] = [
  {
    name: 'data',
    about: 'a data frame of an accepted sender',
    frame: padded(ethernet(EVERYONE, A, '9009')),
    fate: 'taken',
    declarations: NCM,
  },
  {
    name: 'unpadded',
    about: 'no header, no fault: also an empty frame is taken',
    frame: ethernet(EVERYONE, A, '9009'),
    fate: 'taken',
    declarations: NCM,
  },
  {
    name: 'stranger',
    about: 'a stranger passes',
    frame: padded(ethernet(EVERYONE, STRANGER, '9009')),
    fate: 'pass',
    declarations: NCM,
  },
  {
    name: 'v1',
    about: 'frames of wire v1 are foreign to wire ncm',
    frame: padded(fromA({})),
    fate: 'pass',
    declarations: NCM,
  },
  {
    name: 'for-another',
    about: 'unicast for another node',
    frame: padded(ethernet(B, A, '9009')),
    fate: 'pass',
    declarations: NCM,
  },
  {
    name: 'lowest-channel',
    about: 'a sender of two channels: the one of lowest id',
    frame: padded(ethernet(EVERYONE, A, '9009')),
    fate: 'taken',
    declarations: ['wire ncm', `channel other = 5 from ${A}`, `channel bus = 2 from ${A}`],
  },
];

const STRICT = ['ingress strict', ...TWO_CHANNELS];
const ALLOWING = [`ingress strict allow ${STRANGER}, 02:00:00:00:00:77`, ...TWO_CHANNELS];
const strict: readonly Raw[] = [
  { name: 'accepted', about: 'an accepted sender', frame: padded(fromA({})), fate: 'taken', declarations: STRICT },
  {
    name: 'accepted-ip',
    about: 'another ethertype of an accepted sender passes',
    frame: padded(ethernet(EVERYONE, A, '0800')),
    fate: 'pass',
    declarations: STRICT,
  },
  {
    name: 'accepted-for-another',
    about: 'an accepted sender to another node passes',
    frame: padded(fromA({}, '', B)),
    fate: 'pass',
    declarations: STRICT,
  },
  {
    name: 'accepted-fault',
    about: 'faults of accepted senders keep their cause',
    frame: padded(fromA({ version: 4 })),
    fate: 'version',
    declarations: STRICT,
  },
  {
    name: 'stranger',
    about: 'our ethertype of a stranger',
    frame: padded(ethernet(EVERYONE, STRANGER, '88b5') + v1({})),
    fate: 'strict',
    declarations: STRICT,
  },
  {
    name: 'stranger-ip',
    about: 'every frame of a stranger, whatever it is',
    frame: padded(ethernet(EVERYONE, STRANGER, '0800')),
    fate: 'strict',
    declarations: STRICT,
  },
  {
    name: 'stranger-arp-to-us',
    about: 'also unicast for us',
    frame: padded(ethernet(OWN, STRANGER, '0806')),
    fate: 'strict',
    declarations: STRICT,
  },
  {
    name: 'stranger-for-another',
    about: 'also unicast for others',
    frame: padded(ethernet(B, STRANGER, '0800')),
    fate: 'strict',
    declarations: STRICT,
  },
  {
    name: 'stranger-short',
    about: 'nothing but an Ethernet header',
    frame: ethernet(EVERYONE, STRANGER, '0800'),
    fate: 'strict',
    declarations: STRICT,
  },
  {
    name: 'allowed-ip',
    about: 'a sender in the allow list passes',
    frame: padded(ethernet(EVERYONE, STRANGER, '0800')),
    fate: 'pass',
    declarations: ALLOWING,
  },
  {
    name: 'allowed-our-ethertype',
    about: 'a sender in the allow list is accepted by no channel: it passes',
    frame: padded(ethernet(EVERYONE, STRANGER, '88b5') + v1({})),
    fate: 'pass',
    declarations: ALLOWING,
  },
  {
    name: 'second-allowed',
    about: 'the second of the allow list',
    frame: padded(ethernet(EVERYONE, '02:00:00:00:00:77', '0800')),
    fate: 'pass',
    declarations: ALLOWING,
  },
  {
    name: 'not-allowed',
    about: 'an allow list allows nobody else',
    frame: padded(ethernet(EVERYONE, '02:00:00:00:00:78', '0800')),
    fate: 'strict',
    declarations: ALLOWING,
  },
  {
    name: 'open-declared',
    about: 'ingress open lets strangers pass',
    frame: padded(ethernet(EVERYONE, STRANGER, '0800')),
    fate: 'pass',
    declarations: ['ingress open', ...TWO_CHANNELS],
  },
  {
    name: 'ncm',
    about: 'strict with wire ncm',
    frame: padded(ethernet(EVERYONE, STRANGER, '9009')),
    fate: 'strict',
    declarations: ['wire ncm', ...STRICT],
  },
];

/** Declared length (null: default), frames that arrive, numbers that are left. */
const QUEUES: readonly (readonly [length: number | null, arrive: number])[] = [
  [1, 1],
  [1, 2],
  [1, 5],
  [2, 2],
  [2, 3],
  [5, 12],
  [null, 16],
  [null, 17],
  [255, 256],
  [256, 256],
  [256, 257],
];

const queues = QUEUES.map(([length, arrive]): CaseText => {
  const room = length ?? 16;
  const gone = Math.max(0, arrive - room);
  return {
    name: `queue-${length ?? 'default'}-frames-${arrive}`,
    about: `a queue of ${room}: of ${arrive} frames the oldest ${gone} go; the oldest that is left is received first`,
    program: [
      `channel bus from ${A}${length === null ? '' : ` queue ${length}`}`,
      'var v : u16',
      'var w : u16 = 65535',
      'wait 1ms',
      'receive bus -> v',
      'receive bus -> w',
      'end_of_program',
    ],
    script: [
      'run until 0us',
      ...times(arrive, (n) => `at ${n + 1}us frame from ${A} channel bus seq ${n} payload hex:${be(n, 2)}`),
      'run until 1000us',
    ],
    expect: [
      `channel bus received = ${arrive}`,
      `channel bus queue_full = ${gone}`,
      `drop queue_full = ${gone}`,
      `var v = ${gone}`,
      `var w = ${arrive - gone > 1 ? gone + 1 : 65535}`,
      `errors = ${arrive - gone > 1 ? 'none' : 'receive_fault'}`,
      `channel bus waiting = ${Math.max(0, arrive - gone - 2)}`,
      `peer ${A} bus data = lost 0 repeated 0 restarted 0`,
    ],
  };
});

const order: CaseText[] = [
  {
    name: 'queue-first-in-first-out',
    about: 'frames of two senders at one instant come in the order in which they were sent',
    program: [
      `channel bus from ${A}, ${B}`,
      ...['u', 'v', 'w'].map((name) => `var ${name} : u8`),
      ...['u', 'v', 'w'].map((name) => `receive bus -> ${name}`),
      'end_of_program',
    ],
    script: [
      `at 0us frame from ${B} channel bus seq 0 payload hex:03`,
      `at 0us frame from ${A} channel bus seq 0 payload hex:01`,
      `at 0us frame from ${B} channel bus seq 1 payload hex:02`,
      'run until 0us',
    ],
    expect: ['var u = 3', 'var v = 1', 'var w = 2'],
  },
  {
    name: 'queue-by-channel',
    about: 'each channel has its queue',
    program: [
      `channel bus from ${A} queue 1`,
      `channel other from ${A}`,
      'var v : u8',
      'var w : u8',
      'receive other -> w',
      'receive bus -> v',
      'end_of_program',
    ],
    script: [
      `at 0us frame from ${A} channel bus seq 0 payload hex:01`,
      `at 0us frame from ${A} channel other seq 0 payload hex:02`,
      'run until 0us',
    ],
    expect: ['var v = 1', 'var w = 2', 'drop queue_full = 0', 'errors = none'],
  },
  {
    name: 'queue-full-then-drained',
    about: 'a queue that was drained takes frames again without loss',
    program: [`channel bus from ${A} queue 1`, 'var v : u8', 'again: wait 100us', 'receive bus -> v', 'goto again'],
    script: [
      'run until 0us',
      ...times(4, (n) => [
        `at ${n * 100 + 50}us frame from ${A} channel bus seq ${n} payload hex:${be(n + 1, 1)}`,
        `run until ${n * 100 + 100}us`,
      ]).flat(),
    ],
    expect: ['var v = 4', 'drop queue_full = 0', 'channel bus received = 4', 'errors = none'],
  },
  {
    name: 'queue-arrival-at-the-instant-of-receive',
    about: 'at one instant frames come before the machine',
    program: [`channel bus from ${A}`, 'var v : u8', 'wait 100us', 'receive bus -> v', 'end_of_program'],
    script: ['run until 99us', `at 100us frame from ${A} channel bus seq 0 payload hex:2a`, 'run until 100us'],
    expect: ['var v = 42', 'errors = none'],
  },
  {
    name: 'ncm-queue-is-of-the-lowest-channel',
    about: 'wire ncm: all data of a shared sender goes to the channel of lowest id',
    program: [
      'wire ncm',
      `channel high = 9 from ${A}`,
      `channel low = 3 from ${A}`,
      'var v : u8',
      'var w : u8 = 9',
      'receive low -> v',
      'receive high -> w',
      'end_of_program',
    ],
    script: [`at 0us frame from ${A} payload hex:05`, 'run until 0us'],
    expect: [
      'var v = 5',
      'var w = 9',
      'errors = receive_fault',
      'channel high received = 0',
      'channel low received = 1',
    ],
  },
];

/** Cases of this file. */
export const INGRESS_CASES: readonly CaseText[] = [
  ...faults.map((raw) => rawCase('ingress', raw)),
  ...short.map((raw) => rawCase('ingress-short', raw)),
  ...passing.map((raw) => rawCase('ingress-pass', raw)),
  ...ncm.map((raw) => rawCase('ingress-ncm', raw)),
  ...strict.map((raw) => rawCase('ingress-strict', raw)),
  ...queues,
  ...order,
];
