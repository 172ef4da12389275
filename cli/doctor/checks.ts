// What the facts mean for the exactness of frames, one finding each.
import { formatCpuList } from '../../loader/cpu-list.js';
import type { InterfaceFacts } from '../../loader/interface-facts.js';
import type { MachineFacts } from '../../loader/machine-facts.js';

/** `unknown`: it could not be found out; `found` says why. */
export type Level = 'ok' | 'warn' | 'unknown';

export interface Finding {
  /** Stable, for scripts. */
  readonly check: string;
  readonly level: Level;
  /** What is there. */
  readonly found: string;
  /** What to do about it; absent when it is well. */
  readonly advice?: string;
}

/** All that a check may look at. */
export interface Facts {
  readonly interface: string;
  readonly machine: MachineFacts;
  readonly card: InterfaceFacts;
}

type Verdict = Omit<Finding, 'check'>;

/** Leaving a deeper sleep takes longer than a wake-up by the pacer may be late. */
const TOLERABLE_EXIT_US = 10;
/** What a receiver waits at most until it says that a frame is there. */
const TOLERABLE_COALESCING_US = 10;
const FAST_CLOCKS = ['tsc', 'kvm-clock', 'hyperv_clocksource_tsc_page', 'arch_sys_counter'];
const SYNCHRONIZERS = ['ptp4l', 'phc2sys', 'timemaster', 'chronyd'];
/** Drivers whose native XDP is in Linux 6.1; with others `attach` tries, and falls back to generic XDP. */
const NATIVE_XDP = new Set(
  (
    'veth tun virtio_net netdevsim bonding igb igc ixgbe ixgbevf i40e ice mlx4_core mlx5_core bnxt_en ena mvneta mvpp2 stmmac ' +
    'st_gmac dwmac-intel nfp qede sfc nicvf tsnep fsl_enetc fsl_dpa fsl_dpaa2_eth cpsw am65-cpsw-nuss hv_netvsc mtk_soc_eth gve mana'
  ).split(' '),
);

function ok(found: string): Verdict {
  return { level: 'ok', found };
}

function warn(found: string, advice: string): Verdict {
  return { level: 'warn', found, advice };
}

function unknown(found: string, advice?: string): Verdict {
  return { level: 'unknown', found, ...(advice === undefined ? {} : { advice }) };
}

function noEthtool(): Verdict {
  return unknown('ethtool is missing', 'apt install ethtool');
}

function checkPacer({ machine: { fq } }: Facts): Verdict {
  if (fq === true) return ok('the kernel has fq: the schedule runs in the kernel alone');
  if (fq === null) return unknown('whether the kernel has fq cannot be known without privilege', 'run as root');
  return warn('the kernel has no fq: the pacer is a thread', 'load the module: modprobe sch_fq');
}

function checkKernel({ machine: { realTimeKernel } }: Facts): Verdict {
  if (realTimeKernel) return ok('PREEMPT_RT');
  return warn(
    'no PREEMPT_RT: a driver or a flood of received frames can hold up the machine for as long as it likes',
    'boot a real-time kernel: apt install linux-image-rt-amd64',
  );
}

function checkIsolation({ machine: { isolatedCpus, onlineCpus, tickless } }: Facts): Verdict {
  const last = onlineCpus.at(-1) ?? 0;
  if (isolatedCpus.length === 0) {
    if (onlineCpus.length < 2)
      return warn('there is one CPU: all other work shares it with the machine', 'use a machine with more of them');
    return warn('no CPU is isolated', `boot with isolcpus=${last} nohz_full=${last} rcu_nocbs=${last}`);
  }
  const ticking = isolatedCpus.filter((cpu) => !tickless.includes(cpu));
  const list = formatCpuList(isolatedCpus);
  if (ticking.length === 0) return ok(`CPUs ${list} are isolated and without tick`);
  return warn(`CPUs ${list} are isolated but keep the scheduler's tick`, `boot with nohz_full=${list} as well`);
}

