// Random program texts that follow the grammar of the language. Names come from fixed sets, so that most references
// resolve; whether a program passes the checks is left to chance.
import fc from 'fast-check';

const label = fc.constantFrom('start', 'round', 'last');
const channel = fc.constantFrom('bus', 'side');
const message = fc.constantFrom('m0', 'm1');
const variable = fc.constantFrom('speed', 'level', 'blob', 'inbox');
const counter = fc.constantFrom('rounds', 'losses');
const mac = fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:0A', 'ff:ff:ff:ff:ff:ff');
const whole = fc.oneof(
  fc.nat(70_000).map(String),
  fc.nat(70_000).map((n) => `0x${n.toString(16)}`),
  fc.nat(300).map((n) => `-${n}`),
  fc.constantFrom('0x00FF', '007', '18446744073709551615'),
);
const fraction = fc.constantFrom('0.5', '0.250', '1.0', '00.125');
const duration = fc
  .tuple(fc.oneof(fc.nat(5_000).map(String), fraction), fc.constantFrom('ns', 'us', 'ms', 's'))
  .map(([amount, unit]) => amount + unit);
const bytes = fc.constantFrom('""', '"text"', '"a # b"', '"\u00e9\u{1d6d1}\t"', 'hex:', 'hex:00fF');
const number = fc.oneof(whole, fc.constant('limit'));
const delay = fc.oneof(duration, whole, fc.constantFrom('period', 'limit'));
const errorName = fc.constantFrom('deadline_missed', 'send_fault', 'queue_full', 'no_future', 'sync_timeout');
const type = fc.oneof(
  fc.constantFrom('u8', 'u16', 'u32', 'u64', 'i8', 'i16', 'i32', 'i64'),
  number.map((size) => `bytes[${size}]`),
);

/** Joins the parts with single spaces and leaves out those that are absent. */
function words(...parts: (fc.Arbitrary<string> | string)[]): fc.Arbitrary<string> {
  const arbitraries = parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part));
  return fc.tuple(...arbitraries).map((list) => list.filter((part) => part !== '').join(' '));
}

function maybe(part: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(fc.constant(''), part);
}

function withComma(a: fc.Arbitrary<string>, b: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(a, b, fc.constantFrom(',', ', ', ' , ')).map(([first, second, comma]) => first + comma + second);
}

const macs = fc.array(mac, { minLength: 1, maxLength: 3 }).map((list) => list.join(', '));
const id = maybe(words('=', fc.nat(255).map(String)));

const clauses = fc
  .tuple(
    id,
    maybe(words('to', mac)),
    maybe(words('from', macs)),
    maybe(words('backup', mac)),
    maybe(words('queue', number)),
    maybe(words('delay', delay)),
  )
  .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }))
  .map((list) => list.filter((clause) => clause !== '').join(' '));

const declarations = fc
  .tuple(
    maybe(words('node', fc.constantFrom('tx', 'station_1'))),
    maybe(fc.oneof(fc.constant('wire ncm'), words('wire v1', maybe(words('ethertype', number))))),
    maybe(words('tick', duration)),
    maybe(words('tolerance', delay)),
    maybe(words('late', fc.constantFrom('drop', 'send'))),
    maybe(fc.oneof(fc.constant('ingress open'), words('ingress strict', maybe(words('allow', macs))))),
    fc.constant('const limit = 0x40'),
    words('const period =', fc.oneof(duration, number, bytes)),
    words('const share =', fraction),
    words('channel bus', clauses),
    words('channel side', clauses),
    words('var speed', id, ':', type, maybe(words('=', fc.oneof(number, bytes)))),
    words('var level', id, ':', type),
    words('var blob', id, ':', type, maybe(words('=', bytes))),
    words('queue inbox', id, ':', type, 'depth', number),
    words('message m0', id),
    words('message m1', id),
    words('counter rounds', id, maybe(words('start', number))),
    words('counter losses', id),
  )
  .map((list) => list.filter((line) => line !== ''));

const guard = fc.oneof(
  fc.constantFrom('always_true', 'always_false()', 'send_buffer_empty', 'send_buffer_empty( )'),
  channel.map((name) => `channel_rcv_buf_empty(${name})`),
  withComma(counter, number).map((operands) => `test_count(${operands})`),
  fc.array(errorName, { minLength: 1, maxLength: 3 }).map((list) => `status_test(${list.join(', ')})`),
  number.map((mask) => `status_test(${mask})`),
  fc
    .tuple(fc.constantFrom('equal', 'greater', 'less'), withComma(variable, variable))
    .map(([kind, ab]) => `${kind}(${ab})`),
  withComma(variable, fc.constantFrom('zero', 'nonzero', 'even_parity', 'odd_parity')).map((ab) => `test_var(${ab})`),
  fc.tuple(fc.constantFrom('empty', 'full'), variable).map(([kind, name]) => `var_queue_${kind}(${name})`),
);

const probability = maybe(words('probability', fc.oneof(fraction, fc.constantFrom('0', '1', 'share'))));

const instruction = fc.oneof(
  fc.constantFrom('nop', 'halt', 'end_of_program', 'mode hard', 'mode soft'),
  words('create', variable, '->', message),
  words('destroy', message),
  words(fc.constantFrom('send', 'backup_send'), withComma(channel, message)),
  words(fc.constantFrom('receive', 'backup_receive'), channel, '->', variable),
  words('sync master', channel),
  words('sync slave', delay, maybe(words('from', channel))),
  words(fc.constantFrom('future', 'wait'), withComma(delay, label)),
  words('wait', delay),
  words('goto', label),
  words('if', maybe(fc.constant('not')), guard, probability, 'goto', label),
  words('xsend', delay),
  words('handle', withComma(errorName, fc.oneof(label, fc.constant('none')))),
  words(fc.constantFrom('set_counter', 'add_to_counter', 'sub_from_counter'), withComma(counter, number)),
  words('clear_counter', counter),
);

const decoration = fc.constantFrom('', '  ', '\t', ' # a comment', '\t#');

/** A program text that parses without an error; the checks may still refuse it. */
export const programText: fc.Arbitrary<string> = fc
  .tuple(declarations, fc.array(fc.tuple(instruction, decoration), { maxLength: 25 }), fc.constantFrom('\n', '\r\n'))
  .map(([head, body, end]) => {
    const lines = body.map(([text, after]) => `  ${text}${after}`);
    const third = Math.floor(lines.length / 3);
    const labelled = [
      'start:',
      ...lines.slice(0, third),
      'round: # here',
      '',
      ...lines.slice(third),
      'last: wait 1ms, start',
    ];
    return [...head, '# instructions', ...labelled].join(end);
  });
