// What the contract imports from `vitest`, made of Vitest's own parts that need no Node: where the suite is bundled for
// another runtime, that name leads here. The assertions and the runner are the same, so that the suite's meaning is.

import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  type ExpectStatic,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'
import { describe as runnersDescribe, test as runnersTest, type SuiteAPI, type TestAPI } from '@vitest/runner'

export const describe: SuiteAPI = runnersDescribe
export const test: TestAPI = runnersTest

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

export const expect: ExpectStatic = Object.assign(
  (value: unknown, message?: string) => chai.expect(value, message),
  chai.expect,
) as unknown as ExpectStatic
Object.assign(expect, Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT))
// Where matchers look for the assertion count of the test that runs.
Reflect.set(globalThis, GLOBAL_EXPECT, expect)
setState({ assertionCalls: 0 }, expect)
expect.getState = () => getState(expect)
