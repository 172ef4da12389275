// All data cases that are made from tables, by the folder of test/cases that they lie in.
import { ERROR_CASES } from './errors.js';
import { GRID_CASES } from './grid.js';
import { GUARD_CASES } from './guards.js';
import { INGRESS_CASES } from './ingress.js';
import { LATE_CASES } from './late.js';
import { LATER_CASES } from './later.js';
import { NODE_CASES } from './node.js';
import { SEQUENCE_CASES } from './sequence.js';
import { SYNC_CASES } from './sync.js';
import { VALUE_CASES } from './values.js';
import type { CaseText } from './text.js';

/** Folder below test/cases, and its cases. */
export const ORACLE_FOLDERS: Readonly<Record<string, readonly CaseText[]>> = {
  oracle: [
    ...VALUE_CASES,
    ...GUARD_CASES,
    ...ERROR_CASES,
    ...LATE_CASES,
    ...GRID_CASES,
    ...SYNC_CASES,
    ...SEQUENCE_CASES,
    ...INGRESS_CASES,
    ...NODE_CASES,
  ],
  'oracle-later': LATER_CASES,
};
