// Pages in the states that a small county does not reach: thousands of homes and entries, a hub that does not answer.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { browser, sideways, signedIn, violations, walked } from './hub.mjs'
import { HOME, county, day, referral } from './scene.mjs'

const MANY = 2_000

/** Of what waits for somebody: pages show it a part at a time. */
const WAITING = 1_000

/** Of what somebody is told of: each is a message to several bodies. */
const TOLD = 200

/** As many actions as one escalation holds. */
const HELD = 64

let hub, chrome
before(async () => {
  hub = await county(false)
  const homes = Array.from({ length: MANY }, (_, nth) => [`TH-${nth}`, 'home.registered.v2', {
    name: `Fictional House ${nth}`, provider: { id: `th-p-${nth % 90}`, name: `Fictional Provider ${nth % 90}` }, beds: 10 + nth % 50,
    area: `Fictional District ${nth % 7}`, postcode: `ZZ${nth % 90 + 1} ${nth % 9}AA`, coordinates: { latitude: 54 + (nth % 61) / 100, longitude: 1 + (nth % 89) / 100 }
  }])
  await hub.sayAll('cqc', homes)
  const said = Array.from({ length: MANY }, (_, nth) => [nth % 4 === 0 ? `TH-${nth}` : 'TH-7', 'concern.raised.v1', {
    kind: 'soft-intelligence', occurred_at: day(nth % 300 + 1), severity: nth % 9 === 0 ? 'high' : 'low',
    indicators: ['basic-care-and-environment'], summary: `Word ${nth} of a carer who did not want to be named.`
  }])
  await hub.sayAll('council-qa', said)
  await muchWaits()
  chrome = await browser()
})
after(async () => {
  await chrome?.close()
  await hub?.stop()
})

/** Addresses to match, texts that were returned, notices of corrections, and actions. */
async function muchWaits () {
  await hub.sayAll('ambulance', Array.from({ length: WAITING }, (_, nth) => ['unmatched', 'concern.raised.v1', {
    kind: 'soft-intelligence', occurred_at: day(nth % 300 + 1), severity: 'low', summary: 'Nobody came to the door.',
    place: { postcode: `ZZ${nth % 90 + 1} ${nth % 9}AA`, address: `${nth} Fictional Lane` }
  }]))
  await hub.sayAll('council-qa', Array.from({ length: WAITING }, (_, nth) => [`TH-${nth}`, 'concern.raised.v1', {
    kind: 'soft-intelligence', occurred_at: day(1), severity: 'low', summary: 'Ring 01603 123456.'
  }]))
  const id = await referral(hub, HOME)
  await hub.sayAll('adult-social-care', Array.from({ length: TOLD }, (_, nth) => [HOME, 'concern.corrected.v1', {
    corrects: { id }, reason: 'Seen again.', set: { severity: nth % 2 === 0 ? 'low' : 'medium' }
  }]))
  for (const home of ['TH-1', 'TH-2']) await hub.say('police', home, 'escalation.requested', { level: 'minor', responsible: ['council-qa'], reason: 'Much is to be done.' })
  for (const home of ['TH-1', 'TH-2']) {
    const { items } = await hub.api('council-qa', `/escalations?home=${home}&state=open`)
    const escalation = items.find((one) => one.bodies.includes('council-qa')).id
    await hub.sayAll('council-qa', Array.from({ length: HELD }, (_, nth) => [home, 'escalation.action-assigned.v1', {
      escalation, action: `visit-${nth}`, owner: 'council-qa', summary: `Visit number ${nth}, unannounced and at night.`, measure: 'visit-made', due: day(-nth)
    }]))
  }
  await hub.allTaken('ambulance', 'police', 'adult-social-care')
}

test('what is said to be much is much', async () => {
  const page = await signedIn(chrome, hub, 'council-qa')
  for (const [path, what, least] of [
    ['/unmatched', '.govuk-summary-card', 10], ['/returned', 'tbody tr', 100], ['/notices', 'tbody tr', 50], ['/reports/actions', '#actions tbody tr', 2 * HELD], ['/', '#actions tbody tr', 10]
  ]) {
    await page.goto(`${hub.http}${path}`)
    const shown = await page.locator(`main ${what}`).count()
    assert.ok(shown >= least, `${path}: ${shown}`)
  }
  await page.context().close()
})

