channel bus
round:
    sync master bus
    wait 1ms, round
