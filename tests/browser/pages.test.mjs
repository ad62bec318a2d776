// Every page in each state that can be reached: axe-core, 320 pixels, the keyboard.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { browser, eventually, openAll, sideways, signedIn, violations, walked } from './hub.mjs'
import { EMPTY, HOME, correct, county, day, escalation, referral, underWay, unmatched } from './scene.mjs'

let hub, chrome, open, closed
before(async () => {
  hub = await county(true, { mailsInVain: true })
  await unmatched(hub, 'Marram Lodge, Beach Road')
  // One that the hub does not take, so that somebody has something to correct; and one whose text is withheld.
  await hub.say('ambulance', HOME, 'concern.raised', { kind: 'gossip', occurred_at: day(0), severity: 'low' })
  await hub.say('ambulance', HOME, 'concern.raised', { kind: 'complaint', occurred_at: day(0), severity: 'low', summary: 'Ring 01603 123456.' })
  await referral(hub, HOME)
  open = await escalation(hub, 'council-safeguarding', HOME, 'referrals-6m')
  // Whoever was told of one hears that it was corrected.
  await correct(hub, HOME, await referral(hub, HOME))
  await underWay(hub, HOME, open)
  chrome = await browser()
  await followsEverything('council-qa')
})
after(async () => {
  await chrome?.close()
  await hub?.stop()
})

/** Somebody follows a home, a provider, an area and a level, and something new comes of which no message reaches them. */
async function followsEverything (name) {
  await hub.mail(name, 'officer@hub.example.org')
  const page = await signedIn(chrome, hub, name)
  for (const [path, button] of [[`/homes/${HOME}`, 'Follow this home'], ['/providers/br-p', 'Follow this provider'], ['/following', 'Follow the area'], ['/following', 'Follow the level']]) {
    await page.goto(`${hub.http}${path}`)
    await page.getByRole('button', { name: button }).click()
    await page.getByText('You follow it from now on.').waitFor()
  }
  await referral(hub, HOME, 1)
  await eventually(async () => {
    await page.goto(`${hub.http}/following`)
    return (await page.locator('.govuk-tag', { hasText: 'Failed' }).count()) > 0
  }, 'a message fails', 60_000)
  await page.context().close()
}

