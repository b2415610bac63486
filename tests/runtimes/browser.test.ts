// The contract in Chromium: our own TCP/IP in real time and in a World. A page has no operating system's network.

import { chromium } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { needs, which } from '../support/require.ts'
import { bundleSuite } from './bundle.ts'
import { cellOf, expectReport, type Suite, verdict } from './expecting.ts'
import { readReport } from './results.ts'

const on = needs('chromium')

describe.skipIf(on.skip)(on.title('Chromium'), () => {
  test.concurrent.each<Suite>(['stack', 'stack-pipe', 'world'])('keeps the contract: %s', async (suite) => {
    const code = await bundleSuite(suite, 'browser')
    const browser = await chromium.launch({ executablePath: which('chromium') as string, args: ['--no-sandbox'] })
    try {
      const page = await browser.newPage()
      const lines: string[] = []
      const ended = new Promise<void>((resolve, reject) => {
        page.on('console', (message) => {
          lines.push(message.text())
          if (readReport(message.text()).end !== undefined) resolve()
        })
        page.on('pageerror', reject)
        page.on('crash', () => reject(new Error('the page has crashed')))
      })
      await page.addScriptTag({ content: code, type: 'module' })
      await ended
      const report = readReport(lines.join('\n'))
      expectReport(report, new Set())
      expect(cellOf('Chromium', suite), 'docs/runtimes.md').toBe(verdict(report))
    } finally {
      await browser.close()
    }
  })
})
