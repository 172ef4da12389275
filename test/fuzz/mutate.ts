// One input out of another: pieces are changed, taken out, moved, repeated, and brought in from a second one. Texts are
// latin1 strings here, one character for each byte, so that no byte is lost.
import type { Random } from '../support/random.js';
import { repack, unpack } from './bundle-parts.js';
import type { Shape } from './reader.js';

/** Larger inputs than any that is worth keeping are made now and then. */
export const LARGEST_INPUT = 1024 * 1024;
const USUAL_LARGEST = 64 * 1024;

type Change = (input: string, other: string, random: Random) => string;

const NUMBERS = [
  ...['0', '1', '2', '-1', '7', '8', '15', '16', '63', '64', '65', '127', '128', '255', '256', '257', '1470', '1471'],
  ...['4095', '4096', '4097', '32767', '32768', '65535', '65536', '2147483647', '2147483648', '4294967295'],
  ...['4294967296', '4611686018427387903', '4611686018427387904', '9223372036854775808', '18446744073709551615'],
  ...['18446744073709551616', '0x0', '0xff', '0xFFFF', '0.5', '1.0', '0.001', '1e9', '9'.repeat(64)],
];
const WORDS_32 = [
  0, 1, 2, 3, 4, 15, 16, 127, 128, 255, 256, 4095, 4096, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];
const TOKEN = /[A-Za-z_$][\w$]*|-?\d[\w.]*|"[^"\n]*"|'[^'\n]*'|[ \t]+|[^]/g;
const SPACE = /^\s+$/;

/** A piece of up to `most` units: where it begins and ends. */
function piece(length: number, random: Random, most = length): [start: number, end: number] {
  const start = random.below(length + 1);
  return [start, Math.min(length, start + 1 + random.below(Math.max(1, Math.min(most, length))))];
}

function splice<T>(list: readonly T[], start: number, end: number, insert: readonly T[]): T[] {
  return [...list.slice(0, start), ...insert, ...list.slice(end)];
}

/** Changes of a list, whatever its items are: lines, tokens, records, bytes. */
const LIST_CHANGES: readonly (<T>(items: readonly T[], others: readonly T[], random: Random) => T[])[] = [
  (items, _, random) => splice(items, ...piece(items.length, random, 4), []),
  (items, _, random) => {
    const [start, end] = piece(items.length, random, 8);
    const at = random.below(items.length + 1);
    return splice(items, at, at, items.slice(start, end));
  },
  (items, others, random) => {
    const at = random.below(items.length + 1);
    return splice(items, at, at, others.slice(...piece(others.length, random, 8)));
  },
  (items, others, random) => {
    return splice(items, ...piece(items.length, random, 8), others.slice(...piece(others.length, random, 8)));
  },
  (items, others, random) => [
    ...items.slice(0, random.below(items.length + 1)),
    ...others.slice(random.below(others.length + 1)),
  ],
  (items, _, random) => {
    const [a, b] = [random.below(items.length), random.below(items.length)];
    return items.map((item, index) => (index === a ? items[b]! : index === b ? items[a]! : item));
  },
];

function changeList<T>(items: readonly T[], others: readonly T[], random: Random): T[] {
  return random.pick(LIST_CHANGES)(items, others, random);
}

function replaceAt(items: readonly string[], at: number, item: string): string {
  return items.map((one, index) => (index === at ? item : one)).join('');
}

const tokensOf = (text: string): string[] => text.match(TOKEN) ?? [];
const linesOf = (text: string): string[] => text.split(/(?<=\n)/);

function placeOf(tokens: readonly string[], random: Random, wanted: (token: string) => boolean): number {
  const places = tokens.flatMap((token, index) => (wanted(token) ? [index] : []));
  return places.length === 0 ? 0 : random.pick(places);
}

