# A master on a 1 ms grid: a sync frame, and its value 200 us later.
node master
tolerance 100us
channel bus = 0 from 02:00:00:00:00:02
var value : u32 = 0x01020304
message m
counter rounds

round:
    sync master bus
    wait 200us
    create value -> m
    send bus, m
    add_to_counter rounds, 1
    wait 800us, round
