channel bus
var v : u16
message m
start:
    future 100us, out
    future 1ms, again
    halt
out:
    create v -> m
    send bus, m
    halt
again:
    goto start
