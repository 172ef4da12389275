channel bus from 02:00:00:00:00:01
var v : u16
message m
round:
    sync slave 5720ns from bus
    if status_test(sync_timeout) goto rest
    wait 994240ns, round
rest:
    wait 994280ns, round
