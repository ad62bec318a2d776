// Pages work without this. With it: forms are not sent twice, errors get the focus, and regions marked
// `data-live-region` are read again when the hub says that something changed.
import { createAll, Button, CharacterCount, ErrorSummary, NotificationBanner, ServiceNavigation, SkipLink } from './govuk-frontend.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
// It looks at the page as it was sent, so it comes before what changes that.
const place = document.querySelector('[data-live]')
if (place && 'EventSource' in window) live(place)

createAll(Button, { preventDoubleClick: true })
createAll(CharacterCount)
createAll(ErrorSummary)
createAll(NotificationBanner)
createAll(ServiceNavigation)
createAll(SkipLink)

const search = document.querySelector('[data-suggest]')
if (search) suggest(search)

// What is being typed into a search brings up the homes that fit; the browser offers them as it offers any list.
function suggest(field) {
  const fits = document.getElementById(field.getAttribute('list'))
  let typed = 0
  field.addEventListener('input', () => {
    clearTimeout(typed)
    const words = field.value.trim()
    // Each question is in the audit, so none is asked that would fit nearly everything.
    if (words.length < 3) return fits.replaceChildren()
    typed = setTimeout(ask, 250, words)
  })

  async function ask(words) {
    try {
      const answer = await fetch(`${field.dataset.suggest}?limit=8&q=${encodeURIComponent(words)}`)
      if (!answer.ok || field.value.trim() !== words) return
      const { items } = await answer.json()
      fits.replaceChildren(...items.map(({ id, name, postcode, provider }) => {
        const option = document.createElement('option')
        option.value = name ?? id
        option.label = [id, postcode, provider?.name].filter(Boolean).join(', ')
        return option
      }))
    } catch {
      // Without suggestions it is searched all the same.
    }
  }
}

// Shows what is new in each region, and says in one polite line which those were. The regions are not `aria-live`
// themselves: they hold whole tables, and a screen reader would read each from its beginning whenever a cell of it
// changes. Whoever hears the line goes to the part of the page that it names, or stays where they are.
function live(place) {
  const state = place.querySelector('[data-live-state]')
  const button = place.querySelector('[data-live-pause]')
  const address = new URL(place.dataset.live, location.href)
  const shown = new Map(regions().map((region) => [region.id, sent(region)]))
  let source
  let turnedAway = 0
  let broken = false
  let paused = false
  // Something changed that has not been read yet.
  let due = false
  let reading = false
  let failed = 0
  let next = 0
  // Where something new waits until somebody is done there.
  const held = new Set()
  let last = 'This page updates by itself.'
  // Why there will be no more updates.
  let over = ''

  place.hidden = false
  button.addEventListener('click', () => {
    paused = !paused
    button.textContent = paused ? 'Resume updates' : 'Pause updates'
    if (paused) clearTimeout(next)
    else if (due) read()
    tell()
  })
  document.addEventListener('focusout', () => setTimeout(() => {
    if (!paused && [...held].some((region) => !isInUse(region))) read()
  }, 200))
  connect()

  // The one place that says how it stands, so that no word outlives what it was said of.
  function tell() {
    const words = over ||
      (broken && 'Not connected: what you see may be out of date. Trying again.') ||
      (paused && (due ? 'Updates are paused. There is something new.' : 'Updates are paused.')) ||
      (failed > 0 && 'Could not read what is new. Trying again.') ||
      (held.size > 0 && 'There is something new. It is shown when you are done with this part of the page.') ||
      last
    if (state.textContent !== words) state.textContent = words
  }

  function connect() {
    if (over) return
    source = new EventSource(address)
    source.addEventListener('open', () => {
      if (broken) last = 'Connected again.'
      broken = false
      turnedAway = 0
      tell()
    })
    // The hub compares what this page was made of, or the last event that it had, with what there is now: it says
    // so first when something was missed, and nothing is read again for a connection alone.
    for (const name of ['home', 'missed']) {
      source.addEventListener(name, (event) => {
        address.searchParams.set('mark', event.lastEventId)
        due = true
        // After a failure the next try has its time already.
        if (!paused && failed === 0) read()
        tell()
      })
    }
    source.addEventListener('error', () => {
      broken = true
      tell()
      // A browser connects again by itself unless it was turned away. Why it was, the page itself says.
      if (over || source.readyState !== EventSource.CLOSED) return
      turnedAway += 1
      setTimeout(connect, backOff(turnedAway))
      if (!paused && failed === 0) read()
    })
  }

  async function read() {
    if (reading || over) return
    clearTimeout(next)
    reading = true
    due = false
    let wait = 1000
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html', 'carehub-refresh': '1' } })
      if (answer.redirected || answer.status === 401) {
        end('You are no longer signed in, so this page does not update any more. Reload it to sign in again.')
      } else if (answer.status === 403 || answer.status === 404) {
        end('This page can no longer be shown to you. Reload it to see why.')
      } else if (!answer.ok) {
        wait = 1000 * Number(answer.headers.get('retry-after'))
        throw new Error(String(answer.status))
      } else {
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
        failed = 0
        // It was paused while this was on its way.
        if (paused) due = true
        else show(page)
      }
    } catch {
      failed += 1
      due = true
      wait = Math.max(backOff(failed), wait || 0)
    } finally {
      reading = false
      if (due && !paused && !over) next = setTimeout(read, wait)
      tell()
    }
  }

  function end(words) {
    over = words
    source.close()
    // Whoever stands on it keeps their place.
    if (document.activeElement !== button) button.hidden = true
  }

  function show(page) {
    held.clear()
    const names = new Set()
    for (const region of regions()) {
      const fresh = page.getElementById(region.id)
      const now = fresh && sent(fresh)
      if (!fresh || now === shown.get(region.id)) continue
      if (isInUse(region)) {
        held.add(region)
        continue
      }
      names.add(nameOf(region, fresh))
      keepOpen(region, fresh)
      region.replaceChildren(...fresh.childNodes)
      createAll(Button, { preventDoubleClick: true }, region)
      shown.set(region.id, now)
    }
    if (names.size === 0) return
    const at = new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/London' })
    last = `Updated at ${at}: ${[...names].join(', ')}.`
  }
}

