"""What experiments save: one file a session, one row an answer, the same columns in every program.

A file is called PARTICIPANT_BEGIN.csv. Its columns are `FILE_COLUMNS`: those of `gazesim.responses`, and

    set_sha256           of the displays, `gazesim.runs.record.trials_digest` of the stimulus set
    program              "jspsych" or "psychopy"
    practice             true before the experiment began
    elapsed_ms           when the display came on, by a clock that cannot be set
    clock                the same by the clock of the computer, ISO 8601
    longest_frame_ms     the longest time between two pictures of the screen while the display was shown
    screen_px_per_degree pixels of the screen in a degree of visual angle
"""

from gazesim.responses import COLUMNS

FILE_COLUMNS = (
    *("set_sha256", "program", "observer", "session", "practice"),
    *(name for name in COLUMNS if name not in ("observer", "session")),
    *("elapsed_ms", "clock", "longest_frame_ms", "screen_px_per_degree"),
)
FIXATIONS = "_fixations"  # what the name of the file with a session's fixations ends in
