// create_send_ratio: a block that creates and sends 64 bytes, beside a bare tc program that stores 64 bytes and clones the frame.
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
const PROGRAM = `tolerance 1000s
channel bus = 0
var v : bytes[64] = "${'0123456789abcdef'.repeat(4)}"
message m
start: create v -> m
send bus, m
wait 1ns, start
`;

const bare = (ifindex: number) => `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
unsigned char value[64] __attribute__((aligned(8))) = { 1, 2, 3 };
SEC("tc") int bare(struct __sk_buff *skb)
{
	if (bpf_skb_store_bytes(skb, 38, value, sizeof(value), 0))
		return 1;
	return bpf_clone_redirect(skb, ${ifindex}, 0);
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

export interface RatioFigure extends Figure {
  readonly create_send_ns: Omit<Figure, 'target' | 'met'>;
  readonly peer: Omit<Figure, 'target' | 'met'> & { readonly what: string };
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

/** Measures both in turn. */
export async function measureCreateSend(runs: number): Promise<RatioFigure> {
  const scratch = new Scratch();
  try {
    const { a } = scratch.vethPair();
    const other = secondPair(scratch);
    const program = await built(PROGRAM);
    const object = loadFor(scratch, program, a);
    native().clsactCreate(a);
    native().tcAttach(a, 'egress', object.programFd('nc_gate'), 1, 1);
    const bareFd = openSource(scratch, bare(other), 'bare').programFd('bare');
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let i = 0; i < runs; i++) {
      startAt(object, process.hrtime.bigint());
      ours.push(timed(object.programFd('nc_machine')));
      theirs.push(timed(bareFd));
    }
    const stats = decodeStats(native().mapLookup(object.mapFd('.data.nc_stats'), new Uint8Array(4))!, program.manifest);
    const sent = Number(stats.channels.bus?.sent);
    if (sent !== runs * REPEAT) throw new Error(`${sent} frames were sent in ${runs * REPEAT} blocks`);
    return report(ours, theirs);
  } finally {
    scratch.cleanUp();
  }
}

function report(ours: readonly number[], theirs: readonly number[]): RatioFigure {
  const ratios = ours.map((value, round) => value / theirs[round]!);
  const value = Number((median(ours) / median(theirs)).toFixed(3));
  return {
    ...figure(ratios, 'ratio', TARGET),
    value,
    met: value <= TARGET,
    create_send_ns: { ...summarize(ours), unit: 'ns' },
    peer: { ...summarize(theirs), unit: 'ns', what: '64-byte bpf_skb_store_bytes and bpf_clone_redirect' },
  };
}
