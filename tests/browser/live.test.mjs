// Pages that are left open: what comes is shown, nobody is disturbed, nothing is missed, and the status is true.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { browser, eventually, signedIn } from './hub.mjs'
import { county, referral, referralMeanwhile, unmatched } from './scene.mjs'

const PLACE = 'BR-3'

let hub, chrome
before(async () => {
  hub = await county(false)
  chrome = await browser()
})
after(async () => {
  await chrome?.close()
  await hub?.stop()
})

const state = (page) => page.locator('[data-live-state]')
const says = (page, words, timeout = 20_000) => state(page).filter({ hasText: words }).waitFor({ timeout })
const entries = (page) => page.locator('#entries .moj-timeline__item').count()
const grows = (page, than, timeout) => eventually(async () => (await entries(page)) > than, 'what is new is shown', timeout)

/** A page of a person, once it listens. `page.asked` has what was asked for its own address since then and before. */
async function listening (name, path) {
  const page = await signedIn(chrome, hub, name)
  const heard = []
  page.asked = []
  page.on('response', (answer) => heard.push(answer.url()))
  page.on('request', (request) => { if (request.url() === `${hub.http}${path}`) page.asked.push(request) })
  await page.goto(`${hub.http}${path}`)
  const at = await page.locator('[data-live]').getAttribute('data-live')
  await eventually(() => heard.includes(`${hub.http}${at}`), 'it listens')
  return page
}

test('a page that is opened is read once, and again by itself only when something came', async () => {
  const page = await listening('council-qa', `/homes/${PLACE}`)
  const first = await entries(page)
  // Whoever reads again because it listens does so at once.
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  assert.equal(page.asked.length, 1)
  await referral(hub, PLACE)
  await grows(page, first)
  assert.ok(page.asked.length > 1)
  for (const request of page.asked.slice(1)) assert.equal((await request.allHeaders())['carehub-refresh'], '1')
  await says(page, /^Updated at \d\d:\d\d: .*timeline/)
  assert.equal(await state(page).getAttribute('aria-live'), 'polite')
  assert.deepEqual(page.errors, [])
  await page.context().close()
})

test('whoever is in a part of the page keeps it and their place until they leave it', async () => {
  const page = await listening('council-qa', `/homes/${PLACE}`)
  const first = await entries(page)
  const table = page.locator('#standings .ch-scroll').first()
  await table.focus()
  await table.evaluate((one) => { one.dataset.kept = 'yes' })
  await referral(hub, PLACE, 1)
  // The rest of the page goes on.
  await grows(page, first)
  await says(page, 'There is something new. It is shown when you are done with this part of the page.')
  assert.equal(await page.evaluate(() => document.activeElement.dataset.kept), 'yes')
  await page.getByLabel('Kind of concern').focus()
  await eventually(async () => (await page.locator('[data-kept]').count()) === 0, 'it is shown once they have left')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'kind')
  await says(page, /^Updated at \d\d:\d\d: (.*, )?triggers\.$/)
  assert.deepEqual(page.errors, [])
  await page.context().close()
})

test('nothing moves while it is paused, and what came meanwhile is shown afterwards', async () => {
  const page = await listening('council-qa', `/homes/${PLACE}`)
  const first = await entries(page)
  await page.getByRole('button', { name: 'Pause updates' }).click()
  await referral(hub, PLACE, 3)
  await says(page, 'Updates are paused. There is something new.')
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  assert.equal(await entries(page), first)
  await page.getByRole('button', { name: 'Resume updates' }).click()
  await grows(page, first)
  await says(page, /^Updated at/)
  await page.context().close()
})

test('what is said while the hub is down is shown when it is back', async () => {
  const page = await listening('council-qa', `/homes/${PLACE}`)
  const first = await entries(page)
  await hub.restart(async () => {
    await says(page, 'Not connected: what you see may be out of date. Trying again.')
    await referralMeanwhile(hub, PLACE, 2)
  }, 'SIGKILL')
  await grows(page, first, 60_000)
  await says(page, /^Updated at/)
  await page.context().close()
})

test('a page that is paused says so again after a break', async () => {
  const page = await listening('council-qa', `/homes/${PLACE}`)
  await page.getByRole('button', { name: 'Pause updates' }).click()
  await hub.restart(() => says(page, 'Not connected: what you see may be out of date. Trying again.'))
  await says(page, 'Updates are paused.', 60_000)
  await page.context().close()
})

test('an answer that fails is asked for again, and the failure is forgotten', async () => {
  const page = await listening('council-qa', `/homes/${PLACE}`)
  const first = await entries(page)
  const own = (url) => url.pathname === `/homes/${PLACE}`
  await page.route(own, (route) => route.fulfill({ status: 503, headers: { 'retry-after': '1' }, body: '' }))
  await referral(hub, PLACE, 4)
  await says(page, 'Could not read what is new. Trying again.')
  await page.unroute(own)
  await grows(page, first, 30_000)
  await says(page, /^Updated at/)
  await page.context().close()
})

test('your work hears of an address to match', async () => {
  const page = await listening('council-qa', '/')
  const waiting = page.locator('.ch-figures li').filter({ hasText: 'addresses to match' }).locator('strong')
  const before = Number(await waiting.textContent())
  await unmatched(hub, 'Maram Lodge, Beach Road')
  await eventually(async () => Number(await waiting.textContent()) === before + 1, 'it is counted')
  await says(page, /^Updated at \d\d:\d\d: the figures/)
  assert.deepEqual(page.errors, [])
  await page.context().close()
})

test('a page whose person has signed out says so and asks no more', async () => {
  const page = await listening('council-qa', `/homes/${PLACE}`)
  const other = await page.context().newPage()
  await other.goto(`${hub.http}/account`)
  await other.getByRole('button', { name: /^Sign out/ }).first().click()
  await other.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
  await says(page, 'You are no longer signed in', 60_000)
  await page.context().close()
})
