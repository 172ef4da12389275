import { spawn } from 'node:child_process';
import { watchDeadline } from './deadline.mjs';
import { LabError } from './errors.mjs';
import { findProgram } from './programs.mjs';
import { MarkedStream } from './stream-end.mjs';

/**
 * What a guest is made of.
 * @typedef {object} Machine
 * @property {string} image path of the kernel
 * @property {string} initramfs
 * @property {number} cpus
 * @property {number} memoryMib
 * @property {boolean} virtualTime
 * @property {number} deadlineSeconds of host time, in virtual time of QEMU's CPU time
 * @property {Buffer} mark what ends each stream of the guest
 * @property {import('./tool-server.mjs').ToolServer} tools runs compilers for the guest
 */

/**
 * How a guest ended: its command has run (`done`), its time was up, it died (panic, reboot, a fault of QEMU), or it
 * was interrupted.
 * @typedef {'done' | 'deadline' | 'died' | 'interrupted'} Ending
 */

/**
 * Where a guest's streams go as they come.
 * @typedef {object} Sinks
 * @property {(bytes: Buffer) => void} stdout of the command
 * @property {(bytes: Buffer) => void} stderr of the command
 * @property {(bytes: Buffer) => void} result see results.mjs
 * @property {(bytes: Buffer) => void} console of the kernel, and what QEMU says
 */

/** The virtio serial ports, by descriptor that QEMU inherits. */
const PORTS = /** @type {const} */ ({ stdout: 3, stderr: 4, result: 5 });
/** The one that goes both ways, see remote-tool.c. */
const TOOLS = /** @type {const} */ ({ tools: 6 });

/**
 * Boots a guest and waits for its end; QEMU does not outlive this process.
 * @param {Machine} machine
 * @param {Sinks} sinks
 * @param {Promise<void>} interrupt ends the guest when it is fulfilled
 * @returns {Promise<Ending>}
 * @throws {LabError} QEMU is not there
 */
export async function runGuest(machine, sinks, interrupt) {
  const setpriv = findProgram('setpriv');
  const qemu = findProgram('qemu-system-x86_64');
  if (setpriv === undefined || qemu === undefined)
    throw new LabError('QEMU or setpriv not found: run test/lab/setup.sh as root.');
  const child = spawn(setpriv, ['--pdeathsig', 'KILL', qemu, ...qemuArguments(machine)], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  /** @type {Ending} */
  let ending = 'died';
  /** @param {Ending} how */
  const end = (how) => {
    ending = how;
    child.kill('SIGKILL');
  };
  const giveUp = watchDeadline(child.pid ?? 0, machine, () => end('deadline'));
  void interrupt.then(() => end('interrupted'));
  for (const output of [child.stdout, child.stderr]) output?.on('data', sinks.console);
  /** @type {readonly unknown[]} */
  const pipes = child.stdio;
  const streams = Object.entries(PORTS).map(([name, descriptor]) => {
    const stream = new MarkedStream(machine.mark, sinks[/** @type {keyof typeof PORTS} */ (name)]);
    const pipe = /** @type {import('node:stream').Readable} */ (pipes[descriptor]);
    pipe.on('data', (/** @type {Buffer} */ chunk) => {
      stream.push(chunk);
      if (streams.every(({ ended }) => ended)) end('done');
    });
    return stream;
  });
  // Instructions that only wait for the host are not worth emulating. A clock of its own would miss the time.
  const hold = () => {
    child.kill('SIGSTOP');
    return () => void child.kill('SIGCONT');
  };
  const port = /** @type {import('node:stream').Duplex} */ (pipes[TOOLS.tools]);
  machine.tools.serve(port, machine.virtualTime ? hold : undefined);
  await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  giveUp();
  return ending;
}

/** @param {Machine} machine @returns {string[]} */
function qemuArguments({ image, initramfs, cpus, memoryMib, virtualTime }) {
  return [
    '-nodefaults',
    '-no-user-config',
    '-no-reboot',
    '-display',
    'none',
    '-serial',
    'stdio',
    '-nic',
    'none',
    '-accel',
    'tcg',
    '-cpu',
    'max,-cx16', // QEMU 7.2 emulates cmpxchg16b wrongly: kernels crash now and then
    '-m',
    String(memoryMib),
    '-smp',
    String(cpus),
    // The guest's date, and what its processor takes for random, would otherwise be others in each run.
    ...(virtualTime ? ['-icount', 'shift=0,sleep=off', '-rtc', 'base=2026-01-01,clock=vm', '-seed', '1'] : []),
    '-device',
    'virtio-serial-pci',
    ...Object.entries({ ...PORTS, ...TOOLS }).flatMap(([name, descriptor]) => [
      '-chardev',
      `socket,id=${name},fd=${String(descriptor)}`,
      '-device',
      `virtserialport,chardev=${name},name=${name}`,
    ]),
    '-kernel',
    image,
    '-initrd',
    initramfs,
    '-append',
    `console=ttyS0 quiet panic=-1 oops=panic${virtualTime ? ' nokaslr' : ''}`,
  ];
}
