start:
    wait 1ms, next
next:
    halt
