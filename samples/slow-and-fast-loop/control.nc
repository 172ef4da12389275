# Two loops in one node: each block arms its own successor, so that two futures are always armed, and halts.
node control
tolerance 500us
channel fast_bus
channel slow_bus
var torque : i16 = 5         # written by an application here
var temperature : i16 = 40   # written by an application here
message fast_report
message slow_report
counter fast_rounds
counter slow_rounds

    future 10ms, slow
    future 2ms, fast
    halt
fast:
    future 2ms, fast
    create torque -> fast_report
    send fast_bus, fast_report
    add_to_counter fast_rounds, 1
    halt
slow:
    future 10ms, slow
    create temperature -> slow_report
    send slow_bus, slow_report
    add_to_counter slow_rounds, 1
    halt
