import { describe, expect, test } from '@jest/globals';
import { diagnose, type Facts, type Level } from '../../../cli/doctor/checks.js';
import type { InterfaceFacts } from '../../../loader/interface-facts.js';
import type { MachineFacts } from '../../../loader/machine-facts.js';
import { ncbpf, type ErrorAnswer } from './harness.js';

const MACHINE: MachineFacts = {
  realTimeKernel: true,
  fq: true,
  clock: { taiOffsetSeconds: 37, synchronized: true },
  clockSource: 'tsc',
  onlineCpus: [0, 1, 2, 3],
  isolatedCpus: [3],
  tickless: [3],
  governors: ['performance'],
  deepestSleep: { name: 'C1', exitUs: 2 },
  hyperThreads: false,
  processes: new Set(['ptp4l', 'phc2sys']),
};
const CARD: InterfaceFacts = {
  driver: 'igc',
  virtual: false,
  xdpMode: null,
  interrupts: [{ number: 40, cpus: [0, 1] }],
  steeredTo: [],
  hardwareClock: 'ptp0',
  offloads: { 'tcp-segmentation-offload': false },
  coalescing: { 'rx-usecs': 0 },
  energyEfficient: false,
};

function findings(machine: Partial<MachineFacts>, card: Partial<InterfaceFacts>): ReturnType<typeof diagnose> {
  const facts: Facts = { interface: 'eth0', machine: { ...MACHINE, ...machine }, card: { ...CARD, ...card } };
  return diagnose(facts);
}

test('on a machine that is as it should be, all is well', () => {
  expect(findings({}, {}).filter(({ level }) => level !== 'ok')).toEqual([]);
});

const TROUBLES: [
  check: string,
  level: Level,
  machine: Partial<MachineFacts>,
  card: Partial<InterfaceFacts>,
  says: string,
][] = [
  ['kernel', 'warn', { realTimeKernel: false }, {}, 'linux-image-rt'],
  ['pacer', 'warn', { fq: false }, {}, 'modprobe sch_fq'],
  ['pacer', 'unknown', { fq: null }, {}, 'root'],
  ['isolated-cpu', 'warn', { isolatedCpus: [] }, {}, 'isolcpus=3'],
  ['isolated-cpu', 'warn', { onlineCpus: [0], isolatedCpus: [] }, {}, 'one CPU'],
  ['isolated-cpu', 'warn', { tickless: [] }, {}, 'nohz_full=3'],
  ['interrupts', 'warn', { processes: new Set(['ptp4l', 'irqbalance']) }, {}, 'irqbalance'],
  // 41 must go where the isolated CPU 3 is not; 40 is there already.
  [
    'interrupts',
    'warn',
    {},
    {
      interrupts: [
        { number: 40, cpus: [0] },
        { number: 41, cpus: [0, 1, 2, 3] },
      ],
    },
    'echo 0-2 >/proc/irq/41/smp_affinity_list',
  ],
  ['interrupts', 'unknown', {}, { interrupts: [] }, '/sys'],
  ['steering', 'warn', {}, { steeredTo: [2, 3] }, 'rps_cpus'],
  ['governor', 'warn', { governors: ['performance', 'schedutil'] }, {}, 'schedutil'],
  ['sleep-states', 'warn', { deepestSleep: { name: 'C6', exitUs: 133 } }, {}, 'C6, takes 133 us'],
  ['hyper-threads', 'warn', { hyperThreads: true }, {}, 'nosmt'],
  ['clock-source', 'warn', { clockSource: 'hpet' }, {}, 'tsc'],
  ['clock-source', 'unknown', { clockSource: null }, {}, 'clock source'],
  ['synchronization', 'warn', { processes: new Set() }, {}, 'linuxptp'],
  ['synchronization', 'warn', { clock: { taiOffsetSeconds: 0, synchronized: true } }, {}, 'TAI offset'],
  ['synchronization', 'warn', { clock: { taiOffsetSeconds: 37, synchronized: false } }, {}, 'not synchronized'],
  ['synchronization', 'unknown', { clock: null }, {}, 'addon'],
  ['hardware-clock', 'warn', {}, { hardwareClock: null }, 'PTP hardware clock'],
  ['xdp', 'warn', {}, { xdpMode: 'generic' }, 'generic'],
  ['xdp', 'warn', {}, { driver: 'r8169' }, 'r8169'],
  ['xdp', 'unknown', {}, { driver: null }, 'driver of eth0'],
  ['offloads', 'warn', {}, { offloads: { 'tcp-segmentation-offload': true } }, 'ethtool -K eth0 tso off'],
  ['offloads', 'unknown', {}, { offloads: null }, 'apt install ethtool'],
  ['coalescing', 'warn', {}, { coalescing: { 'adaptive-rx': true, 'rx-usecs': 3 } }, 'ethtool -C eth0 adaptive-rx off'],
  ['coalescing', 'warn', {}, { coalescing: { 'tx-usecs': 64 } }, 'tx-usecs 0'],
  ['coalescing', 'unknown', {}, { coalescing: null }, 'apt install ethtool'],
  ['energy', 'warn', {}, { energyEfficient: true }, 'ethtool --set-eee eth0 eee off'],
  ['energy', 'unknown', {}, { energyEfficient: null }, 'apt install ethtool'],
];

describe('one trouble is one finding, and says what to do', () => {
  test.each(TROUBLES)('%s: %s', (check, level, machine, card, says) => {
    const troubled = findings(machine, card).filter((finding) => finding.level !== 'ok');
    expect(troubled.map((finding) => [finding.check, finding.level])).toEqual([[check, level]]);
    expect(`${troubled[0]?.found ?? ''}; ${troubled[0]?.advice ?? ''}`).toContain(says);
  });

  test('every warning has advice', () => {
    const warnings = TROUBLES.flatMap(([, , machine, card]) => findings(machine, card)).filter(
      ({ level }) => level === 'warn',
    );
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.filter(({ advice }) => advice === undefined)).toEqual([]);
  });
});

test('a virtual interface lacks no hardware', () => {
  const card = { virtual: true, driver: 'veth', interrupts: [], hardwareClock: null };
  expect(findings({}, card).filter(({ level }) => level !== 'ok')).toEqual([]);
});

test('an interface that is not there is wrong usage', async () => {
  const { status, stdout } = await ncbpf(['doctor', 'none0', '--json']);
  expect(status).toBe(2);
  expect((JSON.parse(stdout) as ErrorAnswer).error.message).toContain('there is no interface none0');
});
