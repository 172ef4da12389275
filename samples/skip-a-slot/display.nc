# Looks 5 ms after the sensor's slot; an empty queue means that the slot was skipped.
node display
tolerance 1ms
channel bus from 02:00:00:00:00:0a queue 1   # only the newest value counts
var hottest : i16            # received
counter alarms
counter quiet_rounds

round:
    wait 5ms
    if channel_rcv_buf_empty(bus) goto quiet
    receive bus -> hottest
    add_to_counter alarms, 1
    wait 5ms, round
quiet:
    add_to_counter quiet_rounds, 1
    wait 5ms, round