/** Each page that there is, by what it shows. */
function pages () {
  return {
    'work': ['council-safeguarding', '/'],
    'work, nothing asked': ['ambulance', '/'],
    'homes': ['council-qa', '/homes'],
    'homes, none fits': ['council-qa', '/homes?q=zzzz'],
    'homes at a raised level': ['council-qa', '/homes?level=raised'],
    'home': ['council-safeguarding', `/homes/${HOME}`],
    'home, empty': ['council-qa', `/homes/${EMPTY}`],
    'home, a long name': ['council-qa', '/homes/BR-3'],
    'home, for whoever may only read': ['reader', `/homes/${HOME}`],
    'home, no entry fits': ['council-qa', `/homes/${HOME}?from=2001-01-01&until=2001-01-02`],
    'escalations': ['council-safeguarding', '/escalations'],
    'escalations, none': ['ambulance', '/escalations?state=closed'],
    'escalation': ['council-safeguarding', `/escalations/${open}`],
    'escalation, not to be answered': ['reader', `/escalations/${open}`],
    'raise': ['council-qa', `/homes/${HOME}/raise`],
    'say': ['council-qa', `/homes/${HOME}/say`],
    'say, a concern': ['council-qa', `/homes/${HOME}/say/concern.raised?kind=complaint`],
    'say, a meeting': ['council-qa', `/homes/${HOME}/say/meeting.planned`],
    'account': ['council-qa', '/account'],
    'not found': ['council-qa', '/homes/none'],
    'a wrong filter': ['council-qa', '/homes?level=grave'],
    'not allowed': ['reader', `/homes/${HOME}/raise`],
    'unmatched': ['council-qa', '/unmatched'],
    'unmatched, for whoever may only read': ['reader', '/unmatched'],
    'returned': ['ambulance', '/returned'],
    'returned, none': ['reader', '/returned'],
    'feedback to us': ['council-safeguarding', '/notices'],
    'provider': ['council-qa', '/providers/br-p'],
    'brand': ['council-qa', '/brands/br-b'],
    'map': ['council-qa', '/map'],
    'suspensions': ['council-qa', '/placements'],
    'reports': ['council-qa', '/reports'],
    'meeting pack': ['council-safeguarding', '/reports/meeting-pack?area=Norfolk'],
    'meeting pack, an unknown area': ['council-qa', '/reports/meeting-pack?area=Nowhere'],
    'threshold report': ['council-safeguarding', `/reports/threshold?month=${new Date().toISOString().slice(0, 7)}`],
    'threshold report, nothing met': ['council-safeguarding', '/reports/threshold?month=2001-01'],
    'threshold report, to be published': ['council-safeguarding', `/reports/threshold?month=${new Date().toISOString().slice(0, 7)}&published=true`],
    'sources': ['council-safeguarding', '/reports/sources'],
    'sources, to be published': ['council-safeguarding', '/reports/sources?published=true'],
    'actions': ['council-safeguarding', '/reports/actions'],
    'actions, none': ['ambulance', '/reports/actions'],
    'minutes': ['council-safeguarding', `/reports/minutes?from=${day(60)}&until=${day(-1)}`],
    'minutes, none': ['council-safeguarding', '/reports/minutes?from=2001-01-01&until=2001-02-01'],
    'memorandum': ['council-safeguarding', '/reports/memorandum'],
    'key questions': ['council-safeguarding', `/reports/key-questions?from=${day(200)}&until=${day(-1)}`],
    'contingency plans': ['council-safeguarding', '/reports/contingency-plans'],
    'sharing': ['council-safeguarding', '/reports/sharing'],
    'board view': ['council-safeguarding', '/reports/board'],
    'chronology': ['council-safeguarding', `/reports/chronology?home=${HOME}`],
    'chronology, as it was known before anything was said': ['council-safeguarding', `/reports/chronology?home=${HOME}&as_known_at=2020-01-01`],
    'chronology, of a day that is none': ['council-safeguarding', `/reports/chronology?home=${HOME}&as_known_at=never`],
    'who has looked': ['auditor', `/homes/${HOME}/audit`],
    'who has looked, not allowed': ['council-qa', `/homes/${HOME}/audit`],
    'a link to unsubscribe that is none': ['council-qa', '/unsubscribe/none'],
    'homes, none fits, and what was meant': ['council-qa', '/homes?q=maram'],
    'board view, nothing yet': ['reader', '/reports/board?from=2001-01-01&until=2001-02-01'],
    'a report that is refused': ['council-qa', '/reports/threshold?month=never'],
    'following': ['council-qa', '/following'],
    'following, nothing yet': ['reader', '/following'],
    'provider, for a person': ['reader', '/providers/br-p'],
    'feedback to us, none': ['healthwatch', '/notices'],
    'record a meeting': ['council-qa', `/homes/${HOME}/say/meeting.recorded`],
    'count placements': ['council-qa', `/homes/${HOME}/say/placements.counted`],
    'break-glass': ['healthwatch', `/homes/${HOME}/break-glass`],
    'break-glass, not allowed': ['reader', `/homes/${HOME}/break-glass`],
    'home, for whoever may open it': ['healthwatch', `/homes/${HOME}`]
  }
}

