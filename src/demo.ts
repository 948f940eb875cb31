/** What a demo installation starts with: an organisation for each contract, and the platform's own. */
import type { Founding } from '#platform/founding.ts'

const KENYA = { currency: 'KES', timeZone: 'Africa/Nairobi', locale: 'en', country: 'KE' } as const

/** The platform's own organisation: its staff act in every other. */
export const PLATFORM_SLUG = 'mkopo'

export const DEMO_ORGANISATIONS: readonly Founding[] = [
  { organisation: { slug: PLATFORM_SLUG, name: 'Mkopo', ...KENYA }, contracts: ['office'] },
  { organisation: { slug: 'sokocredit', name: 'SokoCredit', ...KENYA }, contracts: ['sokocredit'] },
  { organisation: { slug: 'visionfund', name: 'VisionFund', ...KENYA }, contracts: ['visionfund'] },
  {
    organisation: {
      ...{ slug: 'repaysync', name: 'RepaySync', currency: 'INR' },
      ...{ timeZone: 'Asia/Kolkata', locale: 'en', country: 'IN' },
    },
    contracts: ['repaysync'],
  },
  { organisation: { slug: 'chamahub', name: 'ChamaHub', ...KENYA }, contracts: ['chamahub'] },
  {
    organisation: {
      ...{ slug: 'movicuotas', name: 'MoviCuotas', currency: 'HNL' },
      ...{ timeZone: 'America/Tegucigalpa', locale: 'es', country: 'HN' },
    },
    contracts: ['movicuotas'],
  },
]
