import { findToolchain, OLDEST_CLANG, ToolMissingError, type Toolchain } from '../../codegen/clang.js';
import {
  bpffsFeature,
  kernelFeatures,
  processFeatures,
  type Answer,
  type KernelFeatures,
  type ProcessFeatures,
} from '../../loader/features.js';
import { rootsFromEnvironment } from '../../loader/roots.js';
import type { Command, Context } from '../command.js';
import { STATUS } from '../failure.js';
import { toJson } from '../json.js';

interface Report {
  readonly kernel: KernelFeatures;
  readonly process: ProcessFeatures;
  readonly bpffs: { readonly path: string; readonly mounted: boolean };
  readonly toolchain: Toolchain | null;
  readonly toolchainProblem: string | null;
}

const NEEDED = ['CAP_BPF', 'CAP_NET_ADMIN'] as const;

async function toolchain(): Promise<Pick<Report, 'toolchain' | 'toolchainProblem'>> {
  try {
    return { toolchain: await findToolchain(), toolchainProblem: null };
  } catch (error) {
    if (!(error instanceof ToolMissingError)) throw error;
    return { toolchain: null, toolchainProblem: error.message };
  }
}

function missingToAttach({ kernel, process: own }: Report): string[] {
  const has = (name: string) =>
    own.capabilities.includes(name) || (name === 'CAP_BPF' && own.capabilities.includes('CAP_SYS_ADMIN'));
  return [
    ...(kernel.supported ? [] : ['Linux 6.1']),
    ...(own.addonProblem === null ? [] : ['the native addon']),
    ...(own.addonProblem === null ? NEEDED.filter((name) => !has(name)) : []),
    ...(kernel.clsact === false ? ['clsact in the kernel'] : []),
    ...(kernel.xdp === false ? ['XDP links in the kernel'] : []),
  ];
}

function pacerSentence({ fq }: KernelFeatures): string {
  if (fq === true) return '`--pacer auto` takes fq: the schedule runs in the kernel alone';
  if (fq === false) return '`--pacer auto` takes thread: the kernel has no fq (module sch_fq)';
  return '`--pacer auto` takes fq if the kernel has it, else thread: which, cannot be known without privilege';
}

function conclusions(report: Report): string[] {
  const missing = missingToAttach(report);
  const tools = report.toolchain;
  const own = report.process.capabilities;
  const trusted = own.includes('CAP_PERFMON') || own.includes('CAP_SYS_ADMIN');
  return [
    tools === null
      ? 'programs cannot be compiled here: `check` works, and `attach` of what `build` wrote elsewhere'
      : `programs can be compiled here, with ${tools.clang} (version ${tools.version})`,
    missing.length === 0
      ? 'programs can be attached'
      : `programs cannot be attached by this process: it lacks ${missing.join(', ')}`,
    pacerSentence(report.kernel),
    ...(missing.length === 0 && !trusted
      ? [
          'current kernels refuse the programs of this process: CAP_PERFMON is missing, so the verifier follows speculative paths',
        ]
      : []),
    ...(missing.length === 0 && !own.includes('CAP_SYS_NICE')
      ? ['the pacer thread runs without real-time priority: CAP_SYS_NICE is missing']
      : []),
    ...(report.bpffs.mounted ? [] : [`attach has to mount a bpffs: ${report.bpffs.path} is in none`]),
  ];
}

function word(answer: Answer): string {
  if (answer === null) return 'unknown';
  return answer ? 'yes' : 'no';
}

function printReport({ out }: Context, report: Report, follows: readonly string[]): void {
  const { kernel, process: own, bpffs, toolchain: tools } = report;
  const rows: [string, string][] = [
    ['kernel', `Linux ${kernel.release}${kernel.supported ? '' : ' (6.1 or later is needed)'}`],
    ['type information', word(kernel.btf)],
    ['XDP links', word(kernel.xdp)],
    ['clsact', word(kernel.clsact)],
    ['fq', word(kernel.fq)],
    ['bpf_loop', word(kernel.bpfLoop)],
    ['test runs', word(kernel.testRun)],
    ['bpffs', bpffs.mounted ? `mounted, for ${bpffs.path}` : `not mounted at ${bpffs.path}`],
    ['addon', own.addonProblem ?? `libbpf ${own.libbpf?.replace(/^v/, '') ?? 'unknown'}`],
    ['capabilities', own.capabilities.join(', ') || 'none'],
    ['clang', tools === null ? `none of version ${OLDEST_CLANG} or later` : `${tools.clang}, version ${tools.version}`],
    ['llvm-strip', tools?.strip ?? 'not looked for'],
  ];
  for (const [name, text] of rows) out.line(`${name.padEnd(18)}${text}`);
  out.line('');
  for (const sentence of follows) out.line(`- ${sentence}`);
}

function jsonOf(
  { kernel, process: own, bpffs, toolchain: tools, toolchainProblem }: Report,
  follows: readonly string[],
): unknown {
  const pacer = kernel.fq === null ? null : kernel.fq ? 'fq' : 'thread';
  return { kernel, bpffs, ...own, clang: tools, clangProblem: toolchainProblem, pacer, follows };
}

/** `ncbpf features` */
export const features: Command = {
  words: ['features'],
  summary: 'say what this kernel, clang and libbpf can do, and what follows',
  description: [
    'Asks the kernel, the compiler and this process what they can do, and says what follows for ncbpf. Changes nothing: queueing disciplines ' +
      'are tried in a network namespace that ends with the question. What cannot be known without privilege is said to be unknown.',
  ],
  positionals: [],
  options: [],
  examples: [
    { line: 'ncbpf features', what: 'before the first attach' },
    { line: 'ncbpf features --json', what: 'for a bug report' },
  ],
  async run(context) {
    const report: Report = {
      kernel: await kernelFeatures(),
      process: processFeatures(),
      bpffs: bpffsFeature(rootsFromEnvironment(context.io.env)),
      ...(await toolchain()),
    };
    const follows = conclusions(report);
    if (context.json) context.out.line(toJson(jsonOf(report, follows)));
    else printReport(context, report, follows);
    return STATUS.done;
  },
};
