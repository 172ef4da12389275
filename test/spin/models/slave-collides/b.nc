channel bus from 02:00:00:00:00:01
var v : u16
message m
round:
    sync slave 1500us from bus
    if status_test(sync_timeout) goto round
    wait 999us, out
out:
    create v -> m
    send bus, m
    goto round
