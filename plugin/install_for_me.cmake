# Where Wireshark looks for a user's own plugins.  -D MODULE=.../bits.so -D MINOR=4.0
set(folder $ENV{HOME}/.local/lib/wireshark/plugins/${MINOR}/epan)
file(COPY ${MODULE} DESTINATION ${folder})
message(STATUS "installed ${folder}/bits.so")
