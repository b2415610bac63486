// Gives Node the source of one module from memory: a module's hooks for example.mjs.

let program

/** @param given `{ url, code }` of the module */
export function initialize(given) {
  program = given
}

export function load(url, context, next) {
  return url === program.url ? { format: 'module', source: program.code, shortCircuit: true } : next(url, context)
}
