// The fq qdisc as ncbpf sets it up: on the pacing pair for the carrier, on an interface for frames that the gate holds.

/** Frames that fq holds, in all and of a flow: carriers that a sync frame has overtaken, or ordinary traffic until its opening. */
const LIMIT = '20000';
/** ns by which fq may let a frame go too late so that its timer runs less often; the default is 10 us. */
const TIMER_SLACK = '1';

/** Arguments of `tc` that make fq the root qdisc of a device. Kernel: sch_fq. */
export function fqArguments(device: string): string[] {
  const size = ['limit', LIMIT, 'flow_limit', LIMIT];
  return ['qdisc', 'add', 'dev', device, 'root', 'fq', ...size, 'timer_slack', TIMER_SLACK];
}