test('thousands of homes and of entries are as accessible as a few', async (t) => {
  const page = await signedIn(chrome, hub, 'council-qa')
  const month = new Date().toISOString().slice(0, 7)
  for (const path of [
    '/', '/homes', '/homes?q=house+19', '/map', '/homes/TH-7', '/escalations?whose=all', '/providers/th-p-7',
    '/reports/meeting-pack?area=Fictional+District+0', `/reports/threshold?month=${month}`, '/reports/sources', '/reports/board',
    '/reports/sharing', '/reports/chronology?home=TH-7', '/unmatched', '/notices', '/returned', '/reports/actions', '/placements'
  ]) {
    await t.test(path, async () => {
      await page.setViewportSize({ width: 1280, height: 900 })
      const answer = await page.goto(`${hub.http}${path}`)
      assert.equal(answer.status(), 200)
      assert.deepEqual(await violations(page), [], 'wide')
      await page.setViewportSize({ width: 320, height: 700 })
      assert.equal(await sideways(page), 0, 'it reaches beyond the side')
      assert.deepEqual(page.errors.splice(0), [])
    })
  }
  await page.context().close()
})

test('the map shows each home where it lies, and a raised one is reached by the keyboard', async () => {
  const page = await signedIn(chrome, hub, 'council-qa')
  await page.goto(`${hub.http}/map`)
  const map = page.getByRole('group', { name: 'Map of homes by level' })
  assert.ok(await map.locator('a').count() >= MANY - 10)
  const box = async (name) => map.locator(`a[href="/homes/${name}"]`).boundingBox()
  // 60 goes furthest north with the last of 61 steps; 0 is the furthest south and west.
  const [south, north] = [await box('TH-0'), await box('TH-60')]
  assert.ok(north.y < south.y && north.x > south.x)
  assert.deepEqual((await walked(page)).unseen, [])
  const raised = map.locator('a:not([tabindex])')
  assert.ok(await raised.count() >= 1, 'somewhere an escalation is open')
  await raised.first().focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1 }).waitFor()
  assert.match(page.url(), /\/homes\/TH-/)
  await page.context().close()
})

test('what is typed into the search brings up homes by name, postcode and provider', async () => {
  const page = await signedIn(chrome, hub, 'council-qa')
  await page.goto(`${hub.http}/homes`)
  const field = page.getByLabel('Name, postcode, id or provider')
  for (const [typed, offered] of [['marram', 'Marram Lodge'], ['NR26 8', 'Marram Lodge'], ['browser care', 'Sea Lavender House'], [HOME, 'Marram Lodge']]) {
    await field.fill('')
    await field.pressSequentially(typed)
    await page.waitForFunction((name) => [...document.querySelectorAll('#q-fits option')].some((option) => option.value === name), offered)
  }
  await field.fill('no')
  await page.waitForFunction(() => document.querySelectorAll('#q-fits option').length === 0)
  // Misspelt, and without any script, it is asked what was meant.
  await page.goto(`${hub.http}/homes?q=maram+ldoge`)
  await page.getByRole('heading', { name: 'Did you mean' }).waitFor()
  assert.deepEqual(await violations(page), [])
  await page.getByRole('link', { name: 'Marram Lodge' }).click()
  await page.getByRole('heading', { level: 1, name: /Marram Lodge/ }).waitFor()
  assert.deepEqual(page.errors, [])
  await page.context().close()
})

test('a page whose hub is gone says so, stays accessible, and comes back', async () => {
  const page = await signedIn(chrome, hub, 'council-qa')
  const { items: [escalation] } = await hub.api('council-qa', `/escalations?home=${HOME}&state=open`)
  for (const path of ['/', `/homes/${HOME}`, `/escalations/${escalation.id}`]) {
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto(`${hub.http}${path}`)
    await page.getByText('This page updates by itself.').waitFor()
    await hub.restart(async () => {
      await page.getByText('Not connected: what you see may be out of date. Trying again.').waitFor()
      assert.deepEqual(await violations(page), [], `${path}, wide`)
      await page.setViewportSize({ width: 320, height: 700 })
      assert.equal(await sideways(page), 0, path)
      assert.deepEqual(await violations(page), [], `${path}, narrow`)
    })
    await page.getByText(/Connected again\.|Updated at/).waitFor({ timeout: 60_000 })
  }
  await page.context().close()
})
