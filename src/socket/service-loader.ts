// Loads the tables of services when somebody first asks for one by name: a bundler leaves them out of what is loaded at once.

type ServiceIndex = typeof import('./service-index.ts')

/** The tables' module. Loaded once; from then on it is there without a turn of the event loop. */
export async function loadServices(): Promise<Pick<ServiceIndex, 'findService' | 'findPort'>> {
  return import('./service-index.ts')
}
