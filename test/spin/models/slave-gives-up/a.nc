channel bus
counter c
round:
    sync master bus
    add_to_counter c, 1
    if test_count(c, 3) goto done
    wait 1ms, round
done:
    end_of_program
