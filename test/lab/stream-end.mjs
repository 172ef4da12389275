import { Buffer } from 'node:buffer';

/**
 * Passes a stream on up to a mark that ends it. Only bytes that could be the beginning of the mark are held back.
 */
export class MarkedStream {
  ended = false;
  #held = Buffer.alloc(0);
  #mark;
  #pass;

  /**
   * @param {Buffer} mark its first byte does not occur in it again
   * @param {(bytes: Buffer) => void} pass
   */
  constructor(mark, pass) {
    this.#mark = mark;
    this.#pass = pass;
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    if (this.ended) return;
    const bytes = Buffer.concat([this.#held, chunk]);
    const end = bytes.indexOf(this.#mark);
    this.ended = end >= 0;
    const safe = this.ended ? end : bytes.length - this.#heldLength(bytes);
    this.#held = bytes.subarray(safe);
    if (safe > 0) this.#pass(bytes.subarray(0, safe));
  }

  /** @param {Buffer} bytes @returns {number} how many bytes at the end are the beginning of the mark */
  #heldLength(bytes) {
    const tail = bytes.subarray(Math.max(0, bytes.length - this.#mark.length + 1));
    const start = tail.lastIndexOf(this.#mark[0] ?? 0);
    if (start < 0) return 0;
    const candidate = tail.subarray(start);
    return candidate.equals(this.#mark.subarray(0, candidate.length)) ? candidate.length : 0;
  }
}
