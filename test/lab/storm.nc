# Sends once a millisecond, and leaves the link to ordinary traffic for half of it.
node storm
tolerance 100us
channel bus from 02:00:00:00:00:02
var value : u32 = 1
message m

round:
    create value -> m
    send bus, m
    xsend 500us
    wait 1ms, round
