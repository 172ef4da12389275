# A slave: waits for the sync frame, and sends 4 ms after it. Its clock has nothing to agree on with the master's.
node right_slave
tolerance 500us              # the slots are 2 ms apart
channel bus from 02:00:00:00:00:0a queue 1   # only the newest value counts
channel right = 2
var setpoint : u16           # received
var position : u16 = 22      # written by an application here
message report
counter missed_syncs

listen:
    sync slave 50ms from bus
    if status_test(sync_timeout) goto missed
    wait 4ms
    receive bus -> setpoint
    create position -> report
    send right, report
    goto listen
missed:
    add_to_counter missed_syncs, 1
    goto listen
