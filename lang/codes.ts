// The codes of all diagnostics. Written by hand and stable: a code is never renumbered and never used again for something else.
// Each has its paragraph in docs/diagnostics.md and at least one case in test/cases/diagnostics.

interface CodeEntry {
  readonly severity: 'error' | 'warning';
  readonly title: string;
}

const error = (title: string): CodeEntry => ({ severity: 'error', title });
const warning = (title: string): CodeEntry => ({ severity: 'warning', title });

/**
 * NC1 text and syntax, NC2 names, NC3 types and values, NC4 control flow and time, NC5 limits, NC6 warnings, NC8 binary formats (their
 * warnings from NC8601 on), NC9 TypeScript modules.
 */
export const CODES = {
  NC1001: error('invalid UTF-8'),
  NC1002: error('character that has no place here'),
  NC1003: error('byte string without an end'),
  NC1004: error('malformed number'),
  NC1005: error('unknown unit of time'),
  NC1006: error('malformed hex string'),
  NC1007: error('malformed MAC address'),
  NC1008: error('something else is expected'),
  NC1009: error('text after the end of the line'),
  NC1010: error('unknown declaration or instruction'),
  NC1011: error('unknown guard'),
  NC1012: error('unknown machine error'),
  NC1013: error('unknown word'),
  NC1014: error('unknown type'),
  NC1015: error('two labels on one line'),
  NC1016: error('label before a declaration'),
  NC1017: error('declaration after the first instruction'),
  NC1018: error('declaration given twice'),
  NC1019: error('clause given twice'),

  NC2001: error('undeclared name'),
  NC2002: error('duplicate name'),
  NC2003: error('undefined label'),
  NC2004: error('duplicate label'),
  NC2005: error('duplicate id'),
  NC2006: error('reserved name'),
  NC2007: error('constant used before its declaration'),

  NC3001: error('wrong kind of name'),
  NC3002: error('wrong kind of value'),
  NC3003: error('value beyond its type'),
  NC3004: error('byte string longer than its variable'),
  NC3005: error('number out of range'),
  NC3006: error('zero duration'),
  NC3007: error('negative duration'),
  NC3008: error('duration of parts of a nanosecond'),
  NC3009: error('duration too long'),
  NC3010: error('comparison of signed with unsigned'),
  NC3011: error('comparison of an integer with a byte string'),
  NC3012: error('queue in a test of a value'),
  NC3013: error('variable in a test of a queue'),
  NC3014: error('channel without senders'),
  NC3015: error('channel without a backup'),
  NC3016: error('not a whole number'),

  NC4001: error('control runs off the end'),
  NC4002: error('cycle in which no time passes'),
  NC4003: error('label without an instruction'),
  NC4004: error('program without an instruction'),

  NC5001: error('too many instructions'),
  NC5002: error('too many of one kind'),
  NC5003: error('queue length out of range'),
  NC5004: error('size of bytes out of range'),
  NC5005: error('id out of range'),
  NC5006: error('name too long'),
  NC5007: error('file too large'),
  NC5008: error('too many errors'),
  NC5009: error('line too long'),

  NC6001: warning('unused name'),
  NC6002: warning('unused label'),
  NC6003: warning('unreachable instruction'),
  NC6004: warning('halt with no future armed'),
  NC6005: warning('message sent that may be empty'),
  NC6006: warning('more than 1,000 broadcast frames a second'),
  NC6007: warning('more than 64 futures armed'),
  NC6008: warning('too many warnings'),
  NC6009: warning('handler of an error that cannot come'),
  NC6010: warning('counter that never comes to the tested value'),
  NC6011: warning('snapshot that is never sent'),
  NC6012: warning('queue that only fills'),
  NC6013: warning('frames that are on the wire too long'),

  NC8001: error('record cut off'),
  NC8002: error('unknown opcode'),
  NC8003: error('unknown number of a guard'),
  NC8004: error('target beyond the last record'),
  NC8005: error('operand of a record out of range'),
  NC8006: error('unknown sender of a channel'),
  NC8007: error('malformed params'),
  NC8008: error('more than a format holds'),
  NC8601: warning('bits without a meaning'),
  NC8602: warning('declaration lost'),
  NC8603: warning('sync slave without senders'),
  NC8604: warning('params of another interface'),

  NC9001: error('mistake in TypeScript'),
  NC9002: error('TypeScript that cannot be compiled'),
  NC9003: error('not a constant'),
  NC9004: error('recursion'),
  NC9005: error('too much to unroll'),
  NC9006: error('module that cannot be imported'),
  NC9007: error('modules that import each other'),
  NC9008: error('module without a node'),
  NC9009: error('two nodes of one name'),
  NC9010: error('declaration without a usable name'),
  NC9011: error('declaration or instruction out of place'),
  NC9012: error('wrong operand'),
  NC9013: error('end of a body is reached'),
  NC9014: error('guard outside of a condition'),
  NC9015: error('value that depends on the run'),
  NC9016: error('nested too deeply'),
  NC9017: error('too many modules'),
  NC9018: error('number that is not exact'),
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof CODES;
