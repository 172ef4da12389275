// Programs made for measuring: of a given length, of one kind or of all.

const SENDER = '02:00:00:00:01:01';

/** 100 instructions as somebody might write them: two channels, guards, counters, a loop on a grid. */
export function hundredInstructions(): string {
  const lines = [
    `channel bus = 0 from ${SENDER}`,
    'channel other = 1',
    'var speed : u16 = 7',
    'var heard : u32',
    'var text : bytes[64] = "hello"',
    'message m',
    'message n',
    'counter rounds',
    'start: nop',
  ];
  const step = (i: number) => [
    `step${i}: create speed -> m`,
    'send bus, m',
    'create text -> n',
    'send other, n',
    `if channel_rcv_buf_empty(bus) goto quiet${i}`,
    'receive bus -> heard',
    `quiet${i}: add_to_counter rounds, 1`,
    `if test_count(rounds, ${1000 + i}) goto rest${i}`,
    `rest${i}: wait 1ms, step${i + 1}`,
  ];
  for (let i = 0; i < 11; i++) lines.push(...step(i).map((line) => line.replace(/ step11$/, ' start')));
  return lines.join('\n') + '\n';
}

/** The greatest program that the language allows. */
export const MOST_INSTRUCTIONS = 4096;
const MOST_DECLARED = 256;
/** A veth pair refuses what goes beyond net.core.netdev_max_backlog (1000) before the kernel gets round to the far end. */
const SENDS_IN_A_ROW = 512;

function declarations(): string[] {
  const lines: string[] = [];
  for (let i = 0; i < MOST_DECLARED; i++) {
    const type = i % 2 === 0 ? `u${8 << ((i >> 1) % 4)} = ${i % 200}` : `bytes[${i === 255 ? 1470 : 8 + i}]`;
    lines.push(`channel c${i}${i < 16 ? ` from ${SENDER}` : ''} queue 4`, `var v${i} : ${type}`);
    lines.push(`message m${i}`, `counter n${i}`);
  }
  return lines;
}

/** What a program of that kind has at instruction `i`; its last one is a wait. */
const KINDS = {
  mixed(i: number): string {
    const at = i % MOST_DECLARED;
    switch (i % 8) {
      case 0:
        return `create v${at} -> m${at}`;
      case 1:
        return `send c${at}, m${at - 1}`;
      case 2:
        return `receive c${i % 16} -> v255`;
      case 3:
        return `add_to_counter n${at}, ${i}`;
      case 4:
        return `if test_count(n${at}, ${i}) goto L${Math.min(i + 40, MOST_INSTRUCTIONS - 1)}`;
      case 5:
        return `if not test_var(v${at}, zero) goto L${i + 1}`;
      case 6:
        return `if channel_rcv_buf_empty(c${at}) goto L${i + 1}`;
      default:
        return 'wait 10us';
    }
  },
  send(i: number): string {
    if (i < 64) return `create v${2 * i} -> m${2 * i}`;
    return i % SENDS_IN_A_ROW === 0 ? 'wait 100us' : `send c${i % MOST_DECLARED}, m${(2 * i) % 128}`;
  },
  wait: (i: number): string => `wait ${1 + (i % 3)}us`,
  if: (i: number): string =>
    `if ${i % 2 ? 'not ' : ''}test_count(n${i % MOST_DECLARED}, ${i % 3}) goto L${Math.min(MOST_INSTRUCTIONS - 1, i + 1 + ((i * 37) % 2000))}`,
};

export type GreatKind = keyof typeof KINDS;
export const GREAT_KINDS = Object.keys(KINDS) as GreatKind[];

/** A program of 4096 instructions, 256 channels, variables, messages and counters. */
export function greatProgram(kind: GreatKind): string {
  const lines = declarations();
  for (let i = 0; i < MOST_INSTRUCTIONS - 1; i++) lines.push(`L${i}: ${KINDS[kind](i)}`);
  lines.push(`L${MOST_INSTRUCTIONS - 1}: wait 1ms, L0`);
  return lines.join('\n') + '\n';
}