test('what is looked at is there', async () => {
  const people = {}
  for (const [name, lines] of [
    ['meeting pack', '#homes tbody tr'], ['meeting pack', '#actions tbody tr'], ['meeting pack', '#restrictions tbody tr'], ['meeting pack', '#processes tbody tr'],
    ['actions', '#actions tbody tr'], ['minutes', '#meetings tbody tr'], ['suspensions', 'main tbody tr'], ['who has looked', 'main tbody tr'],
    ['feedback to us', 'main tbody tr'], ['returned', 'main tbody tr'], ['unmatched', 'main .govuk-summary-card'], ['escalations', '#escalations tbody tr'],
    ['following', '#new + p + .ch-scroll tbody tr']
  ]) {
    const [who, path] = pages()[name]
    const page = people[who] ??= await signedIn(chrome, hub, who)
    await page.goto(`${hub.http}${path}`)
    assert.ok(await page.locator(lines).count() > 0, `${name}: ${lines}`)
  }
  const follower = people['council-qa']
  await follower.goto(`${hub.http}/following`)
  assert.equal(await follower.getByRole('button', { name: /^Unfollow/ }).count(), 4)
  await follower.goto(`${hub.http}/`)
  await follower.getByRole('heading', { name: 'Our actions' }).waitFor()
  const { processes, placements } = await hub.api('council-qa', `/homes/${HOME}`)
  assert.deepEqual([processes.length, placements.length], [1, 1])
  for (const page of Object.values(people)) await page.context().close()
})

test('axe-core finds nothing, and nothing reaches beyond the side at 320 pixels', async (t) => {
  const people = {}
  for (const [name, [who, path]] of Object.entries(pages())) {
    await t.test(name, async () => {
      const page = people[who] ??= await signedIn(chrome, hub, who)
      await page.setViewportSize({ width: 1280, height: 900 })
      await page.goto(`${hub.http}${path}`)
      // Everything that can be opened is looked at open.
      await openAll(page)
      assert.deepEqual(await violations(page), [], 'wide')
      // 320 pixels, which is also 1280 at 400 %.
      await page.setViewportSize({ width: 320, height: 700 })
      assert.equal(await sideways(page), 0, 'it reaches beyond the side')
      assert.deepEqual(await violations(page), [], 'narrow')
      assert.deepEqual(page.errors.splice(0), [])
    })
  }
  for (const page of Object.values(people)) await page.context().close()
})

test('the page to sign in, also when it refuses', async () => {
  const context = await chrome.newContext()
  const page = await context.newPage()
  await page.goto(`${hub.http}/sign-in`)
  assert.deepEqual(await violations(page), [])
  await page.getByLabel('Name').fill('nobody')
  await page.getByLabel('Password').fill('nothing')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'There is a problem' }).waitFor()
  assert.deepEqual(await violations(page), [])
  await page.setViewportSize({ width: 320, height: 700 })
  assert.equal(await sideways(page), 0)
  await context.close()
})

test('a refused form of each kind is as accessible as the page', async (t) => {
  const answers = ['discuss', 'lead', 'decide', 'action', 'progress', 'complete', 'evidence', 'close']
  const people = {}
  for (const [who, path, form, field] of [
    ...answers.map((form) => ['council-safeguarding', `/escalations/${open}`, `#form-${form}`, `${form}-`]),
    ['council-qa', `/homes/${HOME}/raise`, '#raise', 'level'],
    ['council-qa', '/unmatched', 'form[id^="match-"]', 'home-'],
    ['council-qa', `/homes/${HOME}/say/meeting.planned`, 'form[action$="/say/meeting.planned"]', '']
  ]) {
    await t.test(form, async () => {
      const page = people[who] ??= await signedIn(chrome, hub, who)
      await page.setViewportSize({ width: 1280, height: 900 })
      await page.goto(`${hub.http}${path}`)
      await openAll(page)
      const sent = page.locator(form).first()
      for (const box of await sent.locator('input[type=checkbox]:checked').all()) await box.uncheck()
      // A radio button cannot be let go of: what cannot be is chosen.
      await sent.evaluate((one) => one.querySelectorAll('input[type=radio]').forEach((radio) => { radio.checked = false }))
      await sent.getByRole('button').click()
      await page.getByRole('heading', { name: 'There is a problem' }).waitFor()
      assert.deepEqual(await violations(page), [], 'wide')
      await page.setViewportSize({ width: 320, height: 700 })
      assert.equal(await sideways(page), 0, 'it reaches beyond the side')
      // The summary leads to the field.
      await page.locator('.govuk-error-summary a').first().click()
      const focused = await page.evaluate((form) => document.activeElement.closest(form) ? document.activeElement.id : 'elsewhere', form)
      assert.ok(focused !== 'elsewhere' && focused.startsWith(field), focused)
      assert.deepEqual(page.errors.splice(0), [])
    })
  }
  for (const page of Object.values(people)) await page.context().close()
})

