/** The number that a phone has for life. */

/** Fifteen digits. */
export const isImei = (text: string): boolean => /^\d{15}$/.test(text)

/** Whether the last digit is the check digit of the others (Luhn): a wrong one is a slip of the pen, or a test phone. */
export function passesLuhn(imei: string): boolean {
  let sum = 0
  for (let i = 0; i < imei.length; i++) {
    const digit = Number(imei[imei.length - 1 - i])
    const weighed = i % 2 === 0 ? digit : digit * 2
    sum += weighed > 9 ? weighed - 9 : weighed
  }
  return sum % 10 === 0
}
