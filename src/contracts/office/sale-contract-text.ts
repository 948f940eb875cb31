/** The contract of a sale in Spanish, block by block. */
import type { Day } from '#domain/day.ts'
import { decimalsOf, formatMinor } from '#domain/money.ts'
import type { ContractFacts } from '#modules/sales/sales.ts'
import type { Organisation } from '#platform/context.ts'
import type { Block, Paper } from '#platform/files/pdf.ts'

export type Seller = Pick<Organisation, 'name' | 'currency' | 'policies'>

/** `L. 1,166.67` */
function moneyIn(currency: string, minor: bigint): string {
  const [whole, cents] = formatMinor(minor, decimalsOf(currency)).split('.')
  const grouped = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${currency === 'HNL' ? 'L.' : currency} ${grouped}${cents ? `.${cents}` : ''}`
}

const dateText = (day: Day): string => day.split('-').reverse().join('/')
const textOf = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : '—')

/** The paper as a whole. */
export const contractPaper = (seller: Seller, facts: ContractFacts, createdAt: Date): Paper => ({
  ...{ title: `Contrato de venta a plazos ${facts.sale.contractNumber}`, author: seller.name, createdAt },
  language: 'es',
  foot: (page, pages) => `${facts.sale.contractNumber} · ${facts.sale.branchContractCode} · Página ${page} de ${pages}`,
  blocks: [
    { kind: 'title', text: 'CONTRATO DE VENTA A PLAZOS DE TELÉFONO' },
    ...standing(facts),
    ...parties(seller, facts),
    ...goods(facts),
    ...price(seller, facts),
    ...cost(seller, facts),
    ...plan(seller, facts),
    ...locks(seller, facts),
    ...clauses(seller),
    { kind: 'signatures', under: [`Por ${seller.name}`, `El cliente\n${facts.customer.fullName}`] },
  ],
})

/** What the paper is worth, where it is not a contract in force. */
function standing({ sale }: ContractFacts): Block[] {
  const remark = {
    ...{ applied: 'BORRADOR: la solicitud aún no ha sido decidida.', approved: 'Pendiente de firma.' },
    ...{ rejected: 'SIN EFECTO: la solicitud fue rechazada.', cancelled: 'SIN EFECTO: la venta fue cancelada.' },
  }[sale.stage as string]
  return remark ? [{ kind: 'remark', text: remark }] : []
}

function parties(seller: Seller, { sale, customer, identity }: ContractFacts): Block[] {
  const { address, city } = customer.profile
  return [
    {
      kind: 'facts',
      rows: [
        ['Contrato número', sale.contractNumber],
        ['Código de sucursal', sale.branchContractCode],
        ['Sucursal', sale.branchNumber],
        ['Fecha de firma', sale.signedOn ? dateText(sale.signedOn) : '____ / ____ / ________'],
      ],
    },
    { kind: 'heading', text: '1. Las partes' },
    {
      kind: 'facts',
      rows: [
        ['El vendedor', seller.name],
        ['El cliente', customer.fullName],
        ['Número de identidad', textOf(identity)],
        ['Teléfono', textOf(customer.phone)],
        ['Dirección', textOf([address, city ?? customer.location].filter(Boolean).join(', '))],
      ],
    },
  ]
}

const goods = ({ device, activationCode }: ContractFacts): Block[] => [
  { kind: 'heading', text: '2. El teléfono' },
  {
    kind: 'facts',
    rows: [
      ['Marca y modelo', device ? `${device.brand} ${device.model}` : '—'],
      ['IMEI', device?.imei ?? '—'],
      ['Código de activación de la aplicación', activationCode ?? '—'],
    ],
  },
]

function price({ currency }: Seller, { sale, loan, rows }: ContractFacts): Block[] {
  const money = (minor: bigint): string => moneyIn(currency, minor)
  const [first] = rows
  return [
    { kind: 'heading', text: '3. Precio y financiamiento' },
    {
      kind: 'facts',
      rows: [
        ['Precio de contado', money(sale.price)],
        ['Prima (pago inicial)', money(sale.downPayment)],
        ['Monto financiado', money(loan.principal)],
        ['Tasa de interés', `${sale.rateShown} % ${basisText(loan.terms)}`],
        ['Número de cuotas', `${rows.length}, ${rhythmText(loan.terms)}`],
        ['Valor de cada cuota', money(first ? first.interest + first.principal : 0n)],
      ],
    },
  ]
}

type Terms = ContractFacts['loan']['terms']

function rhythmText({ frequency, every = 1 }: Terms): string {
  if (frequency === 'daily') return `cada ${every} días`
  if (frequency === 'weekly') return every === 1 ? 'semanales' : `cada ${every} semanas`
  if (frequency === 'twiceMonthly') return 'dos al mes'
  return every === 1 ? 'mensuales' : `cada ${every} meses`
}

function basisText(terms: Terms): string {
  if (terms.rateBasis === 'annual') return 'anual'
  if (terms.rateBasis === 'wholeTerm') return 'por todo el plazo'
  return terms.frequency === 'daily' ? `por cada período de ${terms.every ?? 1} días` : 'por período'
}

const cost = ({ currency }: Seller, { disclosure: d, sale }: ContractFacts): Block[] => [
  { kind: 'heading', text: '4. Costo total del crédito' },
  {
    kind: 'facts',
    rows: [
      ['Total de intereses', moneyIn(currency, d.totalInterest)],
      ['Total a pagar en cuotas', moneyIn(currency, d.totalToPay)],
      ['Total con la prima', moneyIn(currency, d.totalToPay + sale.downPayment)],
      ['Tasa nominal anual', d.nominalAnnualRate === null ? '—' : `${d.nominalAnnualRate} %`],
      ['Tasa efectiva anual', d.effectiveAnnualRate === null ? '—' : `${d.effectiveAnnualRate} %`],
    ],
  },
  {
    kind: 'remark',
    text: 'Las tasas anuales se calculan con las cuotas que el cliente realmente paga, incluido su redondeo.',
  },
]

const plan = ({ currency }: Seller, { rows, startDay, sale }: ContractFacts): Block[] => [
  { kind: 'heading', text: '5. Plan de pagos' },
  {
    kind: 'table',
    header: ['Cuota', 'Vence', 'Interés', 'Capital', 'Valor', 'Saldo'],
    rows: rows.map(({ nr, dueDay, interest, principal, balanceAfter }) => [
      ...[String(nr), dateText(dueDay)],
      ...[interest, principal, interest + principal, balanceAfter].map((minor) => moneyIn(currency, minor)),
    ]),
  },
  {
    kind: 'remark',
    text:
      sale.activeSince === null
        ? `Las fechas se cuentan desde la entrega del teléfono; las de esta tabla suponen su entrega el ${dateText(startDay)}.`
        : `Las fechas se cuentan desde la entrega del teléfono, el ${dateText(startDay)}.`,
  },
]

function locks({ policies }: Seller, { lockAfterDays }: ContractFacts): Block[] {
  const when =
    lockAfterDays === null
      ? 'Si una cuota vence y no se paga'
      : `Si una cuota permanece vencida por ${lockAfterDays} días o más`
  const support = typeof policies.supportPhone === 'string' ? ` (${policies.supportPhone})` : ''
  return [
    { kind: 'heading', text: '6. Bloqueo del teléfono' },
    {
      kind: 'paragraph',
      text: `${when}, el vendedor puede, después de avisar al cliente, bloquear el teléfono. Un teléfono bloqueado siempre permite: llamadas de emergencia; llamadas al servicio de atención${support}; ver el saldo y las cuotas vencidas; y enviar el comprobante de un pago.`,
    },
    {
      kind: 'paragraph',
      text: 'El teléfono se desbloquea en cuanto el cliente se pone al día. Al pagarse por completo el crédito queda desbloqueado de forma permanente y el vendedor ya no puede bloquearlo.',
    },
  ]
}

const clauses = ({ name }: Seller): Block[] => [
  { kind: 'heading', text: '7. Condiciones' },
  {
    kind: 'paragraph',
    text: `El teléfono es propiedad de ${name} hasta el pago total. No se cobran recargos por mora. La reparación en garantía no suspende los pagos. Si el cliente acumula más de dos cuotas consecutivas sin pagar, el vendedor puede declarar vencida la deuda.`,
  },
  {
    kind: 'paragraph',
    text: '¿Pago anticipado? El cliente puede pagar todo el crédito cualquier día: debe el capital pendiente y los intereses hasta ese día, sin los intereses del tiempo que falta y sin recargo.',
  },
]
