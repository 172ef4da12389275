# Follows sync frames, and sends behind each.
node slave
tolerance 100us
channel bus from 02:00:00:00:00:01
var value : u32 = 1
message m

round:
    sync slave 3ms from bus
    create value -> m
    wait 300us
    send bus, m
    goto round
