// Judges a system: explores what it can do, and looks for runs that go wrong (verification.md).
import { notJudged, type Answer, type Explored, type UnsentWarning, type Verdict } from './answer.js';
import type { Costs } from './compiled-node.js';
import { findEndlessWait } from './endless-wait.js';
import { Exploration, type Coverage, type Limits, type Overwritten } from './explore.js';
import { GateShare } from './gate-share.js';
import { loopOf, loseFrames } from './hyperperiod.js';
import { buildModel, type Model } from './model.js';
import { locate } from './places.js';
import { canRecover, Recovery, TooManyRunsError, type Unrecovered } from './recovers.js';
import { runTo } from './run.js';
import type { System } from './system.js';
import { TooManyWaysError } from './too-many-ways.js';
import { traceOf, type Trace } from './trace.js';
import { toNs, toUnits } from './units.js';
import { variantsOf } from './variants.js';
import { PROPERTIES, type Place, type PropertyName, type Violation } from './violation.js';
import type { Losses } from './way.js';

/** What is asked for. */
export interface VerifyOptions {
  readonly properties: readonly PropertyName[];
  /** Frames lost in each hyperperiod, at most. */
  readonly losses: number;
  /** Costs of instructions: the least of each, then the greatest; once where they are the same. */
  readonly costs: readonly Costs[];
  /** By how much two clocks differ at most: ns, and parts of a million in their rates. */
  readonly clockErrorNs: bigint;
  readonly driftPpm: number;
  /** How soon the system must recover, ns; null: within four rounds of the loss-free run. */
  readonly recoverNs: bigint | null;
  /** What each gate must leave to ordinary traffic, ns in each stretch of ns; null: it is not judged. */
  readonly gateShare: { readonly openNs: bigint; readonly withinNs: bigint } | null;
  /** Nothing later than this is looked at, ns; null: no bound. */
  readonly boundNs: bigint | null;
  readonly memoryBytes: number;
  /** Whether states are kept apart that differ only in which of the nodes that are alike is in which state; by default they are not. */
  readonly keepsPermutations?: boolean;
  /** Called now and then: states so far, and how far it has come, ns. */
  readonly progress?: (states: number, untilNs: number) => void;
}

/** One exploration and the properties that it judges. */
interface Part {
  readonly model: Model;
  readonly exploration: Exploration;
  readonly losses: Losses | null;
  readonly judged: ReadonlySet<PropertyName>;
}

/** Verifies a system. */
export function verifySystem(system: System, options: VerifyOptions): Answer {
  return new Verification(system, options).answer();
}

const BY_EXPLORATION: readonly PropertyName[] = ['collision', 'schedulable', 'received', 'stuck'];
/** Rounds within which a system must recover. */
const ROUNDS_TO_RECOVER = 4;

class Verification {
  private readonly parts: Part[] = [];
  private readonly overwritten = new Map<string, Overwritten>();
  private states = 0;

  constructor(
    private readonly system: System,
    private readonly options: VerifyOptions,
  ) {}

  answer(): Answer {
    const { properties, losses } = this.options;
    const asked = BY_EXPLORATION.filter((property) => properties.includes(property));
    for (const { system, slowPpm } of variantsOf(this.system, this.options.clockErrorNs, this.options.driftPpm)) {
      const model = buildModel(system, { costs: this.options.costs, slowPpm }, !this.options.keepsPermutations);
      if (losses === 0) this.explore(model, asked, null);
      else this.exploreLosses(model, asked);
    }
    const byName = PROPERTIES.map((property) => [property, this.verdict(property)]);
    const verdicts = Object.fromEntries(byName) as Answer['verdicts'];
    return { verdicts, warnings: this.warnings(), coverage: this.coverage() };
  }

  /** What is received is judged without losses; `stuck` with losses that end. */
  private exploreLosses(model: Model, asked: readonly PropertyName[]): void {
    const { losses } = this.options;
    const lossless = asked.filter((property) => property === 'received');
    this.explore(model, lossless, null);
    const anyTime = asked.filter((property) => property === 'collision' || property === 'schedulable');
    if (anyTime.length > 0) this.explore(model, anyTime, loseFrames(model, losses, false));
    if (asked.includes('stuck')) this.explore(model, ['stuck'], loseFrames(model, losses, true));
  }

  private explore(model: Model, properties: readonly PropertyName[], losses: Losses | null): void {
    const judged = new Set(properties);
    const waits = judged.has('stuck') && model.machines.some(({ node }) => node.relevance.hasSlave);
    // Recovery and the gate need every state of the loss-free run.
    const { properties: asked, gateShare } = this.options;
    const judgesGate = losses === null && asked.includes('gate') && gateShare !== null;
    const isWhole = judgesGate || (losses === null && asked.includes('recovers') && canRecover(model));
    const exploration = new Exploration(model, losses, judged, this.limits(model), waits || judgesGate, isWhole);
    exploration.run();
    if (waits) judgeWaits(model, exploration);
    this.keep({ model, exploration, losses, judged });
  }

  /** Of many variants only those are kept that say something: each holds all its states. */
  private keep(part: Part): void {
    const { exploration, judged } = part;
    for (const [key, found] of exploration.overwritten) this.overwritten.set(key, found);
    this.states += exploration.coverage.states;
    const isNew = [...judged].some((property) => {
      const known = this.parts.filter((each) => each.judged.has(property));
      const at = exploration.violations.get(property)?.at ?? Infinity;
      return known.every((each) => at < (each.exploration.violations.get(property)?.at ?? Infinity));
    });
    const isFirst = !this.parts.some((each) => sameSet(each.judged, judged));
    if (isNew || isFirst || exploration.coverage.end !== 'complete') this.parts.push(part);
  }

