// A real hub for the tests: nats-server, `carehub up`, a fictional county, people who sign in.
import { spawn, execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'

const run = promisify(execFile)
export const PASSWORD = 'three random words'
const carehub = needed('CAREHUB_BIN')
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

function needed (name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run \`cargo xtask test --browser\``)
  return value
}

/** What a body asks of the hub's API, with the token of its agency. */
export class Hub {
  /** With `mailsInVain` it sends e-mail to a server that is not there. */
  static async start ({ mailsInVain = false } = {}) {
    const hub = new Hub()
    hub.dir = await mkdtemp(join(tmpdir(), 'carehub-browser-'))
    hub.more = []
    let http = '127.0.0.1:0'
    if (mailsInVain) {
      // A message names the hub's address, so that has to be known before.
      http = `127.0.0.1:${await freePort()}`
      hub.more = ['--public-url', `http://${http}`, '--smtp', `smtp-plain://127.0.0.1:${await freePort()}`, '--mail-from', 'carehub@hub.example.org', '--mail-gather', '1', '--mail-apart', '1']
    }
    await hub.up(http, '127.0.0.1:0')
    for (const agency of ['council-qa', 'council-safeguarding', 'cqc', 'police', 'ambulance']) {
      await hub.account(agency, agency, ['read', 'answer', 'match'])
    }
    await hub.account('council-safeguarding-2', 'council-safeguarding', ['read', 'answer'])
    await hub.account('reader', 'council-qa', ['read'])
    await hub.account('auditor', 'council-qa', ['read', 'audit'])
    for (const name of ['healthwatch', 'healthwatch-2']) await hub.account(name, 'healthwatch', ['read', 'break-glass'])
    return hub
  }

