// Frames of wire v1 and the addresses of their senders.
import { encodeData } from '../../schedule/frame.js';

/** The address of sender `index`, 0 to 65535. */
export function macAt(index: number): string {
  const hex = (value: number) => (value & 255).toString(16).padStart(2, '0');
  return `02:00:00:01:${hex(index >> 8)}:${hex(index)}`;
}

/** The same, as it is on the wire. */
export function macBytes(index: number): Uint8Array {
  return Uint8Array.of(2, 0, 0, 1, index >> 8, index);
}

/** A data frame of wire v1 with the default ethertype, broadcast. */
export function dataFrame(sender: number, payload: Uint8Array, sequence = 0, channel = 0): Uint8Array {
  return encodeData(
    { format: 'v1', ethertype: 0x88b5 },
    { source: macAt(sender), destination: null, channel, sequence, programId: 0, taiNs: 0n, payload },
  );
}
