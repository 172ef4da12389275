// The checks, in their order. Each is one pass with one reason, and looks only at what the passes before it found.
import type { Diagnostic } from '../diagnostic.js';
import { allocateIds } from './ids.js';
import type { Checking, Pass } from './checking.js';
import { resolveConstants } from './constants.js';
import { declareLabels, declareNames } from './declare-names.js';
import {
  resolveChannels,
  resolveCounters,
  resolveMessages,
  resolveQueues,
  resolveVariables,
} from './declared-things.js';
import { checkCycles } from './flow/cycles.js';
import { checkEnd } from './flow/end.js';
import { traceFlow } from './flow/trace.js';
import { resolveInstructions } from './resolve-instructions.js';
import { checkNotEmpty, resolveSettings, resolveTick } from './settings.js';
import { warnBroadcastRate } from './warn/broadcast.js';
import { warnHaltWithoutFuture, warnTooManyFutures } from './warn/futures.js';
import { warnNeverCreated } from './warn/messages.js';
import { warnUnreachable } from './warn/unreachable.js';
import { warnUnused } from './warn/unused.js';

/** Run on every tree. */
const DECLARATION_PASSES: readonly Pass[] = [
  declareNames,
  resolveConstants,
  resolveTick,
  resolveSettings,
  allocateIds,
  resolveChannels,
  resolveVariables,
  resolveQueues,
  resolveMessages,
  resolveCounters,
];

/** Run when the whole text was read. */
const INSTRUCTION_PASSES: readonly Pass[] = [
  checkNotEmpty,
  declareLabels,
  resolveInstructions,
  traceFlow,
  checkEnd,
  checkCycles,
];

/** Run when every name is known and every line was read: otherwise they would warn of the consequences of an error. */
const NAME_WARNINGS: readonly Pass[] = [warnUnused, warnUnreachable];

/** Run when there is no error at all, because durations matter to them. */
const PATH_WARNINGS: readonly Pass[] = [warnHaltWithoutFuture, warnTooManyFutures, warnNeverCreated, warnBroadcastRate];

/** Runs the passes that make sense for what could be read. */
export function runPasses(c: Checking): void {
  for (const pass of DECLARATION_PASSES) pass(c);
  if (!c.tree.complete) return;
  for (const pass of INSTRUCTION_PASSES) pass(c);
  if (c.report.errors.every(isOfValue)) for (const pass of NAME_WARNINGS) pass(c);
  if (c.report.errors.length === 0) for (const pass of PATH_WARNINGS) pass(c);
}

/** Whether an error leaves no doubt about which names are used and where control goes. */
function isOfValue({ code }: Diagnostic): boolean {
  return code.startsWith('NC3') && code !== 'NC3001';
}
