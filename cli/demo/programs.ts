// The programs of the demo: a thermostat over the network.

/** A host of the demo. */
export type Side = 'left' | 'right';

export const SIDES: readonly Side[] = ['left', 'right'];

/** Addresses of the hosts' interfaces. */
export const MACS: Readonly<Record<Side, string>> = { left: '02:00:00:00:00:01', right: '02:00:00:00:00:02' };

/** Long against the tolerance of a schedule in earnest: the demo runs on machines that are busy with other things. */
const TOLERANCE = 'tolerance 2ms';

const LEFT = `# Has a thermometer and a heater. Begins a round every 10 ms with a sync frame.
node left
${TOLERANCE}
channel bus
channel reply from ${MACS.right}
var temperature : i16 = 150   # tenths of a degree; set by an application here
var heater : u8               # percent; comes from the other host
message reading

round:
    sync master bus
    create temperature -> reading
    send bus, reading
    wait 6ms
    if channel_rcv_buf_empty(reply) goto rest
    receive reply -> heater
rest:
    wait 4ms, round
`;

const RIGHT = `# Has the controller. Waits for the sync frame, and answers 3 ms later.
node right
${TOLERANCE}
channel bus from ${MACS.left}
channel reply
var temperature : i16         # tenths of a degree; comes from the other host
var heater : u8               # percent; set by an application here
message answer

listen:
    sync slave 100ms from bus
    if status_test(sync_timeout) goto listen
    wait 3ms
    if channel_rcv_buf_empty(bus) goto listen
    receive bus -> temperature
    create heater -> answer
    send reply, answer
    goto listen
`;

/** Program texts. */
export const PROGRAMS: Readonly<Record<Side, string>> = { left: LEFT, right: RIGHT };
