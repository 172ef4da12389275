// Mistakes in kinds, types and values of operands.
import type { Diagnostic } from '../diagnostic.js';
import { diagnostic, quote } from '../diagnostic.js';
import type { Span } from '../program.js';

/** `wanted` and `found` in words with an article: "a channel". */
export function wrongKind(span: Span, name: string, found: string, wanted: string, declaration: Span): Diagnostic {
  const related = [{ message: 'its declaration', span: declaration }];
  const hint = `${quote(name)} is declared in line ${declaration.line}`;
  return diagnostic('NC3001', span, `expected ${wanted}, but ${quote(name)} is ${found}`, hint, related);
}

export function wrongValueKind(span: Span, found: string, wanted: string, hint: string): Diagnostic {
  return diagnostic('NC3002', span, `expected ${wanted}, found ${found}`, hint);
}

export function valueBeyondType(span: Span, value: bigint, type: string, least: bigint, most: bigint): Diagnostic {
  return diagnostic('NC3003', span, `${value} does not fit in ${type}`, `${type} holds ${least} to ${most}`);
}

export function textTooLong(span: Span, length: number, size: number, type: Span): Diagnostic {
  const message = `${length} bytes do not fit in bytes[${size}]`;
  const related = [{ message: 'the type', span: type }];
  return diagnostic('NC3004', span, message, `shorten the byte string, or declare bytes[${length}]`, related);
}

export function numberOutOfRange(span: Span, value: string, what: string, least: string, most: string): Diagnostic {
  return diagnostic('NC3005', span, `${value} is out of range for ${what}`, `${what} goes from ${least} to ${most}`);
}

export function zeroDuration(span: Span, what: string): Diagnostic {
  return diagnostic(
    'NC3006',
    span,
    `${what} of 0 is refused`,
    'with a duration of 0 no time would pass; the shortest is `1ns`',
  );
}

export function negativeDuration(span: Span, what: string): Diagnostic {
  return diagnostic(
    'NC3007',
    span,
    `${what} cannot be negative`,
    'time only goes forward: write a duration of more than 0',
  );
}

export function partsOfNanosecond(span: Span, text: string): Diagnostic {
  return diagnostic(
    'NC3008',
    span,
    `${quote(text)} is not a whole number of nanoseconds`,
    'the nanosecond is the smallest unit',
  );
}

export function durationTooLong(span: Span, text: string): Diagnostic {
  const hint = 'durations are less than 2^62 ns, which is about 146 years';
  return diagnostic('NC3009', span, `${quote(text)} is too long`, hint);
}

export function mixedSigns(span: Span, a: string, b: string): Diagnostic {
  const hint = 'declare both variables signed or both unsigned; their sizes may differ';
  return diagnostic('NC3010', span, `${a} cannot be compared with ${b}: one is signed, the other is not`, hint);
}

export function integerWithBytes(span: Span, a: string, b: string): Diagnostic {
  const hint = 'compare two integers, or two byte strings';
  return diagnostic(
    'NC3011',
    span,
    `${a} cannot be compared with ${b}: one is an integer, the other a byte string`,
    hint,
  );
}

export function queueInTest(span: Span, name: string, guard: string): Diagnostic {
  const hint = 'ask a queue with `var_queue_empty` or `var_queue_full`';
  return diagnostic('NC3012', span, `\`${guard}\` wants a variable, but ${quote(name)} is a queue`, hint);
}

export function variableInQueueTest(span: Span, name: string, guard: string): Diagnostic {
  const hint = 'ask a variable with `test_var`, or declare it as `queue NAME : TYPE depth N`';
  return diagnostic('NC3013', span, `\`${guard}\` wants a queue, but ${quote(name)} is a variable`, hint);
}

export function channelWithoutSenders(span: Span, channel: string, instruction: string, declaration: Span): Diagnostic {
  const related = [{ message: 'the channel', span: declaration }];
  const hint = `no frame would ever be accepted: add \`from MAC\` to the channel in line ${declaration.line}`;
  return diagnostic(
    'NC3014',
    span,
    `\`${instruction}\` on ${quote(channel)}, a channel without \`from\``,
    hint,
    related,
  );
}

export function channelWithoutBackup(span: Span, channel: string, declaration: Span): Diagnostic {
  const related = [{ message: 'the channel', span: declaration }];
  const hint = `add \`backup MAC\` to the channel in line ${declaration.line}, or use \`receive\``;
  return diagnostic(
    'NC3015',
    span,
    `\`backup_receive\` on ${quote(channel)}, a channel without \`backup\``,
    hint,
    related,
  );
}

export function notWhole(span: Span, text: string, what: string): Diagnostic {
  return diagnostic(
    'NC3016',
    span,
    `${what} must be a whole number, not ${quote(text)}`,
    'only probabilities and durations with a unit have a fraction',
  );
}
