import { availableParallelism } from 'node:os';
import { LabError } from './errors.mjs';
import { KERNELS } from './kernels.mjs';

/**
 * @typedef {object} MatrixOptions
 * @property {string[]} kernels names in the table
 * @property {string[]} tests parts of the paths of test files; empty: all
 * @property {number} jobs guests at a time
 * @property {number} deadlineSeconds CPU time after which a guest is ended
 */

/** What `--help` prints. The last line of a run's standard output is `N passed, N failed, N skipped`. */
export const USAGE = `Runs the kernel tests, test/kernel, in a guest with each kernel of the lab.

Usage: npm run lab:matrix
       npm run lab:matrix -- [OPTION...] [TEST...]

  TEST                a part of the path of a test file; may be given again (default: all tests)
  --kernel NAME       only this kernel; may be given again. One of: ${Object.keys(KERNELS).join(', ')}
  --jobs N            guests at a time, 1 to 16 (default 2, or 1 where there is one processor)
  --deadline SECONDS  end a guest after that CPU time (default 1200)
  --list              only print the names of the kernels

What each guest printed and left is in build/lab/matrix/NAME.

Exit status: 0 all tests passed; 1 some failed, a guest hung or died; 3 what the lab needs is missing; 130 interrupted.
`;

/**
 * Reads the command line.
 * @param {readonly string[]} args without node and the script
 * @returns {MatrixOptions | 'help' | 'list'}
 * @throws {LabError} unknown option or kernel, bad or missing value
 */
export function parseMatrixOptions(args) {
  /** @type {MatrixOptions} */
  const options = { kernels: [], tests: [], jobs: Math.min(2, availableParallelism()), deadlineSeconds: 1200 };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const [name = '', attached] = arg.startsWith('--') ? arg.split(/=(.*)/s) : [arg];
    if (name === '--help' || name === '-h') return 'help';
    if (name === '--list') return 'list';
    if (!name.startsWith('-')) options.tests.push(name);
    else if (name === '--kernel') options.kernels.push(kernelName(attached ?? args[++i]));
    else if (name === '--jobs') options.jobs = whole(name, attached ?? args[++i], 16);
    else if (name === '--deadline') options.deadlineSeconds = whole(name, attached ?? args[++i], 86400);
    else throw new LabError(`unknown option ${name}; --help lists them.`);
  }
  const chosen = options.kernels.length === 0 ? Object.keys(KERNELS) : options.kernels;
  return { ...options, kernels: [...new Set(chosen)] };
}

/** @param {string | undefined} value */
function kernelName(value) {
  if (value === undefined || value === '') throw new LabError('--kernel needs a value.');
  if (!Object.hasOwn(KERNELS, value))
    throw new LabError(`unknown kernel ${value}; known are ${Object.keys(KERNELS).join(', ')}.`);
  return value;
}

/** @param {string} name @param {string | undefined} value @param {number} most */
function whole(name, value, most) {
  const number = Number(value);
  if (value !== undefined && value !== '' && Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new LabError(`${name} ${value ?? ''} is not a whole number from 1 to ${String(most)}.`);
}
