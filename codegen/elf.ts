// The little of ELF that is needed to judge an object: its functions and their sizes.

const ELF_MAGIC = 0x464c457f;
const SECTION_SYMTAB = 2;
const SYMBOL_FUNCTION = 2;

export interface ElfFunction {
  readonly name: string;
  /** Bytes of code. */
  readonly size: number;
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

function readSections(view: DataView): Section[] {
  const table = Number(view.getBigUint64(0x28, true));
  const entrySize = view.getUint16(0x3a, true);
  const count = view.getUint16(0x3c, true);
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * entrySize;
    return {
      type: view.getUint32(at + 4, true),
      offset: Number(view.getBigUint64(at + 24, true)),
      size: Number(view.getBigUint64(at + 32, true)),
      link: view.getUint32(at + 40, true),
    };
  });
}

function readString(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.subarray(at, bytes.indexOf(0, at))).toString('latin1');
}

/**
 * Lists the functions of a 64 bit little-endian ELF object.
 * @throws Error when the bytes are no such object
 */
export function elfFunctions(object: Uint8Array): ElfFunction[] {
  const view = new DataView(object.buffer, object.byteOffset, object.byteLength);
  if (object.byteLength < 64 || view.getUint32(0, true) !== ELF_MAGIC) throw new Error('not an ELF object');
  const sections = readSections(view);
  const functions: ElfFunction[] = [];
  for (const table of sections.filter(({ type }) => type === SECTION_SYMTAB)) {
    const strings = sections[table.link]!;
    for (let at = table.offset; at < table.offset + table.size; at += 24) {
      if ((view.getUint8(at + 4) & 15) !== SYMBOL_FUNCTION) continue;
      functions.push({
        name: readString(object, strings.offset + view.getUint32(at, true)),
        size: Number(view.getBigUint64(at + 16, true)),
      });
    }
  }
  return functions;
}
