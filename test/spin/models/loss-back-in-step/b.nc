channel bus from 02:00:00:00:00:01
var v : u16
message m
round:
    sync slave 200us from bus
    if status_test(sync_timeout) goto asleep
    wait 990us, round
asleep:
    wait 800us, round
