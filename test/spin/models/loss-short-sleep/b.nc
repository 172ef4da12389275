channel bus from 02:00:00:00:00:01
var v : u16
message m
round:
    sync slave 700us from bus
    if status_test(sync_timeout) goto asleep
    wait 900us, round
asleep:
    wait 300us, round
