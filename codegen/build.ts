// From a checked program to an object and its manifest.
import type { Program } from '../lang/program.js';
import { ABI_VERSION, MANIFEST_FORMAT, type Manifest } from '../maps/manifest.js';
import { compileC, findToolchain } from './clang.js';
import { ethertypes } from './emit-tables.js';
import { emitProgram } from './emit.js';
import { shapeOf, type Shape } from './shape.js';

export interface Built {
  readonly object: Uint8Array;
  readonly manifest: Manifest;
}

function positionsOf(program: Program): Manifest['positions'] {
  const labels = new Map(program.labels.map(({ target, name }) => [target, name]));
  return program.instructions.map(({ span }, index) => ({ line: span.line, label: labels.get(index) ?? null }));
}

/** The manifest of a program; `generator` is the name and version of what made it. */
export function manifestOf(program: Program, shape: Shape, generator: string): Manifest {
  const { data, sync } = ethertypes(program);
  return {
    format: MANIFEST_FORMAT,
    abi: ABI_VERSION,
    generator,
    node: program.node,
    file: program.file,
    programId: program.programId,
    wire: { format: program.wire.format, ethertypes: data === sync ? [data] : [data, sync] },
    strict: program.ingress.mode === 'strict',
    allow: program.ingress.mode === 'strict' ? [...program.ingress.allow] : [],
    toleranceNs: String(program.toleranceNs),
    longestWaitNs: String(shape.longestWaitNs),
    syncSlave: shape.uses.has('sync_slave'),
    longestFrame: shape.longestFrame,
    gate: shape.gate === null ? null : { known: shape.gate.cycle !== null },
    varsSize: shape.varsSize,
    variables: [...shape.variables],
    queues: [...shape.queues],
    channels: program.channels.map(({ name, id, to, from, backup }, index) => ({
      name,
      id,
      to,
      from: [...from],
      backup,
      ring: shape.rings[index]!,
      backupRing: shape.backupRings[index] ?? null,
    })),
    messages: program.messages.map(({ name }) => name),
    counters: program.counters.map(({ name, id, start }) => ({ name, id, start })),
    positions: positionsOf(program),
    senders: shape.senders,
  };
}

/**
 * Compiles a checked program. The source is what verifier messages quote.
 * @throws ToolMissingError, CompileError
 */
export async function buildProgram(
  program: Program,
  source: Uint8Array,
  options: { runtime: string; generator: string },
): Promise<Built> {
  const shape = shapeOf(program);
  const manifest = manifestOf(program, shape, options.generator);
  const code = emitProgram(program, shape);
  const toolchain = await findToolchain();
  const object = await compileC({ code, sourceName: program.file, source, runtime: options.runtime }, toolchain);
  return { object, manifest };
}