function checkInterrupts({
  card: { interrupts, virtual },
  machine: { isolatedCpus, onlineCpus, processes },
}: Facts): Verdict {
  if (virtual) return ok('a virtual interface has no interrupts of its own');
  if (interrupts.length === 0) return unknown('the interrupts of the interface are not listed in /sys');
  if (processes.has('irqbalance'))
    return warn('irqbalance moves interrupts from CPU to CPU', 'systemctl disable --now irqbalance');
  const numbers = interrupts.map(({ number }) => number).join(', ');
  if (isolatedCpus.length === 0)
    return ok(`interrupts ${numbers}; without an isolated CPU there is none to keep free of them`);
  const others = formatCpuList(onlineCpus.filter((cpu) => !isolatedCpus.includes(cpu)));
  const meeting = interrupts.filter(({ cpus }) => cpus.some((cpu) => isolatedCpus.includes(cpu)));
  if (meeting.length === 0) return ok(`interrupts ${numbers} stay away from the isolated CPUs`);
  const commands = meeting.map(({ number }) => `echo ${others} >/proc/irq/${number}/smp_affinity_list`);
  return warn(
    `interrupts ${meeting.map(({ number }) => number).join(', ')} may come to an isolated CPU`,
    commands.join('; '),
  );
}

function checkSteering({ card: { steeredTo }, machine: { isolatedCpus } }: Facts): Verdict {
  const meeting = steeredTo.filter((cpu) => isolatedCpus.includes(cpu));
  if (meeting.length === 0) return ok('received frames are not steered to an isolated CPU');
  return warn(
    `received frames are steered to the isolated CPU ${formatCpuList(meeting)}`,
    'take it out of /sys/class/net/*/queues/rx-*/rps_cpus',
  );
}

function checkGovernor({ machine: { governors } }: Facts): Verdict {
  const others = governors.filter((name) => name !== 'performance');
  if (governors.length === 0) return ok('the kernel does not scale frequencies');
  if (others.length === 0) return ok('performance');
  return warn(`${others.join(', ')}: a CPU is slow when it wakes`, 'cpupower frequency-set -g performance');
}

function checkSleep({ machine: { deepestSleep } }: Facts): Verdict {
  if (deepestSleep === null) return ok('the kernel uses no sleep states');
  const { name, exitUs } = deepestSleep;
  const found = `the deepest sleep state in use, ${name}, takes ${exitUs} us to leave`;
  if (exitUs <= TOLERABLE_EXIT_US) return ok(found);
  return warn(
    found,
    `cpupower idle-set -D ${TOLERABLE_EXIT_US}, or boot with processor.max_cstate=1 intel_idle.max_cstate=1`,
  );
}

function checkHyperThreads({ machine: { hyperThreads } }: Facts): Verdict {
  if (!hyperThreads) return ok('no two CPUs share a core');
  return warn('two CPUs share a core, and one slows the other', 'boot with nosmt, or isolate both');
}

function checkClockSource({ machine: { clockSource } }: Facts): Verdict {
  if (clockSource === null) return unknown('the kernel does not tell its clock source');
  if (FAST_CLOCKS.includes(clockSource)) return ok(clockSource);
  return warn(
    `${clockSource}: reading the clock takes a microsecond and more`,
    'find out why the kernel does not use tsc: dmesg | grep -i tsc',
  );
}

function checkTime({ machine: { clock, processes } }: Facts): Verdict {
  const running = SYNCHRONIZERS.filter((name) => processes.has(name));
  if (clock === null) return unknown('the addon is missing, which reads the clock', 'npm run setup');
  if (running.length === 0)
    return warn(
      'no daemon keeps this clock with those of other hosts',
      'for `--start aligned` on several hosts run ptp4l and phc2sys: apt install linuxptp',
    );
  if (clock.taiOffsetSeconds === 0)
    return warn(
      `${running.join(', ')} runs, but the TAI offset is not set: CLOCK_TAI is 37 s off that of other hosts`,
      'phc2sys -w sets it from ptp4l; chrony does with leapsectz right/UTC',
    );
  if (!clock.synchronized)
    return warn(`${running.join(', ')} runs, but the clock is not synchronized yet`, 'see what it logs');
  return ok(`${running.join(', ')} runs, TAI is ${clock.taiOffsetSeconds} s ahead of UTC`);
}

