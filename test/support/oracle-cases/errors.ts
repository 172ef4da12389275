// Each error bit: what sets it, what clears it, what leaves it alone. deadline_missed and sync_timeout: time.ts, sync.ts.
import { A } from './text.js';
import type { CaseText } from './text.js';

function simple(
  name: string,
  about: string,
  program: readonly string[],
  script: readonly string[],
  expect: readonly string[],
): CaseText {
  return { name: `error-${name}`, about, program, script, expect };
}

const SENDER = ['channel bus', 'var v : u8 = 9', 'message m', 'message none_yet'];
const RECEIVER = [`channel bus from ${A}`, 'var v : u8 = 9'];

const messageEmpty: CaseText[] = [
  simple(
    'message-empty-never-created',
    'send of a message that was never created: bit 2, nothing is sent, no sequence number is used',
    [...SENDER, 'send bus, none_yet', 'create v -> m', 'send bus, m', 'end_of_program'],
    ['run until 0us'],
    ['errors = none', 'channel bus sent = 1', 'frame at 0us L 0us data bus seq 0 payload hex:09'],
  ),
  simple(
    'message-empty-set',
    'the bit stays when nothing follows',
    [...SENDER, 'send bus, none_yet', 'end_of_program'],
    ['run until 0us'],
    ['errors = message_empty', 'channel bus sent = 0', 'channel bus suppressed = 0', 'frames = none', 'run = ended'],
  ),
  simple(
    'message-empty-destroyed',
    'destroy empties a message',
    [...SENDER, 'create v -> m', 'destroy m', 'send bus, m', 'end_of_program'],
    ['run until 0us'],
    ['errors = message_empty', 'message m = empty', 'frames = none'],
  ),
  simple(
    'destroy-empty',
    'destroy of an empty message is no error',
    [...SENDER, 'destroy m', 'destroy m', 'end_of_program'],
    ['run until 0us'],
    ['errors = none', 'message m = empty'],
  ),
  simple(
    'message-length-zero-is-not-empty',
    'an empty bytes[N] makes a message of length 0, which is sent',
    ['channel bus', 'var v : bytes[4]', 'message m', 'send bus, m', 'create v -> m', 'send bus, m', 'end_of_program'],
    ['run until 0us'],
    ['errors = none', 'message m = hex:', 'frame at 0us L 0us data bus seq 0 payload hex:'],
  ),
  simple(
    'message-empty-not-cleared-by-create',
    'only a send clears the bit, create does not',
    [...SENDER, 'send bus, m', 'create v -> m', 'end_of_program'],
    ['run until 0us'],
    ['errors = message_empty'],
  ),
  simple(
    'message-empty-not-cleared-by-sync',
    'a sync master sends no message: the bit stays',
    [...SENDER, 'send bus, m', 'sync master bus', 'end_of_program'],
    ['run until 0us'],
    ['errors = message_empty', 'frame at 0us L 0us sync bus seq 0'],
  ),
  simple(
    'message-empty-cleared-by-suppressed',
    'a suppressed send counts as a send of a message that is not empty',
    [...SENDER, 'create v -> m', 'send bus, none_yet', 'wait 100us', 'send bus, m', 'end_of_program'],
    ['run until 0us', 'at 200us wake'],
    ['errors = deadline_missed', 'channel bus suppressed = 1', 'frames = none'],
  ),
  simple(
    'message-empty-cleared-by-refused',
    'a refused send was one of a message that is not empty',
    [...SENDER, 'create v -> m', 'send bus, none_yet', 'send bus, m', 'end_of_program'],
    ['at 0us refuse on', 'run until 0us'],
    ['errors = send_fault', 'channel bus refused = 1', 'frames = none'],
  ),
  simple(
    'message-stays-after-send',
    'a message is sent as often as the program says',
    [...SENDER, 'create v -> m', 'send bus, m', 'send bus, m', 'send bus, m', 'end_of_program'],
    ['run until 0us'],
    [
      'errors = none',
      'message m = hex:09',
      'frame at 0us L 0us data bus seq 0 payload hex:09',
      'frame at 0us L 0us data bus seq 1 payload hex:09',
      'frame at 0us L 0us data bus seq 2 payload hex:09',
    ],
  ),
];

