// Receive queues in nc_rx.

/** u64 head and tail. */
export const RING_HEAD = 16;
/** u64 turn, u64 arrival, u32 length, u32 order. */
export const SLOT_HEAD = 24;
const SPARE_SLOTS = 4;
const MIN_SLOTS = 8;

export interface RingLayout {
  /** Byte offset of the ring's head in nc_rx; slots follow. */
  readonly offset: number;
  /** Frames held at most: the channel's `queue`. */
  readonly queue: number;
  /** Number of slots, a power of two greater than `queue`. */
  readonly slots: number;
  /** Bytes of a slot, its head included. */
  readonly slotSize: number;
  /** Payload bytes that a slot keeps, a multiple of 8. */
  readonly capacity: number;
}

function slotCount(queue: number): number {
  let slots = MIN_SLOTS;
  while (slots < queue + SPARE_SLOTS) slots *= 2;
  return slots;
}

/**
 * Places a ring for each entry of `wanted` ({queue, payload}: greatest payload kept, in bytes). Rings lie in ascending order of slot
 * size, so that the bound "a slot of the greatest size fits behind this address" holds for every slot. Results are in the order of `wanted`.
 */
export function layoutRings(wanted: readonly { queue: number; payload: number }[]): {
  rings: RingLayout[];
  /** Size of nc_rx in bytes. */
  size: number;
  /** Greatest capacity of a slot in bytes. */
  capacity: number;
} {
  const shapes = wanted.map(({ queue, payload }, index) => {
    const capacity = Math.max(8, Math.ceil(payload / 8) * 8);
    return { index, queue, slots: slotCount(queue), capacity, slotSize: SLOT_HEAD + capacity };
  });
  shapes.sort((a, b) => a.slotSize - b.slotSize || a.index - b.index);
  const rings: RingLayout[] = new Array<RingLayout>(wanted.length);
  let offset = 0;
  for (const { index, ...shape } of shapes) {
    rings[index] = { ...shape, offset };
    offset += RING_HEAD + shape.slots * shape.slotSize;
  }
  const capacity = shapes.at(-1)?.capacity ?? 8;
  return { rings, size: Math.max(offset, RING_HEAD + SLOT_HEAD + capacity), capacity };
}
