/** What the landing page says, in the languages of its readers. */
import type { Language } from '#domain/language.ts'

export interface Texts {
  /** The language's own name for itself. */
  readonly itself: string
  readonly title: string
  readonly skip: string
  readonly languages: string
  readonly tagline: string
  readonly lead: string
  readonly facts: string
  readonly mode: string
  readonly modes: Readonly<Record<'demo' | 'production', string>>
  readonly version: string
  readonly clock: string
  readonly references: string
  readonly referencesLead: string
  readonly swagger: string
  readonly redoc: string
  readonly schema: string
  readonly contracts: string
  readonly contractsLead: string
  readonly paths: string
  readonly operations: (all: number, more: number) => string
  readonly readReference: (contract: string) => string
  readonly accounts: string
  readonly accountsLead: string
  readonly account: string
  readonly roles: Readonly<Record<string, string>>
  readonly firstCall: string
  readonly firstCallLead: string
  readonly watch: string
  readonly ready: string
  readonly live: string
  readonly metrics: string
  readonly outbox: string
  readonly licence: string
}

const en: Texts = {
  itself: 'English',
  title: 'Mkopo: lending and savings for mobile-money markets',
  skip: 'Skip to the content',
  languages: 'Language',
  tagline: 'Lending and savings for mobile-money markets',
  lead: 'Mkopo is Swahili for loan. It keeps the books of small lenders, microfinance institutions, collection agencies, savings groups and device financiers: one core and one double-entry ledger, answering in the words of several documented APIs, so that the clients you have go on working.',
  facts: 'This server',
  mode: 'Mode',
  modes: { demo: 'Demo: sample data, nothing really sent', production: 'Production' },
  version: 'Version',
  clock: 'Server clock',
  references: 'API references',
  referencesLead: 'Made from the very schemas that check each request.',
  swagger: 'Try every operation from the browser',
  redoc: 'Read it from top to bottom',
  schema: 'For generators and tests',
  contracts: 'What answers here',
  contractsLead: 'Each contract is an API of its own. All of them share this address and the same ledger.',
  paths: 'Paths',
  operations: (all, more) =>
    `${all} ${all === 1 ? 'operation' : 'operations'}${more > 0 ? `, ${more} of them extras` : ''}`,
  readReference: (contract) => `Reference of ${contract}`,
  accounts: 'Sign in to the demo',
  accountsLead: 'The password of every account is',
  account: 'Sign in with',
  roles: {
    platform_admin: 'Platform administrator',
    admin: 'Administrator',
    manager: 'Manager',
    loan_officer: 'Lender',
    collection_officer: 'Collection officer',
    calling_agent: 'Calling agent',
    staff: 'Staff',
    customer: 'Customer',
  },
  firstCall: 'A first call',
  firstCallLead: 'Paste this into a terminal. The answer holds the token for all other calls.',
  watch: 'Watch it run',
  ready: 'Is everything it needs there?',
  live: 'Is the process alive?',
  metrics: 'Figures for Prometheus',
  outbox: 'Text messages and mail that would have gone out',
  licence: 'Free software under the Apache License 2.0',
}

