// A TypeScript module with a typed object for the variables of a program.
import {
  IndentationText,
  NewLineKind,
  Project,
  QuoteKind,
  type OptionalKind,
  type PropertySignatureStructure,
} from 'ts-morph';
import type { ValueType } from '../../lang/program.js';
import { describe, origin, sizeOf, type Binding, type BoundVariable } from './binding.js';
import { addQueueTypes, queueStatements, queueValues } from './typescript-queues.js';

function valueType(type: ValueType): string {
  if (type.kind === 'bytes') return 'Uint8Array';
  return type.bits === 64 ? 'bigint' : 'number';
}

function propertyOf(variable: BoundVariable): OptionalKind<PropertySignatureStructure> {
  const { name, type, writer } = variable;
  return { name, type: valueType(type), isReadonly: writer === 'network', docs: [describe(variable)] };
}

function expectation({ name, type, writer }: BoundVariable): string {
  const signed = type.kind === 'integer' && type.signed;
  return `{ name: '${name}', kind: '${type.kind}', signed: ${signed}, size: ${sizeOf(type)}, writer: '${writer}' },`;
}

function accessor({ name, type, writer }: BoundVariable): string[] {
  const getter = `get ${name}() { return space.get('${name}'); },`;
  if (writer === 'network') return [getter];
  return [getter, `set ${name}(value: ${valueType(type)}) { space.set('${name}', value); },`];
}

const CHECK = `
for (const { name, kind, signed, size, writer } of EXPECTED) {
  const found = space.variables.find((variable) => variable.name === name);
  const sameType = found?.type.kind === kind && found.type.size === size && (found.type.kind === 'bytes' || found.type.signed === signed);
  if (sameType && found.writer === writer) continue;
  space.close();
  throw new Error(\`\${interfaceName} runs a program without such a variable \${name}: make the bindings again\`);
}`;

/** The text of the module. */
export function typescriptBindings(binding: Binding): string {
  const { variables, queues } = binding;
  const some = queues.length > 0;
  const project = new Project({
    useInMemoryFileSystem: true,
    manipulationSettings: {
      quoteKind: QuoteKind.Single,
      indentationText: IndentationText.TwoSpaces,
      newLineKind: NewLineKind.LineFeed,
    },
  });
  const file = project.createSourceFile('vars.ts');
  file.addImportDeclaration({
    moduleSpecifier: 'ncbpf',
    namedImports: ['variableSpace', { name: 'VariableSpace', isTypeOnly: true }],
  });
  file.addInterface({
    name: 'Variables',
    isExported: true,
    docs: [`Reads and writes of these are reads and writes of the shared memory. Sizes are those of the program.`],
    properties: variables.map(propertyOf),
  });
  file.addInterface({
    name: 'OpenVariables',
    isExported: true,
    properties: [
      { name: 'variables', isReadonly: true, type: 'Variables' },
      ...(some ? [{ name: 'queues', isReadonly: true, type: 'Queues' }] : []),
      {
        name: 'space',
        isReadonly: true,
        type: 'VariableSpace<Values>',
        docs: ['For claims, and to be told of changes.'],
      },
    ],
    methods: [{ name: 'close', returnType: 'void', docs: ['Gives the memory back.'] }],
  });
  file.addTypeAlias({
    name: 'Values',
    isExported: true,
    type: `{ -readonly [Name in keyof Variables]: Variables[Name] }${some ? ` & ${queueValues(queues)}` : ''}`,
    docs: ['The same as values.'],
  });
  file.addStatements(
    variables.length === 0
      ? [
          'const EXPECTED: readonly { name: string; kind: string; signed: boolean; size: number; writer: string }[] = [];',
        ]
      : [
          `\n/** What the program declares. */\nconst EXPECTED = [\n${variables.map(expectation).join('\n')}\n] as const;`,
        ],
  );
  if (some) addQueueTypes(file, queues);
  file.addFunction({
    name: 'openVariables',
    isExported: true,
    docs: ['Opens the variables of what is attached to an interface. Throws when another program is attached there.'],
    parameters: [{ name: 'interfaceName', type: 'string' }],
    returnType: 'OpenVariables',
    statements: [
      'const space = variableSpace<Values>(interfaceName);',
      CHECK.trim(),
      `const variables: Variables = {\n${variables.flatMap(accessor).join('\n')}\n};`,
      ...(some ? queueStatements(queues) : []),
      `return { variables, ${some ? 'queues, ' : ''}space, close: () => space.close() };`,
    ],
  });
  file.formatText({ indentSize: 2 });
  return `// ${origin(binding)}\n${file.getFullText()}`;
}
