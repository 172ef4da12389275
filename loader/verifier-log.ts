// The verifier's last words, in a line or two.
const NOISE = /^(processed \d+ insns|verification time|stack depth|-- (BEGIN|END) PROG LOAD LOG|mark_precise|\s*$)/;
const SOURCE = /^; (.*?)(?: @ (\S+:\d+))?$/;

/** What a verifier log comes down to: its last message and the source line that it is about. */
export function summarizeVerifierLog(log: string): string {
  const lines = log.split('\n').filter((line) => !NOISE.test(line));
  const last = lines.at(-1);
  if (last === undefined) return 'the kernel gave no reason';
  const source = lines.findLast((line) => SOURCE.test(line));
  const match = source === undefined ? null : SOURCE.exec(source);
  const place = match === null ? '' : ` at \`${match[1]!.trim()}\`${match[2] === undefined ? '' : ` (${match[2]})`}`;
  const omitted = log.split('\n').length - 1;
  return `${last.trim()}${place} (${omitted} lines of log; --verbose shows them)`;
}
