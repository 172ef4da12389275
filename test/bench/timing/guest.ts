// Running the plan in a guest.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { packageRoot } from '../../../loader/native.js';
import { isCell, readCell, type Cell } from './cells.js';
import type { Plan } from './senders.js';

/** The guest, or the lab, has ended before its time; it has said why. */
export class LabFailure extends Error {
  override readonly name = 'LabFailure';
  /** @param status the lab's: 3 something is missing, 124 deadline, 125 the guest died, or what the guest's program ended with */
  constructor(readonly status: number) {
    super(`the lab ended with status ${status}`);
  }
}

export interface Recording {
  /** `uname -r` of the guest. */
  readonly release: string;
  readonly cells: readonly Cell[];
}

const Announcement = z.object({ release: z.string() });

/** Host seconds that are surely enough: emulation is slower than the clock that it shows. */
function enoughSeconds({ periods, senders, loads, forNs, warmUpNs }: Plan): number {
  const cells = periods.length * senders.length * loads.length;
  return Math.ceil(300 + cells * (60 + (30 * (forNs + warmUpNs)) / 1e9));
}

/** Room for what all cells have recorded, in the guest's /out and once more while it is packed. */
function memoryMib({ periods, senders, loads, forNs }: Plan): number {
  const frames = periods.reduce((sum, period) => sum + forNs / period, 0) * senders.length * loads.length;
  return Math.ceil(1500 + (frames * 4 * 2) / (1 << 20));
}

export interface Setting {
  readonly plan: Plan;
  /** Host seconds; undefined: by the plan. */
  readonly deadline: number | undefined;
  /** What the guest needs, as buildForGuest leaves it. */
  readonly folder: string;
  /** Where the guest's files go. */
  readonly out: string;
}

/**
 * Runs the plan on a kernel.
 * @param onCell called as they come
 * @throws LabFailure
 */
export async function runInGuest(
  kernel: string,
  { plan, deadline, folder, out }: Setting,
  onCell: (cell: { sender: string; period: number; load: string }) => void,
): Promise<Recording> {
  const root = packageRoot();
  const settings = [
    '--deadline',
    String(deadline ?? enoughSeconds(plan)),
    '--memory',
    String(memoryMib(plan)),
    '--out',
    out,
  ];
  const files = ['--add', folder, '--add', join(root, 'test/bench/timing/guest.mjs')];
  const lab = [join(root, 'test/lab/run.mjs'), '--kernel', kernel, '--virtual-time', ...settings, ...files];
  const child = spawn(process.execPath, [...lab, '--', 'node', '/in/guest.mjs'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Whoever ends the benchmark ends its guest.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => child.kill(signal));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
  const lines: unknown[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const value: unknown = JSON.parse(line);
    lines.push(value);
    if (isCell(value)) onCell(value as { sender: string; period: number; load: string });
  }
  const status = await ended;
  if (status !== 0) throw new LabFailure(status);
  const { release } = Announcement.parse(lines[0]);
  return { release, cells: lines.filter(isCell).map((line) => readCell(line, out)) };
}