const TWO_SENDS = [...SENDER, 'create v -> m', 'send bus, m', 'wait 100us', 'send bus, m', 'end_of_program'];

const sendFault: CaseText[] = [
  simple(
    'send-fault-set',
    'the kernel refuses: bit 1, counted',
    TWO_SENDS,
    ['at 0us refuse on', 'run until 0us'],
    ['errors = send_fault', 'channel bus refused = 1', 'channel bus sent = 0', 'run = running', 'frames = none'],
  ),
  simple(
    'send-fault-cleared',
    'one that it takes clears the bit, and the refused one used no sequence number',
    TWO_SENDS,
    ['at 0us refuse on', 'run until 0us', 'at 50us refuse off', 'run until 100us'],
    [
      'errors = none',
      'channel bus refused = 1',
      'channel bus sent = 1',
      'frame at 100us L 100us data bus seq 0 payload hex:09',
    ],
  ),
  simple(
    'send-fault-after-good',
    'a later refusal sets the bit',
    TWO_SENDS,
    ['run until 0us', 'at 50us refuse on', 'run until 100us'],
    ['errors = send_fault', 'channel bus refused = 1', 'frame at 0us L 0us data bus seq 0 payload hex:09'],
  ),
  simple(
    'send-fault-sync-master',
    'a refused sync master sets the bit and uses no number; the next one that leaves clears it',
    ['channel bus', 'sync master bus', 'wait 100us', 'sync master bus', 'end_of_program'],
    ['at 0us refuse on', 'run until 0us', 'at 50us refuse off', 'run until 100us'],
    ['errors = none', 'channel bus refused = 1', 'channel bus sync_sent = 1', 'frame at 100us L 100us sync bus seq 0'],
  ),
  simple(
    'send-fault-sync-master-set',
    'a refused sync master',
    ['channel bus', 'sync master bus', 'end_of_program'],
    ['at 0us refuse on', 'run until 0us'],
    ['errors = send_fault', 'channel bus refused = 1', 'channel bus sync_sent = 0', 'frames = none'],
  ),
  simple(
    'send-fault-cleared-by-sync',
    'a sync master that the kernel takes clears the fault of a send',
    [...SENDER, 'create v -> m', 'send bus, m', 'wait 100us', 'sync master bus', 'end_of_program'],
    ['at 0us refuse on', 'run until 0us', 'at 50us refuse off', 'run until 100us'],
    ['errors = none', 'frame at 100us L 100us sync bus seq 0'],
  ),
  simple(
    'send-fault-not-cleared-by-empty',
    'a send of an empty message is not one that the kernel took',
    [...SENDER, 'create v -> m', 'send bus, m', 'wait 100us', 'send bus, none_yet', 'end_of_program'],
    ['at 0us refuse on', 'run until 0us', 'at 50us refuse off', 'run until 100us'],
    ['errors = send_fault, message_empty', 'frames = none'],
  ),
  simple(
    'send-fault-not-cleared-by-suppressed',
    'a suppressed send is not one that the kernel took',
    TWO_SENDS,
    ['at 0us refuse on', 'run until 0us', 'at 50us refuse off', 'at 151us wake'],
    ['errors = deadline_missed, send_fault', 'channel bus suppressed = 1', 'channel bus refused = 1', 'frames = none'],
  ),
  simple(
    'send-fault-not-set-by-suppressed',
    'a suppressed send never reaches the kernel that would refuse it',
    TWO_SENDS,
    ['run until 0us', 'at 50us refuse on', 'at 151us wake'],
    ['errors = deadline_missed', 'channel bus suppressed = 1', 'channel bus refused = 0'],
  ),
];

