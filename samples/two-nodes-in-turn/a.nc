# One of two nodes that share a 10 ms round: a sends at its beginning, b in the middle.
node a
tolerance 1ms                # ordinary machines are late now and then; the slots are 5 ms apart
channel link from 02:00:00:00:00:0b queue 1   # only the newest value counts
var position : i32 = 100     # written by an application here
var speed : u16              # received from b
message report
counter rounds

round:
    create position -> report
    send link, report
    wait 7500us
    receive link -> speed
    add_to_counter rounds, 1
    wait 2500us, round