const isNumber = (token: string): boolean => /^-?\d/.test(token);
const isWord = (token: string): boolean => /^[\w$"']/.test(token);

const byTokens: Change = (input, other, random) => {
  const [items, others] = [tokensOf(input), tokensOf(other)];
  return changeList(items, others, random).join('');
};

const byLines: Change = (input, other, random) => changeList(linesOf(input), linesOf(other), random).join('');

/** A token of the same kind from elsewhere: names meet names of other kinds, numbers other numbers. */
const exchangeToken: Change = (input, other, random) => {
  const [tokens, others] = [tokensOf(input), tokensOf(random.below(2) === 0 ? input : other)];
  const at = placeOf(tokens, random, (token) => !SPACE.test(token));
  const kind = isWord(tokens[at] ?? '') ? isWord : (token: string) => !isWord(token);
  return replaceAt(tokens, at, others[placeOf(others, random, kind)] ?? '');
};

const changeNumber: Change = (input, _, random) => {
  const tokens = tokensOf(input);
  const at = placeOf(tokens, random, isNumber);
  const unit = /[a-z]*$/.exec(tokens[at] ?? '')?.[0] ?? '';
  return replaceAt(tokens, at, random.pick(NUMBERS) + (random.below(2) === 0 ? unit : ''));
};

/** The same again and again inside of itself, as far as a stack reaches. */
const nest: Change = (input, _, random) => {
  const tokens = tokensOf(input);
  const [start, end] = piece(tokens.length, random, 12);
  const [open, close] = random.pick([...['()', '[]', '{}', '!;'], '-;'].map((pair) => [pair[0]!, pair[1]!]));
  const depth = 1 + random.below(2 ** (1 + random.below(14)));
  const inside = open.repeat(depth) + tokens.slice(start, end).join('') + close.repeat(depth);
  return splice(tokens, start, end, [inside]).join('');
};

const withWord = (words: readonly string[]): Change => {
  return (input, _, random) => {
    const tokens = tokensOf(input);
    const at = random.below(tokens.length + 1);
    const word = random.pick(words);
    return splice(tokens, at, at + random.below(2), [random.below(2) === 0 ? word : ` ${word} `]).join('');
  };
};

/** Repeats a piece until the input is large. */
const grow: Change = (input, _, random) => {
  const [start, end] = piece(input.length, random, 200);
  const most = 2 ** (8 + random.below(13));
  const times = Math.max(1, Math.floor(most / Math.max(1, end - start)));
  return input.slice(0, end) + input.slice(start, end).repeat(times) + input.slice(end);
};

const byBytes: Change = (input, other, random) =>
  changeList(Array.from(input), Array.from(other.slice(0, 256)), random).join('');

const changeByte: Change = (input, _, random) => {
  const at = random.below(input.length);
  const old = input.charCodeAt(at);
  const byte = random.pick([old ^ (1 << random.below(8)), random.below(256), (old + 1) & 255, (old - 1) & 255, 0, 255]);
  return input.slice(0, at) + String.fromCharCode(byte) + input.slice(at + 1);
};

/** A word of 32 bits at a place that records are aligned to. */
const changeWord: Change = (input, _, random) => {
  const at = 4 * random.below(Math.max(1, input.length >> 2));
  const word = Buffer.alloc(4);
  const value = random.pick([random.pick(WORDS_32), random.word(), random.below(16), random.below(256)]);
  if (random.below(2) === 0) word.writeUInt32LE(value);
  else word.writeUInt32BE(value);
  return input.slice(0, at) + word.toString('latin1') + input.slice(at + 4);
};

const byRecords = (size: number): Change => {
  const records = (text: string): string[] => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  return (input, other, random) => changeList(records(input), records(other), random).join('');
};

const TEXT_CHANGES = [byLines, byLines, byTokens, exchangeToken, exchangeToken, changeNumber, nest];
const BYTE_CHANGES = [byBytes, changeByte];

function changesFor(shape: Shape): readonly Change[] {
  if (shape.kind !== 'records') return [...TEXT_CHANGES, ...TEXT_CHANGES, withWord(shape.words), ...BYTE_CHANGES];
  const records = byRecords(shape.size);
  return [records, records, records, changeWord, changeWord, changeByte, changeByte, byBytes];
}

/** Makes inputs of one shape. */
export class Mutator {
  readonly #changes: readonly Change[];

  constructor(
    private readonly shape: Shape,
    private readonly random: Random,
  ) {
    this.#changes = changesFor(shape);
  }

  /** An input out of `input`, with pieces of `other`. */
  mutate(input: Uint8Array, other: Uint8Array): Uint8Array {
    const { random, shape } = this;
    if (shape.kind !== 'bundle') return toBytes(this.#change(toText(input), toText(other)));
    const [parts, others] = [unpack(input), unpack(other)];
    // Now and then without making lengths and checksum right.
    if (parts === null || random.below(8) === 0) return toBytes(this.#change(toText(input), toText(other)));
    return repack({ ...parts, manifest: this.#change(parts.manifest, others?.manifest ?? toText(other)) });
  }

  #change(input: string, other: string): string {
    const { random } = this;
    let text = input;
    for (let left = 2 ** random.below(4); left > 0; left--) {
      text = random.pick(this.#changes)(text, other, random).slice(0, USUAL_LARGEST);
    }
    return random.below(128) === 0 ? grow(text, other, random).slice(0, LARGEST_INPUT) : text;
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function toBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}
