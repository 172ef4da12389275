start:
    future 1ms, start
    future 100ms, start
    halt
