// A machine that waits awake for its instants: for what it does, and what it does not do ahead of them. On the real clock, with the pacer thread.
import { describe, expect, test } from '@jest/globals';
import { readPinned } from '../../loader/pinned.js';
import { PACING_CPU_OFFSET, pacingOffset } from '../../maps/pacing.js';
import { STATE_OFFSETS } from '../../maps/state.js';
import { compileText, MAC_A, until, type Host } from '../support/hosts.js';
import { Scratch } from '../support/scratch.js';
import { usePair } from '../support/use-pair.js';

const SPIN = { kind: 'fixed', leadNs: 1_000_000n } as const;
const AHEAD_OFFSET = PACING_CPU_OFFSET - 4;
const MOST_STARTS = 100;
const ENDED = 3;
const HOUR_NS = 3_600_000_000_000n;

const scratch = new Scratch();
let host: Host;

usePair(scratch, (pair) => {
  host = pair.b;
});

function look(): { run: number; waiting: number; next: bigint; paceAt: bigint; due: bigint } {
  const state = readPinned(`${host.roots.pins}/net`, 'nc_state')!;
  return {
    run: state.readUInt32LE(STATE_OFFSETS.run),
    waiting: state.readUInt32LE(STATE_OFFSETS.waiting),
    next: state.readBigUInt64LE(STATE_OFFSETS.next),
    paceAt: state.readBigUInt64LE(STATE_OFFSETS.pace_at),
    due: state.readBigUInt64LE(STATE_OFFSETS.due),
  };
}

test('the end of a wait for a sync frame is not waited for awake: the frame may be on its way to this CPU', async () => {
  const program = `
tolerance 60s
channel bus = 0 from ${MAC_A}
start:
    sync slave 3s from bus
    goto start
`;
  await host.attach('net', await compileText(program), { spin: SPIN });
  await until(() => {
    const { waiting, next, paceAt } = look();
    return waiting === 1 && paceAt === next;
  });
});

/** A block of one instruction, 10 ms after the start. */
const block = (instruction: string): string => `
tolerance 60s
start:
    wait 10ms
    ${instruction}
rest:
    wait 3600s, rest
`;

/** Whether that block is over. */
function isOver(): boolean {
  const { run, next, due } = look();
  return run === ENDED || next > due + HOUR_NS / 2n;
}

describe('a block that begins early is at its instant', () => {
  test.each([
    ['when the machine has ended', block('end_of_program')],
    ['when it has asked for held frames', block('if send_buffer_empty() goto rest')],
  ])('%s', async (_, program) => {
    await host.attach('net', await compileText(program), { spin: SPIN });
    let isEarly = false;
    // A wake-up may come late.
    for (let starts = 0; !isEarly && starts < MOST_STARTS; starts++) {
      await host.start('net');
      await until(isOver);
      const pacing = readPinned(`${host.roots.pins}/net`, 'nc_pacing')!;
      isEarly = pacing.readBigUInt64LE(pacingOffset('began')) < look().due;
      expect(pacing.readUInt32LE(AHEAD_OFFSET)).toBe(0);
    }
    expect(isEarly).toBe(true);
  });
});
