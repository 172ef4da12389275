# A slave: waits for the sync frame, and sends 2 ms after it. Its clock has nothing to agree on with the master's.
node left_slave
tolerance 500us              # the slots are 2 ms apart
channel bus from 02:00:00:00:00:0a queue 1   # only the newest value counts
channel left = 1
var setpoint : u16           # received
var position : u16 = 11      # written by an application here
message report
counter missed_syncs

listen:
    sync slave 50ms from bus
    if status_test(sync_timeout) goto missed
    wait 2ms
    receive bus -> setpoint
    create position -> report
    send left, report
    goto listen
missed:
    add_to_counter missed_syncs, 1
    goto listen
