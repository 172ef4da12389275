// What an instruction may do to the control flow beyond its own operands.
import type { ErrorName, Operation } from '../../program.js';

/**
 * The errors that an instruction may set by itself, whatever the values are; `deadline_missed` comes from the passing of
 * time, and `no_future` depends on what is armed. `isQueue` asks for the id of a variable or queue.
 */
export function errorsOf(operation: Operation, isQueue: (id: number) => boolean): readonly ErrorName[] {
  switch (operation.op) {
    case 'send':
    case 'backup_send':
      return ['send_fault', 'message_empty'];
    case 'sync_master':
      return ['send_fault'];
    case 'create':
      return isQueue(operation.variable) ? ['queue_empty'] : [];
    case 'receive':
    case 'backup_receive':
      return isQueue(operation.variable) ? ['queue_full', 'receive_fault'] : ['receive_fault'];
    case 'sync_slave':
      return ['sync_timeout'];
    default:
      return [];
  }
}

/** Whether an `if` jumps, goes on, or may do both: only the constant guards are evaluated. */
export function branchesOf(operation: Extract<Operation, { readonly op: 'if' }>): {
  readonly jumps: boolean;
  readonly goesOn: boolean;
} {
  const { guard, negated } = operation;
  if (guard.kind !== 'always_true' && guard.kind !== 'always_false') return { jumps: true, goesOn: true };
  const jumps = (guard.kind === 'always_true') !== negated;
  return { jumps, goesOn: !jumps };
}