const sw: Texts = {
  itself: 'Kiswahili',
  title: 'Mkopo: mikopo na akiba kwa masoko ya pesa za simu',
  skip: 'Ruka hadi yaliyomo',
  languages: 'Lugha',
  tagline: 'Mikopo na akiba kwa masoko ya pesa za simu',
  lead: 'Mkopo huweka hesabu za wakopeshaji wadogo, taasisi za mikopo midogo, wakusanyaji wa madeni, vyama vya akiba na wanaokopesha simu: kiini kimoja na daftari moja la pande mbili, likijibu kwa maneno ya API kadhaa zilizoandikwa, ili programu ulizo nazo ziendelee kufanya kazi.',
  facts: 'Seva hii',
  mode: 'Hali',
  modes: { demo: 'Maonyesho: data ya mfano, hakuna kinachotumwa kweli', production: 'Matumizi halisi' },
  version: 'Toleo',
  clock: 'Saa ya seva',
  references: 'Marejeo ya API',
  referencesLead: 'Yametokana na kanuni zilezile zinazokagua kila ombi.',
  swagger: 'Jaribu kila operesheni kwenye kivinjari',
  redoc: 'Soma kuanzia mwanzo hadi mwisho',
  schema: 'Kwa vizalishaji na majaribio',
  contracts: 'Kinachojibu hapa',
  contractsLead: 'Kila mkataba ni API yake yenyewe. Yote inatumia anwani hii na daftari hilihili.',
  paths: 'Njia',
  operations: (all, more) => `Operesheni ${all}${more > 0 ? `, kati yake ${more} za ziada` : ''}`,
  readReference: (contract) => `Marejeo ya ${contract}`,
  accounts: 'Ingia kwenye maonyesho',
  accountsLead: 'Nywila ya kila akaunti ni',
  account: 'Ingia kwa',
  roles: {
    platform_admin: 'Msimamizi wa jukwaa',
    admin: 'Msimamizi',
    manager: 'Meneja',
    loan_officer: 'Mkopeshaji',
    collection_officer: 'Mkusanyaji madeni',
    calling_agent: 'Mpiga simu',
    staff: 'Mfanyakazi',
    customer: 'Mteja',
  },
  firstCall: 'Ombi la kwanza',
  firstCallLead: 'Bandika hii kwenye terminali. Jibu lina tokeni ya maombi mengine yote.',
  watch: 'Itazame ikifanya kazi',
  ready: 'Je, kila inachohitaji kipo?',
  live: 'Je, mchakato uko hai?',
  metrics: 'Takwimu za Prometheus',
  outbox: 'Ujumbe wa simu na barua pepe ambazo zingetumwa',
  licence: 'Programu huria chini ya Apache License 2.0',
}

const es: Texts = {
  itself: 'Español',
  title: 'Mkopo: préstamos y ahorro para mercados de dinero móvil',
  skip: 'Saltar al contenido',
  languages: 'Idioma',
  tagline: 'Préstamos y ahorro para mercados de dinero móvil',
  lead: 'Mkopo significa préstamo en suajili. Lleva los libros de pequeños prestamistas, microfinancieras, agencias de cobranza, grupos de ahorro y financieras de dispositivos: un solo núcleo y un solo libro mayor por partida doble, que responde con las palabras de varias API documentadas para que los clientes que ya tiene sigan funcionando.',
  facts: 'Este servidor',
  mode: 'Modo',
  modes: { demo: 'Demostración: datos de ejemplo, nada se envía de verdad', production: 'Producción' },
  version: 'Versión',
  clock: 'Reloj del servidor',
  references: 'Referencias de la API',
  referencesLead: 'Salen de los mismos esquemas que comprueban cada petición.',
  swagger: 'Pruebe cada operación desde el navegador',
  redoc: 'Léala de principio a fin',
  schema: 'Para generadores y pruebas',
  contracts: 'Qué responde aquí',
  contractsLead: 'Cada contrato es una API propia. Todos comparten esta dirección y el mismo libro mayor.',
  paths: 'Rutas',
  operations: (all, more) =>
    `${all} ${all === 1 ? 'operación' : 'operaciones'}${more > 0 ? `, ${more} de ellas extras` : ''}`,
  readReference: (contract) => `Referencia de ${contract}`,
  accounts: 'Entre en la demostración',
  accountsLead: 'La contraseña de todas las cuentas es',
  account: 'Entre con',
  roles: {
    platform_admin: 'Administración de la plataforma',
    admin: 'Administración',
    manager: 'Gerencia',
    loan_officer: 'Prestamista',
    collection_officer: 'Cobranza',
    calling_agent: 'Llamadas',
    staff: 'Personal',
    customer: 'Cliente',
  },
  firstCall: 'Una primera llamada',
  firstCallLead: 'Péguela en una terminal. La respuesta trae el token para todas las demás llamadas.',
  watch: 'Véalo funcionar',
  ready: '¿Está todo lo que necesita?',
  live: '¿Está vivo el proceso?',
  metrics: 'Cifras para Prometheus',
  outbox: 'Mensajes y correos que se habrían enviado',
  licence: 'Software libre bajo la licencia Apache 2.0',
}

export const TEXTS: Readonly<Record<Language, Texts>> = { en, sw, es }
