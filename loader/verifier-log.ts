// The verifier's last words, in a line or two.
const NOISE =
  /^(processed \d+ insns|verification time|stack depth|-- (BEGIN|END) PROG LOAD LOG|mark_precise|(cur|old) state:|\s*$)/;
/** Lines that follow the program through the verifier: instructions, registers, branches, functions. */
const TRACE = /^(\d+: |from \d+ to |(Func|func)#|R\d+(_\w+)?=|Validating |last_idx |regs=|; )/;
const SOURCE = /^; (.*?)(?: @ (\S+:\d+))?$/;

/** What a verifier log comes down to: its last message, of one line or two, and the source line that it is about. */
export function summarizeVerifierLog(log: string): string {
  const lines = log.split('\n').filter((line) => !NOISE.test(line));
  const last = lines.at(-1);
  if (last === undefined) return 'the kernel gave no reason';
  const source = lines.findLast((line) => SOURCE.test(line));
  const match = source === undefined ? null : SOURCE.exec(source);
  const place = match === null ? '' : ` at \`${match[1]!.trim()}\`${match[2] === undefined ? '' : ` (${match[2]})`}`;
  const before = lines.at(-2) ?? '';
  const message = TRACE.test(before) ? last : [before, last].map((line) => line.trim()).join(': ');
  const omitted = log.split('\n').length - 1;
  return `${message.trim().replace(/\.$/, '')}${place} (${omitted} lines of log; --verbose shows them)`;
}
