"""Which job runs next, where, with how many threads, and when it will be done: pure objects, time is passed in."""
