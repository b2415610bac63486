// Loads the tables of services when somebody first asks for one by name: a bundler leaves them out of what is loaded at once.

type ServiceIndex = typeof import('./service-index.ts')

let tables: ServiceIndex | undefined

/**
 * The tables' module. Once it's loaded, it is there without a turn of the event loop: a task of a World waits for it unseen.
 * import() itself may take turns every time, for a loader's hooks can be in another thread.
 */
export async function loadServices(): Promise<Pick<ServiceIndex, 'findService' | 'findPort'>> {
  tables ??= await import('./service-index.ts')
  return tables
}
