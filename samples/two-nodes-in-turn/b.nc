# The other node: listens while a sends, and sends 5 ms after it.
node b
tolerance 1ms                # ordinary machines are late now and then; the slots are 5 ms apart
channel link from 02:00:00:00:00:0a queue 1   # only the newest value counts
var speed : u16 = 7          # written by an application here
var position : i32           # received from a
message report
counter rounds

round:
    wait 5ms
    receive link -> position
    create speed -> report
    send link, report
    add_to_counter rounds, 1
    wait 5ms, round
