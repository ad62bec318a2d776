// Pages work without this. With it: forms are not sent twice, errors get the focus, and regions marked
// `data-live` are read again when the hub says that something changed.
import { createAll, Button, CharacterCount, ErrorSummary, NotificationBanner, ServiceNavigation, SkipLink } from './govuk-frontend.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
createAll(Button, { preventDoubleClick: true })
createAll(CharacterCount)
createAll(ErrorSummary)
createAll(NotificationBanner)
createAll(ServiceNavigation)
createAll(SkipLink)

const place = document.querySelector('[data-live]')
if (place && 'EventSource' in window) live(place)

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

function live(place) {
  const state = place.querySelector('[data-live-state]')
  const button = place.querySelector('[data-live-pause]')
  place.hidden = false
  let paused = false
  let waiting = false
  let reading = false
  const say = (words) => { if (state.textContent !== words) state.textContent = words }
  connect()

  function connect () {
    const source = new EventSource(place.dataset.live)
    // What changed before the first word of the stream would be missed otherwise, now and after a break.
    source.addEventListener('open', changed)
    source.addEventListener('home', changed)
    source.addEventListener('missed', changed)
    source.addEventListener('error', () => {
      say('Not connected: what you see may be out of date. Trying again.')
      // A browser connects again by itself unless it was turned away.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000)
    })
  }

  button.addEventListener('click', () => {
    paused = !paused
    button.textContent = paused ? 'Resume updates' : 'Pause updates'
    say(paused ? 'Updates are paused.' : 'This page updates by itself.')
    if (!paused && waiting) changed()
  })
  document.addEventListener('focusout', () => { if (waiting && !paused) setTimeout(changed, 200) })

  // Somebody who is in a region, or has begun to write, keeps what they see until they leave it.
  function busy() {
    const at = document.activeElement
    return at && at !== document.body && at.closest('[data-live-region]')
  }

  async function changed() {
    if (paused || reading || busy()) {
      waiting = true
      if (!paused && !reading) say('There is something new. It is shown when you leave this part of the page.')
      return
    }
    waiting = false
    reading = true
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status))
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      let differs = false
      for (const region of document.querySelectorAll('[data-live-region]')) {
        const fresh = page.getElementById(region.id)
        if (fresh && fresh.innerHTML !== region.innerHTML && !busy()) {
          region.replaceChildren(...fresh.childNodes)
          differs = true
        }
      }
      const at = new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/London' })
      if (differs) say(`Updated at ${at}.`)
      else if (state.textContent.startsWith('Not connected')) say('Connected again.')
    } catch {
      say('Could not read what is new. Reload the page.')
    } finally {
      reading = false
      if (waiting) setTimeout(changed, 1000)
    }
  }
}
