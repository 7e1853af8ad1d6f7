/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The page of sweeps in a real browser: what it draws, what a stranger's names can do there, and whether it can be used without a mouse.
import assert from 'node:assert/strict'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { type PageServer, startPage } from '../../src/sweep/page/server.js'
import type { Database } from '../../src/sweep/store/database.js'
import { fillHostile, HOSTILE } from '../fixtures/hostile-store.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { fillSmall, fp } from '../fixtures/reading-checks.js'
import { systemProgram } from './programs.js'

const PATHS = [
  '',
  'findings',
  'findings?q=reg&severity=low&acknowledged=1',
  'layers',
  'teams',
  'repositories',
  'rules',
  'sweeps',
  `secret?fingerprint=${fp('leak')}`,
]
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Runs in the page: every text whose colour is too close to what is behind it (WCAG 2.2, 1.4.3), as "text: ratio". */
function weakTexts(): string[] {
  const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (color: string): number => {
    const [r = 0, g = 0, b = 0] = channels(color).map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element: Element | null): string => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor
      if ((channels(color)[3] ?? 1) > 0) return color
    }
    return getComputedStyle(document.documentElement).backgroundColor
  }
  const weak: string[] = []
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes]
      .filter((node) => node.nodeType === 3)
      .map((node) => node.textContent?.trim())
      .join('')
    if (text === '' || element.closest('svg') !== null) continue
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))]
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (ratio < 4.5) weak.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`)
  }
  return weak
}

/** Runs in the page: what a screen reader would miss. */
function structureFaults(): string[] {
  const faults: string[] = []
  const count = (selector: string) => document.querySelectorAll(selector).length
  for (const [selector, amount] of [
    ['h1', 1],
    ['main', 1],
    ['body > header', 1],
    ['body > footer', 1],
  ] as const)
    if (count(selector) !== amount) faults.push(`${count(selector)} of ${selector}`)
  if (document.documentElement.lang !== 'en') faults.push('no language')
  if (document.title === '') faults.push('no title')
  let level = 0
  for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
    const next = Number(heading.tagName[1])
    if (next > level + 1) faults.push(`h${level} is followed by h${next}`)
    level = next
  }
  const names = new Set<string>()
  for (const nav of document.querySelectorAll('nav')) names.add(nav.getAttribute('aria-label') ?? '')
  if (names.size !== count('nav') || names.has('')) faults.push('navigations without a name of their own')
  for (const field of document.querySelectorAll<HTMLInputElement>('input:not([type=hidden]), select'))
    if ((field.labels?.length ?? 0) === 0) faults.push(`no label: ${field.name}`)
  for (const image of document.querySelectorAll('svg')) {
    const label = document.getElementById(image.getAttribute('aria-labelledby') ?? '')
    if (image.getAttribute('role') !== 'img' || (label?.textContent ?? '').length < 20)
      faults.push('a chart that says nothing')
  }
  for (const table of document.querySelectorAll('table'))
    if (table.caption === null || table.querySelector('tbody th[scope=row]') === null)
      faults.push('a table without caption or row headers')
  for (const link of document.querySelectorAll('a'))
    if ((link.textContent ?? '').trim() === '') faults.push('a link without text')
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  if (new Set(ids).size !== ids.length) faults.push('an id twice')
  return faults
}

describe('the page of sweeps in Chromium', function () {
  this.timeout(180_000)
  let database: Database
  let server: PageServer
  let browser: Browser
  const troubles: string[] = []

  before(async () => {
    database = await memoryStore()
    const onError = (error: unknown) => troubles.push(String(error))
    const titles = new Map([['npm-token', { title: 'npm access token' }]])
    server = await startPage({ database, titles, version: '1', port: 0, allowedHosts: [], onError })
    browser = await chromium.launch({ executablePath: systemProgram('chromium'), args: ARGUMENTS })
  })
  after(async () => {
    await browser?.close()
    await server?.close()
    await database?.close()
  })
  afterEach(() => assert.deepEqual(troubles.splice(0), []))

  const fill = async (rows: (database: Database) => Promise<void>): Promise<void> => {
    await database.script(
      'TRUNCATE sweep, repository, image, finding, secret, acknowledgement RESTART IDENTITY CASCADE',
    )
    await rows(database)
  }
  /** Whatever the browser complains of, and every request that is not for this server, is trouble. */
  const visit = async (options: BrowserContextOptions, work: (page: Page) => Promise<void>): Promise<void> => {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    page.on('console', (message) => troubles.push(`console: ${message.text()}`))
    page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
    page.on('dialog', (dialog) => {
      troubles.push('a dialog')
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url)) troubles.push(`request: ${request.url()}`)
    })
    try {
      await work(page)
      assert.deepEqual(await context.cookies(), [])
    } finally {
      await context.close()
    }
  }

  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [400, 1600])
      it(`can be read at ${width} pixels, ${colorScheme}: contrast, headings, labels, nothing cut off`, async () => {
        await fill(fillSmall)
        await visit({ colorScheme, viewport: { width, height: 900 } }, async (page) => {
          for (const path of PATHS) {
            await page.goto(`${server.url}${path}`)
            assert.deepEqual(await page.evaluate(weakTexts), [], path)
            assert.deepEqual(await page.evaluate(structureFaults), [], path)
            assert.ok(
              await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
              `${path} is too wide`,
            )
          }
          const dark = await page.evaluate(
            () => Number(getComputedStyle(document.documentElement).backgroundColor.match(/\d+/)?.[0]) < 128,
          )
          assert.equal(dark, colorScheme === 'dark')
        })
      })

  it('can be used without a mouse: skip link, sections, search, a finding, back', async () => {
    await fill(fillSmall)
    await visit({ viewport: { width: 1000, height: 800 } }, async (page) => {
      const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
      await page.goto(server.url)
      await page.keyboard.press('Tab')
      assert.equal(await focused(), 'Skip to the content')
      assert.ok(
        await page.evaluate(() => (document.activeElement?.getBoundingClientRect().left ?? -1) >= 0),
        'it can be seen',
      )
      for (let presses = 0; presses < 10 && (await focused()) !== 'Findings'; presses++)
        await page.keyboard.press('Tab')
      assert.notEqual(
        await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle),
        'none',
      )
      await page.keyboard.press('Enter')
      await page.waitForURL('**/findings')
      await page.getByLabel('Text in a place').focus()
      await page.keyboard.type('npmrc')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/findings?q=npmrc*')
      await page.getByRole('link', { name: 'npm access token' }).focus()
      await page.keyboard.press('Enter')
      await page.waitForURL('**/secret?*')
      assert.match((await page.textContent('main')) ?? '', /In 2 images of 2 repositories/)
      await page.goBack()
      assert.equal(await page.getByLabel('Text in a place').inputValue(), 'npmrc')
    })
  })

  it('draws what each sweep found, and says it to a pointer', async () => {
    await fill(fillSmall)
    await visit({ viewport: { width: 1000, height: 800 } }, async (page) => {
      await page.goto(server.url)
      const titles = await page.locator('svg title').allTextContents()
      assert.ok(titles.includes('Sweep 1, 2026-01-01: 3') && titles.includes('Sweep 2, 2026-01-02: 2'), titles.join())
      const heights = await page
        .locator('svg .column')
        .evaluateAll((columns) => columns.map((column) => column.getBoundingClientRect().height))
      const [first = 0, second = 0] = heights
      assert.equal(heights.length, 2)
      assert.ok(Math.abs(first / second - 3 / 2) < 0.05, `${first} and ${second} for 3 and 2`)
    })
  })

  it('runs nothing that a stranger wrote, and shows it', async () => {
    await fill(fillHostile)
    await visit({ viewport: { width: 400, height: 800 } }, async (page) => {
      const hostile = encodeURIComponent(HOSTILE)
      const paths = [
        ...PATHS.slice(0, -1),
        `findings?q=${hostile}&rule=${hostile}&repository=${hostile}`,
        `secret?fingerprint=v1:${hostile}`,
      ]
      for (const path of paths) {
        await page.goto(`${server.url}${path}`)
        assert.match(await page.title(), / · secretscan$/, path)
        assert.equal(await page.locator('script, img, iframe, object, style').count(), 0, path)
        assert.equal(
          await page.evaluate(
            () =>
              [...document.querySelectorAll('*')].filter((element) =>
                [...element.attributes].some(({ name }) => name.startsWith('on') || name === 'style'),
              ).length,
          ),
          0,
          path,
        )
        assert.ok(
          await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
          `${path} is too wide`,
        )
      }
      assert.match((await page.textContent('main')) ?? '', /<script>document\.title="owned"<\/script>/)
    })
  })

  it('would run nothing even if it were written into a page', async () => {
    await fill(fillSmall)
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(server.url)
    await page
      .evaluate(() => {
        const script = document.createElement('script')
        script.textContent = 'document.title = "owned"'
        const image = document.createElement('img')
        image.src = 'https://attacker.example/pixel'
        document.body.append(script, image)
      })
      .catch(() => {})
    assert.doesNotMatch(await page.title(), /owned/)
    await context.close()
  })
})
