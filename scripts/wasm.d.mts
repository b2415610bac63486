/** The module that sum.wat makes, as TypeScript. */
export function assembled(): Promise<string>
