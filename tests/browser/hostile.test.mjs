// What agencies write, as hostile as the contract takes it, in a real browser: nothing runs, nothing breaks the page.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Hub, browser, eventually, openAll, sideways, signedIn } from './hub.mjs'
import { day, escalation } from './scene.mjs'

const PLACE = 'HX-1'

/** Ends what a page may have begun, turns the direction of writing, and says so if any of it runs. */
const TEXT = '</textarea></title>\u202egnp.exe<script>window.ran = 1</script><img src=x onerror="window.ran = 1">" autofocus onfocus="window.ran = 1'

/** As long as a field takes, without a place at which a line may end. */
const hostile = (length) => (TEXT + 'W'.repeat(length)).slice(0, length)

let hub, chrome, open, asked
before(async () => {
  hub = await Hub.start()
  const [name, long] = [hostile(200), hostile(4_000)]
  await hub.say('cqc', PLACE, 'home.registered', {
    name, provider: { id: 'hx-p', name }, brand: { id: 'hx-b', name }, beds: 32, area: hostile(64), postcode: 'NR26 8AA', address: name
  })
  await hub.sayAll('adult-social-care', [150, 120, 90, 60, 30, 1].map((ago) => [PLACE, 'concern.raised.v1', {
    kind: 'safeguarding-referral', occurred_at: day(ago), severity: 'medium', summary: long, indicators: ['basic-care-and-environment']
  }]))
  open = await escalation(hub, 'council-safeguarding', PLACE, 'referrals-6m')
  const action = { escalation: open, action: 'visit-1' }
  for (const [agency, type, data] of [
    ['council-safeguarding', 'escalation.acknowledged', { escalation: open, note: long }],
    ['council-safeguarding', 'escalation.discussed', { escalation: open, took_part: ['council-qa'], note: long }],
    ['council-safeguarding', 'escalation.decided', { escalation: open, decision: 'monitoring-visit', rationale: long }],
    ['council-safeguarding', 'escalation.action-assigned', { ...action, owner: 'council-qa', summary: long, measure: 'visit-made', due: day(0) }],
    ['council-qa', 'escalation.action-progressed', { ...action, note: long, rating: 'amber', reason: long }],
    ['council-safeguarding', 'process.started', { escalation: open, chair: 'council-safeguarding', coordinator: 'council-qa', reason: long }],
    ['commissioning', 'placements.suspended', { reason: long, police_consulted_on: day(1), safeguarding_consulted_on: day(1), police_agree_to_hear_provider: false, review_on: day(-7) }],
    ['council-qa', 'meeting.recorded', { meeting: 'care-governance', meeting_ref: 'board 1', held_on: day(10), chair_role: 'council-qa', attended: ['council-qa'], note: long }],
    ['cqc', 'concern.raised', { kind: 'provider-response', occurred_at: day(1), severity: 'low', summary: long }],
    ['police', 'escalation.requested', { level: 'major', responsible: ['council-safeguarding'], reason: long }]
  ]) await hub.say(agency, PLACE, type, data)
  await hub.say('ambulance', 'unmatched', 'concern.raised', {
    kind: 'soft-intelligence', occurred_at: day(0), severity: 'low', summary: long, place: { postcode: 'NR26 8AA', address: name }
  })
  await hub.allTaken('cqc', 'adult-social-care', 'council-safeguarding', 'council-qa', 'commissioning', 'police', 'ambulance')
  const { items } = await hub.api('council-safeguarding', `/escalations?home=${PLACE}&state=raised`)
  asked = items.find((one) => one.level === 'major').id
  chrome = await browser()
})
after(async () => {
  await chrome?.close()
  await hub?.stop()
})

/** A page that keeps what runs or would have run in it. */
async function watched () {
  const page = await signedIn(chrome, hub, 'council-safeguarding')
  page.dialogs = []
  page.on('dialog', (dialog) => { page.dialogs.push(dialog.message()); return dialog.dismiss() })
  await page.addInitScript(() => {
    window.violated = []
    document.addEventListener('securitypolicyviolation', (event) => window.violated.push(`${event.violatedDirective} ${event.sample}`))
  })
  return page
}

/** Nothing ran, was kept from running by the page's policy alone, or stands there as markup. */
async function harmless (page, what) {
  const found = await page.evaluate(() => ({
    ran: window.ran ?? null, violated: window.violated, scripts: document.scripts.length, images: document.images.length,
    handlers: document.querySelectorAll('[onerror], [onfocus], [autofocus]').length
  }))
  assert.deepEqual(found, { ran: null, violated: [], scripts: 1, images: 0, handlers: 0 }, what)
  assert.deepEqual([page.dialogs, page.errors.splice(0)], [[], []], what)
}

