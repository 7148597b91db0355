/** The names of the members of a constant: nothing else is in it than its type says. */
export function keysOf<T extends object>(constant: T): (keyof T & string)[] {
  return Object.keys(constant) as (keyof T & string)[]
}
