import { Buffer } from 'node:buffer';

// Both ends of the messages that remote-tool.c describes.

/**
 * A file that goes with a message.
 * @typedef {object} SentFile
 * @property {number} mode permission bits
 * @property {Buffer} content
 */

/**
 * @typedef {object} ToolRequest
 * @property {number} id
 * @property {string} folder working folder in the guest
 * @property {string[]} words the tool's name and its arguments
 * @property {Map<string, SentFile>} files by absolute path in the guest
 */

/**
 * @typedef {object} ToolAnswer
 * @property {number} status exit status
 * @property {string} stdout
 * @property {string} stderr
 * @property {Map<string, SentFile>} files that were made or changed, by absolute path in the guest
 */

/** Cuts a stream into messages. */
export class MessageStream {
  #held = Buffer.alloc(0);
  #pass;

  /** @param {(message: Buffer) => void} pass */
  constructor(pass) {
    this.#pass = pass;
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (this.#held.length >= 4) {
      const end = 4 + this.#held.readUInt32LE(0);
      if (this.#held.length < end) return;
      this.#pass(this.#held.subarray(4, end));
      this.#held = this.#held.subarray(end);
    }
  }
}

/**
 * @param {Buffer} message
 * @returns {ToolRequest}
 * @throws {RangeError} it is cut off
 */
export function parseRequest(message) {
  let at = 0;
  const number = () => message.readUInt32LE((at += 4) - 4);
  const bytes = () => {
    const length = number();
    return message.subarray(at, (at += length));
  };
  /** @template T @param {() => T} read @returns {T[]} */
  const list = (read) => Array.from({ length: number() }, read);
  const text = () => bytes().toString();
  const id = number();
  const [folder, words] = [text(), list(text)];
  const files = list(() => /** @type {const} */ ([text(), { mode: number(), content: bytes() }]));
  return { id, folder, words, files: new Map(files) };
}

/**
 * @param {number} id of the request
 * @param {ToolAnswer} answer
 * @returns {Buffer}
 */
export function writeAnswer(id, { status, stdout, stderr, files }) {
  const parts = [numbers(id, status), ...field(stdout), ...field(stderr), numbers(files.size)];
  for (const [path, { mode, content }] of files) parts.push(...field(path), numbers(mode), ...field(content));
  const body = Buffer.concat(parts);
  return Buffer.concat([numbers(body.length), body]);
}

/** @param {number[]} values */
function numbers(...values) {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32LE(value, 4 * index));
  return bytes;
}

/** @param {string | Buffer} content */
function field(content) {
  const bytes = Buffer.from(content);
  return [numbers(bytes.length), bytes];
}
