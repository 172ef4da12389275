channel bus
var v : u16
message m
start:
    create v -> m
    if test_var(v, nonzero) goto late
    wait 100us, out
late:
    wait 200us, out
out:
    send bus, m
    wait 800us, start
