// The situations in which rules are put to the test, by the names under which they are counted: of a rule with several clauses,
// one for each that a history may or may not come to.

/** Each of them must come about. */
export const SITUATIONS: readonly string[] = [
  ...['I1', 'I2', 'I3', 'I4', 'I4 over', 'I4 unknown', 'I5', 'I7', 'I8', 'I10', 'I11', 'I12', 'I13'],
  ...['S1 idle', 'S1 room'],
  ...['S2', 'S2 derived', 'S3', 'S4 body', 'S4 cause', 'S4 draining', 'S5', 'S5 deadline', 'S5 urgent'],
  ...[
    'S6 forced',
    'S6 abandoned',
    'S6 dropped',
    'S6 blocked',
    'S6 alone',

    'S6 nothing new',
    'S6 silent',
    'S6 second',
    'S6 late',
  ],
  ...['S7 cooperative', 'S7 forced', 'S7 abandoned', 'S7 never-started'],
  ...[
    'S8 runMs',
    'S8 queuedMs',
    'S8 deadlineMs',
    'S8 tried again',
    'S8 final',
    'S8 abort wins',
    'S8 abort between',
    'S9',
  ],
  ...['S10', 'S10 at once', 'S10 blocked', 'S11'],
  ...[
    'S12',
    'S12 said',
    'S12 said late',
    'S13',
    'S13 passed on',
    'S14',
    'S14 protected',
    'S14 ahead',
    'S14 ended',
    'S14 in time',
    'S15',
  ],
  ...['S16 parent', 'S16 root', 'S16 cancel', 'S16 signal', 'S16 timeout', 'S16 shutdown', 'S16 external'],
  ...[
    'S17',
    'S18',
    'S18 bound',
    'S19',
    'S19 heard',
    'S19 unheard',
    'S19 root',
    'S20',
    'S20 none',
    'S20 all failed',
    'S20 map stopped',
  ],
  ...['S21 exited', 'S21 killed-for-neighbour', 'S21 failed-to-start', 'S21 crashed'],
  ...['S22', 'S22 aborted before', 'S22 name', 'S22 refused', 'S22 shorter drain', 'S23 agree', 'S24'],
  ...['S25', 'S25 order', 'S25 shares', 'S26', 'S26 uncloneable', 'S26 unreadable', 'S27'],
  ...['S28 self', 'S28 other', 'S28 unknown', 'S28 uncounted', 'S29', 'S29 cut'],
  ...['X1', 'X2', 'X2 inside', 'X3', 'X3 inside', 'X4', 'X4 inside', 'X5', 'X6', 'X6 inside'],
  ...['resource held', 'warm'],
]

/** And those of histories with other machines. */
export const FAR_SITUATIONS: readonly string[] = [
  ...['far', 'S21 host-lost', 'S21 host-drained', 'D12 again', 'D26 cut', 'D26 frozen', 'D26 in time', 'D27'],
  ...['D27 dies', 'D27 ended', 'D27 undisturbed', 'D27 again'],
  ...['D29', 'crashed', 'reconnected', 'forgotten'],
  ...['on here', 'on anywhere', 'on anywhere far', 'on cluster far', 'on label far', 'on refused', 'I10 far'],
]
