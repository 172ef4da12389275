// The fixed words of the language, each list once.
import type { Comparison, ErrorName, IntegerType, VariableTest } from './program.js';
import { ERROR_BITS } from './program.js';

export const SETTINGS = ['node', 'wire', 'tick', 'tolerance', 'late', 'ingress'] as const;
export const NAMED_DECLARATIONS = ['channel', 'var', 'queue', 'message', 'counter', 'const'] as const;
export type DeclarationWord = (typeof SETTINGS)[number] | (typeof NAMED_DECLARATIONS)[number];

export const INSTRUCTION_WORDS = [
  'nop',
  'create',
  'destroy',
  'send',
  'receive',
  'sync',
  'future',
  'halt',
  'wait',
  'goto',
  'if',
  'mode',
  'xsend',
  'handle',
  'backup_send',
  'backup_receive',
  'set_counter',
  'add_to_counter',
  'sub_from_counter',
  'clear_counter',
  'end_of_program',
] as const;
export type InstructionWord = (typeof INSTRUCTION_WORDS)[number];

export const COMPARISONS: readonly Comparison[] = ['equal', 'greater', 'less'];
export const GUARD_WORDS = [
  'always_true',
  'always_false',
  'channel_rcv_buf_empty',
  'send_buffer_empty',
  'test_count',
  'status_test',
  'equal',
  'greater',
  'less',
  'test_var',
  'var_queue_empty',
  'var_queue_full',
] as const;
export type GuardWord = (typeof GUARD_WORDS)[number];

export const VARIABLE_TESTS: readonly VariableTest[] = ['zero', 'nonzero', 'even_parity', 'odd_parity'];
export const ERROR_NAMES = Object.keys(ERROR_BITS) as readonly ErrorName[];

export const UNITS = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n } as const;
export type Unit = keyof typeof UNITS;

const integer = (signed: boolean, bits: IntegerType['bits']): IntegerType => ({ kind: 'integer', signed, bits });

export const INTEGER_TYPES: ReadonlyMap<string, IntegerType> = new Map([
  ['u8', integer(false, 8)],
  ['u16', integer(false, 16)],
  ['u32', integer(false, 32)],
  ['u64', integer(false, 64)],
  ['i8', integer(true, 8)],
  ['i16', integer(true, 16)],
  ['i32', integer(true, 32)],
  ['i64', integer(true, 64)],
]);

/** The keywords of C11 (ISO 9899:2011, 6.4.1): names become members of C structs. */
export const C_KEYWORDS: ReadonlySet<string> = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long ' +
    'register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while ' +
    '_Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local'
  ).split(' '),
);

/** Whether `word` is one of `list`, as the compiler can follow. */
export function isOneOf<T extends string>(list: readonly T[], word: string): word is T {
  return (list as readonly string[]).includes(word);
}
