// The program by which `ncbpf calibrate` measures: one block for each kind of instruction, and what arrives before it.
import { encodeData } from '../../schedule/frame.js';

/** So often each instruction stands in its block. */
export const COPIES = 16;

/** A block that is measured. */
export interface Part {
  /** The instruction, as a file of costs names it; several blocks of one show it with little and with much to do. */
  readonly op: string;
  /** How the cost follows from the time of the block. */
  readonly kind: 'copies' | 'alone' | 'none';
  readonly lines: readonly string[];
  readonly frames: readonly Uint8Array[];
}

const PRIMARY = '02:00:00:00:00:02';
const BACKUP = '02:00:00:00:00:03';
const INBOX = 1;
const WIRE = { format: 'v1', ethertype: 0x88b5 } as const;
const SMALL_BYTES = 1;
/** A byte of which any number has even parity. */
const FILL = 'a5';
const HIGHER = 'a6';

function declarations(bytes: number): string {
  return `tolerance 10000s
ingress strict
channel out = 0
channel in = ${INBOX} from ${PRIMARY} backup ${BACKUP} queue ${2 * COPIES}
var small : u8 = 1
var other : u8 = 2
var large : bytes[${bytes}] = hex:${FILL.repeat(bytes)}
var same : bytes[${bytes}] = hex:${FILL.repeat(bytes - 1)}${HIGHER}
var got_small : u8
var got_large : bytes[${bytes}]
message m
message much
message gone
counter c
`;
}

function copies(op: string, line: string, frames: readonly Uint8Array[] = []): Part {
  return { op, kind: 'copies', lines: Array.from({ length: COPIES }, () => line), frames };
}

function arriving(source: string, bytes: number): Uint8Array[] {
  const fields = { source, channel: INBOX, programId: 0, taiNs: 0n, destination: null };
  const payload = new Uint8Array(bytes);
  return Array.from({ length: COPIES }, (_, sequence) => encodeData(WIRE, { ...fields, sequence, payload }));
}

function jumps(): Part {
  const lines = Array.from({ length: COPIES }, (_, index) => [`goto g${index}`, `g${index}:`]);
  return { op: 'goto', kind: 'copies', lines: lines.flat(), frames: [] };
}

/** `backup_send` and `backup_receive` come behind a `sync master` and before any frame of the primary. */
function measured(bytes: number): Part[] {
  return [
    copies('nop', 'nop'),
    jumps(),
    ...['set_counter c, 7', 'add_to_counter c, 1', 'sub_from_counter c, 1', 'clear_counter c'].map((line) =>
      copies(line.split(' ')[0]!, line),
    ),
    ...[
      'test_count(c, 4294967295)',
      'status_test(sync_timeout)',
      'not channel_rcv_buf_empty(in)',
      'equal(small, other)',
      'greater(large, same)',
      'test_var(large, odd_parity)',
    ].map((guard) => copies('if', `if ${guard} goto end`)),
    copies('create', 'create small -> m'),
    copies('create', 'create large -> much'),
    copies('destroy', 'destroy gone'),
    copies('handle', 'handle queue_full, end'),
    copies('mode', 'mode hard'),
    copies('xsend', 'xsend 1ms'),
    copies('send', 'send out, m'),
    copies('send', 'send out, much'),
    copies('sync master', 'sync master out'),
    copies('backup_send', 'backup_send in, m'),
    copies('backup_send', 'backup_send in, much'),
    copies('backup_receive', 'backup_receive in -> got_small'),
    copies('backup_receive', 'backup_receive in -> got_large', arriving(BACKUP, bytes)),
    copies('receive', 'receive in -> got_small'),
    copies('receive', 'receive in -> got_small', arriving(PRIMARY, SMALL_BYTES)),
    copies('receive', 'receive in -> got_large', arriving(PRIMARY, bytes)),
  ];
}

/** A block without other instructions: what every block takes that ends with a `wait`. */
const BASE: Part = { op: 'wait', kind: 'alone', lines: [], frames: [] };

/** All blocks in their order, with byte strings of so many bytes; that of `halt` has one `future`, the one behind it many. */
export function partsOf(bytes: number): Part[] {
  return [
    BASE,
    ...measured(bytes),
    { op: 'sync slave', kind: 'alone', lines: ['sync slave 1ns'], frames: [] },
    { op: 'sync slave', kind: 'none', lines: [], frames: [] },
    { op: 'halt', kind: 'none', lines: [], frames: [] },
    { op: 'future', kind: 'none', lines: [], frames: [] },
    { op: 'end_of_program', kind: 'alone', lines: [], frames: [] },
  ];
}

/** The text of the program. Its first block only begins. */
export function programText(bytes: number): string {
  const alike = [BASE, ...measured(bytes)];
  const blocks = alike.flatMap(({ lines }, index) => [`b${index}:`, ...lines, `wait 1ns, b${index + 1}`]);
  const last = [
    `b${alike.length}:`,
    'sync slave 1ns',
    'wait 1ns, halting',
    'halting:',
    'future 1ns, arming',
    'halt',
    'arming:',
    ...Array.from({ length: COPIES }, () => 'future 1ns, end'),
    'halt',
    'end: end_of_program',
  ];
  return `${declarations(bytes)}wait 1ns, b0\n${[...blocks, ...last].join('\n')}\n`;
}
