// When work counts as what its workers die of. A worker holds a lot at a time, and most of them die of something else.

/** After so many deaths while it was held, it is worked on by a worker that holds nothing else: what is innocent gets done beside others. */
export const SUSPICIOUS = 3
export const isSuspicious = ({ deaths }: { readonly deaths: number }): boolean => deaths >= SUSPICIOUS

/** After so many without progress it is given up. More than a bad day of a cluster brings; a fast killer is through them in minutes. */
export const MOST_DEATHS = 20

export const WORKER_DIED = 'WORKER_DIED'

/** `what`: "they listed it". */
export const diedMessage = (what: string): string => `Workers died ${MOST_DEATHS} times while ${what}.`
