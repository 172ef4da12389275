// Judges a system: explores what it can do, and looks for runs that go wrong (verification.md).
import { notJudged, type Answer, type UnsentWarning, type Verdict } from './answer.js';
import { findEndlessWait } from './endless-wait.js';
import { Exploration, type Coverage, type Limits } from './explore.js';
import { loseFrames } from './hyperperiod.js';
import type { Losses } from './instant.js';
import { buildModel, type Model } from './model.js';
import { locate } from './places.js';
import type { System } from './system.js';
import { runTo, traceOf } from './trace.js';
import { toNs, toUnits } from './units.js';
import { PROPERTIES, type PropertyName, type Violation } from './violation.js';

/** What is asked for. */
export interface VerifyOptions {
  readonly properties: readonly PropertyName[];
  /** Frames lost in each hyperperiod, at most. */
  readonly losses: number;
  /** Nothing later than this is looked at, ns; null: no bound. */
  readonly boundNs: bigint | null;
  readonly memoryBytes: number;
  /** Called now and then: states so far, and how far it has come, ns. */
  readonly progress?: (states: number, untilNs: number) => void;
}

/** One exploration and the properties that it judges. */
interface Part {
  readonly exploration: Exploration;
  readonly losses: Losses | null;
  readonly judged: ReadonlySet<PropertyName>;
}

/** Verifies a system. */
export function verifySystem(system: System, options: VerifyOptions): Answer {
  return new Verification(system, options).answer();
}

const BY_EXPLORATION: readonly PropertyName[] = ['collision', 'schedulable', 'received', 'stuck'];

class Verification {
  private readonly model: Model;
  private readonly parts: Part[] = [];

  constructor(
    system: System,
    private readonly options: VerifyOptions,
  ) {
    this.model = buildModel(system);
  }

  answer(): Answer {
    const asked = BY_EXPLORATION.filter((property) => this.options.properties.includes(property));
    if (this.options.losses === 0) this.explore(asked, null);
    else this.exploreLosses(asked);
    const verdicts = Object.fromEntries(PROPERTIES.map((property) => [property, this.verdict(property)]));
    return { verdicts: verdicts as Answer['verdicts'], warnings: this.warnings(), coverage: this.coverage() };
  }

  /** What is received is judged without losses; `stuck` with losses that end. */
  private exploreLosses(asked: readonly PropertyName[]): void {
    this.explore(
      asked.filter((property) => property === 'received'),
      null,
    );
    const anyTime = asked.filter((property) => property === 'collision' || property === 'schedulable');
    if (anyTime.length > 0) this.explore(anyTime, loseFrames(this.model, this.options.losses, false));
    if (asked.includes('stuck')) this.explore(['stuck'], loseFrames(this.model, this.options.losses, true));
  }

  private explore(properties: readonly PropertyName[], losses: Losses | null): void {
    const judged = new Set(properties);
    const waits = judged.has('stuck') && this.model.machines.some(({ node }) => node.relevance.hasSlave);
    const exploration = new Exploration(this.model, losses, judged, this.limits(), waits);
    exploration.run();
    if (waits) this.judgeWaits(exploration);
    this.parts.push({ exploration, losses, judged });
  }

  private limits(): Limits {
    const { boundNs, memoryBytes, progress } = this.options;
    const { units } = this.model;
    return {
      bound: boundNs === null ? null : toUnits(units, boundNs),
      memoryBytes,
      ...(progress === undefined ? {} : { progress: (states, time) => progress(states, toNs(units, time)) }),
    };
  }

  private judgeWaits(exploration: Exploration): void {
    this.model.machines.forEach(({ node: { relevance } }, node) => {
      const wait = relevance.hasSlave ? findEndlessWait(exploration, node) : null;
      if (wait === null) return;
      const known = exploration.violations.get('stuck');
      if (known === undefined || wait.at < known.at) exploration.violations.set('stuck', wait);
    });
  }

  private verdict(property: PropertyName): Verdict {
    if (!this.options.properties.includes(property)) return notJudged('it was not asked for');
    const part = this.parts.find(({ judged }) => judged.has(property));
    if (part === undefined) return notJudged('it is not judged');
    const violation = part.exploration.violations.get(property);
    if (violation !== undefined) return this.failure(part, violation);
    const { end, states, until } = part.exploration.coverage;
    if (end === 'complete') return { holds: true, at: null, places: [], trace: null, what: '' };
    const explored = { until: toNs(this.model.units, until), states, limit: end };
    return { ...notJudged('no violation in the part that was explored'), explored };
  }

  private failure({ exploration, losses }: Part, violation: Violation): Verdict {
    const run = runTo(this.model, exploration, losses, violation);
    const { places, at } = locate(this.model, exploration, losses, violation, run);
    const named = places.map(({ node, instruction }): readonly [string, number] => {
      const { file, line } = this.model.system.nodes[node]!.program.instructions[instruction]!.span;
      return [file, line];
    });
    const trace = traceOf(this.model, run, { ...violation, at });
    return { holds: false, at: trace.at, places: named, trace, what: violation.what };
  }

  private warnings(): UnsentWarning[] {
    const all = this.parts.flatMap(({ exploration }) => [...exploration.overwritten.values()]);
    const warnings = all.map(({ node, created, again }): UnsentWarning => {
      const { instructions } = this.model.system.nodes[node]!.program;
      const { file, line } = instructions[created]!.span;
      return { file, created: line, again: instructions[again]!.span.line };
    });
    const unique = new Map(warnings.map((each) => [`${each.file} ${each.created} ${each.again}`, each]));
    return [...unique.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.again - b.again));
  }

  /** Of the exploration that came least far. */
  private coverage(): Coverage {
    const all = this.parts.map(({ exploration }) => exploration.coverage);
    const states = all.reduce((sum, each) => sum + each.states, 0);
    const least = all.find(({ end }) => end !== 'complete') ?? all[0] ?? { end: 'complete', states: 0, until: 0 };
    return { ...least, states };
  }
}
