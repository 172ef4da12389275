# Closed until it ends.
node ends
mode hard
wait 2s
end_of_program
