// What the tests look at: a small county, and one home of which everything is known.
import { Hub } from './hub.mjs'

export const HOME = 'BR-1'
export const EMPTY = 'BR-2'
export const LONG = `Saint ${'Wilhelmina'.repeat(10)} House for the care of the elderly and their friends`

const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)

/** A home about which five referrals stand: one more fires the trigger of Norfolk 7.3.9. */
export async function county (simulated = true) {
  const hub = await Hub.start()
  if (simulated) await hub.simulate('--homes', '14', '--months', '8', '--seed', '3')
  const provider = { id: 'br-p', name: 'Browser Care Limited' }
  const brand = { id: 'br-b', name: 'Browser Brand' }
  for (const [id, name] of [[HOME, 'Marram Lodge'], [EMPTY, 'Sea Lavender House'], ['BR-3', LONG]]) {
    await hub.say('cqc', id, 'home.registered', { name, provider, brand, beds: 32, area: 'Norfolk', postcode: 'NR26 8AA', uprn: `1000620${id.slice(-1)}0001` })
  }
  for (const ago of [150, 120, 90, 40, 12]) await referral(hub, HOME, ago)
  return hub
}

/** Returns the event's id. */
export async function referral (hub, home, ago = 0) {
  return hub.say('adult-social-care', home, 'concern.raised', {
    kind: 'safeguarding-referral', occurred_at: day(ago), severity: 'medium', summary: 'A resident was found on the floor in the morning, cold and without a call bell.',
    indicators: ['basic-care-and-environment', 'staff-skills-knowledge-and-practice']
  })
}

/** The sender corrects one. */
export async function correct (hub, home, id) {
  await hub.say('adult-social-care', home, 'concern.corrected', { corrects: { id }, reason: 'Seen again.', set: { severity: 'high' } })
}

/** The open escalation of a trigger at a home, as the responsible body reads it. */
export async function escalation (hub, agency, home, trigger) {
  const { items } = await hub.api(agency, `/escalations?home=${home}&trigger=${trigger}&state=open`)
  if (items.length === 0) throw new Error(`no open ${trigger} at ${home}`)
  return items[0].id
}