function checkHardwareClock({ card: { hardwareClock, virtual } }: Facts): Verdict {
  if (hardwareClock !== null) return ok(hardwareClock);
  if (virtual) return ok('a virtual interface needs none');
  return warn(
    'the interface has no PTP hardware clock',
    'synchronize through a card that has one, such as Intel i210 or i225',
  );
}

function checkXdp({ card: { driver, xdpMode }, interface: name }: Facts): Verdict {
  const generic = 'frames are copied before nc_ingress sees them';
  if (xdpMode === 'native') return ok('attached in native mode');
  if (xdpMode === 'generic')
    return warn(`attached in generic mode: ${generic}`, 'use a card whose driver has native XDP');
  if (driver === null) return unknown(`/sys does not tell the driver of ${name}`);
  if (NATIVE_XDP.has(driver)) return ok(`driver ${driver} takes XDP natively`);
  return warn(
    `driver ${driver} is not known to take XDP natively; in generic mode ${generic}`,
    'attach says which mode it got',
  );
}

function checkOffloads({ card: { offloads }, interface: name }: Facts): Verdict {
  if (offloads === null) return noEthtool();
  const long = [
    ['tcp-segmentation-offload', 'tso'],
    ['generic-segmentation-offload', 'gso'],
    ['large-receive-offload', 'lro'],
  ].filter(([feature]) => offloads[feature!] === true);
  if (long.length === 0) return ok('no offload makes long frames of several');
  const names = long.map(([, word]) => word);
  return warn(
    `${names.join(', ')}: up to 64 kB leave or come in one piece, and a frame on time waits behind them`,
    `ethtool -K ${name} ${names.map((word) => `${word} off`).join(' ')} (attach limits what a gate needs by itself)`,
  );
}

function checkCoalescing({ card: { coalescing }, interface: name }: Facts): Verdict {
  if (coalescing === null) return noEthtool();
  const adaptive = ['adaptive-rx', 'adaptive-tx'].filter((side) => coalescing[side] === true);
  const waits = ['rx-usecs', 'tx-usecs'].filter((side) => Number(coalescing[side] ?? 0) > TOLERABLE_COALESCING_US);
  if (adaptive.length + waits.length === 0) return ok('interrupts are not held back');
  const found = [...adaptive, ...waits.map((side) => `${side} ${String(coalescing[side])}`)];
  const off = [...adaptive.map((side) => `${side} off`), ...waits.map((side) => `${side} 0`)];
  return warn(`interrupts are held back: ${found.join(', ')}`, `ethtool -C ${name} ${off.join(' ')}`);
}

function checkEnergy({ card: { energyEfficient }, interface: name }: Facts): Verdict {
  if (energyEfficient === null) return noEthtool();
  if (!energyEfficient) return ok('energy efficient Ethernet is off');
  return warn('energy efficient Ethernet: the link sleeps, and wakes for a frame', `ethtool --set-eee ${name} eee off`);
}

/** In the order in which they are shown. */
const CHECKS: readonly [check: string, judge: (facts: Facts) => Verdict][] = [
  ['kernel', checkKernel],
  ['pacer', checkPacer],
  ['isolated-cpu', checkIsolation],
  ['interrupts', checkInterrupts],
  ['steering', checkSteering],
  ['governor', checkGovernor],
  ['sleep-states', checkSleep],
  ['hyper-threads', checkHyperThreads],
  ['clock-source', checkClockSource],
  ['synchronization', checkTime],
  ['hardware-clock', checkHardwareClock],
  ['xdp', checkXdp],
  ['offloads', checkOffloads],
  ['coalescing', checkCoalescing],
  ['energy', checkEnergy],
];

/** Judges everything. Takes values and returns values. */
export function diagnose(facts: Facts): Finding[] {
  return CHECKS.map(([check, judge]) => ({ check, ...judge(facts) }));
}
