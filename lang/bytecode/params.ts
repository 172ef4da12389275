// The params of a binary program: for each channel the MAC of its sender and the interface that it was written for. As
// JSON (.params.json) and in binary (.ncmp).
import type { Diagnostic } from '../diagnostic.js';
import { declarationLost, malformedParams, notHeld, otherInterface } from '../mistakes/bytecode.js';
import { printDeclaration } from '../print.js';
import type { Mac, Program, Span } from '../program.js';
import { LIMITS } from '../program.js';
import { mistakeInJson, placeInJson, type JsonPath } from '../json-place.js';
import { firstBadLine } from '../source.js';
import type { Tree } from '../tree.js';

export interface ChannelParams {
  /** Lower case. */
  readonly mac: Mac;
  /** Empty where it is not given. */
  readonly dev: string;
}

export interface Params {
  /** Of the node itself: information only. */
  readonly mac: Mac | null;
  readonly channels: readonly ChannelParams[];
}

export interface ParamsResult {
  /** Null when there are errors. */
  readonly params: Params | null;
  readonly diagnostics: readonly Diagnostic[];
}

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;
/** What the kernel takes as an interface's name (dev_valid_name, IFNAMSIZ less the final zero), in ASCII; empty: none is given. */
const DEVICE = /^(?!\.{1,2}$)[\x21-\x2e\x30-\x39\x3b-\x7e]{0,15}$/;
const DEVICE_BYTES = 16;
const MAC_BYTES = 6;
const COUNT_BYTES = 4;
/** Far beyond 256 channels. */
const LARGEST_JSON = 1024 * 1024;

/** Says what is wrong and where; it never leaves the reader. */
class ParamsMistake extends Error {
  constructor(
    message: string,
    /** Null in binary params, which have no places. */
    readonly span: Span | null = null,
  ) {
    super(message);
  }
}

/**
 * Reads params; unless said, a name that ends in `.ncmp` says that they are binary. Never throws on account of the bytes.
 * `file` is the path as diagnostics are to show it.
 */
export function readParams(bytes: Uint8Array, file: string, form: 'binary' | 'json' = formByName(file)): ParamsResult {
  try {
    return { params: form === 'binary' ? fromBinary(bytes) : fromJson(bytes, file), diagnostics: [] };
  } catch (error) {
    if (!(error instanceof ParamsMistake)) throw error;
    return { params: null, diagnostics: [malformedParams(error.span ?? startOf(file), error.message)] };
  }
}

function formByName(file: string): 'binary' | 'json' {
  return file.endsWith('.ncmp') ? 'binary' : 'json';
}

function startOf(file: string): Span {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 2 };
}

/** A value in JSON params, and how to refuse it. */
interface Place {
  readonly value: unknown;
  readonly at: (step: string | number) => Place;
  readonly refuse: (what: string) => never;
  /** `channels[0].mac` */
  readonly name: string;
}

function placeOf(value: unknown, path: JsonPath, text: string, file: string): Place {
  return {
    value,
    name: path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
      .join('')
      .slice(1),
    at: (step) => placeOf((value as Record<string | number, unknown>)[step], [...path, step], text, file),
    refuse: (what) => {
      throw new ParamsMistake(what, placeInJson(text, file, path));
    },
  };
}

function fromJson(bytes: Uint8Array, file: string): Params {
  if (bytes.length > LARGEST_JSON) throw new ParamsMistake(`params have at most ${LARGEST_JSON} bytes`);
  const text = textOf(bytes, file);
  const whole = placeOf(parseJson(text, file), [], text, file);
  if (!isObject(whole.value)) return whole.refuse('params are a JSON object');
  const [mac, channels] = [whole.at('mac'), whole.at('channels')];
  const { value: list } = channels;
  if (!Array.isArray(list)) return channels.refuse('`channels` is missing, or is no array');
  if (list.length > LIMITS.declared) channels.at(LIMITS.declared).refuse(tooMany(list.length));
  return {
    mac: mac.value === undefined ? null : macOf(mac),
    channels: list.map((_, index) => channelOf(channels.at(index))),
  };
}

/** The text, without a byte order mark. */
function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const bad = firstBadLine(bytes, file);
    throw new ParamsMistake('this is not UTF-8', bad?.span(bad.invalidAt, bad.invalidAt + 1));
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ParamsMistake('this is not JSON', mistakeInJson(text, file));
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tooMany(count: number): string {
  return `there are ${count} channels, ${LIMITS.declared} is the most`;
}

function channelOf(channel: Place): ChannelParams {
  if (!isObject(channel.value)) return channel.refuse(`\`${channel.name}\` is no object`);
  const device = channel.at('dev');
  const { value = '' } = device;
  if (typeof value !== 'string' || !DEVICE.test(value))
    return device.refuse(`\`${device.name}\` is no name of an interface`);
  return { mac: macOf(channel.at('mac')), dev: value };
}

function macOf({ value, name, refuse }: Place): Mac {
  const mac = typeof value === 'string' ? value.toLowerCase() : '';
  if (!MAC.test(mac)) return refuse(`\`${name}\` is no MAC address`);
  return mac;
}

