// Plays nodes on one wire through the machine of the language in virtual time, by a script.
import { UsageError } from '../../loader/errors.js';
import { Machine } from '../../schedule/machine.js';
import type { Access } from '../../schedule/machine.js';
import type { MachineEvent, SentFrame } from '../../schedule/machine-events.js';
import type { Value } from '../../lang/program.js';
import { formatDuration } from '../duration.js';
import { OrdinaryTraffic } from './ordinary-traffic.js';
import { PHASES, type PlayedNode, type Step } from './steps.js';

/** What a simulation may grow to, so that it comes to an end: blocks, things that happen, bytes of frames sent and delivered. */
export const SIMULATION_LIMITS = { blocks: 100_000, events: 500_000, frameBytes: 32 * 1024 * 1024 } as const;

/** What the player adds to what machines tell. */
export type PlayerEvent =
  | { readonly kind: 'sent'; readonly frame: SentFrame }
  | {
      readonly kind: 'delivered';
      readonly bytes: Uint8Array;
      readonly verdict: string;
      readonly cause: string | null;
    }
  | { readonly kind: 'lost' | 'duplicated'; readonly from: number }
  | { readonly kind: 'access'; readonly action: 'write' | 'append'; readonly name: string; readonly access: Access }
  | { readonly kind: 'taken'; readonly name: string; readonly access: Access; readonly value: Value | null }
  | { readonly kind: 'stall'; readonly untilNs: bigint }
  | { readonly kind: 'refuse'; readonly on: boolean }
  | { readonly kind: 'ordinary'; readonly length: number; readonly outcome: 'pass' | 'drop' | 'forged' };

/** One thing that happened; `atNs` from the beginning, `node` by its index. */
export interface Happening {
  readonly atNs: bigint;
  readonly node: number;
  readonly event: Exclude<MachineEvent, { kind: 'arrival' | 'write' }> | PlayerEvent;
}

/** What a simulation leaves. */
export interface Played {
  readonly machines: readonly Machine[];
  readonly traffic: readonly OrdinaryTraffic[];
  readonly happenings: readonly Happening[];
  readonly endNs: bigint;
  /** `duration`: there is more to do behind the end; `idle`: there is not. */
  readonly reason: 'duration' | 'idle';
}

/** How a simulation is played. */
export interface Plan {
  /** In the order of `stepsOf`. */
  readonly steps: readonly Step[];
  /** Nothing behind this instant happens; ns from the beginning. */
  readonly untilNs: bigint;
  /** From a send to its arrivals, ns. */
  readonly delayNs: bigint;
  /** Of the link behind the gates, bits a second. */
  readonly rate: number;
}

interface Flight {
  readonly atNs: bigint;
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** A machine with what the script has done to it. */
interface Actor {
  readonly machine: Machine;
  readonly traffic: OrdinaryTraffic;
  isRefusing: boolean;
  stalledUntilNs: bigint;
  toLose: number;
  toDuplicate: number;
}

/**
 * Plays the nodes.
 * @throws UsageError when it grows beyond a limit
 */
export function play(nodes: readonly PlayedNode[], plan: Plan): Played {
  return new Player(nodes, plan).play();
}

class Player {
  private readonly actors: readonly Actor[];
  private readonly starts: Step[];
  private readonly happenings: Happening[] = [];
  private flights: Flight[] = [];
  private done = 0;
  private nowNs = 0n;
  private blocks = 0;
  private frameBytes = 0;

  constructor(
    private readonly nodes: readonly PlayedNode[],
    private readonly plan: Plan,
  ) {
    this.actors = nodes.map((node, index) => this.actorOf(node, index));
    const starts = nodes.flatMap(({ startNs }, node): Step[] =>
      startNs === null ? [] : [{ kind: 'start', atNs: startNs, node }],
    );
    // Of one instant the starts of the network come before those of the script.
    this.starts = [...starts, ...plan.steps].sort((a, b) => Number(a.atNs - b.atNs) || PHASES[a.kind] - PHASES[b.kind]);
  }

  play(): Played {
    const { untilNs } = this.plan;
    for (let next = this.nextNs(); next !== null; next = this.nextNs()) {
      if (next > untilNs) return this.left('duration', untilNs);
      this.nowNs = next;
      this.takeSteps((phase) => phase <= PHASES.deliver);
      this.land();
      this.takeSteps((phase) => phase < PHASES.ordinary);
      this.runMachines();
      this.takeSteps(() => true);
    }
    return this.left('idle', this.nowNs);
  }

  private left(reason: Played['reason'], endNs: bigint): Played {
    const { actors, happenings } = this;
    const machines = actors.map(({ machine }) => machine);
    return { machines, traffic: actors.map(({ traffic }) => traffic), happenings, endNs, reason };
  }

  private actorOf({ program, mac }: PlayedNode, node: number): Actor {
    const traffic = new OrdinaryTraffic(program, this.plan.rate);
    const machine = new Machine(program, {
      ...{ mac, startNs: null, taiOffsetNs: 0n },
      refuse: () => this.actors[node]!.isRefusing,
      heldBack: () => (traffic.isBusy(this.nowNs) ? 1 : 0),
      observe: (event) => this.observe(node, event),
    });
    return { machine, traffic, isRefusing: false, stalledUntilNs: 0n, toLose: 0, toDuplicate: 0 };
  }

  private observe(node: number, event: MachineEvent): void {
    // The player tells these with more.
    if (event.kind === 'arrival' || event.kind === 'write') return;
    const frame = event.kind === 'send' && event.outcome === 'sent' ? this.actors[node]!.machine.frames.at(-1) : null;
    this.tell(node, frame ? { kind: 'sent', frame } : event);
  }

