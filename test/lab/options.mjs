import { LabError } from './errors.mjs';
import { KERNELS } from './kernels.mjs';

/**
 * @typedef {object} Options
 * @property {string} kernel name in the table of kernels
 * @property {boolean} virtualTime the guest's clock counts instructions, one a nanosecond
 * @property {number} cpus processors of the guest
 * @property {number} memoryMib memory of the guest
 * @property {number} deadlineSeconds host time after which the guest is ended; in virtual time CPU time of its QEMU
 * @property {string | undefined} out folder for the files of the guest's /out
 * @property {boolean} console show the guest's console while it runs
 * @property {boolean} update look for a newer kernel package even if one is cached
 * @property {string[]} added files and folders of the host that the guest has in /in
 * @property {string[]} packages npm packages that the guest has in addition to the project's own dependencies
 * @property {string[]} command what to run; empty: only fetch and prepare the kernel
 */

/** What `--help` prints. */
export const USAGE = `Runs a command as root in a guest with another kernel.

Usage: npm run lab -- --kernel NAME [OPTION...] -- COMMAND [ARGUMENT...]
       npm run lab -- --kernel NAME --fetch

  --kernel NAME       one of: ${Object.keys(KERNELS).join(', ')}
  --virtual-time      the guest's clock counts instructions, one a nanosecond
  --smp N             processors of the guest, 1 to 16 (default 1)
  --memory MB         memory of the guest, 512 to 65536 (default 1500)
  --deadline SECONDS  end the guest after that time; in virtual time, after that CPU time (default 300)
  --out DIR           where to put what the command left in /out (default build/lab/NAME, which is emptied first)
  --add PATH          a file or folder that the guest gets in /in; may be given again
  --package NAME      pack this installed npm package too, with what it depends on; may be given again
  --console           show the guest's console on standard error
  --update            look for a newer kernel package
  --fetch             only fetch and unpack the kernel

Exit status: that of COMMAND; 3 what the lab needs is missing; 124 deadline; 125 the guest died (panic, crash).
`;

/**
 * Reads the command line.
 * @param {readonly string[]} args without node and the script
 * @returns {Options | 'help'}
 * @throws {LabError} unknown option or kernel, bad or missing value
 */
export function parseOptions(args) {
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  if (before.includes('--help') || before.includes('-h')) return 'help';
  const options = defaults(end < 0 ? [] : args.slice(end + 1));
  let fetchOnly = false;
  for (let i = 0; i < before.length; i++) {
    const [name = '', attached] = splitOnce(before[i] ?? '');
    if (name === '--fetch') fetchOnly = true;
    else if (setFlag(options, name)) continue;
    else setValue(options, name, attached ?? before[++i]);
  }
  if (options.kernel === '') throw new LabError(`--kernel is missing; known are ${known()}.`);
  if (!fetchOnly && options.command.length === 0) throw new LabError('there is no command: write it after --.');
  if (fetchOnly && options.command.length > 0) throw new LabError('--fetch runs no command.');
  return options;
}

/** @param {string[]} command @returns {Options} */
function defaults(command) {
  return {
    kernel: '',
    virtualTime: false,
    cpus: 1,
    memoryMib: 1500,
    deadlineSeconds: 300,
    out: undefined,
    console: false,
    update: false,
    added: [],
    packages: [],
    command,
  };
}

/** @param {string} arg @returns {[string, string | undefined]} */
function splitOnce(arg) {
  const at = arg.indexOf('=');
  return arg.startsWith('--') && at > 0 ? [arg.slice(0, at), arg.slice(at + 1)] : [arg, undefined];
}

/** @param {Options} options @param {string} name @returns {boolean} whether name is an option without a value */
function setFlag(options, name) {
  if (name === '--virtual-time') options.virtualTime = true;
  else if (name === '--console') options.console = true;
  else if (name === '--update') options.update = true;
  else return false;
  return true;
}

/** @param {Options} options @param {string} name @param {string | undefined} value */
function setValue(options, name, value) {
  switch (name) {
    case '--kernel':
      options.kernel = kernelName(value);
      break;
    case '--smp':
      options.cpus = whole(name, value, 1, 16);
      break;
    case '--memory':
      options.memoryMib = whole(name, value, 512, 65536);
      break;
    case '--deadline':
      options.deadlineSeconds = whole(name, value, 1, 86400);
      break;
    case '--out':
      options.out = given(name, value);
      break;
    case '--add':
      options.added.push(given(name, value));
      break;
    case '--package':
      options.packages.push(given(name, value));
      break;
    default:
      throw new LabError(`unknown option ${name}; a command stands after --.`);
  }
}

/** @param {string} name @param {string | undefined} value @returns {string} */
function given(name, value) {
  if (value === undefined || value === '') throw new LabError(`${name} needs a value.`);
  return value;
}

/** @param {string | undefined} value @returns {string} */
function kernelName(value) {
  const name = given('--kernel', value);
  if (!Object.hasOwn(KERNELS, name)) throw new LabError(`unknown kernel ${name}; known are ${known()}.`);
  return name;
}

/** @param {string} name @param {string | undefined} value @param {number} least @param {number} most @returns {number} */
function whole(name, value, least, most) {
  const number = Number(given(name, value));
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new LabError(`${name} ${value ?? ''} is not a whole number from ${String(least)} to ${String(most)}.`);
}

function known() {
  return Object.keys(KERNELS).join(', ');
}
