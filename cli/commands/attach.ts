import type { AttachOptions, AttachReport } from '../../loader/attach.js';
import { rootsFromEnvironment } from '../../loader/roots.js';
import type { Command, Context } from '../command.js';
import { compileFile } from '../compile-file.js';
import { formatDuration, parseDuration } from '../duration.js';
import { STATUS } from '../failure.js';
import { unlessInterrupted } from '../io.js';
import { toJson } from '../json.js';
import { NODE_OPTION } from '../module-file.js';
import { PARAMS_OPTION } from '../params-file.js';
import { parseRate } from '../rate.js';
import { CPU_SUMMARY, parseCpu, parseSpin, SPIN_SUMMARY } from '../spin.js';
import { parseStart, START_SUMMARY } from '../start-mode.js';
import { verifyWithOthers } from '../verify/with-others.js';

const PACERS = ['auto', 'fq', 'thread'] as const;

/** What was said of the program before it is attached, for the JSON answer. */
interface Said {
  readonly diagnostics: readonly unknown[];
  /** Only with --with. */
  readonly verification?: Record<string, unknown> | null;
}

function answer(report: AttachReport): Record<string, unknown> {
  const { record, manifest } = report.attachment;
  const { node, programId } = manifest;
  const { pacer, pacerReason, xdpMode, pins } = record;
  return { interface: record.interface, node, programId, pacer, pacerReason, xdpMode, pins, warnings: report.warnings };
}

function describe({ record, manifest }: AttachReport['attachment']): string {
  return `${record.interface}: node ${manifest.node} attached, pacer ${record.pacer} (${record.pacerReason}), ${record.xdpMode ?? 'no'} XDP`;
}

async function dryRun(context: Context, options: AttachOptions, said: Said): Promise<number> {
  const { planAttach } = await import('../../loader/attach.js');
  const steps = await planAttach(options);
  if (context.json) context.out.line(toJson({ interface: options.interface, steps, ...said }));
  else for (const step of steps) context.out.line(step);
  return STATUS.done;
}

async function attachNow(context: Context, options: AttachOptions, said: Said): Promise<number> {
  const { attach: attachProgram } = await import('../../loader/attach.js');
  const report = await attachProgram(options);
  for (const warning of report.warnings) context.err.line(`warning: ${warning}`);
  if (context.json) context.out.line(toJson({ ...answer(report), ...said }));
  else context.err.line(describe(report.attachment));
  if (options.confirmNs !== undefined)
    context.err.line(
      `detached again in ${formatDuration(options.confirmNs)} unless \`ncbpf confirm ${options.interface}\` comes first`,
    );
  return STATUS.done;
}

function optionsOf(context: Context): Omit<AttachOptions, 'object' | 'manifest'> {
  const group = context.option('group');
  const confirm = context.option('confirm');
  return {
    interface: context.positionals[0] ?? '',
    pacer: PACERS.find((name) => name === context.option('pacer')) ?? 'auto',
    start: parseStart(context.option('start')),
    spin: parseSpin(context.option('spin')),
    cpu: parseCpu(context.option('cpu')),
    gate: {
      rate: parseRate(context.option('rate')),
      failClosed: context.option('fail') === 'closed',
      force: context.flag('force'),
    },
    replace: context.flag('replace'),
    roots: rootsFromEnvironment(context.io.env),
    ...(group === undefined ? {} : { group }),
    ...(confirm === undefined ? {} : { confirmNs: parseDuration(confirm, '--confirm') }),
    ...(context.verbose ? { onStep: (step: string) => context.err.line(step) } : {}),
  };
}