const receiveFault: CaseText[] = [
  simple(
    'receive-fault-nothing',
    'receive without a frame',
    [...RECEIVER, 'receive bus -> v', 'end_of_program'],
    ['run until 0us'],
    ['errors = receive_fault', 'var v = 9', 'channel bus wrong_length = 0'],
  ),
  simple(
    'receive-fault-cleared',
    'a receive that takes a value clears the bit',
    [...RECEIVER, 'receive bus -> v', 'wait 100us', 'receive bus -> v', 'end_of_program'],
    ['run until 0us', `at 50us frame from ${A} channel bus seq 0 payload hex:05`, 'run until 100us'],
    ['errors = none', 'var v = 5'],
  ),
  simple(
    'receive-fault-after-wrong-length-then-good',
    'a wrong length is dropped; the next frame is taken and clears the bit',
    [...RECEIVER, 'receive bus -> v', 'receive bus -> v', 'end_of_program'],
    [
      `at 0us frame from ${A} channel bus seq 0 payload hex:0506`,
      `at 0us frame from ${A} channel bus seq 1 payload hex:07`,
      'run until 0us',
    ],
    ['errors = none', 'var v = 7', 'channel bus wrong_length = 1'],
  ),
  simple(
    'receive-fault-good-then-nothing',
    'a good receive, then one without a frame',
    [...RECEIVER, 'receive bus -> v', 'receive bus -> v', 'end_of_program'],
    [`at 0us frame from ${A} channel bus seq 0 payload hex:05`, 'run until 0us'],
    ['errors = receive_fault', 'var v = 5'],
  ),
  simple(
    'receive-fault-not-cleared-by-send',
    'a send does not touch receive_fault',
    [...RECEIVER, 'message m', 'receive bus -> v', 'create v -> m', 'send bus, m', 'end_of_program'],
    ['run until 0us'],
    ['errors = receive_fault', 'frame at 0us L 0us data bus seq 0 payload hex:09'],
  ),
  simple(
    'receive-fault-wrong-length-is-counted-each-time',
    'every frame of a wrong length is counted',
    [...RECEIVER, 'receive bus -> v', 'receive bus -> v', 'receive bus -> v', 'end_of_program'],
    [...[0, 1, 2].map((seq) => `at 0us frame from ${A} channel bus seq ${seq} payload hex:0506`), 'run until 0us'],
    ['errors = receive_fault', 'var v = 9', 'channel bus wrong_length = 3', 'channel bus waiting = 0'],
  ),
];

const noFuture: CaseText[] = [
  simple(
    'no-future-at-once',
    'halt with nothing armed stops the machine',
    ['nop', 'halt'],
    ['run until 0us'],
    ['run = failed no_future', 'errors = no_future', 'position = 1', 'logical = 0us'],
  ),
  simple(
    'no-future-later',
    'the last future is used up',
    ['counter c', 'future 100us, there', 'halt', 'there: add_to_counter c, 1', 'halt'],
    ['run until 1000us'],
    ['run = failed no_future', 'errors = no_future', 'position = 3', 'logical = 100us', 'counter c = 1'],
  ),
  simple(
    'no-future-other-errors-stay',
    'the other bits stay as they are',
    [...SENDER, 'send bus, m', 'halt'],
    ['run until 0us'],
    ['run = failed no_future', 'errors = message_empty, no_future'],
  ),
  simple(
    'no-future-then-nothing-runs',
    'a machine that has stopped does nothing any more; frames are queued as ever',
    [...RECEIVER, 'halt', 'receive bus -> v', 'end_of_program'],
    ['run until 0us', `at 10us frame from ${A} channel bus seq 0 payload hex:05`, 'at 20us wake', 'run until 1000us'],
    ['run = failed no_future', 'var v = 9', 'channel bus waiting = 1', 'verdicts = taken'],
  ),
];

/** Cases of this file. */
export const ERROR_CASES: readonly CaseText[] = [...messageEmpty, ...sendFault, ...receiveFault, ...noFuture];
