// What generated programs have executed and met: a table in which nothing that the language has is missing, also where it is never hit.
import { ERROR_NAMES, GUARD_WORDS } from '../../lang/vocabulary.js';
import type { Instruction, Program } from '../../lang/program.js';
import type { MachineEvent } from '../../schedule/machine-events.js';
import type { CaseResult, Watch } from '../support/oracle-run.js';
import type { Step } from '../support/oracle-case.js';

const OPS: readonly Instruction['op'][] = [
  ...(['nop', 'create', 'destroy', 'send', 'receive', 'sync_master', 'sync_slave', 'future', 'halt', 'wait'] as const),
  ...(['goto', 'if', 'mode', 'xsend', 'handle', 'backup_send', 'backup_receive', 'end_of_program'] as const),
  ...(['set_counter', 'add_to_counter', 'sub_from_counter', 'clear_counter'] as const),
];
const STEPS: readonly Step['kind'][] = [
  ...(['start', 'stop', 'run', 'wake', 'deliver', 'write', 'take', 'refuse', 'ordinary'] as const),
];
const both = (words: readonly string[], ends: readonly string[]): string[] =>
  words.flatMap((word) => ends.map((end) => `${word} ${end}`));

const IMPOSSIBLE: readonly string[] = ['always_true false', 'always_false true'];

/** The rows of the table that are there from the beginning. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  'instructions executed': OPS,
  'guards evaluated': both(GUARD_WORDS, ['true', 'false']).filter((row) => !IMPOSSIBLE.includes(row)),
  'errors set': ERROR_NAMES,
  'handlers taken': ERROR_NAMES,
  frames: [
    ...both(['data', 'sync'], ['sent', 'suppressed', 'refused']),
    ...both(['arrival'], ['taken data', 'taken sync', 'pass']),
    ...both(['sequence'], ['lost', 'repeated', 'restarted']),
    ...both(['sync'], ['arrived', 'timeout', 'unawaited']),
    ...both(['receive'], ['taken', 'none', 'wrong_length', 'queue_full']),
  ],
  drops: ['version', 'type', 'length', 'unknown_channel', 'sender', 'strict', 'queue_full'],
  time: ['block in time', 'block late', 'restarted grid'],
  'end of a case': ['running', 'stopped', 'ended', 'failed no_future', 'failed too_many_futures'],
  'steps of scripts': STEPS,
  applications: ['done', 'not_the_writer', 'queue_full', 'queue_empty', 'a value'],
  'ordinary frames': ['pass', 'drop', 'behind an open gate', 'behind a closed gate', 'forged'],
};

/** Counts of what was seen. */
export class Coverage {
  private readonly counts = new Map<string, Map<string, number>>(
    Object.entries(ROWS).map(([section, names]) => [section, new Map(names.map((name) => [name, 0]))]),
  );

  /** One more. */
  count(section: string, name: string, by = 1): void {
    const rows = this.counts.get(section) ?? new Map<string, number>();
    this.counts.set(section, rows.set(name, (rows.get(name) ?? 0) + by));
  }

  /** Notes what a machine of the program executes. */
  watch(program: Program): Watch {
    let last: number | null = null;
    const reached = new Set<number>();
    this.count('reach', 'instructions', program.instructions.length);
    return {
      execute: (index) => {
        if (!reached.has(index)) this.count('reach', 'reached');
        reached.add(index);
        if (last !== null) this.guard(program, last, index);
        const { op } = program.instructions[index]!;
        this.count('instructions executed', op);
        last = op === 'if' ? index : null;
      },
      observe: (event) => {
        this.event(event);
      },
    };
  }

  /** Notes what a script holds and what is left of it. */
  result(steps: readonly Step[], result: CaseResult): void {
    for (const { kind } of steps) this.count('steps of scripts', kind);
    this.count('end of a case', result.run);
    for (const [cause, times] of Object.entries(result.drops)) this.count('drops', cause, times);
    for (const peer of Object.values(result.peers)) {
      for (const name of ['lost', 'repeated', 'restarted']) if (peer[name]) this.count('frames', `sequence ${name}`);
    }
    for (const answer of result.applications) {
      this.count('applications', ROWS.applications!.includes(answer) ? answer : 'a value');
    }
    for (const verdict of result.ordinary) this.count('ordinary frames', verdict);
    const { passed, dropped, forged } = result.traffic;
    this.count('ordinary frames', 'behind an open gate', passed);
    this.count('ordinary frames', 'behind a closed gate', dropped);
    this.count('ordinary frames', 'forged', forged);
  }

  /** As lines of text. */
  table(): string {
    return [...this.counts]
      .map(([section, rows]) => {
        const cells = [...rows].map(([name, times]) => `${name} ${times}`);
        return `${section}: ${cells.join(', ')}\n`;
      })
      .join('');
  }

  /** What was never seen, as `section: name`. */
  missing(): string[] {
    return [...this.counts].flatMap(([section, rows]) =>
      [...rows].flatMap(([name, times]) => (times === 0 ? [`${section}: ${name}`] : [])),
    );
  }

  private guard(program: Program, index: number, next: number): void {
    const instruction = program.instructions[index]!;
    if (instruction.op !== 'if' || instruction.target === index + 1) return;
    const isTrue = (next === instruction.target) !== instruction.negated;
    this.count('guards evaluated', `${instruction.guard.kind} ${isTrue}`);
  }

  private event(event: MachineEvent): void {
    switch (event.kind) {
      case 'block':
        return this.count('time', event.late ? 'block late' : 'block in time');
      case 'restarted_grid':
        return this.count('time', 'restarted grid');
      case 'send':
        return this.count('frames', `${event.type} ${event.outcome}`);
      case 'receive':
        return this.count('frames', `receive ${event.outcome}`);
      case 'arrival':
        if (event.verdict === 'drop') return;
        return this.count('frames', `arrival ${event.verdict}${event.type === null ? '' : ` ${event.type}`}`);
      case 'sync':
        return this.count('frames', `sync ${event.outcome}`);
      case 'handler':
        return this.count('handlers taken', event.error);
      case 'error':
        return this.count('errors set', event.error);
      default:
    }
  }
}
