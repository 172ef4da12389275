import { mkdirSync } from 'node:fs';
import { LabError } from './errors.mjs';
import { runProgram } from './programs.mjs';

/**
 * What a guest reports when its command has run.
 * @typedef {object} Result
 * @property {number} status exit status of the command; 128 + N if signal N ended it
 * @property {number} tainted the kernel's /proc/sys/kernel/tainted
 * @property {Buffer} files tar archive of /out
 */

/** Bits of `tainted` that say that the kernel found a fault in itself: oops, warning, a stuck processor. */
const FAULTS = 128 | 512 | 16384;

/**
 * Reads the result that guest-init.sh writes.
 * @param {Buffer} bytes
 * @returns {Result}
 * @throws {LabError} it is something else
 */
export function parseResult(bytes) {
  const header = /^status (\d+)\ntainted (\d+)\nfiles\n/.exec(bytes.toString('latin1', 0, 100));
  if (header === null) throw new LabError('the guest reported no exit status.');
  return { status: Number(header[1]), tainted: Number(header[2]), files: bytes.subarray(header[0].length) };
}

/** @param {Result} result @returns {boolean} whether the kernel found a fault in itself; then dmesg.txt is among the files */
export function kernelComplained({ tainted }) {
  return (tainted & FAULTS) !== 0;
}

/**
 * Unpacks the files of /out.
 * @param {Result} result
 * @param {string} folder
 * @throws {LabError} they cannot be written
 */
export function unpackFiles({ files }, folder) {
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = runProgram('tar', ['-x', '--no-same-owner', '-C', folder], { input: files });
  if (/No space left/.test(stderr)) throw new LabError(`no space left in ${folder}.`);
  if (status !== 0)
    throw new LabError(`cannot unpack the guest's files into ${folder}: ${stderr.trim().split('\n')[0] ?? ''}.`);
}