  private tell(node: number, event: Happening['event']): void {
    this.happenings.push({ atNs: this.nowNs, node, event });
    if (this.happenings.length > SIMULATION_LIMITS.events) this.refuse(`${SIMULATION_LIMITS.events} events`);
  }

  private refuse(limit: string): never {
    throw new UsageError(
      `the simulation has more than ${limit} by ${formatDuration(this.nowNs)}: give a shorter --for than that`,
    );
  }

  private nextNs(): bigint | null {
    const due = this.actors.flatMap((actor) => this.dueOf(actor) ?? []);
    const step = this.starts[this.done];
    const all = [
      ...due,
      ...(step === undefined ? [] : [step.atNs]),
      ...this.flights.slice(0, 1).map(({ atNs }) => atNs),
    ];
    return all.reduce<bigint | null>((least, each) => (least === null || each < least ? each : least), null);
  }

  /** When a machine runs next: not before now, and not while it is stalled. */
  private dueOf({ machine, stalledUntilNs }: Actor): bigint | null {
    const due = machine.nextInstant();
    return due === null ? null : [due, stalledUntilNs, this.nowNs].reduce((a, b) => (a > b ? a : b));
  }

  /** Takes the steps of this instant, as far as their phase is meant. */
  private takeSteps(isMeant: (phase: number) => boolean): void {
    for (let step = this.starts[this.done]; step?.atNs === this.nowNs; step = this.starts[this.done]) {
      if (!isMeant(PHASES[step.kind])) return;
      this.done += 1;
      this.take(step, this.actors[step.node]!);
    }
  }

  private take(step: Step, actor: Actor): void {
    const { machine, traffic } = actor;
    switch (step.kind) {
      case 'lose':
        actor.toLose += step.count;
        return;
      case 'duplicate':
        actor.toDuplicate += step.count;
        return;
      case 'deliver':
        return this.deliver(step.node, step.bytes);
      case 'write':
      case 'append': {
        const { kind: action, name } = step;
        return this.tell(step.node, {
          kind: 'access',
          action,
          name,
          access: machine.writeVariable(step.id, step.value),
        });
      }
      case 'take':
        return this.tell(step.node, { kind: 'taken', name: step.name, ...machine.takeFromQueue(step.id) });
      case 'start':
        traffic.restart();
        return machine.start(step.atNs);
      case 'stop':
        return machine.stop();
      case 'refuse':
        actor.isRefusing = step.on;
        return this.tell(step.node, { kind: 'refuse', on: step.on });
      case 'stall':
        if (step.untilNs > actor.stalledUntilNs) actor.stalledUntilNs = step.untilNs;
        return this.tell(step.node, { kind: 'stall', untilNs: step.untilNs });
      case 'ordinary': {
        const outcome = traffic.offer(machine, step.frame, step.atNs);
        return this.tell(step.node, { kind: 'ordinary', length: step.frame.length, outcome });
      }
    }
  }

  private deliver(node: number, bytes: Uint8Array): void {
    this.weigh(bytes);
    const { machine } = this.actors[node]!;
    const place = this.happenings.length;
    const judged = machine.deliver(bytes, this.nowNs);
    const cause = judged.verdict === 'drop' ? judged.cause : null;
    // A sync frame is told of by the machine as well, and its arrival comes first.
    const told = this.happenings.splice(place);
    this.tell(node, { kind: 'delivered', bytes, verdict: judged.verdict, cause });
    this.happenings.push(...told);
  }

  private weigh(bytes: Uint8Array): void {
    this.frameBytes += bytes.length;
    const { frameBytes } = SIMULATION_LIMITS;
    if (this.frameBytes > frameBytes) this.refuse(`${frameBytes} bytes in frames`);
  }

  /** Frames of the wire that arrive now, in the order in which they were sent. */
  private land(): void {
    for (let [flight] = this.flights; flight?.atNs === this.nowNs; [flight] = this.flights) {
      this.flights.shift();
      this.carry(flight);
    }
  }

  private carry({ from, bytes }: Flight): void {
    for (const [node, actor] of this.actors.entries()) {
      if (node === from) continue;
      if (actor.toLose > 0) {
        actor.toLose -= 1;
        this.tell(node, { kind: 'lost', from });
        continue;
      }
      this.deliver(node, bytes);
      if (actor.toDuplicate === 0) continue;
      actor.toDuplicate -= 1;
      this.tell(node, { kind: 'duplicated', from });
      this.deliver(node, bytes);
    }
  }

  private runMachines(): void {
    for (let node = this.nextNode(); node !== null; node = this.nextNode()) {
      this.blocks += 1;
      if (this.blocks > SIMULATION_LIMITS.blocks) this.refuse(`${SIMULATION_LIMITS.blocks} blocks`);
      const { machine } = this.actors[node]!;
      const before = machine.frames.length;
      machine.run(this.nowNs);
      for (const { bytes } of machine.frames.slice(before)) this.transmit(node, bytes);
    }
  }

  /** Those whose `sync slave` times out run last, so that a sync frame at exactly L + T is in time. */
  private nextNode(): number | null {
    const due = [...this.nodes.keys()].filter((node) => this.dueOf(this.actors[node]!) === this.nowNs);
    return due.find((node) => !this.actors[node]!.machine.isTimingOut) ?? due[0] ?? null;
  }

  private transmit(from: number, bytes: Uint8Array): void {
    this.weigh(bytes);
    const flight = { atNs: this.nowNs + this.plan.delayNs, from, bytes };
    if (this.plan.delayNs === 0n) this.carry(flight);
    else this.flights.push(flight);
  }
}