test('the form of break-glass refuses as accessibly as it asks', async () => {
  const page = await signedIn(chrome, hub, 'healthwatch')
  await page.goto(`${hub.http}/homes/${HOME}/break-glass`)
  await page.getByRole('button', { name: 'Open it for me' }).click()
  await page.getByRole('heading', { name: 'There is a problem' }).waitFor()
  assert.deepEqual(await violations(page), [])
  await page.setViewportSize({ width: 320, height: 700 })
  assert.equal(await sideways(page), 0)
  await page.locator('.govuk-error-summary a').last().click()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'lasts')
  assert.deepEqual(page.errors, [])
  await page.context().close()
})

test('the keyboard alone reaches everything, sees where it is, and answers', async () => {
  const page = await signedIn(chrome, hub, 'council-safeguarding')
  await page.goto(`${hub.http}/escalations/${open}`)
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to main content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  assert.ok(await page.evaluate(() => document.activeElement.closest('main') !== null), 'the skip link skips')
  await page.reload()
  assert.deepEqual(await walked(page), { missed: [], unseen: [] })
  // Answer with the keyboard alone.
  await page.locator('#form-acknowledge button').focus()
  await page.keyboard.press('Enter')
  await page.getByText('Acknowledged for your agency.').waitFor()
  await page.context().close()
})

test('the keyboard alone reaches everything on every page, and it can be seen where it is', async (t) => {
  const people = {}
  for (const [name, [who, path]] of Object.entries(pages())) {
    await t.test(name, async () => {
      const page = people[who] ??= await signedIn(chrome, hub, who)
      await page.goto(`${hub.http}${path}`)
      assert.deepEqual(await walked(page), { missed: [], unseen: [] })
    })
  }
  for (const page of Object.values(people)) await page.context().close()
})

test('every report fits its paper', async (t) => {
  const people = {}
  for (const [name, [who, path]] of Object.entries(pages()).filter(([, [, path]]) => path.startsWith('/reports/'))) {
    await t.test(name, async () => {
      const page = people[who] ??= await signedIn(chrome, hub, who)
      await page.goto(`${hub.http}${path}`)
      await page.emulateMedia({ media: 'print' })
      // A4 landscape within its margins, at 96 dots to the inch.
      await page.setViewportSize({ width: 1032, height: 703 })
      assert.equal(await sideways(page), 0, 'it is cut at the side')
      const cut = await page.evaluate(() => [...document.querySelectorAll('table')].filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1).map((one) => one.caption?.textContent))
      assert.deepEqual(cut, [])
      await page.emulateMedia({ media: 'screen' })
    })
  }
  for (const page of Object.values(people)) await page.context().close()
})

test('pictures of the main pages', { skip: process.env.CAREHUB_SCREENSHOTS !== '1' }, async () => {
  const out = new URL('../../docs/img/', import.meta.url).pathname
  await mkdir(out, { recursive: true })
  const shown = pages()
  for (const [name, file, width, height] of [
    ['work', 'work.png', 1000, 1150], ['homes', 'homes.png', 1000, 900], ['home', 'home.png', 1000, 2000],
    ['escalation', 'escalation.png', 1000, 1500], ['raise', 'raise.png', 1000, 1100], ['unmatched', 'unmatched.png', 1000, 1000],
    ['provider', 'provider.png', 1000, 900], ['map', 'map.png', 1000, 1500], ['home', 'home-narrow.png', 360, 1000],
    ['meeting pack', 'meeting-pack.png', 1000, 1200], ['chronology', 'chronology.png', 1000, 1200], ['board view', 'board.png', 1000, 1200]
  ]) {
    const [who, path] = shown[name]
    const page = await signedIn(chrome, hub, who, { viewport: { width, height } })
    await page.goto(`${hub.http}${path}`)
    await page.screenshot({ path: `${out}${file}` })
    await page.context().close()
  }
})
