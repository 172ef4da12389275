# Owns a slot every 10 ms, and uses it only while the temperature is above the limit.
node sensor
tolerance 1ms
channel bus
var temperature : i16 = 20   # written by an application here
var limit : i16 = 80         # written by an application here
message alarm
counter skipped

round:
    if not greater(temperature, limit) goto quiet
    create temperature -> alarm
    send bus, alarm
    wait 10ms, round
quiet:
    add_to_counter skipped, 1
    wait 10ms, round
