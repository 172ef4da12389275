channel bus
var v : u16
message m
    wait 100us, slot
slot:
    create v -> m
    send bus, m
    wait 300us, slot
