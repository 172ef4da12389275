# The other node: listens while a sends, and sends 5 ms after it.
node b
channel link from 02:00:00:00:00:0a
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
