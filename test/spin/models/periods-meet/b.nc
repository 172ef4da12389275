channel bus
var v : u16
message m
    wait 200us, slot
slot:
    create v -> m
    send bus, m
    wait 500us, slot
