// Systems from program texts, for the tests of schedule/verify.
import { checkSource } from '../../lang/compile.js';
import type { Answer } from '../../schedule/verify/answer.js';
import { replay } from '../../schedule/verify/replay.js';
import { defaultMac, sharedMedium, type System } from '../../schedule/verify/system.js';
import { verifySystem, type VerifyOptions } from '../../schedule/verify/verify.js';

/** The default options: everything, no losses, no bound. */
export const DEFAULTS: VerifyOptions = {
  properties: ['collision', 'schedulable', 'received', 'stuck'],
  losses: 0,
  costs: [{}],
  recoverNs: null,
  gateShare: null,
  clockErrorNs: 0n,
  driftPpm: 0,
  boundNs: null,
  memoryBytes: 256 * 1024 * 1024,
};

/** Nodes a.nc, b.nc, ... with these texts on one wire; throws Error with the diagnostics where there are errors. */
export function systemOf(...texts: readonly string[]): System {
  const nodes = texts.map((text, index) => {
    const name = String.fromCharCode('a'.charCodeAt(0) + index);
    const { program, diagnostics } = checkSource(text, `${name}.nc`);
    if (program === null)
      throw new Error(diagnostics.map(({ span, message }) => `${span.line}: ${message}`).join('; '));
    return { program, file: `${name}.nc`, name, mac: defaultMac(index), startNs: 0n };
  });
  return { nodes, media: [sharedMedium(nodes.length)] };
}

/** Verifies nodes with these texts. Every counterexample is played in the simulator, which must show the same. */
export function verifyTexts(texts: readonly string[], options: Partial<VerifyOptions> = {}): Answer {
  return verifyAndReplay(systemOf(...texts), options);
}

/** Verifies a system; throws Error for a counterexample that the simulator does not show. */
export function verifyAndReplay(system: System, options: Partial<VerifyOptions> = {}): Answer {
  const answer = verifySystem(system, { ...DEFAULTS, ...options });
  for (const { trace } of Object.values(answer.verdicts)) {
    // The simulator's instructions take no time, its clocks do not drift, and it does not know what recovery is.
    if (trace === null || ['recovers', 'gate'].includes(trace.property) || trace.costs === true) continue;
    const { same, failures } = replay(
      trace,
      system.nodes.map(({ program }) => program),
    );
    if (!same) throw new Error(`${trace.property} at ${trace.at}: the simulator shows ${failures.join() || 'nothing'}`);
  }
  return answer;
}

/** What holds and what does not, with instants (ns) and places as `a.nc:3`. */
export function failuresOf({ verdicts }: Answer): Record<string, string> {
  const failed = Object.entries(verdicts).filter(([, { holds }]) => holds === false);
  return Object.fromEntries(
    failed.map(([property, { at, places }]) => [
      property,
      [at, ...places.map(([file, line]) => `${file}:${line}`)].join(' '),
    ]),
  );
}