/** `ncbpf attach` */
export const attach: Command = {
  words: ['attach'],
  summary: 'check, compile, load and run a program on an interface',
  description: [
    'Attaches a program, or a bundle that `ncbpf build` wrote, to an interface of this network namespace. From then on the kernel runs it, ' +
      'until `ncbpf detach`. Needs Linux 6.1, CAP_BPF, CAP_NET_ADMIN and, on current kernels, CAP_PERFMON, and CAP_SYS_NICE for the ' +
      'pacer thread; for a program, not for a bundle, clang 16 or later.',
    'Nothing of others is replaced: an XDP program that is there already is a reason to refuse. When attach fails, the machine is as it was.',
    'A program with `mode` or `xsend` has a gate for ordinary traffic, which needs the speed of the link: --rate where the hardware does not report it. ' +
      'The segmentation offload of the interface is limited until `ncbpf detach`. An interface that carries a global address or an established TCP ' +
      'connection, itself or by a VLAN, bridge or bond on it, is refused without --force. With --confirm the attachment goes again unless you confirm it, ' +
      'whatever becomes of your terminal.',
    'With --with the whole system is verified first, as `ncbpf verify FILE OTHER...` does: this program has the first address. When a judged property ' +
      'fails, the shortest run that goes wrong is shown, nothing is attached, and the exit status is 1; --force changes nothing about that.',
    'The pacer makes time pass. `fq` runs in the kernel alone; `thread` is a small process under SCHED_FIFO for kernels without fq; `auto` ' +
      'takes the better one that the kernel has, and says which and why. Both wake the machine some time before its instant, and it waits the rest ' +
      'awake; --spin bounds that. What a frame takes to its driver is measured first, with frames on an interface made for it.',
  ],
  positionals: [
    { name: 'IFACE', kind: 'interface' },
    { name: 'FILE', kind: 'file' },
  ],
  options: [
    { name: 'pacer', choices: PACERS, summary: 'what makes time pass; default auto' },
    { name: 'spin', argument: 'off|auto|DURATION', summary: SPIN_SUMMARY },
    { name: 'cpu', argument: 'N', summary: CPU_SUMMARY },
    { name: 'start', argument: 'now|hold|aligned:DURATION', summary: START_SUMMARY },
    { name: 'replace', summary: 'detach first what ncbpf has attached there' },
    {
      name: 'group',
      argument: 'NAME',
      summary: 'let processes of this group read and write variables without privilege',
    },
    {
      name: 'with',
      argument: 'OTHER',
      many: true,
      summary: 'verify the system of this program and those of the other nodes, and attach only if nothing fails',
    },
    {
      name: 'network',
      argument: 'FILE',
      summary: 'addresses and links of the system of --with, as for `ncbpf verify`',
    },
    { name: 'dry-run', summary: 'say what would be done, and do nothing' },
    PARAMS_OPTION,
    NODE_OPTION,
    {
      name: 'rate',
      argument: 'RATE',
      summary: 'speed of the link for the gate, like 100mbit or 1gbit; default: as the hardware reports it',
    },
    {
      name: 'fail',
      choices: ['open', 'closed'],
      summary: 'what the gate does when the machine is dead: ordinary traffic passes (open, the default) or does not',
    },
    { name: 'force', summary: 'attach a program with a gate although the interface carries traffic' },
    {
      name: 'confirm',
      argument: 'DURATION',
      summary: 'detach again after that time unless `ncbpf confirm` comes first',
    },
  ],
  examples: [
    { line: 'ncbpf attach eth0 prog.nc', what: 'compile, load, start' },
    { line: 'ncbpf attach eth0 rx1.bytecode --params rx1.params.json', what: 'a program in bytecode' },
    { line: 'ncbpf attach eth0 prog.ncb --replace', what: 'a bundle, in place of what is attached' },
    { line: 'ncbpf attach eth0 prog.nc --start aligned:1s', what: 'at the next full second of CLOCK_TAI' },
    { line: 'ncbpf attach eth0 prog.nc --cpu 3 --spin 60us', what: 'on CPU 3, awake 60 us before each instant' },
    { line: 'ncbpf attach eth1 prog.nc --rate 1gbit', what: 'a program with a gate, on a link of 1 Gbit/s' },
    { line: 'ncbpf attach eth0 tx.nc --with rx.nc logger.nc', what: 'only if the three go together' },
    { line: 'ncbpf attach eth0 prog.nc --group control', what: 'variables for the group control' },
    {
      line: 'ncbpf attach eth0 prog.nc --force --confirm 60s',
      what: 'over ssh: a gate that shuts you out is gone in a minute',
    },
  ],
  onSignal: 'finishes',
  async run(context) {
    const options = optionsOf(context);
    const [, file = ''] = context.positionals;
    // Until here nothing is touched that a signal could leave half done.
    const { built, said } = await unlessInterrupted(context.io.signal, compileFile(context, file, options.interface));
    const verified = built === null ? null : await verifyWithOthers(context, file);
    const more = { diagnostics: said, ...(verified === null ? {} : { verification: verified.verification }) };
    if (built !== null && verified?.mayAttach !== false) {
      const act = context.flag('dry-run') ? dryRun : attachNow;
      return act(context, { ...options, ...built }, more);
    }
    if (context.json) context.out.line(toJson(more));
    return STATUS.programErrors;
  },
};
