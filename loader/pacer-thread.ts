// Pacer thread: starting the daemon that runs nc_machine.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { AddonUnavailableError, pacerPath } from './native.js';
import { KernelError } from './errors.js';
import { identifyProcess, type ProcessIdentity } from './processes.js';

interface Answer {
  readonly status: number | null;
  readonly output: string;
}

function runToEnd(command: string, args: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

/**
 * Starts the pacer thread for the pins in a folder, on a CPU or on any; it has detached when this returns.
 * @returns its process and what it could not get (priority, locked memory)
 * @throws AddonUnavailableError, KernelError
 */
export async function startPacer(
  pins: string,
  cpu: number | null,
): Promise<{ process: ProcessIdentity; warnings: string[] }> {
  const command = pacerPath();
  if (!existsSync(command)) throw new AddonUnavailableError(`there is no ${command}`);
  const { status, output } = await runToEnd(command, ['--pins', pins, ...(cpu === null ? [] : ['--cpu', String(cpu)])]);
  const lines = output.split('\n').filter((line) => line !== '');
  const pid = Number(/^ready (\d+)$/.exec(lines[0] ?? '')?.[1]);
  const process = Number.isInteger(pid) ? identifyProcess(pid) : null;
  if (status !== 0 || process === null)
    throw new KernelError(`the pacer thread does not start: ${lines[0] ?? `exit status ${status}`}`);
  return { process, warnings: lines.slice(1).map((line) => line.replace(/^warning: /, '')) };
}
