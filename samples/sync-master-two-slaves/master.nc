# Begins each 10 ms round with a sync frame, sends a set point, and collects what both slaves have sent in their slots.
node master
tolerance 500us              # the slots are 2 ms apart
channel bus
channel left from 02:00:00:00:00:0b queue 1   # only the newest value counts
channel right from 02:00:00:00:00:0c queue 1
var setpoint : u16 = 500     # written by an application here
var left_position : u16      # received
var right_position : u16     # received
message command
counter rounds

round:
    sync master bus
    create setpoint -> command
    send bus, command
    wait 6ms
    receive left -> left_position
    receive right -> right_position
    add_to_counter rounds, 1
    wait 4ms, round
