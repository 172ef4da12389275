// The checks, in their order. Each is one pass with one reason, and looks only at what the passes before it found.
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
import { warnNeverCounts } from './warn/counters.js';
import { warnHaltWithoutFuture, warnTooManyFutures } from './warn/futures.js';
import { warnFuturesPileUp, warnQueuesFill } from './warn/growth.js';
import { warnDeadHandlers } from './warn/handlers.js';
import { warnNeverCreated } from './warn/messages.js';
import { warnNeverSent } from './warn/snapshots.js';
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

/** Run when there is no error: a warning might be the consequence of one. */
const WARNINGS: readonly Pass[] = [
  warnUnused,
  warnUnreachable,
  warnHaltWithoutFuture,
  warnTooManyFutures,
  warnFuturesPileUp,
  warnNeverCreated,
  warnNeverSent,
  warnQueuesFill,
  warnDeadHandlers,
  warnNeverCounts,
  warnBroadcastRate,
];

/** Runs the passes that make sense for what could be read. */
export function runPasses(c: Checking): void {
  for (const pass of DECLARATION_PASSES) pass(c);
  if (!c.tree.complete) return;
  for (const pass of INSTRUCTION_PASSES) pass(c);
  if (c.report.errors.length > 0) return;
  for (const pass of WARNINGS) pass(c);
}
