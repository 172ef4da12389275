// Random programs that a binary format can hold, as texts that pass the checks: jumps lead forward, and the last
// instruction waits and goes back to the first, so that time passes in every cycle.
import fc from 'fast-check';

const HARDWARE = { message: 0, counter: 0, delayUs: 0xffff, count: 0xffff } as const;
const SOFTWARE = { message: 255, counter: 255, delayUs: 0xffffffff, count: 0xffffffff } as const;
type Limits = typeof HARDWARE | typeof SOFTWARE;

/** `{next}` is a label behind the instruction, `{any}` any label. */
type Line = fc.Arbitrary<string>;

const ids = [0, 1, 7, 254, 255];
const channel = fc.constantFrom(...ids).map((id) => `ch${id}`);
const variable = fc.constantFrom(...ids).map((id) => `v${id}`);
const upTo = (most: number, name: string) =>
  fc.constantFrom(...ids.filter((id) => id <= most)).map((id) => `${name}${id}`);

/** Includes the limits of the field. */
function number(least: number, most: number): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min: least, max: Math.min(most, 100) }), fc.constantFrom(least, most));
}

function line(...parts: (string | fc.Arbitrary<string | number>)[]): Line {
  return fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((list) => list.join(''));
}

function guards(limits: Limits): Line {
  const errors = ['deadline_missed', 'send_fault', 'receive_fault', 'sync_timeout'];
  return fc.oneof(
    fc.constantFrom('always_true', 'always_false', 'send_buffer_empty'),
    line('channel_rcv_buf_empty(', channel, ')'),
    line('test_count(', upTo(limits.counter, 'c'), ', ', number(0, limits.count), ')'),
    line(
      'status_test(',
      fc.subarray(errors, { minLength: 1 }).map((list) => list.join(', ')),
      ')',
    ),
    line('status_test(', number(0, 0xffff), ')'),
    line(fc.constantFrom('equal', 'greater', 'less'), '(', variable, ', ', variable, ')'),
    line('test_var(', variable, ', ', fc.constantFrom('zero', 'nonzero', 'even_parity', 'odd_parity'), ')'),
  );
}

function instructions(limits: Limits): Line {
  const [message, counter] = [upTo(limits.message, 'm'), upTo(limits.counter, 'c')];
  const delay = number(1, limits.delayUs).map((us) => `${us}us`);
  return fc.oneof(
    fc.constantFrom('nop', 'goto {next}'),
    line('create ', variable, ' -> ', message),
    line('send ', channel, ', ', message),
    line('receive ', channel, ' -> ', variable),
    line('sync master ', channel),
    line('sync slave ', delay),
    line('future ', delay, ', {any}'),
    line('wait ', delay, fc.constantFrom('', ', {any}')),
    line('if ', fc.constantFrom('', 'not '), guards(limits), ' goto {next}'),
    line('clear_counter ', counter),
    line(fc.constantFrom('add_to_counter ', 'sub_from_counter '), counter, ', 1'),
  );
}

const softwareOnly: Line = fc.oneof(
  fc.constantFrom('mode hard', 'mode soft', 'end_of_program'),
  line('destroy ', upTo(255, 'm')),
  line('xsend ', number(1, 0xffffffff), 'us'),
  line('handle ', fc.constantFrom('deadline_missed', 'no_future', 'receive_fault', 'sync_timeout'), ', {last}'),
  fc.constant('handle queue_full, none'),
  line('backup_send ', channel, ', ', upTo(255, 'm')),
  line('backup_receive ', channel, ' -> ', variable),
  line(fc.constantFrom('set_counter', 'add_to_counter', 'sub_from_counter'), ' c254, ', number(0, 0xffffffff)),
);

const DECLARATIONS = [
  'wire ncm',
  ...ids.map((id) => `channel ch${id} = ${id} from 02:00:00:00:00:01 backup 02:00:00:00:00:02`),
  ...ids.map((id) => `var v${id} = ${id} : bytes[1470]`),
  ...ids.map((id) => `message m${id} = ${id}`),
  ...ids.map((id) => `counter c${id} = ${id}`),
];

function programs(instruction: Line): fc.Arbitrary<string> {
  return fc.array(fc.tuple(instruction, fc.nat(), fc.nat()), { maxLength: 60 }).map((body) => {
    const last = body.length;
    const lines = body.map(([text, next, any], index) => {
      const forward = index + 1 + (next % (last - index));
      const placed = text.replace('{next}', `l${forward}`).replace('{any}', `l${any % (last + 1)}`);
      return `l${index}: ${placed.replace('{last}', `l${last}`)}`;
    });
    return [...DECLARATIONS, ...lines, `l${last}: wait 1ms, l0`].map((text) => `${text}\n`).join('');
  });
}

/** Texts of programs that hardware words hold. */
export const hardwareProgram = programs(instructions(HARDWARE));
/** Texts of programs that software records hold. */
export const softwareProgram = programs(fc.oneof(instructions(SOFTWARE), softwareOnly));
