# One frame a period. `late send`: a late frame counts with its error, as a late frame of the peers does.
node timing
tolerance 1ms
late send
channel bus = 0 to 02:00:00:00:00:02
var value : u32 = 0x01020304
message m
const period = 1ms

    create value -> m
round:
    send bus, m
    wait period, round
