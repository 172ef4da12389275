channel bus
var v : u16
message m
    wait 600us, slot
slot:
    create v -> m
    send bus, m
    wait 1ms, slot
