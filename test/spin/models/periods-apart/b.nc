channel bus
var v : u16
message m
    wait 150us, slot
slot:
    create v -> m
    send bus, m
    wait 500us, slot
