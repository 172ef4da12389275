# Its own frame at the beginning of each millisecond; ordinary frames from 500 us to 700 us.
node gate
tolerance 100us
channel bus = 0
var value : u32 = 0x01020304
message m

round:
    create value -> m
    send bus, m
    wait 500us
    xsend 200us
    wait 500us, round
