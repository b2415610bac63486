// One trick of V8, in one place. A field that so far held only small integers is stored as one; the first value past
// 2^31 changes the class's layout and throws away all code compiled for it, in the middle of the transfer that
// got there. So before first use a throwaway record gets 2^40 in each such field, and every later record has
// doubles there from the start (architecture.md, rule 6).

/** Writes 2^40 into the named fields (all that are numbers, if none is named) of `throwaway`, which is then dropped. */
export function makeDoubles<T extends object>(throwaway: T, fields: readonly (keyof T)[] = numbersOf(throwaway)): void {
  for (const field of fields) (throwaway as Record<keyof T, unknown>)[field] = 1_099_511_627_776
}

function numbersOf<T extends object>(record: T): (keyof T)[] {
  return (Object.keys(record) as (keyof T)[]).filter((field) => typeof record[field] === 'number')
}