function fromBinary(bytes: Uint8Array): Params {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < COUNT_BYTES) throw new ParamsMistake(`the count of channels is cut off: ${bytes.length} bytes`);
  const count = view.getUint32(0, true);
  if (count > LIMITS.declared) throw new ParamsMistake(tooMany(count));
  const whole = COUNT_BYTES + count * (DEVICE_BYTES + MAC_BYTES);
  if (bytes.length !== whole)
    throw new ParamsMistake(`params of ${count} channels have ${whole} bytes, not ${bytes.length}`);
  const macs = COUNT_BYTES + count * DEVICE_BYTES;
  const channels = Array.from({ length: count }, (_, index): ChannelParams => {
    const dev = deviceOf(bytes.subarray(COUNT_BYTES + index * DEVICE_BYTES).subarray(0, DEVICE_BYTES), index);
    const mac = bytes.subarray(macs + index * MAC_BYTES).subarray(0, MAC_BYTES);
    return { mac: Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(':'), dev };
  });
  return { mac: null, channels };
}

function deviceOf(bytes: Uint8Array, index: number): string {
  const end = bytes.indexOf(0);
  const name = String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
  if (!DEVICE.test(name)) throw new ParamsMistake(`the device of channel ${index} is no name of an interface`);
  return name;
}

/** The text of a .params.json. */
export function paramsToJson({ mac, channels }: Params): string {
  const rows = channels.map((channel) => (channel.dev === '' ? { mac: channel.mac } : channel));
  return `${JSON.stringify({ ...(mac === null ? {} : { mac }), channels: rows }, null, '\t')}\n`;
}

/** The bytes of a .ncmp, which has no place for the node's own MAC. */
export function paramsToBinary({ channels }: Params): Uint8Array {
  const bytes = new Uint8Array(COUNT_BYTES + channels.length * (DEVICE_BYTES + MAC_BYTES));
  new DataView(bytes.buffer).setUint32(0, channels.length, true);
  const macs = COUNT_BYTES + channels.length * DEVICE_BYTES;
  channels.forEach(({ mac, dev }, index) => {
    bytes.set(new TextEncoder().encode(dev), COUNT_BYTES + index * DEVICE_BYTES);
    bytes.set(
      mac.split(':').map((part) => Number.parseInt(part, 16)),
      macs + index * MAC_BYTES,
    );
  });
  return bytes;
}

/**
 * The params of a program: the sender of each channel, by ascending id from 0 without a gap. A channel that does not fit
 * is refused; clauses other than `from` are lost with a warning.
 */
export function paramsOf(program: Program, tree: Tree): ParamsResult {
  const diagnostics: Diagnostic[] = [];
  program.channels.forEach(({ name, id, from, span }, index) => {
    if (id !== index) {
      const hint = 'params number their channels from 0 without a gap';
      diagnostics.push(notHeld(span, `channel \`${name}\` has the id ${id}, but there is no channel ${index}`, hint));
    } else if (from.length !== 1) {
      const hint = 'params name exactly one sender for each channel';
      diagnostics.push(notHeld(span, `channel \`${name}\` has ${from.length} senders`, hint));
    }
  });
  const errors = diagnostics.length > 0;
  const channels = program.channels.map(({ from: [mac = ''] }) => ({ mac, dev: '' }));
  return { params: errors ? null : { mac: null, channels }, diagnostics: [...diagnostics, ...lostClauses(tree)] };
}

function lostClauses({ declarations }: Tree): Diagnostic[] {
  return declarations.flatMap((declaration) => {
    if (declaration.kind !== 'channel') return [];
    const { to, backup, queue, delay, span } = declaration;
    if (![to, backup, queue, delay].some((clause) => clause !== null)) return [];
    return [declarationLost(span, printDeclaration(declaration), 'the format of params', 'only its `from`')];
  });
}

/** A warning where params in JSON, whose text is `source`, name the node's own MAC, which a .ncmp has no place for. */
export function lostMac({ mac }: Params, file: string, source: Uint8Array): Diagnostic[] {
  if (mac === null) return [];
  const span = placeInJson(new TextDecoder().decode(source), file, ['mac']);
  return [declarationLost(span, `mac ${mac}`, '.ncmp', 'no address of its node')];
}

/**
 * A warning for each other interface that the params name; the one of the command line counts. `source` is the text of params in
 * JSON, null of binary ones.
 */
export function warnOtherInterface(
  { channels }: Params,
  file: string,
  used: string,
  source: Uint8Array | null,
): Diagnostic[] {
  const devices = channels.map(({ dev }) => dev);
  const others = [...new Set(devices)].filter((dev) => dev !== '' && dev !== used);
  const text = source === null ? null : new TextDecoder().decode(source);
  return others.map((dev) => {
    const path = ['channels', devices.indexOf(dev), 'dev'];
    return otherInterface(text === null ? startOf(file) : placeInJson(text, file, path), dev, used);
  });
}