/** Texts that turn the direction of writing and are not kept apart from what stands behind them in the same line. */
function loose (page) {
  return page.evaluate(() => {
    const found = []
    const texts = document.createTreeWalker(document.body, window.NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const text = texts.currentNode
      let at = text.parentElement
      if (!text.data.includes('\u202e') || !at.checkVisibility() || at.closest('svg')) continue
      const style = (one) => window.getComputedStyle(one)
      const isKept = (one) => /isolate|plaintext/.test(style(one).unicodeBidi)
      const isInline = (one) => style(one).display === 'inline'
      while (isInline(at) && !isKept(at)) at = at.parentElement
      const rest = at.textContent.slice(at.textContent.lastIndexOf(text.data) + text.data.length)
      // A block holds its own text apart from other blocks, and not from what stands behind it in the same line.
      if (!isInline(at) && rest.trim()) found.push(`${at.outerHTML.slice(0, 80)} ${text.data.slice(0, 30)}`)
    }
    return found
  })
}

test('what would run is seen to run where nothing holds it', async () => {
  const page = await (await chrome.newContext()).newPage()
  await page.setContent(`<p>${TEXT}</p>`)
  await page.waitForFunction(() => window.ran === 1)
  assert.notEqual(await page.evaluate(() => document.querySelectorAll('[onerror]').length), 0)
  await page.setContent(`<p>${'W'.repeat(4_000)}</p>`)
  assert.ok(await sideways(page) > 0)
  await page.setContent('<p>Said by <span>\u202egnp.exe</span> and more</p>')
  assert.equal((await loose(page)).length, 1)
  await page.setContent('<p>Said by <bdi>\u202egnp.exe</bdi> and more</p>')
  assert.deepEqual(await loose(page), [])
  await page.context().close()
})

test('nothing that an agency writes runs, breaks a page or turns its words', async (t) => {
  const page = await watched()
  for (const path of [
    '/', '/homes', '/homes?q=onerror', `/homes/${PLACE}`, `/homes/${PLACE}/raise`, '/escalations', `/escalations/${open}`, `/escalations/${asked}`,
    '/providers/hx-p', '/brands/hx-b', '/map', '/placements', '/unmatched', `/reports/chronology?home=${PLACE}`, '/reports/meeting-pack',
    '/reports/actions', `/reports/minutes?from=${day(60)}&until=${day(-1)}`
  ]) {
    await t.test(path, async () => {
      for (const width of [1280, 320]) {
        await page.setViewportSize({ width, height: 800 })
        const answer = await page.goto(`${hub.http}${path}`)
        assert.equal(answer.status(), 200)
        await openAll(page)
        // The map has names in what a pointer and a screen reader are told.
        if (path !== '/map') assert.match(await page.locator('main').textContent(), /onerror="window\.ran = 1"/, 'the words are there, as words')
        await harmless(page, `${width}`)
        assert.equal(await sideways(page), 0, `it reaches beyond the side at ${width}`)
        assert.deepEqual(await loose(page), [])
        assert.equal(page.url(), `${hub.http}${path}`)
      }
    })
  }
  await page.context().close()
})

test('nothing runs that comes while a page is open, or comes back in a form', async () => {
  const page = await watched()
  await page.goto(`${hub.http}/homes/${PLACE}`)
  const entries = page.locator('#entries .moj-timeline__item')
  const first = await entries.first().textContent()
  await hub.say('police', PLACE, 'concern.raised', { kind: 'police-incident', occurred_at: day(0), severity: 'low', summary: hostile(3_000) })
  await eventually(async () => (await entries.first().textContent()) !== first, 'the new entry is shown')
  await harmless(page, 'as it comes')
  assert.equal(await sideways(page), 0)
  await page.goto(`${hub.http}/homes/${PLACE}/raise`)
  await page.getByLabel('Why do you raise it?').fill(hostile(4_000))
  await page.getByRole('button', { name: 'Raise the escalation' }).click()
  await page.getByRole('heading', { name: 'There is a problem' }).waitFor()
  assert.equal(await page.getByLabel('Why do you raise it?').inputValue(), hostile(4_000))
  await harmless(page, 'in the form')
  await page.setViewportSize({ width: 320, height: 800 })
  assert.equal(await sideways(page), 0)
  await page.context().close()
})
