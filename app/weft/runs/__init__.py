"""What happened: runs recorded as logs of events, folded into states, started and watched through one door.

service   RunService: start, watch, cancel; the one door for browser, HTTP and command line
state     RunState: events folded
store     RunStore: the protocol; `memory` and `sqlite` keep it
driving   runs while they go on
earlier   what a run takes from those before it
reading   what recorded runs tell
"""
