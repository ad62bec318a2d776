// Whole tasks in a real browser, each with script and without it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { browser, eventually, signedIn } from './hub.mjs'
import { EMPTY, HOME, county, escalation, referral } from './scene.mjs'

let hub, chrome
before(async () => {
  hub = await county(false)
  await hub.say('police', EMPTY, 'concern.raised', { kind: 'police-incident', occurred_at: new Date().toISOString().slice(0, 10), severity: 'medium', summary: 'A knife was found.' })
  chrome = await browser()
})
after(async () => {
  await chrome?.close()
  await hub?.stop()
})

const level = (page) => page.locator('h1').textContent()

async function opened (page, summary) {
  const details = page.locator('details').filter({ has: page.locator('summary', { hasText: new RegExp(`^\\s*${summary}\\s*$`) }) })
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click()
  return details
}

for (const javaScriptEnabled of [true, false]) {
  describe(javaScriptEnabled ? 'with script' : 'without script', () => {
    test('follow a home, see it listed, say when to hear of it, unfollow', async () => {
      const page = await signedIn(chrome, hub, 'council-qa', { javaScriptEnabled })
      await page.goto(`${hub.http}/homes/${EMPTY}`)
      await page.getByRole('button', { name: 'Follow this home' }).click()
      await page.getByText('You follow it from now on.').waitFor()
      const follows = page.locator('.govuk-summary-list')
      await follows.getByRole('link', { name: 'Sea Lavender House' }).waitFor()
      await page.getByLabel('In one message a day').check()
      await page.getByLabel('At, for a digest').selectOption('07:00')
      await page.getByLabel('From', { exact: true }).selectOption('22:00')
      await page.getByLabel('Until', { exact: true }).selectOption('06:00')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('It is saved.').waitFor()
      assert.ok(await page.getByLabel('In one message a day').isChecked())
      assert.equal(await page.getByLabel('At, for a digest').inputValue(), '7')
      await follows.getByRole('button', { name: 'Unfollow Sea Lavender House' }).click()
      await page.getByText('You do not follow it any more.').waitFor()
      assert.equal(await page.getByText('Sea Lavender House').count(), 0)
      await page.goto(`${hub.http}/homes/${EMPTY}`)
      await page.getByRole('button', { name: 'Follow this home' }).waitFor()
    })

    test('sign in, find a home, read why, answer its escalation to the end', async () => {
      await referral(hub, HOME, javaScriptEnabled ? 0 : 1)
      // After the first round was closed, three further referrals raise it again.
      if (!javaScriptEnabled) { await referral(hub, HOME, 2); await referral(hub, HOME, 0) }
      await escalation(hub, 'council-safeguarding', HOME, 'referrals-6m')
      const page = await signedIn(chrome, hub, 'council-safeguarding', { javaScriptEnabled })
      await page.getByRole('link', { name: 'Homes', exact: true }).click()
      await page.getByLabel('Name, postcode, id or provider').fill('nr268aa')
      await page.getByRole('button', { name: 'Search' }).click()
      await page.getByRole('link', { name: 'Marram Lodge' }).click()
      assert.match(await level(page), /Marram Lodge/)
      const why = await page.locator('.govuk-inset-text').first().textContent()
      assert.match(why, /Because of the escalation raised today at \d\d:\d\d: /)
      await page.locator('#escalations').getByRole('link', { name: /referrals/i }).first().click()

      let form = await opened(page, 'Acknowledge')
      await form.getByRole('button', { name: 'Acknowledge' }).click()
      await page.getByText('Acknowledged for your agency.').waitFor()

      form = await opened(page, 'Record a discussion')
      await form.getByLabel('Council quality assurance').check()
      await form.getByLabel('What was said (optional)').fill('SAPC, QA officer and locality management agree to visit.')
      await form.getByRole('button', { name: 'Record the discussion' }).click()
      await page.getByText('The discussion is recorded.').waitFor()

      form = await opened(page, 'Record a decision')
      await form.getByLabel('What was decided?').selectOption('monitoring-visit')
      await form.getByRole('button', { name: 'Record the decision' }).click()
      // Refused in the form, with what was typed kept.
      await page.getByRole('heading', { name: 'There is a problem' }).waitFor()
      form = await opened(page, 'Record a decision')
      assert.equal(await form.getByLabel('What was decided?').inputValue(), 'monitoring-visit')
      await form.getByLabel('Why?').fill('Six concerns in six months, and nobody has been there.')
      await form.getByRole('button', { name: 'Record the decision' }).click()
      await page.getByText('The decision is recorded.').waitFor()

      form = await opened(page, 'Assign an action')
      await form.getByLabel('What exactly is to be done?').fill('Visit unannounced and report.')
      await form.getByLabel('Who does it?').selectOption('council-safeguarding')
      await form.getByLabel('By which day?').fill(new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10))
      await form.getByLabel(/How will you know/).fill('Visit made')
      await form.getByRole('button', { name: 'Assign the action' }).click()
      await page.getByText('The action is assigned').waitFor()

      form = await opened(page, 'Close')
      await form.getByLabel('Why is it closed?').fill('Done.')
      await form.getByRole('button', { name: 'Close the escalation' }).click()
      await page.getByText('An action is still open. Complete it first. (actions-open)').first().waitFor()

      form = await opened(page, 'Complete an action')
      await form.getByLabel('Which action?').selectOption({ index: 1 })
      await form.getByLabel('What shows that it is achieved?').fill('The report of the visit.')
      await form.getByRole('button', { name: 'Record that it is achieved' }).click()
      await page.getByText('The action is recorded as achieved.').waitFor()

      form = await opened(page, 'Close')
      await form.getByLabel('Why is it closed?').fill('Staffing at night is put right.')
      await form.getByRole('button', { name: 'Close the escalation' }).click()
      await page.getByText('The escalation is closed.').waitFor()
      assert.deepEqual(page.errors, [])
      await page.context().close()
    })

    test('raise one on professional judgement, one click from the home', async () => {
      const page = await signedIn(chrome, hub, 'council-qa', { javaScriptEnabled })
      await page.goto(`${hub.http}/homes/${EMPTY}`)
      await page.getByRole('button', { name: 'Raise an escalation' }).click()
      await page.getByRole('button', { name: 'Raise the escalation' }).click()
      await page.getByRole('heading', { name: 'There is a problem' }).waitFor()
      if (javaScriptEnabled) {
        assert.match(await page.evaluate(() => document.activeElement.className), /govuk-error-summary/)
      }
      await page.getByLabel(/^Major:/).check()
      await page.getByLabel('Why do you raise it?').fill('The owner says that it will close within days.')
      await page.getByRole('group', { name: 'Who must act?' }).getByLabel(/^Cqc \(/).check()
      await page.getByRole('button', { name: 'Raise the escalation' }).click()
      await page.waitForURL(/\/escalations\//)
      assert.match(await page.locator('#state').textContent(), /Major/)
      assert.deepEqual(page.errors, [])
      await page.context().close()
    })

    test('read in an emergency what is withheld, with a reason, for a time', async () => {
      const page = await signedIn(chrome, hub, javaScriptEnabled ? 'healthwatch' : 'healthwatch-2', { javaScriptEnabled })
      await page.goto(`${hub.http}/homes/${EMPTY}`)
      assert.doesNotMatch(await page.locator('main').textContent(), /A knife was found/)
      await page.getByRole('link', { name: /^Break-glass/ }).click()
      await page.getByRole('button', { name: 'Open it for me' }).click()
      // Refused in the form, each with what to do; what was typed is kept.
      await page.getByRole('heading', { name: 'There is a problem' }).waitFor()
      await page.getByLabel('Why do you have to know it now?').fill('A resident is missing.')
      await page.getByRole('button', { name: 'Open it for me' }).click()
      await page.getByRole('link', { name: 'Choose for how long' }).waitFor()
      assert.equal(await page.getByLabel('Why do you have to know it now?').inputValue(), 'A resident is missing.')
      await page.getByLabel('15 minutes').check()
      await page.getByRole('button', { name: 'Open it for me' }).click()
      await page.getByText('It is opened for you.').waitFor()
      assert.match(await page.locator('main').textContent(), /By you.*A resident is missing\./s)
      // Those whose words it opens are told first, which takes a moment.
      await eventually(async () => {
        await page.goto(`${hub.http}/homes/${EMPTY}`)
        return /A knife was found/.test(await page.locator('main').textContent())
      }, 'it reads what was withheld')
      assert.match(await page.locator('main').textContent(), /You have opened by break-glass/)
      const { items } = await hub.api('police', '/notices?kind=break-glass-opened')
      assert.equal(items.length, javaScriptEnabled ? 1 : 2)
      const other = await signedIn(chrome, hub, 'police')
      await other.goto(`${hub.http}/notices`)
      assert.match(await other.locator('main').textContent(), /Opened by break-glass/)
      assert.deepEqual(page.errors, [])
      await other.context().close()
      await page.context().close()
    })
  })
}

for (const javaScriptEnabled of [true, false]) {
  test(`match an address to a home ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
    await hub.say('ambulance', 'unmatched', 'concern.raised', {
      kind: 'soft-intelligence', occurred_at: new Date().toISOString().slice(0, 10), severity: 'low', summary: 'The door stood open.',
      place: { postcode: 'NR26 8AA', address: 'Maram Lodge, Beach Road' }
    })
    const page = await signedIn(chrome, hub, 'council-qa', { javaScriptEnabled })
    await page.getByRole('link', { name: 'addresses to match' }).click()
    const first = page.locator('.govuk-summary-card').first()
    const proposed = first.locator('.govuk-radios__item').first()
    assert.match(await proposed.textContent(), /Marram Lodge.*Same postcode, a name like its own is in the address/s)
    await first.getByRole('button', { name: /^Match it/ }).click()
    await page.getByRole('heading', { name: 'There is a problem' }).waitFor()
    await page.getByLabel(/^Marram Lodge/).first().check()
    await page.getByRole('button', { name: /^Match it/ }).first().click()
    await page.getByText('The concern is matched, and counts at its home.').waitFor()
    assert.match(await page.locator('main').textContent(), /Nothing waits that you may see/)
    assert.deepEqual(page.errors, [])
    await page.context().close()
  })
}

test('two officers who answer the same escalation at once are both told what counts', async () => {
  await hub.say('police', EMPTY, 'escalation.requested', { level: 'moderate', responsible: ['council-safeguarding'], reason: 'Two officers.' })
  const { items } = await hub.api('council-safeguarding', `/escalations?home=${EMPTY}&state=raised`)
  const id = items.find((one) => one.bodies.includes('council-safeguarding')).id
  const pages = [await signedIn(chrome, hub, 'council-safeguarding'), await signedIn(chrome, hub, 'council-safeguarding-2')]
  for (const page of pages) await page.goto(`${hub.http}/escalations/${id}`)
  // Open in both before either sends: updates would take the form away under the second.
  for (const page of pages) await page.getByRole('button', { name: 'Pause updates' }).click()
  await Promise.all(pages.map((page) => page.locator('#form-acknowledge').getByRole('button').click()))
  const outcomes = await Promise.all(pages.map(async (page) => {
    await page.locator('.govuk-notification-banner, .govuk-error-summary').first().waitFor()
    return (await page.locator('.govuk-error-summary').count()) === 0
  }))
  assert.deepEqual(outcomes.sort(), [false, true])
  const refused = pages[(await pages[0].locator('.govuk-error-summary').count()) ? 0 : 1]
  assert.match(await refused.locator('.govuk-error-summary').textContent(), /step-already-taken/)
  for (const page of pages) { assert.deepEqual(page.errors, []); await page.context().close() }
})

test('a home prints with exact times and without what only a screen can use', async () => {
  const page = await signedIn(chrome, hub, 'council-qa')
  await page.goto(`${hub.http}/homes/${HOME}`)
  await page.emulateMedia({ media: 'print' })
  for (const gone of ['.govuk-service-navigation', '.ch-filter', '.ch-live', '.govuk-breadcrumbs']) {
    assert.equal(await page.locator(gone).first().isVisible(), false, gone)
  }
  const exact = await page.evaluate(() => window.getComputedStyle(document.querySelector('#entries time'), '::after').content)
  assert.match(exact, /\d{4}, \d\d:\d\d:\d\d (GMT|BST)/)
  // What is folded away on a screen cannot be opened on paper.
  await page.locator('#escalations details').first().waitFor({ state: 'attached' })
  assert.deepEqual(await printed(page, 'details:not(.ch-no-print) .govuk-details__text'), [], 'what is closed is printed, too')
  assert.deepEqual(await printed(page, '#entries .moj-timeline__item, #standings td, #figures td'), [])
  await page.context().close()
})

/** What of these is not on the paper: it is hidden, takes no room, or stands beyond the side of A4 within its margins. */
async function printed (page, what) {
  await page.setViewportSize({ width: 718, height: 1047 })
  const missing = await page.evaluate((what) => {
    // What is for a screen only has its like on the paper.
    const all = [...document.querySelectorAll(what)].filter((one) => !one.closest('.ch-no-print'))
    if (all.length === 0) return [`nothing is ${what}`]
    const isThere = (one) => {
      const box = one.getBoundingClientRect()
      return one.checkVisibility() && box.width > 0 && box.height > 0 && box.right <= window.innerWidth + 1
    }
    return all.filter((one) => one.textContent.trim() && !isThere(one)).map((one) => one.outerHTML.slice(0, 120))
  }, what)
  return missing
}

for (const javaScriptEnabled of [true, false]) {
  test(`read the meeting pack and print it ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
    const held = new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10)
    await hub.say('council-qa', HOME, 'meeting.recorded', {
      meeting: 'care-governance', meeting_ref: `board ${javaScriptEnabled}`, held_on: held, chair_role: 'council-qa', attended: ['council-qa', 'cqc']
    })
    await referral(hub, HOME, 3)
    const page = await signedIn(chrome, hub, 'council-qa', { javaScriptEnabled })
    await page.getByRole('link', { name: 'the meeting pack' }).click()
    assert.match(await level(page), /^Pack for the care governance board/)
    await page.getByLabel('Local authority').selectOption('Norfolk')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByRole('heading', { level: 1, name: 'Pack for the care governance board, Norfolk' }).waitFor()
    assert.match(await page.locator('main').textContent(), /New is what came on or after .*, the day of the last meeting\./)
    const line = page.locator('#homes tbody tr').filter({ hasText: 'Marram Lodge' })
    assert.match(await line.textContent(), /\d+ safeguarding concern/)
    // What stands on the page stands in the file, and in the answer of the API.
    const { tables } = await hub.api('council-qa', '/reports/meeting-pack?area=Norfolk')
    const homes = tables.find((one) => one.name === 'homes').rows
    assert.equal(await page.locator('#homes tbody tr').count(), homes.length)
    const waiting = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Homes to speak of as CSV' }).click()
    const file = await (await waiting).createReadStream()
    let csv = ''
    for await (const part of file) csv += part
    assert.equal(csv.trim().split('\n').length - 1, homes.length)
    // Another group, of which no meeting is recorded.
    await page.getByLabel('Meeting', { exact: true }).selectOption('esap')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByRole('heading', { level: 1, name: /^Pack for the early support and prevention group/ }).waitFor()
    assert.match(await page.locator('main').textContent(), /No such meeting is recorded/)
    await page.emulateMedia({ media: 'print' })
    for (const gone of ['.govuk-service-navigation', '.ch-filter', '.ch-contents', '.ch-no-print']) {
      assert.equal(await page.locator(gone).first().isVisible(), false, gone)
    }
    assert.equal(await page.locator('#homes table').isVisible(), true)
    await page.emulateMedia({ media: 'screen' })
    await page.locator('#homes').getByRole('link', { name: 'Marram Lodge' }).click()
    assert.match(await level(page), /Marram Lodge/)
    assert.deepEqual(page.errors, [])
    await page.context().close()
  })
}
