channel bus from 02:00:00:00:00:01
var v : u16
message m
round:
    sync slave 205us from bus
    if status_test(sync_timeout) goto asleep
    wait 790us, round
asleep:
    wait 1795us, round
