/** The names of the members of a constant, which has only the members of its type. */
export function keysOf<T extends object>(constant: T): (keyof T & string)[] {
  return Object.keys(constant) as (keyof T & string)[]
}
