// create_send_ratio: a block that creates and sends 64 bytes, beside a bare tc program that stores 64 bytes and clones the frame. The
// block's side has everything that an attachment has: the machine's waking, its clock, and the gate on the interface.
import { native, type BpfObject } from '../../loader/native.js';
import { decodeStats } from '../../maps/state.js';
import { compileBpf } from '../support/compile-bpf.js';
import { interfaceIndex, run, Scratch } from '../support/scratch.js';
import { built, loadFor, startAt } from './node.js';
import { figure, median, summarize, type Figure } from './statistics.js';

const REPEAT = 2000;
const TARGET = 1.3;
const FRAME = 102;

/** A block is always due, and never late in the time of a round. */
const program = (times: number) => `tolerance 1000s
channel bus = 0
var v : bytes[64] = "${'0123456789abcdef'.repeat(4)}"
message m
start: nop
${'create v -> m\nsend bus, m\n'.repeat(times)}wait 1ns, start
`;

const bare = (ifindex: number, times: number) => `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
unsigned char value[64] __attribute__((aligned(8))) = { 1, 2, 3 };
SEC("tc") int bare(struct __sk_buff *skb)
{
${`	if (bpf_skb_store_bytes(skb, 38, value, sizeof(value), 0) || bpf_clone_redirect(skb, ${ifindex}, 0))
		return 1;
`.repeat(times)}	return 0;
}
char bare_license[] SEC("license") = "GPL";
`;

/** The far end of both pairs: the same cost for every frame, whoever sent it. */
const SINK = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp") int sink(struct xdp_md *context) { return XDP_DROP; }
char sink_license[] SEC("license") = "GPL";
`;

type Plain = Omit<Figure, 'target' | 'met'>;

export interface RatioFigure extends Figure {
  readonly create_send_ns: Plain;
  readonly peer: Plain & { readonly what: string };
  /** The ratio when a block creates and sends eight times and the bare program does as often: the waking counts for less. */
  readonly eight: Plain;
}

function openSource(scratch: Scratch, source: string, name: string): BpfObject {
  const object = scratch.keep(native().openObject(compileBpf(scratch.folder(), source), name));
  object.load();
  return object;
}

/** A second pair, `vc` and `vd`, beside `va` and `vb`; the far ends drop what comes. */
function secondPair(scratch: Scratch): number {
  run('ip', 'link', 'add', 'vc', 'type', 'veth', 'peer', 'name', 'vd');
  for (const name of ['vc', 'vd']) run('ip', 'link', 'set', name, 'addrgenmode', 'none', 'up');
  const sink = openSource(scratch, SINK, 'sink').programFd('sink');
  for (const name of ['vb', 'vd']) {
    const link = native().linkCreateXdp(sink, interfaceIndex(name), 'native');
    scratch.onCleanUp(() => native().closeFd(link));
  }
  return interfaceIndex('vc');
}

function timed(programFd: number): number {
  return native().testRun(programFd, { data: new Uint8Array(FRAME), repeat: REPEAT }).durationNs;
}

interface Times {
  readonly ours: number[];
  readonly theirs: number[];
}

/** Measures both in turn; `times` creates and sends in a run. */
async function measureBoth(
  scratch: Scratch,
  ends: { ours: number; theirs: number },
  times: number,
  runs: number,
): Promise<Times> {
  const compiled = await built(program(times));
  const object = loadFor(scratch, compiled, ends.ours);
  const bareFd = openSource(scratch, bare(ends.theirs, times), 'bare').programFd('bare');
  native().tcAttach(ends.ours, 'egress', object.programFd('nc_gate'), 1, 1);
  const measured: Times = { ours: [], theirs: [] };
  for (let i = 0; i < runs; i++) {
    startAt(object, process.hrtime.bigint());
    measured.ours.push(timed(object.programFd('nc_machine')));
    measured.theirs.push(timed(bareFd));
  }
  native().tcDetach(ends.ours, 'egress', 1, 1);
  const stats = decodeStats(native().mapLookup(object.mapFd('.data.nc_stats'), new Uint8Array(4))!, compiled.manifest);
  const sent = Number(stats.channels.bus?.sent);
  if (sent !== runs * REPEAT * times) throw new Error(`${sent} frames were sent instead of ${runs * REPEAT * times}`);
  return measured;
}

function ratio({ ours, theirs }: Times): Figure {
  const value = Number((median(ours) / median(theirs)).toFixed(3));
  const rounds = ours.map((each, round) => each / theirs[round]!);
  return { ...figure(rounds, 'ratio', TARGET), value, met: value <= TARGET };
}

/** Measures a number of rounds. */
export async function measureCreateSend(runs: number): Promise<RatioFigure> {
  const scratch = new Scratch();
  try {
    const { a } = scratch.vethPair();
    const ends = { ours: a, theirs: secondPair(scratch) };
    native().clsactCreate(a);
    const one = await measureBoth(scratch, ends, 1, runs);
    const { value, spread, unit } = ratio(await measureBoth(scratch, ends, 8, Math.ceil(runs / 8)));
    return {
      ...ratio(one),
      create_send_ns: { ...summarize(one.ours), unit: 'ns' },
      peer: { ...summarize(one.theirs), unit: 'ns', what: '64-byte bpf_skb_store_bytes and bpf_clone_redirect' },
      eight: { value, spread, unit },
    };
  } finally {
    scratch.cleanUp();
  }
}
