channel bus from 02:00:00:00:00:01
var v : u16
message m
round:
    sync slave 1005us from bus
    if status_test(sync_timeout) goto asleep
    goto round
asleep:
    wait 100us, listen
listen:
    sync slave 895us from bus
    if status_test(sync_timeout) goto asleep2
    goto round
asleep2:
    wait 105us, listen
