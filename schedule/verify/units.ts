// Time inside the verifier: whole numbers of a unit in which byte times of every medium are whole, so that nothing is rounded.
import type { System } from './system.js';

/** A rate whose byte time has no end in decimals would make the unit too small for long waits; beyond this, byte times are rounded up. */
const FINEST_UNITS_PER_NS = 1000;
const BYTE_BITS_PER_S = 8e9;

/** The unit of a system. */
export interface Units {
  /** Units in one nanosecond. */
  readonly perNs: number;
}

/** A picosecond, for clocks that drift. */
const FINE = 1000;

/** The coarsest unit in which a nanosecond and all byte times are whole; a picosecond where clocks drift. */
export function unitsOf(system: System, drifts: boolean): Units {
  if (drifts) return { perNs: FINE };
  const parts = system.media.map(({ rateBitsPerSecond: rate }) => rate / gcd(Math.round(BYTE_BITS_PER_S), rate));
  const perNs = parts.reduce((product, part) => (product * part) / gcd(product, part), 1);
  return { perNs: Number.isInteger(perNs) && perNs <= FINEST_UNITS_PER_NS ? perNs : 1 };
}

/** The time of a byte on a medium of this speed, in units. */
export function byteTime(units: Units, rateBitsPerSecond: number): number {
  return (BYTE_BITS_PER_S * units.perNs) / rateBitsPerSecond;
}

/** A duration in units. */
export function toUnits(units: Units, ns: bigint): number {
  return Number(ns) * units.perNs;
}

/** Units as nanoseconds; a part of a nanosecond counts as a whole one. */
export function toNs(units: Units, time: number): number {
  return Math.ceil(time / units.perNs);
}

function gcd(a: number, b: number): number {
  for (let [x, y] = [a, b]; ; [x, y] = [y, x % y]) if (!(y > 0)) return x || 1;
}
