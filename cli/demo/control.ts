// What the applications on the two hosts do: a room that cools and is heated, and a controller that heats it.

/** Tenths of a degree. */
const WANTED = 210;
const OUTSIDE = [140, 60] as const;
/** Steps until a window is opened or closed, so that there is always something to do. */
const WINDOW_STEPS = 8;
const GAIN = 3;
const LOSS = 0.1;
const POWER = 0.15;

/** Temperature of the room, tenths of a degree, one step later. */
export function nextTemperature(temperature: number, heater: number, step: number): number {
  const outside = OUTSIDE[Math.floor(step / WINDOW_STEPS) % OUTSIDE.length]!;
  return Math.round(temperature + heater * POWER - (temperature - outside) * LOSS);
}

/** Power of the heater, 0 to 100 percent. */
export function heaterFor(temperature: number): number {
  return Math.max(0, Math.min(100, Math.round((WANTED - temperature) * GAIN)));
}