  async up (http, nats) {
    const args = ['up', '--data-dir', this.dir, '--http', http, '--nats', nats, '--json', ...this.more]
    this.process = spawn(carehub, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, RUST_LOG: 'error', CAREHUB_LOG: 'error' } })
    const ready = JSON.parse(await firstLine(this.process))
    Object.assign(this, { http: ready.http, nats: ready.nats, credentials: ready.credentials })
  }

  /** Stops the hub, does something meanwhile, and starts it again where it was. With SIGKILL its nats-server goes on
   * meanwhile, so that agencies can speak. */
  async restart (meanwhile, signal = 'SIGINT') {
    this.process.kill(signal)
    await new Promise((resolve) => this.process.once('exit', resolve))
    await meanwhile()
    await this.up(new URL(this.http).host, new URL(this.nats).host)
    await this.caughtUp()
  }

  async account (name, agency, rights) {
    const args = ['account', 'add', name, '--agency', agency, '--json', '--data-dir', this.dir]
    for (const right of rights) args.push('--right', right)
    const child = run(carehub, args)
    child.child.stdin.end(`${PASSWORD}\n`)
    await child
  }

  async simulate (...more) {
    await run(carehub, ['simulate', '--nats', this.nats, '--credentials', this.credentials, '--json', ...more], { maxBuffer: 1 << 26 })
    await this.caughtUp()
  }

  /** Where a person's e-mail goes. */
  async mail (name, address) {
    await run(carehub, ['account', 'mail', name, address, '--json', '--data-dir', this.dir])
  }

  /** An agency says something; returns when the hub has folded it and what it decided. */
  async say (agency, home, type, data) {
    const id = await this.publish(agency, home, type, data)
    await this.caughtUp()
    return id
  }

  /** The same without waiting for the hub, which need not run. */
  async publish (agency, home, type, data) {
    this.said = (this.said ?? 0) + 1
    const event = {
      specversion: '1.0', id: `browser-${this.said}`, source: `urn:carehub:${agency}`, type: `uk.carehub.${type}.v1`,
      time: new Date().toISOString(), subject: home, datacontenttype: 'application/json', data
    }
    const file = join(this.dir, `said-${this.said}.json`)
    await writeFile(file, JSON.stringify(event) + '\n')
    await run(carehub, ['publish', '--nats', this.nats, '--key', join(this.credentials, `${agency}.nk`), '--json', '--no-check', file])
    return event.id
  }

  /** Many events of one agency, in one file: each is `[home, type, data]`. The nth has the id `many-FIRST-nth`. */
  async sayAll (agency, events) {
    this.said = (this.said ?? 0) + 1
    const lines = events.map(([home, type, data], nth) => JSON.stringify({
      specversion: '1.0', id: `many-${this.said}-${nth}`, source: `urn:carehub:${agency}`, type: `uk.carehub.${type}`,
      time: new Date().toISOString(), subject: home, datacontenttype: 'application/json', data
    }))
    const file = join(this.dir, `many-${this.said}.ndjson`)
    await writeFile(file, lines.join('\n') + '\n')
    await run(carehub, ['publish', '--nats', this.nats, '--key', join(this.credentials, `${agency}.nk`), '--json', '--no-check', file], { maxBuffer: 1 << 26 })
    await this.caughtUp()
  }

  async caughtUp () {
    let still = 0
    await eventually(async () => {
      const token = (await readFile(join(this.credentials, 'metrics-token'), 'utf8')).trim()
      const answer = await fetch(`${this.http}/metrics`, { headers: { authorization: `Bearer ${token}` } })
      const figure = (text, name) => text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1]
      const text = answer.ok ? await answer.text() : ''
      const position = figure(text, 'carehub_position')
      const isStill = position && position === figure(text, 'carehub_log_last') && figure(text, 'carehub_outbox_waiting') === '0'
      still = isStill ? still + 1 : 0
      return still >= 5
    }, 'the hub catches up', 120_000)
  }

  /** Nothing of what these agencies said was turned away: a scene that is not there would let every test pass. */
  async allTaken (...agencies) {
    for (const agency of agencies) {
      const { items } = await this.api(agency, '/rejections')
      if (items.length > 0) throw new Error(`of ${agency}: ${JSON.stringify(items)}`)
    }
  }

  async api (agency, path) {
    const token = (await readFile(join(this.credentials, `${agency}.token`), 'utf8')).trim()
    const answer = await fetch(`${this.http}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  async stop () {
    this.process.kill('SIGINT')
    await new Promise((resolve) => this.process.once('exit', resolve))
    await rm(this.dir, { recursive: true, force: true })
  }
}

function firstLine (child) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('exit', (code) => reject(new Error(`carehub ended with ${code}`)))
    child.stdout.on('data', (data) => {
      text += data
      if (text.includes('\n')) resolve(text.split('\n')[0])
    })
  })
}

/** A port on which nothing listens. */
function freePort () {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

export async function eventually (isSo, what, within = 15_000) {
  const until = Date.now() + within
  while (Date.now() < until) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`not within ${within} ms: ${what}`)
}

export async function browser () {
  return chromium.launch({
    executablePath: needed('CHROMIUM'),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  })
}

/** A page of somebody who has signed in. What the page says on its console as an error fails the test. */
export async function signedIn (on, hub, name, options = {}) {
  const context = await on.newContext({ locale: 'en-GB', timezoneId: 'Europe/London', ...options })
  const page = await context.newPage()
  page.errors = []
  page.on('pageerror', (error) => page.errors.push(String(error)))
  page.on('console', (line) => { if (line.type() === 'error' && !/status of 4\d\d/.test(line.text())) page.errors.push(line.text()) })
  // Nothing is fetched from anywhere else.
  page.on('request', (request) => { if (!request.url().startsWith(hub.http) && !request.url().startsWith('data:')) page.errors.push(`fetched ${request.url()}`) })
  await page.goto(`${hub.http}/sign-in`)
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1 }).waitFor()
  return page
}

/** Every rule of WCAG 2.2 AA that axe can judge, and its good practice. Runs in the page's own world, where the
 * page's policy lets no script in: playwright evaluates beside it. */
export async function violations (page) {
  await page.evaluate(AXE)
  const found = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    // eslint-disable-next-line no-undef
    const result = await axe.run(document, { runOnly: { type: 'tag', values: tags } })
    return result.violations.map((one) => ({ id: one.id, help: one.help, nodes: one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)) }))
  })
  return found
}

/** Opens everything that can be opened. */
export function openAll (page) {
  return page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true }))
}

/** How far the page reaches beyond its own width. */
export function sideways (page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

/** Walks through a page with the Tab key alone: what it does not reach, and where it cannot be seen that one is there.
 * What is meant for a pointer only says so with `tabindex="-1"`, and stands elsewhere on the page for everybody. */
export async function walked (page) {
  const unseen = []
  for (let presses = 0; presses < 600; presses++) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(() => {
      const one = document.activeElement
      if (!one || one === document.body) return null
      // A date, a month and a time are entered in parts: the Tab key stays with them. Any other that was reached before is the first.
      if (one.dataset.reached) return ['date', 'month', 'time'].includes(one.type) ? { html: '', seen: true } : null
      const style = window.getComputedStyle(one)
      const box = one.getBoundingClientRect()
      const shown = one.matches('.govuk-radios__input, .govuk-checkboxes__input') ? window.getComputedStyle(one.nextElementSibling, '::before') : style
      const inside = one.matches('svg a') ? window.getComputedStyle(one.querySelector('path')) : shown
      one.dataset.reached = 'yes'
      const seen = shown.boxShadow !== 'none' || shown.outlineStyle !== 'none' || inside.filter !== 'none'
      return { html: one.outerHTML.slice(0, 120), seen: seen && box.width > 0 }
    })
    if (at === null) break
    if (!at.seen && !at.html.includes('govuk-skip-link')) unseen.push(at.html)
  }
  const missed = await page.evaluate(() => {
    const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    // Of radio buttons of one name, the arrow keys choose.
    const arrowed = (one) => one.type === 'radio' && document.querySelector(`input[type=radio][name="${one.name}"][data-reached]`)
    return all.filter((one) => one.checkVisibility() && one.tabIndex >= 0 && !one.disabled && one.dataset.reached !== 'yes' && !arrowed(one)).map((one) => one.outerHTML.slice(0, 120))
  })
  return { missed, unseen }
}
