// What of this machine decides how exactly frames leave: kernel, processors, clocks. Read, never changed.
import { readdirSync, readFileSync } from 'node:fs';
import { version } from 'node:os';
import { join } from 'node:path';
import { parseCpuList } from './cpu-list.js';
import { kernelFeatures, processFeatures, type Answer } from './features.js';
import { native } from './native.js';

export interface MachineFacts {
  readonly realTimeKernel: boolean;
  readonly fq: Answer;
  /** Null without the addon. */
  readonly clock: { readonly taiOffsetSeconds: number; readonly synchronized: boolean } | null;
  readonly clockSource: string | null;
  readonly onlineCpus: readonly number[];
  readonly isolatedCpus: readonly number[];
  /** Processors without the scheduler's tick while one task runs. */
  readonly tickless: readonly number[];
  /** Frequency governors in use; empty where the kernel does not scale frequencies. */
  readonly governors: readonly string[];
  /** The sleep state that takes longest to leave, of those that are not disabled; null where there is none. */
  readonly deepestSleep: { readonly name: string; readonly exitUs: number } | null;
  /** Two threads share a core. */
  readonly hyperThreads: boolean;
  /** Names of running processes. */
  readonly processes: ReadonlySet<string>;
}

const CPUS = '/sys/devices/system/cpu';

/** The text of a small file without its last newline, or null. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

/** The names in a folder; none when it cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function governors(): string[] {
  const found = namesIn(CPUS).map((cpu) => readText(join(CPUS, cpu, 'cpufreq/scaling_governor')));
  return [...new Set(found.filter((name) => name !== null))];
}

function deepestSleep(cpu: number): MachineFacts['deepestSleep'] {
  const folder = join(CPUS, `cpu${cpu}`, 'cpuidle');
  const states = namesIn(folder).flatMap((state) => {
    const [name, latency] = ['name', 'latency'].map((file) => readText(join(folder, state, file)));
    const disabled = readText(join(folder, state, 'disable')) === '1';
    return name && latency && !disabled ? [{ name, exitUs: Number(latency) }] : [];
  });
  return states.sort((a, b) => b.exitUs - a.exitUs)[0] ?? null;
}

function processes(): Set<string> {
  const pids = namesIn('/proc').filter((name) => /^\d+$/.test(name));
  return new Set(pids.map((pid) => readText(`/proc/${pid}/comm`)).filter((name) => name !== null));
}

/** Reads them all. Where the kernel does not tell something, it counts as not there. */
export async function readMachineFacts(): Promise<MachineFacts> {
  const list = (name: string): number[] => parseCpuList(readText(join(CPUS, name)) ?? '');
  const [isolated, online] = [list('isolated'), list('online')];
  return {
    realTimeKernel: readText('/sys/kernel/realtime') === '1' || version().includes('PREEMPT_RT'),
    fq: (await kernelFeatures()).fq,
    clock: processFeatures().addonProblem === null ? native().clockState() : null,
    clockSource: readText('/sys/devices/system/clocksource/clocksource0/current_clocksource'),
    onlineCpus: online,
    isolatedCpus: isolated,
    tickless: list('nohz_full'),
    governors: governors(),
    deepestSleep: deepestSleep(isolated[0] ?? online[0] ?? 0),
    hyperThreads: readText(join(CPUS, 'smt/active')) === '1',
    processes: processes(),
  };
}
