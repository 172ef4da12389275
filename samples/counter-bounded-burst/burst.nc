# Three frames 1 ms apart, then silence for the rest of a 20 ms round. The counter bounds the burst.
node burst
tolerance 200us
channel bus
var sample : u32 = 1234      # written by an application here
message frame
counter sent
counter bursts

round:
    clear_counter sent
next:
    create sample -> frame
    send bus, frame
    add_to_counter sent, 1
    if test_count(sent, 3) goto rest
    wait 1ms, next
rest:
    add_to_counter bursts, 1
    wait 18ms, round
