// What a verification found, as text and as JSON.
import type { Answer, Verdict } from '../../schedule/verify/answer.js';
import { exactTime, renderTimeline } from '../../schedule/verify/timeline.js';
import { PROPERTIES } from '../../schedule/verify/violation.js';
import type { Output } from '../io.js';

const WIDTH = 13;

/** `{property: {holds, at, places, trace}}` */
export function answerToJson({ verdicts }: Answer): Record<string, unknown> {
  return Object.fromEntries(
    PROPERTIES.map((property) => {
      const { holds, at, places, trace, explored } = verdicts[property];
      return [property, { holds, at, places, trace, explored }];
    }),
  );
}

/** Whether a judged property fails. */
export function fails({ verdicts }: Answer): boolean {
  return PROPERTIES.some((property) => verdicts[property].holds === false);
}

/** What is no property, for people. */
export function printWarnings(err: Output, { warnings }: Answer): void {
  for (const { file, created, again } of warnings) {
    err.line(`${file}:${again}: warning: the snapshot of line ${created} was never sent when this one takes its place`);
  }
}

/** For people. */
export function printAnswer(out: Output, { verdicts }: Answer): void {
  for (const property of PROPERTIES) {
    const verdict = verdicts[property];
    if (verdict.holds === null && verdict.explored === undefined) continue;
    out.line(`${property.padEnd(WIDTH)}${verdictWords(verdict)}`);
    for (const line of detail(verdict)) out.line(line);
  }
}

const LIMIT_WORDS = {
  bound: '--bound',
  memory: 'memory limit',
  overload: 'then more and more frames wait to be sent',
};

function verdictWords(verdict: Verdict): string {
  if (verdict.holds === true) return 'holds';
  if (verdict.explored !== undefined) {
    const { until, states, limit } = verdict.explored;
    return `no violation in the first ${exactTime(until)}, ${countWords(states)} states, ${LIMIT_WORDS[limit]}`;
  }
  return `FAILS at ${exactTime(verdict.at ?? 0)}: ${verdict.what}`;
}

function detail({ places, trace }: Verdict): string[] {
  const at = places.map(([file, line]) => `  at ${file}:${line}`);
  return trace === null ? at : [...at, ...renderTimeline(trace)];
}

const MILLION = 1e6;

function countWords(count: number): string {
  return count >= MILLION ? `${Number((count / MILLION).toPrecision(3))} million` : String(count);
}