  private limits({ units }: Model): Limits {
    const { boundNs, memoryBytes, progress } = this.options;
    return {
      bound: boundNs === null ? null : toUnits(units, boundNs),
      memoryBytes,
      ...(progress === undefined ? {} : { progress: (states, time) => progress(states, toNs(units, time)) }),
    };
  }

  private verdict(property: PropertyName): Verdict {
    if (!this.options.properties.includes(property)) return notJudged('it was not asked for');
    if (property === 'recovers') return this.recovery();
    if (property === 'gate') return this.gate();
    const parts = this.parts.filter(({ judged }) => judged.has(property));
    if (parts.length === 0) return notJudged('it is not judged');
    const failed = parts.flatMap((part) => {
      const violation = part.exploration.violations.get(property);
      return violation === undefined ? [] : [this.failure(part, violation)];
    });
    const [first] = failed.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
    if (first !== undefined) return first;
    const partial = parts.find(({ exploration }) => exploration.coverage.end !== 'complete');
    return partial === undefined ? HOLDS : onlyPartly(partial);
  }

  private failure({ model, exploration, losses }: Part, violation: Violation): Verdict {
    const run = runTo(model, exploration, losses, violation);
    const { places, at } = locate(model, losses, run);
    return failed(model, places, traceOf(model, run.happened, { ...run.violation, at }));
  }

  private recovery(): Verdict {
    const part = this.parts.find(({ losses }) => losses === null);
    if (part === undefined || !canRecover(part.model))
      return notJudged('a node sends that neither syncs nor is a master');
    if (part.exploration.coverage.end !== 'complete') return onlyPartly(part);
    const { model, exploration } = part;
    const { recoverNs } = this.options;
    const loop = loopOf(model);
    if (loop === null && recoverNs === null) return notJudged('the loss-free run has no rounds: give --recover');
    const within = recoverNs === null ? ROUNDS_TO_RECOVER * loop!.period : toUnits(model.units, recoverNs);
    try {
      const found = new Recovery(model, exploration, within).find();
      return found === null ? HOLDS : unrecovered(model, found);
    } catch (error) {
      if (error instanceof TooManyRunsError || error instanceof TooManyWaysError)
        return notJudged('there are too many runs to follow');
      throw error;
    }
  }

  private gate(): Verdict {
    const { gateShare } = this.options;
    const part = this.parts.find(({ losses }) => losses === null);
    if (gateShare === null || part === undefined)
      return notJudged('it is judged where --gate-share says what is to be left');
    if (part.exploration.coverage.end !== 'complete') return onlyPartly(part);
    const { model, exploration } = part;
    const { units } = model;
    const share = { open: toUnits(units, gateShare.openNs), within: toUnits(units, gateShare.withinNs) };
    const found = new GateShare(model, exploration, share).find();
    if (found === null) return HOLDS;
    const { node, state, at } = found;
    const moves = this.system.nodes[node]!.program.instructions.findIndex(({ op }) => op === 'mode' || op === 'xsend');
    const what = `the gate is open for ${toNs(units, found.open)} ns only in the stretch that ends then`;
    const places = [{ node, instruction: moves }];
    const violation: Violation = { property: 'gate', at, places, what, parent: state, steps: null };
    return failed(model, places, traceOf(model, runTo(model, exploration, null, violation).happened, violation));
  }

  private warnings(): UnsentWarning[] {
    const warnings = [...this.overwritten.values()].map(({ node, created, again }): UnsentWarning => {
      const { instructions } = this.system.nodes[node]!.program;
      const { file, line } = instructions[created]!.span;
      return { file, created: line, again: instructions[again]!.span.line };
    });
    const unique = new Map(warnings.map((each) => [`${each.file} ${each.created} ${each.again}`, each]));
    return [...unique.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.again - b.again));
  }

  /** Of the exploration that came least far. */
  private coverage(): Coverage {
    const all = this.parts.map(({ exploration }) => exploration.coverage);
    const least = all.find(({ end }) => end !== 'complete') ?? all[0] ?? { end: 'complete', states: 0, until: 0 };
    return { ...least, states: this.states };
  }
}

const HOLDS: Verdict = { holds: true, at: null, places: [], trace: null, what: '' };

function onlyPartly({ model, exploration }: Part): Verdict {
  const { end, states, until } = exploration.coverage;
  const limit: Explored['limit'] = end === 'complete' ? 'bound' : end;
  return {
    ...notJudged('no violation in the part that was explored'),
    explored: { until: toNs(model.units, until), states, limit },
  };
}

function failed({ system }: Model, places: readonly Place[], trace: Trace): Verdict {
  const named = places.map(({ node, instruction }): readonly [string, number] => {
    const { file, line } = system.nodes[node]!.program.instructions[instruction]!.span;
    return [file, line];
  });
  return { holds: false, at: trace.at, places: named, trace, what: trace.what };
}

function unrecovered(model: Model, { at, places, what, run, starts }: Unrecovered): Verdict {
  const trace = traceOf(model, run, { property: 'recovers', at, places, what, parent: 0, steps: null });
  const nodes = trace.nodes.map((node, index) =>
    starts === null ? node : { ...node, start: toNs(model.units, starts[index]!) },
  );
  return failed(model, places, { ...trace, nodes });
}

function sameSet(a: ReadonlySet<PropertyName>, b: ReadonlySet<PropertyName>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each));
}

function judgeWaits(model: Model, exploration: Exploration): void {
  model.machines.forEach(({ node: { relevance } }, node) => {
    const wait = relevance.hasSlave ? findEndlessWait(exploration, node) : null;
    if (wait === null) return;
    const known = exploration.violations.get('stuck');
    if (known === undefined || wait.at < known.at) exploration.violations.set('stuck', wait);
  });
}
