channel bus
var v : u16
message m
start:
    if test_var(v, nonzero) goto talk
    wait 1ms, start
talk:
    create v -> m
    send bus, m
    wait 1ms, start
