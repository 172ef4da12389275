// Values on the command line, as the language writes them: 42, -3, 0x1f, "text", hex:00ff.
import type { VariableLayout } from '../maps/layout.js';
import { placeAndType, type ValuePlace, type VariableValue } from '../maps/variable-value.js';
import { UsageError } from '../loader/errors.js';

const INTEGER = /^(-?\d+|0[xX][0-9a-fA-F]+)$/;
const HEX = /^hex:((?:[0-9a-fA-F]{2})*)$/;
const TEXT = /^"([^"\r\n]*)"$/;
/** What a terminal shows as it is: no control characters, and of white space the plain space only. */
const PLAIN = /^(?: |[^\p{C}\p{Z}"])*$/u;
const LONGEST_SHOWN = 60;

function shorten(text: string): string {
  return JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text);
}

/**
 * Reads a value for a variable or a queue. Its range is judged where it is written.
 * @throws UsageError
 */
export function parseValue(place: ValuePlace & Pick<VariableLayout, 'type'>, text: string): VariableValue {
  const { type } = place;
  if (type.kind === 'integer') {
    if (INTEGER.test(text)) return BigInt(text);
    throw new UsageError(`${placeAndType(place, type)}: ${shorten(text)} is no number (42, -3 or 0x1f)`);
  }
  const [, hex] = HEX.exec(text) ?? [];
  if (hex !== undefined) return new Uint8Array(Buffer.from(hex, 'hex'));
  const [, words] = TEXT.exec(text) ?? [];
  if (words !== undefined) return new TextEncoder().encode(words);
  throw new UsageError(
    `${placeAndType(place, type)}: ${shorten(text)} is no byte string (hex:00ff, or "text", which the shell wants as '"text"')`,
  );
}

function asText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return PLAIN.test(text) ? text : null;
  } catch {
    return null;
  }
}

/** Writes a value so that `parseValue` reads it back. */
export function formatValue(value: VariableValue): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const text = asText(value);
  return text === null ? `hex:${Buffer.from(value).toString('hex')}` : `"${text}"`;
}
