# One frame a period: for the share of a CPU that it takes.
node share
channel bus
var value : u32 = 1
message m

    create value -> m
round:
    send bus, m
    wait 1ms, round
