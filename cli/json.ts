// JSON with whole numbers of any size: a u64 is printed to its last digit, where JSON.stringify refuses a bigint.

/** The text of a value, indented by two spaces. Members that are undefined are left out. */
export function toJson(value: unknown, indent = ''): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value))
    return block(
      '[',
      ']',
      indent,
      value.map((item) => toJson(item, `${indent}  `)),
    );
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const lines = members.map(([name, member]) => `${JSON.stringify(name)}: ${toJson(member, `${indent}  `)}`);
  return block('{', '}', indent, lines);
}

function block(open: string, close: string, indent: string, items: readonly string[]): string {
  if (items.length === 0) return open + close;
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}${close}`;
}
