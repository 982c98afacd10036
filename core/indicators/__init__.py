"""Indicators of use (pakalpojumu izmantošanas rādītāji): how often each service was used, by whom, how it ended, how long it took.

service_call  →  counting    one pass over the log, a month at a time, into rows of calls and histograms of their durations
call_writer,
call_hour     →  coverage    in which hours the log is complete
                 keeping     what was counted is kept: a running year is provisional, a past one frozen, a correction a revision
                 shown       the figures that are kept, by whatever they are asked for (statements); nothing is counted on the way
"""
