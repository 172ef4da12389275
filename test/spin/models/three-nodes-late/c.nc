channel bus from 02:00:00:00:00:01
var v : u16
message m
round:
    sync slave 1100us from bus
    create v -> m
    wait 490us, out
out:
    send bus, m
    goto round