// How long to wait before the next try, in milliseconds: longer each time, and not all pages at once.
function backOff(tries) {
  return Math.min(60_000, 1000 * 2 ** (tries - 1)) * (0.75 + Math.random() / 2)
}

function regions() {
  return [...document.querySelectorAll('[data-live-region]')]
}

// A region as it was sent, without what each sending makes anew.
function sent(region) {
  const copy = region.cloneNode(true)
  for (const field of copy.querySelectorAll('input[type=hidden]')) field.remove()
  return copy.innerHTML
}

// Somebody who is in a region, or has begun to write there, keeps what they see until they are done.
function isInUse(region) {
  const fields = [...region.querySelectorAll('input:not([type=hidden]), textarea, select')]
  return region.contains(document.activeElement) || fields.some(isWritten)
}

function isWritten(field) {
  if (field.type === 'radio' || field.type === 'checkbox') return field.checked !== field.defaultChecked
  if (field.tagName !== 'SELECT') return field.value !== field.defaultValue
  const first = [...field.options].findIndex((option) => option.defaultSelected)
  return field.selectedIndex !== Math.max(first, 0)
}

// What a region is called: by itself, by the heading that it begins with, or by the one that it stands under.
function nameOf(region, fresh) {
  const before = (heading) => heading.compareDocumentPosition(region) & Node.DOCUMENT_POSITION_FOLLOWING
  const above = () => [...document.querySelectorAll('main h1, main h2, main h3')].filter(before).at(-1)
  const heading = fresh.querySelector(':scope > :is(h2, h3):first-child') ?? above()
  const given = region.dataset.liveRegion
  const name = given || heading?.textContent.trim() || 'this page'
  // A heading of the first level is a name of somebody or something.
  if (!given && heading?.matches('h1')) return name
  return name.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase())
}

// What is open stays open.
function keepOpen(region, fresh) {
  const open = new Set([...region.querySelectorAll('details[open] > summary')].map((summary) => summary.textContent))
  for (const summary of fresh.querySelectorAll('details > summary')) {
    if (open.has(summary.textContent)) summary.parentElement.open = true
  }
}
