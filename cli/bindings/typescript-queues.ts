// The part of a TypeScript module for the queues of a program.
import type { OptionalKind, PropertySignatureStructure, SourceFile } from 'ts-morph';
import { describeQueue, sizeOf, type BoundQueue } from './binding.js';

function valueType({ type }: BoundQueue): string {
  if (type.kind === 'bytes') return 'Uint8Array';
  return type.bits === 64 ? 'bigint' : 'number';
}

function memberOf(queue: BoundQueue): OptionalKind<PropertySignatureStructure> {
  const value = valueType(queue);
  const members = [
    ...(queue.filler === 'network' ? [] : [`append(value: ${value}): void;`]),
    ...(queue.drainer === 'network' ? [] : [`take(): ${value} | null;`]),
    `look(): ${value}[];`,
  ];
  return { name: queue.name, isReadonly: true, type: `{ ${members.join(' ')} }`, docs: [describeQueue(queue)] };
}

function expectation({ name, type, filler, drainer, depth }: BoundQueue): string {
  const signed = type.kind === 'integer' && type.signed;
  const sides = `writer: '${filler}', taker: '${drainer}'`;
  return `{ name: '${name}', kind: '${type.kind}', signed: ${signed}, size: ${sizeOf(type)}, depth: ${depth}, ${sides} },`;
}

function accessor(queue: BoundQueue): string {
  const { name, filler, drainer } = queue;
  const members = [
    ...(filler === 'network' ? [] : [`append: (value) => space.append('${name}', value),`]),
    ...(drainer === 'network' ? [] : [`take: () => space.take('${name}'),`]),
    `look: () => space.look('${name}'),`,
  ];
  return `${name}: { ${members.join(' ')} },`;
}

const CHECK = `for (const { name, kind, signed, size, depth, writer, taker } of EXPECTED_QUEUES) {
  const found = space.queues.find((queue) => queue.name === name);
  const sameType = found?.type.kind === kind && found.type.size === size && (found.type.kind === 'bytes' || found.type.signed === signed);
  if (sameType && found.depth === depth && found.writer === writer && found.taker === taker) continue;
  space.close();
  throw new Error(\`\${interfaceName} runs a program without such a queue \${name}: make the bindings again\`);
}`;

/** Adds the interface of the queues and what they are compared with. */
export function addQueueTypes(file: SourceFile, queues: readonly BoundQueue[]): void {
  file.addInterface({
    name: 'Queues',
    isExported: true,
    docs: ['What applications may do with the queues. `take` gives null when there is nothing; `look` takes nothing.'],
    properties: queues.map(memberOf),
  });
  file.addStatements(
    `\n/** The queues that the program declares. */\nconst EXPECTED_QUEUES = [\n${queues.map(expectation).join('\n')}\n] as const;`,
  );
}

/** The type of what the queues hold, to be joined to that of the variables. */
export function queueValues(queues: readonly BoundQueue[]): string {
  return `{ ${queues.map((queue) => `${queue.name}: ${valueType(queue)}[];`).join(' ')} }`;
}

/** The statements that compare and make the object. */
export function queueStatements(queues: readonly BoundQueue[]): string[] {
  return [CHECK, `const queues: Queues = {\n${queues.map(accessor).join('\n')}\n};`];
}
